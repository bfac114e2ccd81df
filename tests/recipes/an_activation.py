"""softsign, as CONTRIBUTING says: every section below is what goes into the file it names."""

# src/clearprop/equations/activations.py
from clearprop.equations._arrays import namespace
from clearprop.equations.activations import ACTIVATIONS, Activation


class Softsign(Activation):
    """Bergstra et al. 2009: like tanh, with tails that fall off more slowly."""

    name, formula, kinks = "softsign", "z / (1 + |z|)", (0.0,)

    def forward(self, z):
        return z / (1 + namespace(z).abs(z))

    def derivative(self, z, a):
        return (1 - namespace(a).abs(a)) ** 2

    def second_derivative(self, z, a):
        xp = namespace(a)
        return -2 * xp.sign(z) * (1 - xp.abs(a)) ** 3


ACTIVATIONS["softsign"] = Softsign()

# src/clearprop/notation/activation_formulas.py
from clearprop.notation import operations as op
from clearprop.notation.activation_formulas import FORMULAS, Formula
from clearprop.notation.expressions import add, apply, divide, power, subtract

FORMULAS["softsign"] = Formula(
    lambda z: divide(z, add(1, apply(op.ABS, z))),
    lambda z, a: power(subtract(1, apply(op.ABS, a)), 2),
)

# tests/equations/oracles.py
import oracles

oracles.WRITTEN_OUT["softsign"] = lambda xp, z: z / (1 + xp.abs(z))

# docs/equations.md
import documented

documented.add(r"| `softsign` | `z / (1 + \|z\|)` | (1 − \|a\|)² | 0 | like tanh, with longer tails |")
