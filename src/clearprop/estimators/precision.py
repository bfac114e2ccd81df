"""The precisions an estimator can be asked for."""

from __future__ import annotations

from typing import Any

from clearprop.engines import get_precision
from clearprop.errors import UsageError


def refuse_rounded_products(precision: str | None, optimizer: Any) -> None:
    """Refuse a batch solver where products are to be rounded; it computes in float64 and would not do what is asked.

    Raises
    ------
    UsageError
        Saying what to choose instead.
    """
    if precision is not None and get_precision(precision).rounds_products:
        raise UsageError(
            f'{optimizer!r} computes in float64, so precision="{precision}" has no meaning for it; use an optimizer '
            f'that takes steps, such as "adam", or precision="{get_precision(precision).dtype}".'
        )


def notes_on_export(precision: str | None) -> tuple[str, ...]:
    """Return what the user of an export is to know of the precision of the training."""
    if precision is None or not get_precision(precision).rounds_products:
        return ()
    plain = get_precision(precision).dtype
    return (f"The model was trained in {precision}; this export computes in {plain}, and answers as that would.",)
