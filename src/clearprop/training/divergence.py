"""Divergence: where the first number that is not finite stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from clearprop.model import Trace
from clearprop.training.rows import Array


@dataclass(frozen=True)
class Divergence:
    """The first quantity that was not finite, in the order of the computation.

    Attributes
    ----------
    quantity : str
        As in the equations: "z2", "delta1", "dW1", "losses" ...; "gradient norm" where only the norm overflowed.
    layer, unit, row : int or None
        Where in it; row is a row of the training data.
    value : float
    epoch, step : int
        Epoch (1 for the first) and steps taken before the one that was not.
    learning_rate : float or None
        None where a batch solver could not begin.
    """

    quantity: str
    layer: int | None
    unit: int | None
    row: int | None
    value: float
    epoch: int
    step: int
    learning_rate: float | None

    def __str__(self) -> str:
        places = (("layer", self.layer), ("unit", self.unit), ("data row", self.row))
        where = ", ".join(f"{name} {index}" for name, index in places if index is not None)
        return (
            f"training diverged {self.when}: {self.quantity} is {self.value}"
            f"{f' at {where}' if where else ''}. {self._advice()}"
        )

    @property
    def when(self) -> str:
        """The moment in words."""
        if self.learning_rate is None:
            return "before the first iteration"
        return f"in epoch {self.epoch}, step {self.step + 1}"

    def _advice(self) -> str:
        if self.learning_rate is None:
            return "The weights are those it began with. Standardise the inputs and the targets."
        return (
            f"The weights are those before that step. "
            f"Lower the learning rate (now {self.learning_rate:g}, try {self.learning_rate / 10:g}), "
            "standardise the inputs, or clip the gradient (clip_norm=1)."
        )


def locate(trace: Trace, rows: Array, epoch: int, learning_rate: float | None) -> Divergence:
    """Return where the first number of the trace that is not finite stands.

    Parameters
    ----------
    trace : Trace
        Of the batch that diverged.
    rows : int array (batch,)
        The rows of the training data the batch was made of.
    """
    for name, layer, array, has_rows in _in_order(trace):
        bad = ~np.isfinite(array)
        if not bad.any():
            continue
        place = [int(i) for i in np.argwhere(bad)[0]]
        row = int(rows[place[0]]) if has_rows else None
        unit = None if has_rows and array.ndim == 1 else place[-1]
        return Divergence(name, layer, unit, row, float(array[tuple(place)]), epoch, trace.step, learning_rate)
    return Divergence("gradient norm", None, None, None, float("inf"), epoch, trace.step, learning_rate)


def _in_order(trace: Trace) -> Iterator[tuple[str, int | None, Array, bool]]:
    """Yield every quantity in the order it is computed: (name, layer, array, whether its rows are samples)."""
    L = trace.network.L
    yield "a0", 0, trace.a[0], True
    for l in range(1, L + 1):
        for name, arrays in (("z", trace.z), ("a", trace.a)):
            array = arrays[l]
            assert array is not None
            yield f"{name}{l}", l, array, True
    yield "losses", None, trace.losses, True
    for l in range(L, 0, -1):
        delta, dW, db = trace.delta[l], trace.dW[l], trace.db[l]
        assert delta is not None
        assert dW is not None
        yield f"delta{l}", l, delta, True
        yield f"dW{l}", l, dW, False
        if db is not None:
            yield f"db{l}", l, db, False
