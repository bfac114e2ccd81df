"""The shape of a row on its way through layers of Keras; where it has several axes, a row here is all of them, flat."""

from __future__ import annotations

import math
from typing import Any

from clearprop.errors import ForeignFileError, ReaderCannot
from clearprop.exchange.readers.bounded import MAX_COLUMNS

NOTHING = (
    "InputLayer", "Flatten", "Reshape", "Identity", "GaussianNoise", "GaussianDropout", "AlphaDropout",
    "ActivityRegularization",
)  # fmt: skip
"""Layers that leave the numbers of a row as they are."""

_ONE_BY_ONE = (*NOTHING, "Activation", "Dropout", "Rescaling", "ReLU", "LeakyReLU", "ELU")
_MOST_AXES = 8

Shape = tuple[int, ...]


def shape_after(said: str, kind: str, options: dict[str, Any], shape: Shape | None) -> Shape | None:
    """Return the shape of a row after a layer, if that is no dense one; None where it is not known.

    Raises
    ------
    ReaderCannot
        If the layer works on one axis of several, or there are too many inputs.
    ForeignFileError
        If the numbers do not fit the shape that they are to have.
    """
    given = options.get("batch_shape") if kind == "InputLayer" else None
    if isinstance(given, list | tuple) and None not in given[1:]:
        shape = _sizes(said, given[1:])
    if kind == "Reshape":
        return _reshaped(said, _sizes(said, options.get("target_shape")), shape)
    if kind == "Flatten" and shape is not None:
        return (math.prod(shape),)
    by_itself = kind in _ONE_BY_ONE and options.get("activation") not in ("softmax", "log_softmax")
    if shape is not None and len(shape) > 1 and not by_itself:
        raise ReaderCannot(f"{said} works along one axis of rows of shape {shape}; put a Flatten in front of it.")
    return shape


def _sizes(said: str, sizes: Any) -> Shape:
    found = tuple(sizes) if isinstance(sizes, list | tuple) else ()
    if not 0 < len(found) <= _MOST_AXES or not all(type(size) is int and (size == -1 or size > 0) for size in found):
        raise ReaderCannot(f"{said} must say how many inputs there are, at most {MAX_COLUMNS}.")
    if math.prod(abs(size) for size in found) > MAX_COLUMNS:
        raise ReaderCannot(f"{said} must say how many inputs there are, at most {MAX_COLUMNS}.")
    return found


def _reshaped(said: str, target: Shape, shape: Shape | None) -> Shape | None:
    """Return a target shape, its −1 filled in."""
    if shape is None:
        return target if -1 not in target else None
    whole, rest = math.prod(shape), math.prod(size for size in target if size != -1)
    if target.count(-1) > 1 or (whole != rest if -1 not in target else whole % rest):
        raise ForeignFileError(f"{said} cannot make {target} of a row of shape {shape}; the file is damaged.")
    return tuple(whole // rest if size == -1 else size for size in target)
