"""Batches: what comes through the door becomes arrays that any engine computes with, or is refused with a reason."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clearprop.engines.door import Array, Order
from clearprop.equations.targets import as_rows
from clearprop.errors import DataError
from clearprop.model.columns import check_columns
from clearprop.model.network import Network


class Batches(NamedTuple):
    """The rows of a run. Y holds target rows (n, n_out), or class indices (n,) in int64."""

    X: Array
    Y: Array
    weights: Array | None
    order: Order


def prepare(
    X: ArrayLike, Y: ArrayLike, weights: ArrayLike | None, network: Network, dtype: np.dtype[Any]
) -> tuple[Array, Array, Array]:
    """Return X (batch, n_columns), the target rows (batch, n_out) and the weights (batch,), each laid out row by row.

    Raises
    ------
    DataError
        If a shape does not fit, a number is none, a class index is not one, or a weight is negative or not finite.
    """
    X, Y = inputs(X, network, dtype), targets(Y, network, dtype)
    w = None if weights is None else numbers(weights, "weights", dtype)
    _check_lengths(X, Y, w)
    _check_weights(w)
    return X, target_rows(Y, network, dtype), np.ones(len(X), dtype) if w is None else w


def prepare_run(
    X: ArrayLike, Y: ArrayLike, weights: ArrayLike | None, order: Order, network: Network, dtype: np.dtype[Any]
) -> Batches:
    """Return the rows of a run; looked at are those that the order names.

    Raises
    ------
    DataError
        As `prepare`, or if the order names a row that is not there.
    """
    X = numbers(X, "X", dtype)
    order = check_order(order, len(X)) if X.ndim == 2 else order  # else X is refused at once
    X, Y = check_columns(X, network, dtype, order.rows), targets(Y, network, dtype, order.rows)
    w = None if weights is None else numbers(weights, "weights", dtype)
    _check_lengths(X, Y, w)
    _check_weights(w, order.rows)
    return Batches(X, Y, w, order)


def inputs(X: ArrayLike, network: Network, dtype: np.dtype[Any]) -> Array:
    """Return X as (batch, n_columns); see `clearprop.model.columns.check_columns`."""
    return check_columns(numbers(X, "X", dtype), network, dtype)


def targets(Y: ArrayLike, network: Network, dtype: np.dtype[Any], only: Array | None = None) -> Array:
    """Return target rows (n, n_out), or class indices (n,) in int64 where that is what Y holds."""
    Y = _as_array(Y, "Y")
    if not (network.takes_classes and Y.ndim == 1):
        return target_rows(numbers(Y, "Y", Y.dtype if Y.dtype.kind in "biuf" else dtype), network, dtype)
    name, n = network.objective.loss.name, network.n_out
    if Y.dtype.kind not in "iu" and len(Y):
        raise DataError(f"class indices for {name!r} must be integers, got {Y.dtype}.")
    if Y.dtype == np.int64 and len(Y) and (only is None or 4 * len(only) >= len(Y)) and Y.view(np.uint64).max() < n:
        return _laid_out(Y, np.dtype(np.int64))  # none is out of place, used or not: a negative one would be huge
    used = Y if only is None or (len(only) and only.max() >= len(Y)) else Y[only]
    good = (used >= 0) & (used < n)
    if not good.all():
        first = int(np.argmin(good))
        row = first if used is Y or only is None else int(only[first])
        raise DataError(f"{name!r} needs class indices 0 .. {n - 1}; row {row} has {Y[row]}.")
    return _laid_out(Y, np.dtype(np.int64))


def target_rows(Y: Array, network: Network, dtype: np.dtype[Any]) -> Array:
    """Return the targets as rows (batch, n_out) in the session's precision: themselves where they are that."""
    if Y.dtype == dtype and Y.shape[1:] == (network.n_out,):
        return _laid_out(Y, dtype)
    with np.errstate(all="ignore"):
        return _laid_out(as_rows(Y, network.n_out, dtype, network.takes_classes), dtype)


def numbers(values: ArrayLike, what: str, dtype: np.dtype[Any]) -> Array:
    """Return an array of that dtype, laid out row by row; what is beyond its range becomes infinite.

    Raises
    ------
    DataError
        If the values are no real numbers, or masked in places.
    """
    if type(values) is np.ndarray and values.dtype == dtype and values.flags.c_contiguous and values.flags.aligned:
        return values
    array = _as_array(values, what)
    if array.dtype.kind not in "biufO":
        raise DataError(f"{what} must hold real numbers, got {array.dtype}.")
    try:
        with np.errstate(all="ignore"):
            return _laid_out(array, dtype)
    except (TypeError, ValueError):
        raise DataError(f"{what} must hold real numbers, got objects that are none.") from None


def check_order(order: Order, n: int) -> Order:
    """Return the order with its arrays in int64.

    Raises
    ------
    DataError
        If it names a row that is not among the n, or its cuts do not rise.
    """
    rows, cuts = _integers(order.rows, "rows"), _integers(order.cuts, "cuts")
    if len(rows) and not rows.view(np.uint64).max() < n:  # a negative row is a huge one without its sign
        raise DataError(f"the order must name rows 0 .. {n - 1}, got {order.rows.min()} .. {order.rows.max()}.")
    if not (len(cuts) and cuts[0] >= 0 and cuts[-1] <= len(rows) and (cuts[1:] >= cuts[:-1]).all()):
        raise DataError(f"the cuts of an order must rise from 0 to at most {len(rows)}.")
    return order if rows is order.rows and cuts is order.cuts else Order(rows, cuts)


def _integers(values: Array, what: str) -> NDArray[np.int64]:
    array = np.asarray(values)
    if array.ndim != 1 or (array.dtype.kind not in "iu" and len(array)):
        raise DataError(f"the {what} of an order must be integers (n,), got {array.dtype} of shape {array.shape}.")
    return _laid_out(array, np.dtype(np.int64))


def _as_array(values: ArrayLike, what: str) -> Array:
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        raise DataError(f"{what} is masked in places; fill these, or leave the rows out.")
    try:
        return np.asarray(values)
    except ValueError:
        raise DataError(f"{what} must hold real numbers in rows of one length.") from None


def _laid_out(array: Array, dtype: np.dtype[Any]) -> Array:
    """Return the array in that dtype, row by row and aligned as the processor wants it: itself where it is so."""
    array = np.asarray(array, dtype, order="C")
    return array if array.flags.aligned else array.copy()


def _check_lengths(X: Array, Y: Array, w: Array | None) -> None:
    if len(Y) != len(X) or (w is not None and w.shape != (len(X),)):
        weighed = "" if w is None else f" and weights have shape {w.shape}"
        raise DataError(f"X has {len(X)} rows, but Y has {len(Y)}{weighed}.")


def _check_weights(w: Array | None, only: Array | None = None) -> None:
    """Check that the weights, with `only` those of these rows, are finite and 0 or more."""
    if w is None:
        return
    used = w if only is None else w[only]
    good = (used >= 0) & (used < np.inf)
    if not good.all():
        first = int(np.argmin(good))
        row = first if only is None else int(only[first])
        raise DataError(f"weights must be finite and 0 or more; row {row} has {w[row]}.")
