"""Objective: the description of J = D + R."""

from __future__ import annotations

import math
from dataclasses import dataclass

from clearprop.equations._arrays import Array
from clearprop.equations.losses import Loss, get_loss
from clearprop.equations.objective import REDUCTIONS
from clearprop.equations.penalties import penalty_strengths
from clearprop.errors import UsageError, unknown_name


@dataclass(frozen=True)
class Objective:
    """What is minimised: J = D + R.

    D = Σ_n w_n ℓ_n / Σ_n w_n (reduction "mean") or Σ_n w_n ℓ_n ("sum"), ℓ_n summed over the outputs;
    R = ½ l2 Σ_l ‖W[l]‖² + l1 Σ_l |W[l]|, with the biases b[l] only if `penalize_bias`.

    Parameters
    ----------
    loss : str or Loss
        A name from `clearprop.equations.losses.LOSSES`, or a loss with options: ``Huber(threshold=1.35)``.
    l1, l2 : float
        Strengths of the penalties. They are not divided by the number of rows: for the λ/(2m) Σ Θ² of Ng's notes
        put l2 = λ/m.
    penalize_bias : bool
        Whether R counts the biases too (as rnet does).
    reduction : {"mean", "sum"}
    penalty_per_row : bool
        Whether R is divided by Σ_n w_n of the rows at hand, whatever the batch: λ/(2m) Σ Θ² with l2 = λ, and
        scikit-learn's alpha.

    Examples
    --------
    >>> print(Objective("cross_entropy", l2=1e-4).describe())
    J = Σ_n w_n ℓ_n / Σ_n w_n + ½ · 0.0001 Σ W²,  ℓ = −Σ y log a  (cross_entropy; biases are not penalised)
    """

    loss: Loss
    l1: float = 0.0
    l2: float = 0.0
    penalize_bias: bool = False
    reduction: str = "mean"
    penalty_per_row: bool = False

    def __init__(
        self,
        loss: str | Loss,
        l1: float = 0.0,
        l2: float = 0.0,
        penalize_bias: bool = False,
        reduction: str = "mean",
        penalty_per_row: bool = False,
    ) -> None:
        if reduction not in REDUCTIONS:
            raise unknown_name("reduction", reduction, REDUCTIONS)
        for name, value in (("l1", l1), ("l2", l2)):
            if not 0 <= value < math.inf:
                raise UsageError(f"{name} must be 0 or more and finite, got {value!r}.")
        if not isinstance(loss, str | Loss):
            raise UsageError(f"loss must be the name of a loss or a Loss such as Huber(), got {loss!r}.")
        object.__setattr__(self, "loss", get_loss(loss) if isinstance(loss, str) else loss)
        object.__setattr__(self, "l1", float(l1))
        object.__setattr__(self, "l2", float(l2))
        object.__setattr__(self, "penalize_bias", bool(penalize_bias))
        object.__setattr__(self, "reduction", reduction)
        object.__setattr__(self, "penalty_per_row", bool(penalty_per_row))

    def strengths(self, weights: Array) -> tuple[float, float]:
        """Return l1 and l2 as they count for rows of these weights: divided by Σ_n w_n where `penalty_per_row`.

        Parameters
        ----------
        weights : array (batch,)
        """
        if not self.penalty_per_row:
            return self.l1, self.l2
        l1, l2 = penalty_strengths(self.l1, self.l2, weights)
        return float(l1), float(l2)

    def describe(self) -> str:
        """Return J in symbols and words."""
        data = "Σ_n w_n ℓ_n" + (" / Σ_n w_n" if self.reduction == "mean" else "")
        terms = [data, *self._penalty_terms()]
        bias = ""
        if len(terms) > 1:
            bias = "; biases are penalised too" if self.penalize_bias else "; biases are not penalised"
        options = "".join(f", {name} = {value:g}" for name, value in vars(self.loss).items() if value)
        return f"J = {' + '.join(terms)},  ℓ = {self.loss.formula}  ({self.loss.name}{options}{bias})"

    def _penalty_terms(self) -> list[str]:
        per = " / Σ_n w_n" if self.penalty_per_row else ""
        l2 = [f"½ · {self.l2:g} Σ W²{per}"] if self.l2 else []
        l1 = [f"{self.l1:g} Σ |W|{per}"] if self.l1 else []
        return l2 + l1
