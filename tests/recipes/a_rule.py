"""sign_sgd, as CONTRIBUTING says: every section below is what goes into the file it names."""

# src/clearprop/equations/optimizers/classic.py
from dataclasses import dataclass

from clearprop.equations._arrays import namespace
from clearprop.equations.optimizers.rule import Rule


@dataclass(frozen=True, kw_only=True)
class SignSGD(Rule):
    """Every parameter moves by the learning rate, whatever the size of its gradient."""

    name, equation, source = "sign_sgd", "w ← w − η sign(g)", "Bernstein et al. 2018"

    def update(self, w, g, slots, t, learning_rate):
        return w - learning_rate * namespace(g).sign(g), slots


# src/clearprop/equations/optimizers/__init__.py
from clearprop.equations.optimizers import RULES

RULES["sign_sgd"] = SignSGD

# tests/equations/test_update_rules.py
from test_update_rules import OPTAX

OPTAX["sign_sgd"] = lambda optax: (SignSGD(learning_rate=0.02), optax.sign_sgd(0.02))

# docs/equations.md
import documented

documented.add("| `sign_sgd` | `w ← w − η sign(g)` | Bernstein et al. 2018 |")
