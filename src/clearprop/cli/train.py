"""clearprop train"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clearprop.cli._reading import BadRowsOption, MaxBadOption, NaOption, reading
from clearprop.cli.config import TrainConfig, resolve


def command(
    data: Annotated[
        str | None,
        typer.Argument(help="A CSV, TSV, Parquet, JSON lines, .npy or .npz file, or digits, iris, wine, ..."),
    ] = None,
    target: Annotated[str | None, typer.Option(help="The column to predict (bundled sets need none).")] = None,
    out: Annotated[str | None, typer.Option(help="Where to save the model.  [default: DATA.safetensors]")] = None,
    report: Annotated[str | None, typer.Option(help="Write a report of it, one HTML page.")] = None,
    hidden: Annotated[str | None, typer.Option(help="Units of the hidden layers.  [default: 128,64]")] = None,
    activation: Annotated[str | None, typer.Option(help="Of the hidden layers.  [default: relu]")] = None,
    dropout: Annotated[float | None, typer.Option(help="Share of a hidden layer's inputs to drop.")] = None,
    l1: Annotated[float | None, typer.Option(help="Strength of the penalty l1 Σ|W|.")] = None,
    l2: Annotated[
        float | None, typer.Option(help="Strength of the penalty ½ l2 ΣW².  [default: by the number of rows]")
    ] = None,
    loss: Annotated[str | None, typer.Option(help="Instead of the one that suits the task.")] = None,
    optimizer: Annotated[str | None, typer.Option(help="The update rule, or a batch solver.  [default: adam]")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Instead of the optimizer's own.")] = None,
    schedule: Annotated[str | None, typer.Option(help="Of the learning rate.  [default: constant]")] = None,
    clip_norm: Annotated[float | None, typer.Option(help="Limit on the gradient's norm.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Rows of a step.  [default: by the number of rows]")] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the rows, at most.  [default: 200]")] = None,
    patience: Annotated[int | None, typer.Option(help="Epochs to wait for an improvement.  [default: 20]")] = None,
    validation: Annotated[float | None, typer.Option(help="Share of rows to stop by.  [default: 0.15]")] = None,
    test: Annotated[float | None, typer.Option(help="Share of rows held out to the end.  [default: 0.2]")] = None,
    group: Annotated[str | None, typer.Option(help="Column whose groups are never split.")] = None,
    time: Annotated[str | None, typer.Option(help="Column of time; the latest rows are held out.")] = None,
    task: Annotated[str | None, typer.Option(help="classes or numbers, if the guess is wrong.")] = None,
    class_weight: Annotated[str | None, typer.Option(help="balanced: rare classes count more.")] = None,
    engine: Annotated[str | None, typer.Option(help="Who computes.  [default: auto, the fastest]")] = None,
    precision: Annotated[str | None, typer.Option(help="float32, float64 or bf16.  [default: float32]")] = None,
    seed: Annotated[int | None, typer.Option(help="Of every random number.  [default: 0]")] = None,
    na: NaOption = None,
    bad_rows: BadRowsOption = None,
    max_bad: MaxBadOption = None,
    checkpoint_dir: Annotated[str | None, typer.Option(help="Write checkpoints into this folder.")] = None,
    checkpoint_epochs: Annotated[int | None, typer.Option(help="Every so many epochs.  [default: 1]")] = None,
    checkpoint_seconds: Annotated[float | None, typer.Option(help="And after so many seconds.")] = None,
    stream: Annotated[
        bool | None,
        typer.Option("--stream/--in-memory", help="Whether the file stays on disk.  [default: if large]"),
    ] = None,
    config: Annotated[Path | None, typer.Option(help="A TOML file of these options; options given here win.")] = None,
    print_config: Annotated[bool, typer.Option("--print-config", help="Print all options as TOML and stop.")] = False,
    find_lr: Annotated[bool, typer.Option("--find-lr", help="Find a learning rate, show the test, and stop.")] = False,
    plot: Annotated[Path | None, typer.Option(help="With --find-lr: a PNG, SVG or PDF of the test.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress.")] = False,
) -> None:
    """Train a network on a table, and save it with all it takes to predict from such a table."""
    from clearprop.cli.parsing import parse_sizes

    given = {name: value for name, value in locals().items() if name in TrainConfig.model_fields}
    given |= {"hidden": None if hidden is None else parse_sizes(hidden), **reading(na, bad_rows, max_bad).given()}
    settings = resolve(config, given)
    if print_config:
        print(settings.as_toml(), end="")
        return
    if find_lr:
        from clearprop.cli._find_lr import find_and_show

        find_and_show(settings, plot, as_json)
        return
    from clearprop.cli._training import show, train_and_save

    show(train_and_save(settings, quiet=quiet), as_json)
