"""What the settings of a training mean: its estimator, its rows, its checkpoints, its model file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.cli.config import TrainConfig
from clearprop.errors import ModelFileError, UsageError
from clearprop.fitting.checkpoints import CheckpointPlan, Resumption
from clearprop.tables import StreamedTable, Table, guess_task, split

Indices = NDArray[np.int64]

TEST_DRAW = 1  # the validation rows are draw 0
MOST_SCORED = 100_000  # test rows of a streamed table, which are in memory while they are scored


def model_path(settings: TrainConfig) -> str:
    """Return where the model goes.

    Raises
    ------
    UsageError
        If that is not the name of a model file.
    """
    path = settings.out or f"{Path(settings.data).name.split('.')[0]}.safetensors"
    if Path(path).suffix != ".safetensors":
        raise UsageError(f"--out {path}: a model file is called something.safetensors, by which it is known again.")
    return path


@dataclass(frozen=True, eq=False)
class Beginning:
    """What every command that trains, or looks at a training to come, begins with.

    Attributes
    ----------
    model : estimator
        Not fitted yet.
    table : Table
        Its target read as the model takes it.
    training : int array (n_training,)
    test : int array (n_test,) or None
        The rows held out for the final score.
    """

    model: Any
    table: Table
    training: Indices
    test: Indices | None


def begin(settings: TrainConfig, table: Table, quiet: bool) -> Beginning:
    """Build the estimator of the settings, leave out rows without a target, and hold out the test rows."""
    model = build_estimator(settings, table, quiet)
    table = model.with_labels(table)
    table, rows = model.rows_with_target(table, settings.target or table.target, None)
    return Beginning(model, table, *part(settings, table, model.task, rows))


def build_estimator(settings: TrainConfig, table: Table, quiet: bool) -> Any:
    """Return the estimator of the settings: for classes or for numbers, as the target says."""
    from clearprop.estimators import TableClassifier, TableRegressor

    target = settings.target or table.target
    if target is None:
        names = ", ".join(f'"{name}"' for name in table.names)
        raise UsageError(f"name the column to predict with --target COLUMN; {settings.data} has {names}.")
    task: str = settings.task
    if task == "auto":
        task = guess_task(table.column(target))
    kind = TableClassifier if task == "classes" else TableRegressor
    return kind(**settings.for_estimator() | {"target": target}, verbose=not quiet)


def part(settings: TrainConfig, table: Table, task: str, rows: Indices | None = None) -> tuple[Indices, Indices | None]:
    """Return the rows to train on and the rows held out for the final score: of a streamed table not all of them.

    `rows` are those that have a target, None for all.
    """
    if not settings.test:
        return np.arange(len(table)) if rows is None else rows, None
    target = settings.target or table.target
    by: dict[str, Any] = {"group": settings.group, "time": settings.time}
    if not (settings.group or settings.time) and task == "classes" and target is not None:
        by["stratify"] = target
    parts = split(table, settings.test, rows=rows, seed=settings.seed, draw=TEST_DRAW, **by)
    if isinstance(table, StreamedTable):
        return parts.train, parts.held[:: -(-len(parts.held) // MOST_SCORED)]
    return parts.train, parts.held


def checkpoint_plan(settings: TrainConfig) -> CheckpointPlan | None:
    """Return where and how often the settings want checkpoints."""
    if settings.checkpoint_dir is None:
        return None
    about = {"config": settings.as_plain()}
    return CheckpointPlan(Path(settings.checkpoint_dir), settings.checkpoint_epochs, settings.checkpoint_seconds, about)


def settings_of(found: Resumption, folder: Path) -> TrainConfig:
    """Return the configuration of the training that wrote the checkpoints.

    Raises
    ------
    ModelFileError
        If `clearprop train` did not write them.
    """
    try:
        return TrainConfig.of(found.about["config"])
    except (KeyError, ValueError):
        raise ModelFileError(
            f"{folder} holds checkpoints of a program, not of clearprop train; go on there, with fit(resume=...)."
        ) from None
