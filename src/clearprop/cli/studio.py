"""clearprop studio"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clearprop.cli._models import load_table_estimator
from clearprop.cli.output import note
from clearprop.errors import UsageError

if TYPE_CHECKING:
    from clearprop.studio import Asked, Studio


def command(
    source: Annotated[str, typer.Argument(help="A table, a model file (then with --data), or a recorded run.")],
    target: Annotated[str | None, typer.Option(help="The column to predict.")] = None,
    data: Annotated[str | None, typer.Option(help="With a model: the table to train such a network on.")] = None,
    host: Annotated[str, typer.Option(help="Listen here; on another than this one, others can connect.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes one that is free.")] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page.")] = True,
) -> None:
    """Watch a network learn in the browser: change a setting, plant a mistake, and see what follows."""
    from clearprop.studio.serve import LOCAL, require, serve

    require()
    studio = _open(source, target, data)
    if host != LOCAL:
        note(f"note: whoever can reach {host} and knows the address can watch, and train here")
    serve(studio, host, port, browser, lambda address: note(f"Open {address}\nCtrl-C ends it."))


def _open(source: str, target: str | None, data: str | None) -> Studio:
    from clearprop.fitting.streaming import open_table
    from clearprop.studio import Asked, Studio

    asked = Asked()
    if Path(source).suffix == ".safetensors":
        from clearprop.files.container import RUN_ENTRY
        from clearprop.recording import load_recording

        if RUN_ENTRY.encode() in _beginning(source):
            return Studio.of(load_recording(source))
        if data is None:
            raise UsageError("a model file knows no rows; give --data TABLE to train a network like it.")
        asked, target = _like(source, asked)
        source = data
    table = open_table(source, False)
    column = target or table.target
    if column is None:
        raise UsageError(f"name the column to predict with --target COLUMN; {source} has {', '.join(table.names)}.")
    return Studio.on(table, column, asked)


def _like(model: str, asked: Asked) -> tuple[Asked, str]:
    """Return what asks for a network like that of a model file, and its target."""
    from dataclasses import replace

    estimator = load_table_estimator(Path(model))
    layers = estimator.network_.layers[:-1]
    hidden = tuple(layer.units for layer in layers)
    activation = layers[0].activation if layers else "tanh"
    return replace(asked, hidden=hidden, activation=activation), estimator.target_.name


def _beginning(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(1 << 16)
    except OSError:
        return b""
