"""What the precision of a training means for what is made of it."""

from __future__ import annotations

from clearprop.engines import get_precision


def notes_on_export(precision: str | None) -> tuple[str, ...]:
    """Return what the user of an export is to know of the precision of the training."""
    if precision is None or not get_precision(precision).rounds_products:
        return ()
    plain = get_precision(precision).dtype
    return (f"The model was trained in {precision}; this export computes in {plain}, and answers as that would.",)
