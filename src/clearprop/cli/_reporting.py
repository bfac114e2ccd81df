"""Write a report: what ``clearprop report`` and ``clearprop train --report`` share."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np

from clearprop.cli._options import spelled
from clearprop.cli._reading import Reading, rows_for
from clearprop.cli.config import TrainConfig
from clearprop.estimators.table.base import TableEstimator
from clearprop.examination import Parts, examine, part_again
from clearprop.examination.parts import some_rows
from clearprop.files import write_atomically
from clearprop.fitting.streaming import closing, open_table
from clearprop.report.report import Reproduction, report_page

_UNTOLD = ("data", "out", "report")


def write_report(model: TableEstimator, parts: Parts, path: str) -> None:
    """Examine the model on these rows and write the page."""
    page = report_page(examine(model, parts), reproduction_of(model))
    write_atomically(Path(path), page.encode())


def parts_of(model: TableEstimator, data: str, how: Reading) -> Parts:
    """Read a table and part it as `clearprop train` did; all rows are new ones where it is another table."""
    own = {"bad_rows": model.bad_rows, "max_bad": model.max_bad}
    table = open_table(data, model.stream, **how.beside(model, own))
    with closing(table, data):
        parts = part_again(model, table)
    if parts.held_are != "new":
        return parts
    with rows_for(model, data, how) as table:
        return Parts(None, None, some_rows(table, np.arange(len(table))), "new")


def reproduction_of(model: TableEstimator) -> Reproduction | None:
    """Return the command that trained the model, and its configuration; None where no command did."""
    config = model.facts_.config
    if config is None:
        return None
    settings = TrainConfig.of(config)
    return Reproduction(_command(settings), settings.as_toml())


def _command(settings: TrainConfig) -> str:
    """Return the shortest command of the same settings."""
    words = ["clearprop", "train", settings.data]
    known = settings.known()
    for word, value in settings.changed().items():
        if word not in _UNTOLD:
            words += spelled(word, known[word], value)
    return shlex.join(words)
