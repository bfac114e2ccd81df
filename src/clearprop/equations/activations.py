"""Activations: every f beside its derivative.

An activation maps pre-activations ``z`` to ``a = f(z)`` and pulls a gradient back through itself:
``pullback(z, a, upstream)`` turns ``∂J/∂a`` into ``delta = ∂J/∂z``. For an elementwise f that is
``upstream ⊙ f′(z)``; softmax mixes the units of a row and needs its whole Jacobian, which is why the
pullback, and not f′, is what backpropagation calls.

Both ``z`` and ``a`` are given because each derivative is simplest in one of them: σ′ = a (1 − a).
At a kink the derivative is the one from the left (f′ = 0 at 0 for relu), as every framework has it.
"""

from __future__ import annotations

import math
from functools import lru_cache

from clearprop.equations._activation import Activation as Activation
from clearprop.equations._arrays import Array, erf, namespace
from clearprop.equations.more_activations import (
    CutSigmoid,
    Gaussian,
    GeluTanh,
    HardSilu,
    HardTanh,
    Sin,
    Softsign,
    Stepwise,
    TanhShrink,
)
from clearprop.equations.passing import Passing
from clearprop.errors import UsageError, unknown_name

SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


class Identity(Activation):
    """A linear layer: regression, or logits."""

    name, formula = "identity", "z"

    def forward(self, z: Array) -> Array:
        return z

    def derivative(self, z: Array, a: Array) -> Array:
        return namespace(z).ones_like(z)

    def second_derivative(self, z: Array, a: Array) -> Array:
        return namespace(z).zeros_like(z)


class Sigmoid(Activation):
    """σ(z), the logistic function (Rumelhart et al. 1986).

    Only exp(−|z|) is ever taken, so that nothing overflows and both tails keep their digits.
    """

    name, formula, range = "sigmoid", "1 / (1 + exp(−z))", "unit"

    def forward(self, z: Array) -> Array:
        xp = namespace(z)
        e = xp.exp(-xp.abs(z))
        return xp.where(z < 0, e, xp.ones_like(e)) / (1 + e)

    def derivative(self, z: Array, a: Array) -> Array:
        return a * (1 - a)

    def second_derivative(self, z: Array, a: Array) -> Array:
        return a * (1 - a) * (1 - 2 * a)


class Tanh(Activation):
    """2 σ(2z) − 1: the sigmoid around 0 (LeCun et al. 1998, "Efficient BackProp")."""

    name, formula = "tanh", "tanh(z)"

    def forward(self, z: Array) -> Array:
        return namespace(z).tanh(z)

    def derivative(self, z: Array, a: Array) -> Array:
        return 1 - a * a

    def second_derivative(self, z: Array, a: Array) -> Array:
        return -2 * a * (1 - a * a)


class Relu(Activation):
    """Rectified linear unit (Nair and Hinton 2010)."""

    name, formula, kinks = "relu", "max(z, 0)", (0.0,)
    initializer = "he_uniform"

    def forward(self, z: Array) -> Array:
        xp = namespace(z)
        return xp.maximum(z, xp.zeros_like(z))

    def derivative(self, z: Array, a: Array) -> Array:
        return namespace(z).astype(z > 0, z.dtype)

    def second_derivative(self, z: Array, a: Array) -> Array:
        return namespace(z).zeros_like(z)


class LeakyRelu(Activation):
    """Relu that lets 1 % of the negative side through (Maas et al. 2013), or another share.

    A threshold, at which it jumps, and a largest value are options of Keras.
    """

    name, formula, kinks = "leaky_relu", "z if z > 0 else 0.01 z", (0.0,)
    initializer = "he_uniform"

    def __init__(self, slope: float = 0.01, threshold: float = 0.0, largest: float = math.inf) -> None:
        self.slope, self.threshold, self.largest = slope, threshold, largest
        self.options = {"slope": slope, "threshold": threshold, "largest": largest}
        self.formula = f"z if z > 0 else {slope:g} z"
        self.plain = threshold == 0 and largest == math.inf
        if not self.plain:
            self.formula = f"min(z, {largest:g}) if z > {threshold:g} else {slope:g} (z − {threshold:g})"
            self.kinks = (threshold, *((largest,) if largest < math.inf else ()))

    def forward(self, z: Array) -> Array:
        xp = namespace(z)
        if self.plain:
            return xp.where(z > 0, z, self.slope * z)
        return xp.where(z > self.threshold, xp.clip(z, None, self.largest), self.slope * (z - self.threshold))

    def derivative(self, z: Array, a: Array) -> Array:
        xp = namespace(z)
        above = xp.astype(z <= self.largest, z.dtype) if self.largest < math.inf else xp.ones_like(z)
        return xp.where(z > self.threshold, above, self.slope * xp.ones_like(z))

    def second_derivative(self, z: Array, a: Array) -> Array:
        return namespace(z).zeros_like(z)


class Elu(Activation):
    """Exponential linear unit (Clevert et al. 2016); with α = 1 f′ is continuous, and f″ jumps at 0."""

    name, formula, kinks = "elu", "z if z > 0 else exp(z) − 1", (0.0,)
    initializer = "he_uniform"

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha, self.options = alpha, {"alpha": alpha}
        if alpha != 1:
            self.formula = f"z if z > 0 else {alpha:g} (exp(z) − 1)"

    def forward(self, z: Array) -> Array:
        xp = namespace(z)
        below = xp.expm1(xp.minimum(z, xp.zeros_like(z)))
        return xp.where(z > 0, z, below if self.alpha == 1 else self.alpha * below)

    def derivative(self, z: Array, a: Array) -> Array:
        xp = namespace(z)
        return xp.where(z > 0, xp.ones_like(z), a + self.alpha)

    def second_derivative(self, z: Array, a: Array) -> Array:
        xp = namespace(z)
        return xp.where(z > 0, xp.zeros_like(z), a + self.alpha)


class Selu(Activation):
    """Scaled elu, whose outputs keep mean 0 and variance 1 (Klambauer et al. 2017)."""

    name, formula, kinks = "selu", "1.0507 (z if z > 0 else 1.6733 (exp(z) − 1))", (0.0,)
    initializer = "lecun_normal"

    def forward(self, z: Array) -> Array:
        xp = namespace(z)
        return SELU_SCALE * xp.where(z > 0, z, SELU_ALPHA * xp.expm1(xp.minimum(z, xp.zeros_like(z))))

    def derivative(self, z: Array, a: Array) -> Array:
        xp = namespace(z)
        return xp.where(z > 0, SELU_SCALE * xp.ones_like(z), a + SELU_SCALE * SELU_ALPHA)

    def second_derivative(self, z: Array, a: Array) -> Array:
        xp = namespace(z)
        return xp.where(z > 0, xp.zeros_like(z), a + SELU_SCALE * SELU_ALPHA)


class Softplus(Activation):
    """A smooth relu, the integral of σ (Dugas et al. 2001). Written as max(z, 0) + log(1 + exp(−|z|))."""

    name, formula, range = "softplus", "log(1 + exp(z))", "positive"
    initializer = "he_uniform"

    def __init__(self, threshold: float = math.inf) -> None:
        self.threshold, self.options = threshold, {"threshold": threshold}
        if threshold < math.inf:  # as PyTorch has it
            self.formula, self.kinks = f"z if z > {threshold:g} else log(1 + exp(z))", (threshold,)

    def forward(self, z: Array) -> Array:
        xp = namespace(z)
        smooth = xp.maximum(z, xp.zeros_like(z)) + xp.log1p(xp.exp(-xp.abs(z)))
        return smooth if self.threshold == math.inf else xp.where(z > self.threshold, z, smooth)

    def derivative(self, z: Array, a: Array) -> Array:
        xp, s = namespace(z), SIGMOID.forward(z)
        return s if self.threshold == math.inf else xp.where(z > self.threshold, xp.ones_like(z), s)

    def second_derivative(self, z: Array, a: Array) -> Array:
        xp, s = namespace(z), SIGMOID.forward(z)
        curved = s * (1 - s)
        return curved if self.threshold == math.inf else xp.where(z > self.threshold, xp.zeros_like(z), curved)


class Gelu(Activation):
    """Gaussian error linear unit (Hendrycks and Gimpel 2016), exact: Φ is the standard normal distribution."""

    name, formula, initializer = "gelu", "z Φ(z)", "he_uniform"

    def forward(self, z: Array) -> Array:
        return z * self._cdf(z)

    def derivative(self, z: Array, a: Array) -> Array:
        return self._cdf(z) + z * self._density(z)

    def second_derivative(self, z: Array, a: Array) -> Array:
        density = self._density(z)
        return 2 * density - z * (z * density)

    def _cdf(self, z: Array) -> Array:
        return 0.5 * (1 + erf(z / math.sqrt(2)))

    def _density(self, z: Array) -> Array:
        return namespace(z).exp(-0.5 * z * z) / math.sqrt(2 * math.pi)


class Silu(Activation):
    """Sigmoid linear unit, also called swish (Elfwing et al. 2018)."""

    name, formula, initializer = "silu", "z σ(z)", "he_uniform"

    def forward(self, z: Array) -> Array:
        return z * SIGMOID.forward(z)

    def derivative(self, z: Array, a: Array) -> Array:
        s = SIGMOID.forward(z)
        return s + a * (1 - s)

    def second_derivative(self, z: Array, a: Array) -> Array:
        s = SIGMOID.forward(z)
        return s * (1 - s) * (2 + z * (1 - 2 * s))


class Mish(Activation):
    """z tanh(softplus(z)) (Misra 2019)."""

    name, formula, initializer = "mish", "z tanh(log(1 + exp(z)))", "he_uniform"

    def forward(self, z: Array) -> Array:
        return z * namespace(z).tanh(SOFTPLUS.forward(z))

    def derivative(self, z: Array, a: Array) -> Array:
        t = namespace(z).tanh(SOFTPLUS.forward(z))
        return t + z * (1 - t * t) * SIGMOID.forward(z)

    def second_derivative(self, z: Array, a: Array) -> Array:
        t, s = namespace(z).tanh(SOFTPLUS.forward(z)), SIGMOID.forward(z)
        slope = (1 - t * t) * s
        return 2 * slope + z * slope * (1 - s - 2 * t * s)


class Exp(Activation):
    """The inverse of the log link: positive outputs such as rates (McCullagh and Nelder 1989)."""

    name, formula, range = "exp", "exp(z)", "positive"

    def forward(self, z: Array) -> Array:
        return namespace(z).exp(z)

    def derivative(self, z: Array, a: Array) -> Array:
        return a

    def second_derivative(self, z: Array, a: Array) -> Array:
        return a


class Softmax(Activation):
    """Each row becomes a probability distribution (Bridle 1990); its Jacobian is diag(a) − aᵀa, row by row."""

    name, formula, range, elementwise = "softmax", "exp(z) / Σ exp(z)", "simplex", False

    def forward(self, z: Array) -> Array:
        xp = namespace(z)
        e = xp.exp(z - xp.max(z, axis=-1, keepdims=True))
        return e / xp.sum(e, axis=-1, keepdims=True)

    def derivative(self, z: Array, a: Array) -> Array:
        raise UsageError("softmax has no elementwise derivative; use its pullback.")

    def pullback(self, z: Array, a: Array, upstream: Array) -> Array:
        """Return a ⊙ (upstream − Σ a ⊙ upstream): the Jacobian applied without being formed."""
        return a * (upstream - namespace(z).sum(a * upstream, axis=-1, keepdims=True))

    def pushforward(self, z: Array, a: Array, Rz: Array) -> Array:
        """Return the Jacobian times Rz; it is symmetric."""
        return self.pullback(z, a, Rz)

    def r_pullback(self, z: Array, a: Array, upstream: Array, Rz: Array, Rupstream: Array) -> Array:
        """Return the product rule applied to a ⊙ (upstream − Σ a ⊙ upstream)."""
        total, Ra = namespace(z).sum, self.pushforward(z, a, Rz)
        centred = upstream - total(a * upstream, axis=-1, keepdims=True)
        return self.pullback(z, a, Rupstream) + Ra * centred - a * total(Ra * upstream, axis=-1, keepdims=True)


class Step(Activation):
    """The perceptron's threshold (Rosenblatt 1958). It predicts but cannot learn: f′ is 0 wherever it exists."""

    name, formula, kinks = "step", "1 if z > 0 else 0", (0.0,)

    def forward(self, z: Array) -> Array:
        return namespace(z).astype(z > 0, z.dtype)

    def derivative(self, z: Array, a: Array) -> Array:
        raise UsageError(
            "the activation 'step' cannot be trained through: its derivative is 0 everywhere (and absent "
            "at 0), so no gradient reaches the weights below it. Use 'sigmoid', its smooth relative."
        )


SIGMOID = Sigmoid()
SOFTPLUS = Softplus()

ACTIVATIONS: dict[str, Activation] = {
    f.name: f
    for f in (
        Identity(), SIGMOID, Tanh(), Relu(), LeakyRelu(), Elu(), Selu(),
        SOFTPLUS, Gelu(), Silu(), Mish(), Exp(), Softmax(), Step(),
        Softsign(), Gaussian(), GeluTanh(), HardTanh(), CutSigmoid(),
        Sin(), HardSilu(), TanhShrink(), Stepwise(),
    )
}  # fmt: skip

_LONGEST_NAME = 120


def get_activation(name: str) -> Activation:
    """Return the activation of that name, options and all: "elu", "leaky_relu:slope=0.2", "hard_tanh:low=0,high=6".

    With passing=2 the last two units of the layer pass z on: "tanh:passing=2".

    Raises
    ------
    UsageError
        If there is none, or it has no such option; the message names the nearest one.
    """
    if isinstance(name, str) and ":" in name and len(name) <= _LONGEST_NAME:
        return _with_options(name)
    if name not in ACTIVATIONS:
        raise unknown_name("activation", name, ACTIVATIONS)
    return ACTIVATIONS[name]


@lru_cache(maxsize=1024)
def _with_options(name: str) -> Activation:
    kind, _, rest = name.partition(":")
    options: dict[str, float] = {}
    for part in rest.split(","):
        option, sign, value = part.partition("=")
        try:
            options[option] = float(value)
        except ValueError:
            sign = ""
        if not sign or not math.isfinite(options[option]):
            raise UsageError(f"options follow a name as in leaky_relu:slope=0.2, got {name!r}.")
    if "passing" in options:
        others = ",".join(part for part in rest.split(",") if not part.startswith("passing="))
        return Passing(get_activation(f"{kind}:{others}" if others else kind), options["passing"], name)
    return get_activation(kind).with_options(name, options)
