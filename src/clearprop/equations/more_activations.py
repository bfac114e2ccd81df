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


class Sin(Activation):
    """sin(z): waves (FANN and PMML have it in dense layers; Sitzmann et al. 2020). cos(z) is sin(z + π/2)."""

    name, formula = "sin", "sin(z)"

    def forward(self, z: Array) -> Array:
        return namespace(z).sin(z)

    def derivative(self, z: Array, a: Array) -> Array:
        return namespace(z).cos(z)

    def second_derivative(self, z: Array, a: Array) -> Array:
        return -a


class HardSilu(Activation):
    """z times a sigmoid of straight lines, also called hard swish (Howard et al. 2019)."""

    name, formula, kinks, initializer = "hard_silu", "z min(max(z / 6 + ½, 0), 1)", (-3.0, 3.0), "he_uniform"

    def forward(self, z: Array) -> Array:
        return z * namespace(z).clip(z / 6 + 0.5, 0.0, 1.0)

    def derivative(self, z: Array, a: Array) -> Array:
        xp = namespace(z)
        inside = xp.where(z <= 3, z / 3 + 0.5, xp.ones_like(z))
        return xp.where(z <= -3, xp.zeros_like(z), inside)

    def second_derivative(self, z: Array, a: Array) -> Array:
        xp = namespace(z)
        return xp.astype((z > -3) & (z <= 3), z.dtype) / 3


class TanhShrink(Activation):
    """z − tanh(z): nearly 0 around 0, and straight far out (PyTorch's Tanhshrink)."""

    name, formula, cancels = "tanh_shrink", "z − tanh(z)", True

    def forward(self, z: Array) -> Array:
        return z - namespace(z).tanh(z)

    def derivative(self, z: Array, a: Array) -> Array:
        t = namespace(z).tanh(z)
        return t * t

    def second_derivative(self, z: Array, a: Array) -> Array:
        t = namespace(z).tanh(z)
        return 2 * t * (1 - t * t)


class Stepwise(Activation):
    """σ(2z), or with low = −1 tanh(z), by straight lines between six points: FANN's default (Nissen 2003).

    Outside the points it is the lowest and the highest value, to which it jumps; the points are FANN's float32 numbers.
    """

    name, formula = "stepwise", "0 if z < −2.647, 1 if z ≥ 2.647, else straight lines between six points of σ(2z)"
    high = 1.0

    def __init__(self, low: float = 0.0) -> None:
        if low not in STEPWISE_POINTS:
            raise UsageError(f"stepwise goes from low=0, as a sigmoid, or from low=-1, as tanh, got {low!r}.")
        self.low, self.options = low, {"low": low}
        self.points = STEPWISE_POINTS[low]
        self.kinks = tuple(v for v, _ in self.points)
        if low:
            self.formula = "−1 if z < −2.647, 1 if z ≥ 2.647, else straight lines between six points of tanh(z)"

    @property
    def lines(self) -> list[tuple[float, float, float, float]]:
        """Of each line: where it begins, its value there, its slope, and where it ends."""
        pairs = zip(self.points, self.points[1:], strict=False)
        return [(v, r, (s - r) / (w - v), w) for (v, r), (w, s) in pairs]

    def forward(self, z: Array) -> Array:
        xp = namespace(z)
        v, r, slope, end = self.lines[-1]
        a = r + slope * (z - v)  # of NaN too, which must pass
        for v, r, slope, before in reversed(self.lines[:-1]):
            a = xp.where(z < before, r + slope * (z - v), a)
        a = xp.where(z < self.points[0][0], self.low * xp.ones_like(z), a)
        return xp.where(z >= end, xp.ones_like(z), a)

    def derivative(self, z: Array, a: Array) -> Array:
        xp = namespace(z)
        slopes = xp.zeros_like(z)
        for v, _, slope, end in self.lines:
            slopes = xp.where((z > v) & (z <= end), slope * xp.ones_like(z), slopes)
        return slopes

    def second_derivative(self, z: Array, a: Array) -> Array:
        return namespace(z).zeros_like(z)


STEPWISE_POINTS: dict[float, tuple[tuple[float, float], ...]] = {
    0.0: (
        (-2.6466524600982666, 0.004999999888241291), (-1.4722194671630859, 0.05000000074505806),
        (-0.5493061542510986, 0.25), (0.5493061542510986, 0.75),
        (1.4722193479537964, 0.949999988079071), (2.646652936935425, 0.9950000047683716),
    ),
    -1.0: (
        (-2.646652936935425, -0.9900000095367432), (-1.4722193479537964, -0.8999999761581421),
        (-0.5493061542510986, -0.5), (0.5493061542510986, 0.5),
        (1.4722193479537964, 0.8999999761581421), (2.646652936935425, 0.9900000095367432),
    ),
}  # fmt: skip
"""Where the lines of `Stepwise` meet, and its values there, by its lowest value: those of FANN 2.2.0."""

_FAR = 1e6
