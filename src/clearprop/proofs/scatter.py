"""How far coarse arithmetic throws a gradient about: measured, since bounds on it say little.

Rounding to 8 bits, 2⁻⁸ each time, adds up to bounds of the size of the gradient itself, though the errors cancel but
for a hundredth of that. So the gradient is computed again on numbers moved within their rounding, which rolls every
later rounding anew, and what that does to a claim g · v is how far rounding may have thrown it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.engines import Session
from clearprop.model import Parameters, Trace

Array = NDArray[Any]

_REPEATS = 16
_SAFETY = 4.0  # on the root mean square of so few


@dataclass(frozen=True, eq=False)
class Scatter:
    """How far repeated gradients lay from the claimed one.

    Attributes
    ----------
    J : array (n_repeats,)
    gradients : array (n_repeats, n)
        Each minus the claim.
    """

    J: Array
    gradients: Array

    @property
    def of_objective(self) -> float:
        """How far rounding may have moved J."""
        return _SAFETY * float(np.sqrt(np.mean(self.J**2)))

    def along(self, direction: Parameters) -> float:
        """Return how far rounding may have moved the claim along a direction."""
        return _SAFETY * float(np.sqrt(np.mean((self.gradients @ direction.vector) ** 2)))


def measure_scatter(
    session: Session, trace: Trace, J: float, claim: Parameters, rounding: float, rng: np.random.Generator
) -> Scatter:
    """Repeat J and the gradient with parameters, inputs and weights moved by up to the rounding unit of their size.

    The session ends in the state it came in.
    """

    def moved(values: Array) -> Array:
        factors = 1 + rng.uniform(-rounding, rounding, values.shape)
        return (values * factors).astype(values.dtype)

    state, found = session.get_state(), []
    numbers = slice(0, trace.network.inputs.n_numeric)  # what follows are codes
    try:
        for _ in range(_REPEATS):
            session.set_state(replace(state, parameters=moved(state.parameters)))
            X = trace.X.copy()
            X[:, numbers] = moved(X[:, numbers])
            again, gradient = session.gradients(X, trace.Y, moved(trace.weights))
            found.append((again - J, gradient.vector - claim.vector))
    finally:
        session.set_state(state)
    return Scatter(np.array([J for J, _ in found]), np.array([gradient for _, gradient in found]))
