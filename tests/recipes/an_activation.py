"""isru, as CONTRIBUTING says: every section below is what goes into the file it names."""

# src/clearprop/equations/activations.py
from clearprop.equations._arrays import namespace
from clearprop.equations.activations import ACTIVATIONS, Activation


class Isru(Activation):
    """The inverse square root unit (Carlile et al. 2017): like tanh, without an exponential."""

    name, formula = "isru", "z / √(1 + z²)"

    def forward(self, z):
        return z / self._root(z)

    def derivative(self, z, a):
        return self._root(z) ** -3

    def second_derivative(self, z, a):
        return -3 * z * self._root(z) ** -5

    def _root(self, z):
        xp = namespace(z)
        return xp.hypot(z, xp.ones_like(z))


ACTIVATIONS["isru"] = Isru()

# src/clearprop/notation/activation_formulas.py
from clearprop.notation.activation_formulas import FORMULAS, Formula
from clearprop.notation.expressions import add, divide, power, subtract

FORMULAS["isru"] = Formula(
    lambda z: divide(z, power(add(1, power(z, 2)), 0.5)),
    lambda z, a: power(subtract(1, power(a, 2)), 1.5),
)

# tests/equations/oracles.py
import oracles

oracles.WRITTEN_OUT["isru"] = lambda xp, z: z / xp.sqrt(1 + z**2)

# docs/equations.md
import documented

documented.add(
    "| `isru` | `z / √(1 + z²)` | (1 − a²)^(3/2) | −3 z / (1 + z²)^(5/2) | like tanh, without an exponential |"
)
