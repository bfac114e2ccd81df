"""Shapes whose axes have names.

Two axes are the same when their names are, not when their sizes happen to agree; so a product that fits a square
matrix by luck alone does not fit here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from clearprop.errors import DataError


@dataclass(frozen=True)
class Axis:
    """One axis of a matrix.

    Attributes
    ----------
    name : str
        Such as "n₁" (units of layer 1) or "m" (samples); "1" for a single row or column.
    size : int or None
        None where it is not known before there are data.
    """

    name: str
    size: int | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return self.name if self.size is None else str(self.size)


Shape: TypeAlias = tuple[Axis, ...]

ONE = Axis("1", 1)


def describe(shape: Shape) -> str:
    """Return the shape as text, "m × 3"; a single number is a "scalar"."""
    return " × ".join(map(str, shape)) or "scalar"


def names(shape: Shape) -> str:
    """Return the names of the axes, "m × n₁"."""
    return " × ".join(axis.name for axis in shape)


def elementwise(*shapes: Shape) -> Shape:
    """Return the common shape; an axis 1, or one that is not there, is repeated (as NumPy has it)."""
    result: list[Axis] = []
    for position in range(1, max(map(len, shapes), default=0) + 1):
        axes = {shape[-position] for shape in shapes if len(shape) >= position}
        long = axes - {ONE}
        if len(long) > 1:
            raise DataError(f"shapes {' and '.join(map(names, shapes))} do not fit elementwise.")
        result.insert(0, long.pop() if long else ONE)
    return tuple(result)


def product(left: Shape, right: Shape) -> Shape:
    """Return the shape of the matrix product."""
    if len(left) != 2 or len(right) != 2 or left[1] != right[0]:
        raise DataError(f"({names(left)}) times ({names(right)}): the inner axes must be the same.")
    return (left[0], right[1])


def transposed(shape: Shape) -> Shape:
    """Return the shape of the transpose."""
    return shape[::-1]
