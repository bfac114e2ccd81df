"""clearprop train"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from clearprop.cli._options import with_settings
from clearprop.cli._shared import AsJson, Quiet
from clearprop.cli.config import TrainConfig, resolve


@with_settings(TrainConfig, lambda word, _: word != "data")
def command(
    data: Annotated[
        str | None,
        typer.Argument(help="A table: CSV, Parquet, JSON, Excel and others, or a bundled set such as iris."),
    ] = None,
    config: Annotated[Path | None, typer.Option(help="A TOML file of these options; options given here win.")] = None,
    print_config: Annotated[bool, typer.Option("--print-config", help="Print all options as TOML and stop.")] = False,
    find_lr: Annotated[bool, typer.Option("--find-lr", help="Find a learning rate, show the test, and stop.")] = False,
    plot: Annotated[Path | None, typer.Option(help="With --find-lr: a PNG, SVG or PDF of the test.")] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    **given: Any,
) -> None:
    """Train a network on a table, and save it with all it takes to predict from such a table."""
    settings = resolve(config, {"data": data, **given})
    if print_config:
        print(settings.as_toml(), end="")
        return
    if find_lr:
        from clearprop.cli._find_lr import find_and_show

        find_and_show(settings, plot, as_json)
        return
    from clearprop.cli._together import together, with_shards
    from clearprop.cli._training import show, train_and_save

    with together() as exchange:
        show(train_and_save(with_shards(settings, exchange), quiet, exchange=exchange), as_json, exchange)
