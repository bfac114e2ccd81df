"""Which part of a gradient is wrong, and by which factor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clearprop.proofs.comparison import Comparison, ComparisonCase
from clearprop.proofs.directions import along_signs, at_random, restricted

_TRIALS = 5


@dataclass(frozen=True)
class WrongTerm:
    """One part of the gradient that is not the derivative of J.

    Attributes
    ----------
    name : str
        "dW1", "db1", "dE1" ...
    part : {"data", "l1", "l2", "penalty", "whole", "unknown"}
        The part of J whose derivative is wrong in it; "unknown" where no one factor tells the parts of J apart.
    factor : float or None
        What that part was multiplied by: 1 would be right, 0 means it is missing.
    """

    name: str
    part: str
    factor: float | None

    def __str__(self) -> str:
        if self.factor is None:
            return f"{self.name} is wrong, and not by one common factor"
        if abs(self.factor) < 1e-9:
            return f"{self.name} lacks its {self.part} term"
        if self.part == "whole":
            return f"{self.name} is {self.factor:.6g} times what it should be"
        return f"the {self.part} term in {self.name} is {self.factor:.6g} times what it should be"


def find_wrong_terms(case: ComparisonCase, rng: np.random.Generator) -> tuple[WrongTerm, ...]:
    """Compare every part of the gradient by itself; return those that disagree."""
    wrong = []
    for name in case.claim:
        comparisons = list(_alone(case, name, rng))
        if not all(comparison.agrees for comparison in comparisons):
            wrong.append(_explain(name, comparisons, name in case.penalised))
    return tuple(wrong)


def _alone(case: ComparisonCase, name: str, rng: np.random.Generator) -> list[Comparison]:
    """Return comparisons along directions that move one parameter array only."""
    trace, claim = case.trace, case.claim
    directions = [along_signs(claim, trace, rng)]
    if name in case.penalised:
        directions.append(along_signs(case.parameters, trace, rng))
    directions += [at_random(claim, trace, rng) for _ in range(_TRIALS - len(directions))]
    return case.compare({f"{name} alone, {k}": restricted(v, [name]) for k, v in enumerate(directions)})[0]


def _explain(name: str, comparisons: list[Comparison], penalised: bool) -> WrongTerm:
    """Find the part of J that, multiplied by one factor, explains the differences along all directions."""
    claimed, data, l1, l2 = (
        np.array([getattr(comparison, part) for comparison in comparisons]) for part in ("claimed", "data", "l1", "l2")
    )
    off = claimed - data - l1 - l2
    tolerance = np.array([comparison.tolerance for comparison in comparisons])
    candidates = {"data": data}
    if penalised:
        candidates |= {"l2": l2, "l1": l1, "penalty": l1 + l2, "whole": data + l1 + l2}
    for part, slopes in candidates.items():
        factor = _common_factor(off, slopes)
        if factor is not None and np.all(np.abs(off - factor * slopes) <= tolerance + 1e-6 * np.abs(off)):
            return WrongTerm(f"d{name}", part, 1 + factor)
    return WrongTerm(f"d{name}", "unknown" if penalised else "data", None)


def _common_factor(off: NDArray[np.float64], slopes: NDArray[np.float64]) -> float | None:
    """Return the factor with which the slopes come nearest to the differences."""
    size = float(slopes @ slopes)
    return float(off @ slopes) / size if size > 0 else None
