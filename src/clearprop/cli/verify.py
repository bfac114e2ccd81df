"""clearprop verify"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from clearprop.cli._options import with_settings
from clearprop.cli._shared import AsJson
from clearprop.cli.config import FILES, TrainConfig, resolve
from clearprop.cli.output import as_word, next_command, note, print_json, print_table
from clearprop.errors import UsageError

FAILED = 1
EPOCHS = 10
SOME_STEP = 7
_NOT_COMPARED = ("data", "threads", "stream", "max_seconds")


@with_settings(
    TrainConfig, lambda word, one: one.group != FILES and word not in _NOT_COMPARED, defaults={"epochs": EPOCHS}
)
def command(
    source: Annotated[str, typer.Argument(help="A table, a bundled set, or a TOML configuration of `train`.")],
    resume_at: Annotated[
        str | None, typer.Option(help="Cut the training after so many steps, such as 7 or 7,37.")
    ] = None,
    threads: Annotated[str | None, typer.Option(help="Numbers of threads to compare, such as 1,2,4.")] = None,
    as_json: AsJson = False,
    **given: Any,
) -> None:
    """Prove that a training is the same, byte for byte: cut and resumed, and on any number of threads."""
    is_config = Path(source).suffix == ".toml"
    if not is_config:
        given = {"epochs": EPOCHS, **given, "data": source}
    settings = resolve(Path(source) if is_config else None, given)
    cuts = _numbers(resume_at, "--resume-at", [SOME_STEP]) if resume_at or not threads else []
    runs = compare(settings, cuts, _numbers(threads, "--threads", []))
    passed = all(run["same"] for run in runs)
    if as_json:
        print_json({"source": source, "runs": runs, "passed": passed})
    else:
        columns = ("run", "steps", "SHA-256", "same bytes")
        rule = settings.optimizer or "adam"
        print_table(f"{settings.data}, {rule}, {settings.precision}", columns, [
            (run["run"], run["steps"], run["sha256"][:24], "yes" if run["same"] else "NO") for run in runs
        ])  # fmt: skip
    told = "agree, byte for byte" if passed else "do NOT agree"
    note(f"All runs {told}: weights, the optimizer's memory, and every figure of the history.")
    how = f"--config {as_word(source)}" if is_config else as_word(source) + _chosen(given.get("target"))
    next_command(f"clearprop train {how}")
    if not passed:
        raise typer.Exit(FAILED)


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
