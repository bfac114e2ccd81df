"""pseudo_huber, as CONTRIBUTING says: every section below is what goes into the file it names."""

# src/clearprop/equations/losses.py
from dataclasses import dataclass

from clearprop.equations._arrays import namespace
from clearprop.equations._loss import Loss, row_sum
from clearprop.equations.losses import LOSSES


@dataclass(frozen=True)
class PseudoHuber(Loss):
    """Charbonnier et al. 1994: ½ r² for small r, |r| − 1 for large, and smooth between."""

    name, formula = "pseudo_huber", "Σ (√(1 + r²) − 1), r = a − y"

    def value(self, a, Y):
        r = a - Y
        return row_sum(namespace(a).hypot(r, namespace(a).ones_like(r)) - 1)

    def gradient(self, a, Y):
        r = a - Y
        return r / namespace(a).hypot(r, namespace(a).ones_like(r))

    def second_derivative(self, a, Y):
        r = a - Y
        return namespace(a).hypot(r, namespace(a).ones_like(r)) ** -3


LOSSES["pseudo_huber"] = PseudoHuber

# src/clearprop/notation/loss_formulas.py
from clearprop.notation.expressions import add, divide, power, subtract
from clearprop.notation.loss_formulas import LOSS_FORMULAS, LossFormula


def _root(a, Y):
    return power(add(1, power(subtract(a, Y), 2)), 0.5)


LOSS_FORMULAS["pseudo_huber"] = LossFormula(
    lambda _, a, Y: subtract(_root(a, Y), 1),
    lambda _, a, Y: divide(subtract(a, Y), _root(a, Y)),
)

# tests/equations/oracles.py
import oracles

oracles.LOSSES["pseudo_huber"] = lambda xp, a, y: xp.sqrt(1 + (a - y) ** 2) - 1

# docs/equations.md
import documented

documented.add("| `pseudo_huber` | `Σ (√(1 + r²) − 1), r = a − y` | r / √(1 + r²) | real | real | smooth everywhere |")
