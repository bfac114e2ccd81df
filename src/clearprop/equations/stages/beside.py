"""Stages side by side: each takes the next columns of X, and gives the next columns of a[0]."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from clearprop.computed_once import cached_property
from clearprop.equations._arrays import Array, namespace
from clearprop.equations.slots import Slot
from clearprop.equations.stages.columns import Numbers
from clearprop.equations.stages.stage import Arrays, Stage


@dataclass(frozen=True)
class Part:
    """One of the stages, and its place among them.

    Attributes
    ----------
    stage : Stage
    k : int
        Its number.
    columns, block : slice
        Its columns of X and of a[0].
    names : dict of str to str
        From the stage's own names of its parameters to those beside the others: "E" to "E1".
    """

    stage: Stage
    k: int
    columns: slice
    block: slice
    names: dict[str, str]

    def ask(self, method: str, X: Array, arguments: Sequence[Any], whole: Mapping[str, Any]) -> Any:
        """Call a method of the stage with its part of X and of the arguments: of arrays by name, or of a[0]."""
        return getattr(self.stage, method)(X[..., self.columns], *map(self._own, arguments), **whole)

    def _own(self, argument: Any) -> Any:
        if isinstance(argument, Mapping):
            return {own: argument[name] for own, name in self.names.items()}
        return argument[..., self.block]

    def named(self, arrays: Arrays) -> dict[str, Array]:
        """Return arrays under the stage's own names by the names they have beside the others."""
        return {self.names[own]: array for own, array in arrays.items()}


@dataclass(frozen=True)
class Beside(Stage):
    """Stages side by side, themselves a stage.

    Its slots are those of its parts, numbered from 1; numbers that pass through are not counted.
    """

    name: ClassVar[str] = "beside"
    stages: tuple[Stage, ...]

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The stages with their places."""
        parts, column, place, k = [], 0, 0, 0
        for stage in self.stages:
            k += not isinstance(stage, Numbers)
            columns, block = slice(column, column + stage.n_columns), slice(place, place + stage.width)
            parts.append(Part(stage, k, columns, block, {slot.name: f"{slot.name}{k}" for slot in stage.slots}))
            column, place = columns.stop, block.stop
        return tuple(parts)

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        return tuple(
            replace(slot, name=part.names[slot.name], index=part.k) for part in self.parts for slot in part.stage.slots
        )

    @property
    def n_columns(self) -> int:
        return sum(stage.n_columns for stage in self.stages)

    @property
    def width(self) -> int:
        return sum(stage.width for stage in self.stages)

    def start_each(self, rng_of: Callable[[int], np.random.Generator]) -> dict[str, NDArray[np.float64]]:
        """Return initial parameters, those of stage k drawn from a generator of its own."""
        return _together((part, part.stage.start(rng_of(part.k))) for part in self.parts if part.names)

    def forward(self, X: Array, p: Arrays) -> Array:
        return _joined(self._ask("forward", X, p))

    def pullback(self, X: Array, p: Arrays, upstream: Array) -> dict[str, Array]:
        return _together(self._ask("pullback", X, p, upstream))

    def input_gradient(self, X: Array, p: Arrays, upstream: Array) -> Array | None:
        """Return ∂J/∂X of the columns that are numbers, side by side; None where there are none."""
        numbers = [(part, dX) for part, dX in self._ask("input_gradient", X, p, upstream) if dX is not None]
        return _joined(numbers) if numbers else None

    def pushforward(self, X: Array, p: Arrays, v: Arrays) -> Array:
        return _joined(self._ask("pushforward", X, p, v))

    def acceleration(self, X: Array, p: Arrays, v: Arrays) -> Array:
        return _joined(self._ask("acceleration", X, p, v))

    def r_pullback(self, X: Array, p: Arrays, upstream: Array, v: Arrays, Rupstream: Array) -> dict[str, Array]:
        return _together(self._ask("r_pullback", X, p, upstream, v, Rupstream))

    def moved(self, X: Array, p: Arrays, v: Arrays, t: Array) -> Array:
        return _joined(self._ask("moved", X, p, v, t=t))

    def row_pullback(self, X: Array, p: Arrays, upstream: Array) -> dict[str, Array]:
        return _together(self._ask("row_pullback", X, p, upstream))

    def row_squares(self, X: Array, p: Arrays, upstream: Array) -> Array:
        return sum(squares for part, squares in self._ask("row_squares", X, p, upstream) if part.names)

    def curvature(self, X: Array, p: Arrays, upstream: Array, weights: Array) -> dict[str, Array]:
        return _together(self._ask("curvature", X, p, upstream, weights=weights))

    def _ask(self, method: str, X: Array, *arguments: Any, **whole: Any) -> list[tuple[Part, Any]]:
        """Return what every part answers; arguments are cut to its parameters or its block, `whole` ones are not."""
        return [(part, part.ask(method, X, arguments, whole)) for part in self.parts]


def _together(each: Any) -> dict[str, Array]:
    return {name: array for part, arrays in each for name, array in part.named(arrays).items()}


def _joined(each: Sequence[tuple[Part, Array]]) -> Array:
    """Return blocks side by side; one without leading axes is the same for all that have them."""
    blocks = [block for _, block in each]
    if len(blocks) == 1:
        return blocks[0]
    xp, leading = namespace(*blocks), np.broadcast_shapes(*(block.shape[:-1] for block in blocks))
    return xp.concat([xp.broadcast_to(block, (*leading, block.shape[-1])) for block in blocks], axis=-1)
