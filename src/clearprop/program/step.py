"""Step: one frozen operation of a program. Its operands' values in, its own values out, a row for each row."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import NDArray

Array = NDArray[Any]

Kind = Literal["float64", "float32", "text", "code", "label"]
"""What a value holds: numbers of a precision, text, a code 0 .. n−1, or the label of a class."""


class Step(ABC):
    """Base of all steps. Two steps are the same only if they are the same object: a value used twice is made once."""

    @property
    def operands(self) -> tuple[Step, ...]:
        """The steps whose values this one takes."""
        return ()

    @property
    @abstractmethod
    def width(self) -> int:
        """Number of columns of the value, (n_rows, width)."""

    @property
    @abstractmethod
    def kind(self) -> Kind:
        """What the value holds."""

    @abstractmethod
    def run(self, *values: Array) -> Array:
        """Return the value (n_rows, width) from those of the operands, in their order."""


@dataclass(frozen=True, eq=False)
class Unary(Step):
    """A step of one operand, which keeps its width and kind unless it says otherwise."""

    of: Step

    @property
    def operands(self) -> tuple[Step, ...]:
        return (self.of,)

    @property
    def width(self) -> int:
        return self.of.width

    @property
    def kind(self) -> Kind:
        return self.of.kind
