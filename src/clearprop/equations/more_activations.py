"""Activations that networks of other tools have: every f beside its derivative, as in `activations.py`."""

from __future__ import annotations

import math

from clearprop.equations._activation import Activation
from clearprop.equations._arrays import Array, namespace
from clearprop.errors import UsageError

_GELU_INNER, _GELU_CUBIC = math.sqrt(2 / math.pi), 0.044715


class Softsign(Activation):
    """z / (1 + |z|): as tanh, with tails that fall like 1 / z (Elliott 1993); f″ jumps at 0."""

    name, formula, kinks = "softsign", "z / (1 + |z|)", (0.0,)

    def forward(self, z: Array) -> Array:
        return z / (1 + namespace(z).abs(z))

    def derivative(self, z: Array, a: Array) -> Array:
        below = 1 / (1 + namespace(z).abs(z))
        return below * below

    def second_derivative(self, z: Array, a: Array) -> Array:
        xp = namespace(z)
        below = 1 / (1 + xp.abs(z))
        return -2 * xp.sign(z) * (below * below * below)


class Gaussian(Activation):
    """exp(−z²): the bump of radial units (FANN and OpenCV have it in dense layers)."""

    name, formula = "gaussian", "exp(−z²)"

    def forward(self, z: Array) -> Array:
        xp = namespace(z)
        z = xp.clip(z, -_FAR, _FAR)  # whose square is finite, and at which f is 0
        return xp.exp(-z * z)

    def derivative(self, z: Array, a: Array) -> Array:
        return -2 * namespace(z).clip(z, -_FAR, _FAR) * a

    def second_derivative(self, z: Array, a: Array) -> Array:
        z = namespace(z).clip(z, -_FAR, _FAR)
        return (4 * z * z - 2) * a


class CutSigmoid(Activation):
    """The sigmoid of R's nnet: exactly 0 below −15 and 1 above 15 (Venables and Ripley 2002, package nnet)."""

    name, formula, range, kinks = "cut_sigmoid", "0 if z < −15, 1 if z > 15, else σ(z)", "unit", (-15.0, 15.0)

    def forward(self, z: Array) -> Array:
        xp = namespace(z)
        e = xp.exp(-xp.abs(z))
        smooth = xp.where(z < 0, e, xp.ones_like(e)) / (1 + e)
        return xp.where(z < -15, xp.zeros_like(z), xp.where(z > 15, xp.ones_like(z), smooth))

    def derivative(self, z: Array, a: Array) -> Array:
        return a * (1 - a)

    def second_derivative(self, z: Array, a: Array) -> Array:
        return a * (1 - a) * (1 - 2 * a)


class GeluTanh(Activation):
    """Gelu with a tanh in the place of the normal distribution (Hendrycks and Gimpel 2016), at most 0.0005 from it."""

    name, formula, initializer = "gelu_tanh", "½ z (1 + tanh(0.7979 (z + 0.044715 z³)))", "he_uniform"

    def forward(self, z: Array) -> Array:
        return 0.5 * z * (1 + self._tanh(z))

    def derivative(self, z: Array, a: Array) -> Array:
        t, near = self._tanh(z), namespace(z).clip(z, -_FAR, _FAR)
        return 0.5 * (1 + t) + 0.5 * near * ((1 - t * t) * self._slope(near))

    def second_derivative(self, z: Array, a: Array) -> Array:
        t, near = self._tanh(z), namespace(z).clip(z, -_FAR, _FAR)
        bend, u = 1 - t * t, self._slope(near)
        return bend * u + 0.5 * near * (bend * (_GELU_INNER * 6 * _GELU_CUBIC) * near - 2 * t * bend * u * u)

    def _tanh(self, z: Array) -> Array:
        """Return tanh of the cubic; beyond the clip it is ±1."""
        xp = namespace(z)
        z = xp.clip(z, -_FAR, _FAR)
        return xp.tanh(_GELU_INNER * (z + _GELU_CUBIC * (z * z * z)))

    def _slope(self, z: Array) -> Array:
        """Return the derivative of the cubic."""
        return _GELU_INNER * (1 + 3 * _GELU_CUBIC * z * z)


class HardTanh(Activation):
    """z cut to lie between two numbers (Collobert 2004)."""

    name, formula, kinks = "hard_tanh", "min(max(z, −1), 1)", (-1.0, 1.0)

    def __init__(self, low: float = -1.0, high: float = 1.0) -> None:
        if not low < high:
            raise UsageError(f"hard_tanh needs low below high, got {low!r} and {high!r}.")
        self.low, self.high, self.options, self.kinks = low, high, {"low": low, "high": high}, (low, high)
        self.formula = f"min(max(z, {low:g}), {high:g})".replace("-", "−")

    def forward(self, z: Array) -> Array:
        return namespace(z).clip(z, self.low, self.high)

    def derivative(self, z: Array, a: Array) -> Array:
        xp = namespace(z)
        return xp.astype((z > self.low) & (z <= self.high), z.dtype)

    def second_derivative(self, z: Array, a: Array) -> Array:
        return namespace(z).zeros_like(z)


_FAR = 1e6
