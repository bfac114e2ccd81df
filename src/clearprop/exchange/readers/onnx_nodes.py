"""What the nodes of an ONNX graph do to a row on its way: pointwise functions, scalings, and where two ways meet."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.errors import ReaderCannot
from clearprop.exchange.foreign import Activated, Affine, Array, Layer, Linear, affine, batch_norm, require_room
from clearprop.exchange.readers.torch import prelu

_PLAIN = {
    "Relu": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh", "Softsign": "softsign", "Softplus": "softplus", "Exp": "exp",
    "Mish": "mish",
}  # fmt: skip
_KEPT = ("Identity", "Dropout", "Cast", "Flatten", "Reshape", "Squeeze", "Unsqueeze")
_MARKS = ("Erf", "Abs", "Sqrt")  # parts of an activation written out, which mean nothing alone
UNARY = (
    *_PLAIN, *_KEPT, *_MARKS, "Elu", "Selu", "LeakyRelu", "Celu", "Gelu", "HardSigmoid", "Clip", "Softmax",
    "LogSoftmax", "BatchNormalization", "PRelu", "Neg", "Scaler", "Pow",
)  # fmt: skip
BINARY = ("Add", "Sub", "Mul", "Div", "Max", "Min")


@dataclass(frozen=True, eq=False)
class Mark:
    """A pointwise function that is no layer by itself."""

    kind: str
    name: str


@dataclass(frozen=True, eq=False)
class Way:
    """What the inputs have become: layers, and how many columns there are, where that is known."""

    layers: tuple[Any, ...]
    width: int | None

    def then(self, *layers: Any) -> Way:
        """Return the way that goes on through more layers."""
        width = self.width
        for layer in layers:
            width = layer.W.shape[1] if isinstance(layer, Linear) else width
            width = len(layer.scale) if isinstance(layer, Affine) and width is None else width
        return Way((*self.layers, *layers), width)

    def after(self, start: Way) -> tuple[Any, ...] | None:
        """Return what this way does after another one; None if it does not begin with it."""
        n = len(start.layers)
        same = len(self.layers) >= n and all(a is b for a, b in zip(self.layers, start.layers, strict=False))
        return self.layers[n:] if same else None


def unary(said: str, kind: str, way: Way, more: list[Any], options: dict[str, Any], opset: int) -> Way:
    """Return the way through a node of one value."""
    n = way.width or 1
    if kind in _KEPT:
        return way
    if kind in _PLAIN:
        return way.then(Activated(_PLAIN[kind], said))
    if kind in _MARKS or kind == "Pow":
        exponent = np.asarray(more[0]).ravel() if more and isinstance(more[0], np.ndarray) else np.zeros(0)
        return way.then(Mark(f"Pow{float(exponent[0]):g}" if kind == "Pow" and len(exponent) == 1 else kind, said))
    if kind in ("Softmax", "LogSoftmax"):
        if options.get("axis", -1 if opset >= 13 else 1) not in (-1, 1):
            raise ReaderCannot(f"{said} goes along axis {options['axis']}; that of the units, 1, can be read.")
        return way.then(Activated("softmax", said))
    if kind == "BatchNormalization":
        return way.then(_batch_norm(said, more, options))
    if kind == "Scaler":
        offset, scale = (
            np.asarray(options.get(key, default), float) for key, default in (("offset", 0.0), ("scale", 1.0))
        )
        wide = max(offset.size, scale.size)
        return way.then(affine(scale, -offset * scale, wide if wide > 1 else n, said))
    if kind == "PRelu" and more and isinstance(more[0], np.ndarray):
        return way.then(*prelu(more[0].ravel(), way.width, said))
    return way.then(*_with_options(said, kind, n, more, options))


def _with_options(said: str, kind: str, n: int, more: list[Any], options: dict[str, Any]) -> list[Layer]:
    alpha = options.get("alpha")
    if kind == "Neg":
        return [affine(-1, 0, n, said)]
    if kind == "Elu":
        return [Activated(f"elu:alpha={_short(1.0 if alpha is None else alpha)!r}", said)]
    if kind == "LeakyRelu":
        return [Activated(f"leaky_relu:slope={_short(0.01 if alpha is None else alpha)!r}", said)]
    if kind == "Selu":
        gamma, alpha = (
            _short(options.get("gamma", 1.05070102214813232)),
            _short(1.67326319217681884 if alpha is None else alpha),
        )
        return [Activated(f"elu:alpha={alpha!r}", said), affine(gamma, 0, n, said)]
    if kind == "Celu":
        alpha = _short(1.0 if alpha is None else alpha)
        return [affine(1 / alpha, 0, n, said), Activated("elu", said), affine(alpha, 0, n, said)]
    if kind == "Gelu":
        return [Activated("gelu_tanh" if options.get("approximate") == "tanh" else "gelu", said)]
    if kind == "HardSigmoid":
        alpha, beta = _sixth(0.2 if alpha is None else alpha), _short(options.get("beta", 0.5))
        return [affine(alpha, beta, n, said), Activated("hard_tanh:low=0,high=1", said)]
    if kind == "Clip":
        return [Activated(_clip(said, more, options), said)]
    raise ReaderCannot(f"{said} cannot be read.")


def _clip(said: str, more: list[Any], options: dict[str, Any]) -> str:
    ends = [options.get("min"), options.get("max")]
    for k, value in enumerate(more[:2]):
        if isinstance(value, np.ndarray) and value.size == 1:
            ends[k] = float(value.ravel()[0])
    low, high = ends
    if low == 0 and (high is None or high > 1e30):
        return "relu"
    if low is None or high is None or not low < high:
        raise ReaderCannot(f"{said} must have two ends, the first the smaller.")
    return f"hard_tanh:low={low!r},high={high!r}"


def _batch_norm(said: str, more: list[Any], options: dict[str, Any]) -> Affine:
    if len(more) < 4 or not all(isinstance(one, np.ndarray) and one.ndim == 1 for one in more[:4]):
        raise ReaderCannot(f"{said} must have four constant rows.")
    if len({len(one) for one in more[:4]}) != 1 or options.get("training_mode", 0):
        raise ReaderCannot(f"{said} must be one that is trained, with as many numbers of each kind.")
    gamma, beta, mean, variance = more[:4]
    return batch_norm(mean, variance, gamma, beta, _short(options.get("epsilon", 1e-5)), said)


def _short(value: float) -> float:
    """Return the number that was written, of an attribute that ONNX keeps in float32: 0.2 and not 0.20000000298."""
    return float(str(np.float32(value)))


def _sixth(value: float) -> float:
    """Return 1/6 for the float32 nearest to it, which PyTorch's Hardsigmoid is written with."""
    return 1 / 6 if np.float32(value) == np.float32(1 / 6) else _short(value)


def binary(said: str, kind: str, values: list[Any]) -> Way:
    """Return the way through a sum, difference, product or quotient with a constant."""
    first, second = values[:2]
    way, other = (first, second) if isinstance(first, Way) else (second, first)
    if not isinstance(other, np.ndarray) or other.dtype.kind not in "fi":
        raise ReaderCannot(f"{said} must be of a value and a constant.")
    constant = np.asarray(other, np.float64)
    row = constant.ravel()
    n = way.width if way.width is not None else row.size
    if row.size not in (1, n) or (constant.ndim == 2 and constant.shape[0] != 1) or constant.ndim > 2:
        raise ReaderCannot(
            f"{said} must have one constant, or one for each of {n} columns, got shape {constant.shape}."
        )
    return _with_constant(said, kind, way, row, n, turned=way is second)


def _with_constant(said: str, kind: str, way: Way, row: Array, n: int, turned: bool) -> Way:
    if kind == "Add":
        return way.then(affine(1, row, n, said))
    if kind == "Sub":
        return way.then(affine(-1, row, n, said) if turned else affine(1, -row, n, said))
    if kind == "Mul":
        return way.then(affine(row, 0, n, said))
    if kind == "Div" and not turned and np.all(row != 0):
        return way.then(affine(1 / row, 0, n, said))
    if kind == "Max" and not np.any(row):
        return way.then(Activated("relu", said))
    raise ReaderCannot(f"{said} of a constant cannot be read.")


def joined(said: str, kind: str, first: Way, second: Way) -> Way:
    """Return the way where two that began alike come together, if that is an activation written out."""
    start, other = (first, second) if len(first.layers) <= len(second.layers) else (second, first)
    rest = other.after(start)
    if rest is not None:
        shape = tuple(_shape(part) for part in rest)
        made = _WRITTEN_OUT.get((kind, shape))
        if made is not None and not (kind == "Div" and start is second):
            f, factor = made
            layers: list[Any] = [Activated(f, said)]
            if factor != 1:
                layers.append(affine(factor, 0, start.width or 1, said))
            return start.then(*layers)
    raise ReaderCannot(
        f"{said} joins two values; a chain of layers can be read, and x·sigmoid(x), gelu by Erf, x·tanh(softplus(x)) "
        "and x / (1 + |x|)."
    )


def _shape(part: Any) -> str:
    """Return what a part of an activation is, numbers rounded to six digits."""
    if isinstance(part, Activated):
        return part.f
    if isinstance(part, Mark):
        return part.kind
    if isinstance(part, Affine) and np.ptp(part.scale) == 0 and np.ptp(part.shift) == 0:
        return f"{part.scale[0]:.6g}*+{part.shift[0]:.6g}"
    return "another"


_ROOT = f"{1 / math.sqrt(2):.6g}*+0"
_WRITTEN_OUT: dict[tuple[str, tuple[str, ...]], tuple[str, float]] = {
    ("Mul", ("sigmoid",)): ("silu", 1.0),
    ("Mul", ("softplus", "tanh")): ("mish", 1.0),
    ("Mul", (_ROOT, "Erf", "1*+1")): ("gelu", 2.0),
    ("Mul", (_ROOT, "Erf", "1*+1", "0.5*+0")): ("gelu", 1.0),
    ("Div", ("Abs", "1*+1")): ("softsign", 1.0),
}


def concat(said: str, values: list[Any]) -> Way:
    """Return the way where scalings of one value stand side by side, such as 1 − p and p."""
    ways = [value for value in values if isinstance(value, Way)]
    if len(ways) != len(values) or not ways:
        raise ReaderCannot(f"{said} must be of values.")
    start = min(ways, key=lambda way: len(way.layers))
    scales, shifts = [], []
    for way in ways:
        rest = way.after(start)
        if rest is None or len(rest) > 1 or not all(isinstance(part, Affine) for part in rest) or start.width is None:
            raise ReaderCannot(f"{said} joins values of different layers; a chain of layers can be read.")
        scales.append(rest[0].scale if rest else np.ones(start.width))
        shifts.append(rest[0].shift if rest else np.zeros(start.width))
    require_room(said, start.width or 0, sum(len(scale) for scale in scales))
    W = np.hstack([np.diag(scale) for scale in scales])
    return start.then(Linear(W, np.concatenate(shifts), said))
