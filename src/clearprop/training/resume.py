"""Progress as plain data and back, for a checkpoint: nothing is rounded, so a resumed run is the straight one."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from clearprop.errors import ModelFileError
from clearprop.training.data import Array
from clearprop.training.history import EpochRecord
from clearprop.training.progress import Best, Progress, Sums

BEST = "best"


def progress_to_plain(progress: Progress) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return a progress as JSON data, and the parameter vectors that belong to it."""
    best = progress.best
    data = {
        "epoch": progress.epoch,
        "step": progress.step,
        "sums": asdict(progress.sums),
        "seconds": progress.seconds,
        "records": [_finite(record.as_dict()) for record in progress.records],
        "best": None if best is None else _finite({"value": best.value, "epoch": best.epoch}),
        "waited": progress.waited,
    }
    return data, {} if best is None else {BEST: best.parameters}


def progress_from_plain(data: dict[str, Any], vectors: dict[str, Array]) -> Progress:
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
            records=[EpochRecord(**_numbers(record)) for record in data["records"]],
            best=None if best is None else Best(**_numbers(best), parameters=vectors[BEST]),
            waited=int(data["waited"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelFileError(f"the checkpoint's progress does not hold: {type(error).__name__}: {error}.") from None


def _finite(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record with numbers JSON has no word for as text."""
    return {name: str(value) if _is_odd(value) else value for name, value in record.items()}


def _numbers(record: dict[str, Any]) -> dict[str, Any]:
    return {name: float(value) if isinstance(value, str) else value for name, value in record.items()}


def _is_odd(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)
