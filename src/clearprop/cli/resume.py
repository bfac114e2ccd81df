"""clearprop resume"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from clearprop.cli._shared import AsJson, Quiet


def command(
    folder: Annotated[Path, typer.Argument(help="The --checkpoint-dir of a training that was cut short.")],
    out: Annotated[str | None, typer.Option(help="Where to save the model, if not where the training would.")] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Go on with a training from its newest checkpoint; the result is that of a straight run, to the bit.

    A batch solver, such as lbfgs, begins anew at the weights it had reached.
    """
    from clearprop.cli._settings import settings_of
    from clearprop.cli._together import together
    from clearprop.cli._training import show, train_and_save
    from clearprop.fitting.checkpoints import read_resumption

    with together() as exchange:
        found = read_resumption(folder)
        settings = settings_of(found, folder)
        if out is not None:
            settings = replace(settings, out=out)
        show(train_and_save(settings, quiet, found, exchange), as_json, exchange)
