"""What the commands of many trainings share: their options, the table and the model they begin with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from clearprop.cli._options import with_settings
from clearprop.cli.config import FILES, TrainConfig
from clearprop.cli.output import as_word, next_command, note
from clearprop.errors import UsageError

if TYPE_CHECKING:
    from clearprop.estimators.table.base import TableEstimator
    from clearprop.tables import Table

FOLDS, SEEDS = 5, 1

with_recipe = with_settings(
    TrainConfig, lambda word, one: one.group != FILES and word not in ("data", "test", "start_from")
)
"""Give a command every option of a training, but for the files it leaves."""


@contextmanager
def ready(settings: TrainConfig) -> Iterator[tuple[TableEstimator, Table]]:
    """Yield the model of the settings and the table, told of as `train` does."""
    from clearprop.cli._settings import build_estimator
    from clearprop.fitting.streaming import closing, open_table

    if settings.start_from is not None:
        raise UsageError("start_from is for `clearprop train`: folds are trained from drawn weights; leave it out.")
    table = open_table(settings.data, settings.stream, **settings.read_options())
    for remark in table.notes:
        note(f"note: {remark}")
    with closing(table, settings.data):
        yield build_estimator(settings, table, quiet=True), table


def tell(done: int, of: int) -> None:
    """Tell on stderr how many trainings are done."""
    note(f"{done} of {of} trainings done")


def next_training(settings: TrainConfig, more: str = "") -> None:
    """Say which training comes next: on this table, with further options."""
    target = "" if settings.target is None else f" --target {as_word(settings.target)}"
    next_command(f"clearprop train {as_word(settings.data)}{target}{more}")
