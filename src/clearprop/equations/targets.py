"""Targets: from what a user has to the rows Y (batch, n_out) a loss compares with."""

from __future__ import annotations

from clearprop.equations._arrays import Array, namespace
from clearprop.equations.losses import Loss
from clearprop.errors import DataError

_SUM_TOLERANCE = 1e-3  # float32 rows of probabilities add up to 1 only about as well as this

_BOUNDS = {
    "real": (None, None, ""),
    "nonnegative": (0.0, None, "0 or more"),
    "positive": (0.0, None, "above 0"),
    "unit": (0.0, 1.0, "between 0 and 1"),
    "distribution": (0.0, 1.0, "between 0 and 1"),
}


def one_hot(indices: Array, n_classes: int, dtype: object) -> Array:
    """Return rows of zeros with a single 1 at each index.

    Parameters
    ----------
    indices : integer array (..., batch)
        Class of each row, 0 .. n_classes − 1.

    Returns
    -------
    array (..., batch, n_classes)
    """
    xp = namespace(indices)
    classes = xp.arange(n_classes, dtype=xp.int64)
    return xp.astype(xp.astype(indices, xp.int64)[..., None] == classes, dtype)


def as_rows(Y: Array, n_out: int, dtype: object, classes: bool) -> Array:
    """Return Y as rows (batch, n_out).

    Class indices become one-hot rows (``classes``), a vector becomes a column, rows stay what they are.

    Raises
    ------
    DataError
        If the shape does not fit n_out outputs.
    """
    xp = namespace(Y)
    if classes and Y.ndim == 1 and n_out > 1:
        return one_hot(Y, n_out, dtype)
    if Y.ndim == 1:
        Y = Y[:, None]
    if Y.ndim != 2 or Y.shape[1] != n_out:
        raise DataError(f"Y must have shape (batch, {n_out}), got {tuple(Y.shape)}; one column per output unit.")
    return xp.astype(Y, dtype)


def check_targets(Y: Array, loss: Loss, n_out: int) -> None:
    """Check that Y holds targets the loss has a meaning for.

    Raises
    ------
    DataError
        Naming the first offending row.
    """
    xp = namespace(Y)
    classes = loss.targets == "distribution"
    _check(
        xp.isdtype(Y.dtype, ("bool", "integral", "real floating")),
        f"targets for {loss.name!r} must be numbers, got {Y.dtype}.",
    )
    if classes and Y.ndim == 1 and n_out > 1:
        _check(
            xp.isdtype(Y.dtype, "integral"),
            f"class indices for {loss.name!r} must be integers, got {Y.dtype}.",
        )
        _check_rows(Y, (Y >= 0) & (Y < n_out), f"{loss.name!r} needs class indices 0 .. {n_out - 1}")
        return
    rows = as_rows(Y, n_out, Y.dtype, classes)
    _check_rows(
        rows,
        _inside(rows, loss.targets),
        f"{loss.name!r} needs finite targets {_BOUNDS[loss.targets][2]}".strip(),
    )
    if classes:
        sums = xp.sum(rows, axis=1)
        off = xp.abs(sums - 1) <= _SUM_TOLERANCE
        _check_rows(sums, off, f"{loss.name!r} needs rows of probabilities that add up to 1; the sum")


def _inside(rows: Array, targets: str) -> Array:
    xp = namespace(rows)
    low, high, _ = _BOUNDS[targets]
    inside = xp.isfinite(rows) if xp.isdtype(rows.dtype, "real floating") else rows == rows
    if low is not None:
        inside = inside & ((rows > low) if targets == "positive" else (rows >= low))
    return inside if high is None else inside & (rows <= high)


def _check_rows(values: Array, good: Array, what: str) -> None:
    xp = namespace(values)
    by_row = good if good.ndim == 1 else xp.all(good, axis=1)
    if not bool(xp.all(by_row)):
        row = int(xp.argmin(xp.astype(by_row, xp.int8)))
        raise DataError(f"{what}; row {row} has {values[row]}.")


def _check(holds: bool, message: str) -> None:
    if not holds:
        raise DataError(message)
