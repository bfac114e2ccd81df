"""What the settings of a training mean: its estimator, its job, its checkpoints, its model file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from clearprop.cli._options import flags
from clearprop.cli.config import TrainConfig
from clearprop.cli.output import check_place, note
from clearprop.engines.sharding.exchange import ALONE, Exchange
from clearprop.errors import ModelFileError, UsageError
from clearprop.fitting.checkpoints import CheckpointPlan, Resumption
from clearprop.fitting.origin import FIXED
from clearprop.tables import Table, guess_task

if TYPE_CHECKING:
    from clearprop.estimators.table.base import TableEstimator
    from clearprop.fitting.table_job import TableJob


def model_path(settings: TrainConfig) -> str:
    """Return where the model goes.

    Raises
    ------
    UsageError
        If that is not the name of a model file.
    """
    path = settings.out or f"{Path(settings.data).name.split('.')[0]}.safetensors"
    check_place(path)
    if Path(path).suffix != ".safetensors":
        raise UsageError(f"--out {path}: a model file is called something.safetensors, by which it is known again.")
    return path


def build_estimator(settings: TrainConfig, table: Table, quiet: bool) -> TableEstimator:
    """Return the estimator of the settings: of classes or numbers, as the target says, or the model to go on from."""
    from clearprop.estimators import TableClassifier, TableRegressor

    if settings.start_from is not None:
        return _going_on(settings, settings.start_from, table, quiet)
    target = settings.target or table.target
    if target is None:
        names = ", ".join(f'"{name}"' for name in table.names)
        raise UsageError(f"name the column to predict with --target COLUMN; {settings.data} has {names}.")
    task: str = settings.task
    if task == "auto":
        task = guess_task(table.column(target))
    kind = TableClassifier if task == "classes" else TableRegressor
    return kind(**settings.for_estimator() | {"target": target}, verbose=not quiet)


def _going_on(settings: TrainConfig, path: str, table: Table, quiet: bool) -> TableEstimator:
    """Return an estimator that goes on from the model of a file.

    Raises
    ------
    UsageError
        If it cannot be trained on, or a setting would have no effect on it.
    """
    from clearprop.adopting.on_table import origin_of, refuse_several
    from clearprop.cli._models import Named, of_columns
    from clearprop.estimators import TableClassifier, TableRegressor, load

    loaded = load(path)
    refuse_several(loaded, path)
    given = () if settings.target is None else (settings.target,)
    named = Named(path, settings.data, lambda: (table.names, table.target))
    begun = of_columns(loaded, named, given, judged=True)
    origin = origin_of(begun, path)
    _refuse_fixed(settings, path)
    own = {"target": begun.target_.name, "precision": _precision(settings, begun.precision, path)}
    kind = TableClassifier if begun.task == "classes" else TableRegressor
    model = kind(**settings.for_estimator() | own, verbose=not quiet)
    model.go_on_from(origin)
    return model


def _refuse_fixed(settings: TrainConfig, path: str) -> None:
    known = settings.known()
    for word in settings.changed():
        if known[word].name in FIXED or word == "task":
            option = flags(word, known[word]).partition("/")[0]
            raise UsageError(f"{option} has no meaning beside --start-from: {path} has said it; leave it out.")


def _precision(settings: TrainConfig, own: str, path: str) -> str | None:
    """Return that of the model where none is asked for; float32, the default, is what the weights of most have."""
    if settings.precision != "float32" or own == "float32":
        return settings.precision
    note(f"note: the training is in {own}, as {path} is.")
    return own


def prepare(
    model: TableEstimator, settings: TrainConfig, table: Table, in_parts: bool = False, exchange: Exchange = ALONE
) -> TableJob:
    """Return the job that every command begins with that trains, or looks at a training to come."""
    in_parts = in_parts or settings.checkpoint_dir is not None or settings.record is not None
    return model.prepare(table, test=settings.test, in_parts=in_parts, exchange=exchange)


def checkpoint_plan(settings: TrainConfig, resume: Resumption | None) -> CheckpointPlan | None:
    """Return where and how often the settings want checkpoints, and which to go on from."""
    if settings.checkpoint_dir is None:
        return None
    folder, about = Path(settings.checkpoint_dir), {"config": settings.as_plain()}
    return CheckpointPlan(folder, settings.checkpoint_epochs, settings.checkpoint_seconds, about=about, resume=resume)


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
            f"{folder} holds checkpoints of a program, not of clearprop train; go on there, with "
            "fit(checkpoints=CheckpointPlan(resume=read_resumption(FOLDER)))."
        ) from None
