"""Progress as plain data and back, for a checkpoint: nothing is rounded, so a resumed run is the straight one."""

from __future__ import annotations

import math
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from clearprop.errors import ModelFileError
from clearprop.training.history import EpochRecord
from clearprop.training.progress import Best, Progress, Sums
from clearprop.training.rows import Array

BEST = "best"


def progress_to_plain(progress: Progress) -> tuple[dict[str, Any], dict[str, Array], Array]:
    """Return a progress as JSON data, the parameter vectors that belong to it, and its records (n_epochs, n_columns).

    The data name the columns: the fields of a record that hold a number in any of them.
    """
    best, records = progress.best, progress.records
    columns = [field.name for field in fields(EpochRecord) if any(_has(record, field.name) for record in records)]
    data = {
        "epoch": progress.epoch,
        "step": progress.step,
        "sums": asdict(progress.sums),
        "seconds": progress.seconds,
        "columns": columns,
        "best": None if best is None else {"value": _finite(best.value), "epoch": best.epoch},
        "waited": progress.waited,
    }
    table = np.array([[getattr(record, name) for name in columns] for record in records], np.float64)
    return data, {} if best is None else {BEST: best.parameters}, table.reshape(len(records), len(columns))


def progress_from_plain(data: dict[str, Any], vectors: dict[str, Array], records: Array | None) -> Progress:
    """Return the progress that `progress_to_plain` took apart.

    Raises
    ------
    ModelFileError
        If the data are not those of a progress.
    """
    try:
        best = data["best"]
        return Progress(
            epoch=int(data["epoch"]),
            step=int(data["step"]),
            sums=Sums(**data["sums"]),
            seconds=float(data["seconds"]),
            records=_records(data, records),
            best=None if best is None else Best(float(best["value"]), int(best["epoch"]), vectors[BEST]),
            waited=int(data["waited"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelFileError(f"the checkpoint's progress does not hold: {type(error).__name__}: {error}.") from None


def _records(data: dict[str, Any], records: Array | None) -> list[EpochRecord]:
    """Return the records; those of a file of schema 1.0 stand in the data themselves."""
    if records is None:
        return [EpochRecord(**{name: _number(value) for name, value in record.items()}) for record in data["records"]]
    without: dict[str, Any] = dict.fromkeys(field.name for field in fields(EpochRecord))
    named = [without | dict(zip(data["columns"], row, strict=True)) for row in records.tolist()]
    return [EpochRecord(**(record | {"epoch": int(record["epoch"])})) for record in named]


def _has(record: EpochRecord, name: str) -> bool:
    return getattr(record, name) is not None


def _finite(value: float) -> float | str:
    """Return a number, or the text for one that JSON has no word for."""
    return value if math.isfinite(value) else str(value)


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, str) else value
