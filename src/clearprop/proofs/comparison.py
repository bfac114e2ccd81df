"""One claimed gradient, one batch of rows: the claim beside the slope of J along any direction."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.computed_once import cached_property
from clearprop.equations.objective import row_scales
from clearprop.equations.penalties import penalty
from clearprop.model import Parameters, Trace
from clearprop.proofs.ray import Rays
from clearprop.proofs.rounding import Shares, claim_shares, claim_size, gross_deltas, loss_sizes
from clearprop.proofs.scatter import Scatter

Array = NDArray[Any]

_SAFETY = 4.0  # on rounding errors, which are estimated, not bounded


@dataclass(frozen=True)
class Comparison:
    """A claim g · v beside the slope of J along v.

    Attributes
    ----------
    direction : str
        What v was made from.
    claimed : float
        g · v.
    data, l2, l1 : float
        The slopes of the parts of J: of D, of ½ l2 Σ W², and of l1 Σ |W|.
    tolerance : float
        How far rounding may have moved the claim and the slope apart.
    """

    direction: str
    claimed: float
    data: float
    l2: float
    l1: float
    tolerance: float

    @property
    def difference(self) -> float:
        """The claim minus the slope of J."""
        return self.claimed - self.data - self.l2 - self.l1

    @property
    def agrees(self) -> bool:
        """Whether rounding explains the difference; where rounding has no bound, any that is a number."""
        return within(self.difference, self.tolerance)


def within(difference: float, tolerance: float) -> bool:
    """Return whether a difference is a number, and no larger than a tolerance that is one."""
    return math.isfinite(difference) and not abs(difference) > tolerance


@dataclass(frozen=True)
class ComparisonCase:
    """A claimed gradient, and the objective it is claimed to belong to.

    Attributes
    ----------
    trace : Trace
        The engine's, of the rows in question: parameters, masks, weights.
    J : float
    claim : Parameters
        The gradient in question, in float64.
    rounding : float
        Relative rounding unit of the parameters' precision.
    scatter : Scatter or None
        What coarser arithmetic does besides.
    """

    trace: Trace
    J: float
    claim: Parameters
    rounding: float
    scatter: Scatter | None = None

    @cached_property
    def parameters(self) -> Parameters:
        """The parameters, in float64."""
        return self.claim.over(self.trace.parameters.vector.astype(np.float64))

    @cached_property
    def scales(self) -> Array:
        """The factor of each row in D, from the weights."""
        scales: Array = row_scales(self.trace.weights.astype(np.float64), self.trace.network.objective.reduction)
        return scales

    @cached_property
    def strengths(self) -> tuple[float, float]:
        """l1 and l2 as they count for these rows."""
        return self.trace.network.objective.strengths(self.trace.weights.astype(np.float64))

    @cached_property
    def penalised(self) -> tuple[str, ...]:
        """The names of the parameters R counts."""
        return tuple(slot.name for slot in self.trace.network.slots if slot.penalised) if any(self.strengths) else ()

    def rays(self, *directions: Parameters) -> Rays:
        """Return the objective along directions, with the masks of this step in all digits."""
        masks = [
            None if mask is None else np.where(mask == 0, 0.0, 1 / (1 - layer.dropout))
            for mask, layer in zip(self.trace.mask[:-1], self.trace.network.layers, strict=True)
        ]
        return Rays(self.trace, self.parameters, directions, [*masks, None])

    def objective_difference(self) -> tuple[float, float]:
        """Return the engine's J minus J by the equations, and how far rounding may have moved them apart."""
        nowhere = self.claim.over(np.zeros_like(self.claim.vector))
        D = float(self.scales @ self.rays(nowhere).at(np.zeros((1, 1, len(self.scales)))).losses[0, 0])
        R = sum(float(penalty(self.parameters[name], *self.strengths)) for name in self.penalised)
        scatter = 0.0 if self.scatter is None else self.scatter.of_objective
        n_summed = sum(self.parameters[name].size for name in self.penalised)  # into R, in an order of the engine's own
        sizes = float(self.scales @ self._sizes) + math.sqrt(max(1, n_summed)) * R
        return self.J - D - R, scatter + _SAFETY * self.rounding * sizes

    def compare(self, directions: Mapping[str, Parameters]) -> tuple[list[Comparison], Array]:
        """Return the comparison along each direction, and which rows a kink kept from having a slope along any."""
        slopes = self.rays(*directions.values()).slopes(self._sizes)
        counted = self.scales > 0
        errors = np.where(counted, np.where(slopes.known, self.scales * slopes.errors, np.inf), 0.0)
        values = np.where(counted, self.scales * slopes.values, 0.0)
        each = zip(directions, directions.values(), values, errors, strict=True)
        return [self._comparison(*one) for one in each], np.any(counted & ~slopes.known, axis=0)

    def _comparison(self, name: str, direction: Parameters, values: Array, errors: Array) -> Comparison:
        """Return the claim along one direction beside the slopes of the rows and how far those may be off."""
        l1, l2, size = self._penalty_slopes(direction)
        claimed = self.claim.vector * direction.vector
        claim = claim_size(self.trace, self._shares, direction) + size
        rounding = float(np.sum(errors)) + self.rounding * claim + np.finfo(float).tiny
        scatter = 0.0 if self.scatter is None else self.scatter.along(direction)
        return Comparison(
            name,
            claimed=float(np.sum(claimed)),
            data=float(np.sum(values)),
            l2=l2,
            l1=l1,
            tolerance=scatter + _SAFETY * rounding,
        )

    def _penalty_slopes(self, direction: Parameters) -> tuple[float, float, float]:
        """Return the slopes of the l1 and the l2 part of R, and the size of the numbers they are summed from.

        Each by central differences that cross no kink of |W|.
        """
        if not self.penalised:
            return 0.0, 0.0, 0.0
        l1, l2 = self.strengths
        W, v = (np.concatenate([p[name].ravel() for name in self.penalised]) for p in (self.parameters, direction))
        with np.errstate(divide="ignore", invalid="ignore"):
            h = np.where((W == 0) | (v == 0), 1.0, np.abs(W) / (2 * np.abs(v)))
        above, below = W + h * v, W - h * v
        of_l1 = l1 * (np.abs(above) - np.abs(below)) / (2 * h)
        of_l2 = l2 * (above * above - below * below) / (4 * h)
        return float(np.sum(of_l1)), float(np.sum(of_l2)), float(np.sum(np.abs(of_l1) + np.abs(of_l2)))

    @cached_property
    def _sizes(self) -> Array:
        """Return the size of the numbers each row's loss is summed from, shape (batch,)."""
        return loss_sizes(self.trace, self._gross)

    @cached_property
    def _shares(self) -> Shares:
        return claim_shares(self.trace, self._gross, self.scales)

    @cached_property
    def _gross(self) -> list[Array]:
        return gross_deltas(self.trace, self.parameters, self.scales)
