"""clearprop verify"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

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
from clearprop.cli.output import as_word, next_command, note, print_json, print_table
from clearprop.errors import UsageError

FAILED = 1


def command(
    source: Annotated[str, typer.Argument(help="A table, a bundled set, or a TOML configuration of `train`.")],
    resume_at: Annotated[
        str | None, typer.Option(help="Cut the training after so many steps, such as 7 or 7,37.")
    ] = None,
    threads: Annotated[str | None, typer.Option(help="Numbers of threads to compare, such as 1,2,4.")] = None,
    target: TargetOption = None,
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
    epochs: Annotated[int | None, typer.Option(help="Passes over the rows, at most.  [default: 10]")] = None,
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
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Prove that a training is the same, byte for byte: cut and resumed, and on any number of threads."""
    from clearprop.cli.parsing import parse_sizes

    given = {name: value for name, value in locals().items() if name in TrainConfig.model_fields}
    given |= {"hidden": None if hidden is None else parse_sizes(hidden), **reading(na, bad_rows, max_bad).given()}
    is_config = Path(source).suffix == ".toml"
    if not is_config:
        given |= {"data": source, "epochs": epochs or EPOCHS}
    settings = resolve(Path(source) if is_config else None, given)
    cuts = _numbers(resume_at, "--resume-at", [SOME_STEP]) if resume_at or not threads else []
    runs = compare(settings, cuts, _numbers(threads, "--threads", []))
    passed = all(run["same"] for run in runs)
    if as_json:
        print_json({"source": source, "runs": runs, "passed": passed})
    else:
        columns = ("run", "steps", "SHA-256", "same bytes")
        print_table(f"{settings.data}, {settings.optimizer}, {settings.precision}", columns, [
            (run["run"], run["steps"], run["sha256"][:24], "yes" if run["same"] else "NO") for run in runs
        ])  # fmt: skip
    told = "agree, byte for byte" if passed else "do NOT agree"
    note(f"All runs {told}: weights, the optimizer's memory, and every figure of the history.")
    how = f"--config {as_word(source)}" if is_config else as_word(source) + _chosen(target)
    next_command(f"clearprop train {how}")
    if not passed:
        raise typer.Exit(FAILED)


EPOCHS = 10
SOME_STEP = 7


def compare(settings: TrainConfig, cuts: list[int], threads: list[int]) -> list[dict[str, Any]]:
    """Train straight, cut at each of the steps, and on each number of threads; compare everything with the first."""
    import tempfile

    from clearprop.cli._verification import interrupted, straight

    runs = [("straight", straight(settings))]
    for step in cuts:
        with tempfile.TemporaryDirectory() as folder:
            runs.append((f"cut after step {step}, resumed", interrupted(settings, step, Path(folder))))
    runs += [(f"{n} threads" if n > 1 else "1 thread", straight(settings, n)) for n in threads]
    expected = runs[0][1].sha256
    return [
        {"run": name, "steps": result.steps, "sha256": result.sha256, "same": result.sha256 == expected}
        for name, result in runs
    ]


def _chosen(target: str | None) -> str:
    return f" --target {as_word(target)}" if target else ""


def _numbers(text: str | None, option: str, default: list[int]) -> list[int]:
    try:
        numbers = default if text is None else [int(part) for part in text.split(",")]
    except ValueError:
        numbers = [0]
    if any(number < 1 for number in numbers):
        raise UsageError(f"{option} takes whole numbers of 1 or more, such as 1,2, got {text!r}.")
    return numbers
