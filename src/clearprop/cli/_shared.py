"""Arguments and options that several commands share, each said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Model = Annotated[Path, typer.Argument(help="A model file.")]
ToTrainOn = Annotated[str | None, typer.Argument(help="A table with the column to predict, as for train.")]
Config = Annotated[Path | None, typer.Option(help="A TOML file of the settings of train.")]
Folds = Annotated[int, typer.Option(min=2, help="Parts of the rows, each predicted by what it has not seen.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress.")]
