"""clearprop train"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clearprop.cli._reading import BadRowsOption, MaxBadOption, NaOption, reading
from clearprop.cli._training_options import (
    ActivationOption,
    BatchSizeOption,
    ClassWeightOption,
    ClipNormOption,
    DropoutOption,
    EngineOption,
    GroupOption,
    HiddenOption,
    L1Option,
    L2Option,
    LearningRateOption,
    LossOption,
    OptimizerOption,
    PatienceOption,
    PrecisionOption,
    ScheduleOption,
    SeedOption,
    TargetOption,
    TaskOption,
    TestOption,
    TimeOption,
    ValidationOption,
)
from clearprop.cli.config import TrainConfig, resolve


def command(
    data: Annotated[
        str | None,
        typer.Argument(help="A CSV, TSV, Parquet, JSON lines, .npy or .npz file, or digits, iris, wine, ..."),
    ] = None,
    target: TargetOption = None,
    out: Annotated[str | None, typer.Option(help="Where to save the model.  [default: DATA.safetensors]")] = None,
    report: Annotated[str | None, typer.Option(help="Write a report of it, one HTML page.")] = None,
    hidden: HiddenOption = None,
    activation: ActivationOption = None,
    dropout: DropoutOption = None,
    l1: L1Option = None,
    l2: L2Option = None,
    loss: LossOption = None,
    optimizer: OptimizerOption = None,
    learning_rate: LearningRateOption = None,
    schedule: ScheduleOption = None,
    clip_norm: ClipNormOption = None,
    batch_size: BatchSizeOption = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the rows, at most.  [default: 200]")] = None,
    patience: PatienceOption = None,
    validation: ValidationOption = None,
    test: TestOption = None,
    group: GroupOption = None,
    time: TimeOption = None,
    task: TaskOption = None,
    class_weight: ClassWeightOption = None,
    engine: EngineOption = None,
    precision: PrecisionOption = None,
    seed: SeedOption = None,
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
