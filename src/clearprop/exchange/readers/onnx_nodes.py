"""What the nodes of an ONNX graph do to a row on its way: pointwise functions, scalings, and where two ways meet."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from clearprop.errors import ReaderCannot
from clearprop.exchange.foreign import Activated, Affine, Array, Linear, affine, batch_norm, require_room
from clearprop.exchange.readers.onnx_pointwise import (
    OPERATIONS,
    Tree,
    X,
    constant,
    evaluate,
    layers_of,
    operation,
    shortest,
    with_x_for,
    word,
)
from clearprop.exchange.readers.two_sided import prelu, shrink

_PLAIN = {
    "Relu": "relu", "Sigmoid": "sigmoid", "Softsign": "softsign", "Softplus": "softplus", "Mish": "mish",
    "HardSwish": "hard_silu", "Sin": "sin",
}  # fmt: skip
_KEPT = ("Identity", "Dropout", "Cast", "Flatten", "Reshape", "Squeeze", "Unsqueeze")
_WITH_OPTIONS = ("Elu", "Selu", "LeakyRelu", "Celu", "Gelu", "HardSigmoid", "Clip", "ThresholdedRelu", "Swish", "Cos")
_OF_ROWS = ("Softmax", "LogSoftmax", "BatchNormalization", "PRelu", "Shrink", "Scaler")
NODES = ("Gemm", "MatMul", "Concat", "Sum", *_PLAIN, *_KEPT, *_WITH_OPTIONS, *_OF_ROWS, *OPERATIONS)
_FLOATS = (1, 10, 11, 16)
_HALVES = (10, 16)
_SEVERAL = ("Sum", "Max", "Min")
_COMPARISONS = ("Greater", "Less", "Equal", "GreaterOrEqual", "LessOrEqual", "And", "Or", "Not")


@dataclass(frozen=True, eq=False)
class Way:
    """What the inputs have become.

    Attributes
    ----------
    layers : tuple of layer
    width : int or None
        Columns, where that is known.
    tail : Tree
        A function of each value of the last layer, which is not yet known as activations.
    base : tuple of str
        The inputs it begins with.
    """

    layers: tuple[Any, ...]
    width: int | None
    tail: Tree = X
    base: tuple[str, ...] = ()

    def then(self, *layers: Any) -> Way:
        """Return the way that goes on through more layers; its tail is settled."""
        width = self.width
        for layer in layers:
            width = layer.W.shape[1] if isinstance(layer, Linear) else width
            width = len(layer.scale) if isinstance(layer, Affine) and width is None else width
        return replace(self, layers=(*self.layers, *layers), width=width)

    def through(self, kind: str, said: str, *parts: Any, f: str = "") -> Way:
        """Return the way through an operation on this value and others."""
        return replace(self, tail=operation(kind, said, *(parts or (self.tail,)), f=f))

    def begins_as(self, other: Way) -> bool:
        """Return whether both are functions of the same values."""
        same = len(self.layers) == len(other.layers) and self.base == other.base
        return same and all(a is b for a, b in zip(self.layers, other.layers, strict=True))

    def goes_through(self, other: Way) -> bool:
        """Return whether another way, settled as this one is, is a part of it from the beginning."""
        shared = zip(self.layers, other.layers, strict=False)
        return self.base == other.base and len(other.layers) <= len(self.layers) and all(a is b for a, b in shared)


@dataclass(frozen=True)
class Reading:
    """How a graph is read.

    Attributes
    ----------
    opset : int
    single : bool
        Whether its numbers are float32.
    """

    opset: int = 21
    single: bool = True
    settled: dict[Any, Way] = field(default_factory=dict)

    def settle(self, way: Way) -> Way:
        """Return the way with its tail made layers, the same ones wherever that is asked of one value."""
        if way.tail == X:
            return way
        key = (id(way.layers[-1]) if way.layers else 0, way.base, way.tail)
        if key not in self.settled:
            made = layers_of(way.tail, way.width or 1, self.single)
            self.settled[key] = replace(way, tail=X).then(*made)
        return self.settled[key]


def apply(said: str, kind: str, values: list[Any], options: dict[str, Any], how: Reading) -> Way:
    """Return what a node makes of one way, or of several that begin alike.

    Raises
    ------
    ReaderCannot
        If that is nothing clearprop has.
    """
    way: Way = next(value for value in values if isinstance(value, Way))
    if kind == "Concat":
        return _concat(said, values, how)
    if kind in _KEPT and values[0] is way:
        return _kept(said, kind, way, options, how)
    if kind in _OF_ROWS and values[0] is way:
        return _of_rows(said, kind, how.settle(way), values[1:], options, how)
    if kind in _PLAIN:
        return way.through("f", said, f=_PLAIN[kind])
    if kind in _WITH_OPTIONS and values[0] is way:
        return _with_options(said, kind, way, values[1:], options)
    if kind in OPERATIONS or kind in _SEVERAL:
        return _operated(said, kind, values, way, how)
    raise ReaderCannot(f"{said} cannot be read; a chain of {', '.join(sorted(NODES))} can.")


def _kept(said: str, kind: str, way: Way, options: dict[str, Any], how: Reading) -> Way:
    if kind == "Cast" and options.get("to", 1) not in _FLOATS and way.tail.kind not in _COMPARISONS:
        raise ReaderCannot(f"{said} rounds to whole numbers; leave numbers as they are.")
    if kind == "Cast" and way.layers and options.get("to", 1) in (() if how.single else (1,)) + _HALVES:
        raise ReaderCannot(f"{said} rounds what a layer gives to fewer digits; keep one precision throughout.")
    return way


def _of_rows(said: str, kind: str, way: Way, more: list[Any], options: dict[str, Any], how: Reading) -> Way:
    """Return the way through a node that sees a whole row."""
    if kind in ("Softmax", "LogSoftmax"):
        if options.get("axis", -1 if how.opset >= 13 else 1) not in (-1, 1):
            raise ReaderCannot(f"{said} goes along axis {options['axis']}; that of the units, 1, can be read.")
        return way.then(Activated("softmax", said))
    if kind == "BatchNormalization":
        return way.then(_batch_norm(said, more, options))
    if kind == "PRelu" and more and isinstance(more[0], np.ndarray):
        slopes = more[0].ravel()
        if len(slopes) == 1 and how.single:
            slopes = np.array([shortest(float(slopes[0]))])
        return way.then(*prelu(slopes, way.width, said))
    if kind == "Shrink":
        limit, by = (shortest(options.get(key, default)) for key, default in (("lambd", 0.5), ("bias", 0.0)))
        return way.then(*shrink(limit, by, way.width, said))
    if kind == "Scaler":
        offset, scale = (
            np.asarray(options.get(key, default), float) for key, default in (("offset", 0.0), ("scale", 1.0))
        )
        wide = max(offset.size, scale.size)
        return way.then(affine(scale, -offset * scale, wide if wide > 1 else way.width or 1, said))
    raise ReaderCannot(f"{said} must have constants beside its value.")


def _batch_norm(said: str, more: list[Any], options: dict[str, Any]) -> Affine:
    if len(more) < 4 or not all(isinstance(one, np.ndarray) and one.ndim == 1 for one in more[:4]):
        raise ReaderCannot(f"{said} must have four constant rows.")
    if len({len(one) for one in more[:4]}) != 1 or options.get("training_mode", 0):
        raise ReaderCannot(f"{said} must be one that is trained, with as many numbers of each kind.")
    gamma, beta, mean, variance = more[:4]
    return batch_norm(mean, variance, gamma, beta, shortest(options.get("epsilon", 1e-5)), said)


def _with_options(said: str, kind: str, way: Way, more: list[Any], options: dict[str, Any]) -> Way:
    alpha = options.get("alpha")

    def scaled(value: Way, factor: float) -> Way:
        return value.through("Mul", said, value.tail, constant(factor))

    if kind == "Clip":
        return _clip(said, way, more, options)
    if kind == "Gelu":
        return way.through("f", said, f="gelu_tanh" if options.get("approximate") == "tanh" else "gelu")
    if kind == "Cos":
        return way.through("Add", said, way.tail, constant(math.pi / 2)).through("f", said, f="sin")
    if kind == "HardSigmoid":
        way = scaled(way, _sixth(0.2 if alpha is None else alpha))
        way = way.through("Add", said, way.tail, constant(shortest(options.get("beta", 0.5))))
        return way.through("f", said, f="hard_tanh:low=0,high=1")
    default = {"LeakyRelu": 0.01, "Selu": 1.67326319217681884}.get(kind, 1.0)
    a = shortest(default if alpha is None else alpha)
    if kind in ("Celu", "Swish"):
        return scaled(scaled(way, 1 / a).through("f", said, f="elu"), a) if kind == "Celu" else (
            scaled(scaled(way, a).through("f", said, f="silu"), 1 / a)
        )  # fmt: skip
    if kind == "Selu":
        return scaled(way.through("f", said, f=f"elu:alpha={a!r}"), shortest(options.get("gamma", 1.05070102214813232)))
    name = {"Elu": f"elu:alpha={a!r}", "LeakyRelu": f"leaky_relu:slope={a!r}"}.get(kind)
    return way.through("f", said, f=name or f"leaky_relu:slope=0,threshold={a!r}")


def _clip(said: str, way: Way, more: list[Any], options: dict[str, Any]) -> Way:
    ends = [options.get("min"), options.get("max")]
    for k, value in enumerate(more[:2]):
        if isinstance(value, np.ndarray) and value.size == 1:
            ends[k] = float(value.ravel()[0])
    low, high = (None if end is None or abs(end) > 1e30 else end for end in ends)
    if low == 0 and high is None:
        return way.through("f", said, f="relu")
    if low is not None and high is not None:
        if not low < high:
            raise ReaderCannot(f"{said} must have two ends, the first the smaller.")
        return way.through("f", said, f=hard_tanh(low, high))
    for kind, end in (("Max", low), ("Min", high)):
        way = way if end is None else way.through(kind, said, way.tail, constant(end))
    return way


def hard_tanh(low: float, high: float) -> str:
    """Return the name of the activation that cuts at two ends."""
    return "hard_tanh" if (low, high) == (-1, 1) else f"hard_tanh:low={word(low)},high={word(high)}"


def _sixth(value: float) -> float:
    """Return 1/6 for the float32 nearest to it, which PyTorch's Hardsigmoid is written with."""
    return 1 / 6 if np.float32(value) == np.float32(1 / 6) else shortest(value)


def _operated(said: str, kind: str, values: list[Any], way: Way, how: Reading) -> Way:
    """Return the way through an operation on values and constants."""
    rows = [value for value in values if not isinstance(value, Way)]
    if not all(isinstance(value, np.ndarray) and value.dtype.kind in "fib" for value in rows):
        raise ReaderCannot(f"{said} must be of values and constants.")
    if any(row.size != 1 for row in rows):
        return _with_a_row(said, kind, values, how)
    others = [value for value in values if isinstance(value, Way)]
    if not all(one.begins_as(way) for one in others):
        raise ReaderCannot(
            f"{said} joins values of different layers; a chain of layers can be read, and activations that are written "
            "out, such as x·sigmoid(x)."
        )
    trees = [value.tail if isinstance(value, Way) else constant(float(value.ravel()[0])) for value in values]
    if kind in _SEVERAL:
        return _folded(said, "Add" if kind == "Sum" else kind, way, trees)
    if kind == "Pow" and trees[1].moves:
        raise ReaderCannot(f"{said} must have a constant exponent.")
    return way.through(kind, said, *trees)


def _folded(said: str, kind: str, way: Way, trees: list[Tree]) -> Way:
    made = trees[0]
    for tree in trees[1:]:
        made = operation(kind, said, made, tree)
    return replace(way, tail=made)


def _with_a_row(said: str, kind: str, values: list[Any], how: Reading) -> Way:
    """Return the way through a sum, difference, product or quotient with a constant for each column."""
    first, second = values[0], values[1] if len(values) == 2 else None
    way, other = (first, second) if isinstance(first, Way) else (second, first)
    if not isinstance(way, Way) or not isinstance(other, np.ndarray):
        raise ReaderCannot(f"{said} must be of a value and a constant.")
    kind = "Add" if kind == "Sum" else kind
    way, row, turned = how.settle(way), np.asarray(other, np.float64).ravel(), way is second
    n = way.width if way.width is not None else row.size
    if row.size != n or other.ndim > 2 or (other.ndim == 2 and other.shape[0] != 1):
        raise ReaderCannot(f"{said} must have one constant, or one for each of {n} columns, got shape {other.shape}.")
    made: dict[tuple[str, bool], Callable[[Array], tuple[Any, Any]]] = {
        ("Add", turned): lambda row: (1, row),
        ("Sub", False): lambda row: (1, -row),
        ("Sub", True): lambda row: (-1, row),
        ("Mul", turned): lambda row: (row, 0),
        ("Div", False): lambda row: (1 / row, 0),
    }
    if (kind, turned) in made and (kind != "Div" or np.all(row != 0)):
        return way.then(affine(*made[kind, turned](row), n, said))
    if kind == "Max" and not np.any(row):
        return way.then(Activated("relu", said))
    raise ReaderCannot(f"{said} of a constant for each column cannot be read.")


def _concat(said: str, values: list[Any], how: Reading) -> Way:
    """Return the way where scalings of one value stand side by side, such as 1 − p and p."""
    ways = [value for value in values if isinstance(value, Way)]
    passing = _passing(said, ways, how) if len(ways) == len(values) == 2 else None
    if passing is not None:
        return passing
    start = min(ways, key=lambda way: way.tail.size)
    if len(ways) != len(values) or start.width is None or not all(way.begins_as(start) for way in ways):
        raise ReaderCannot(f"{said} joins values of different layers; a chain of layers can be read.")
    lines = [_line(said, way.tail, start.tail) for way in ways]
    require_room(said, start.width, start.width * len(lines))
    W = np.hstack([scale * np.eye(start.width) for scale, _ in lines])
    shifts = np.repeat([shift for _, shift in lines], start.width)
    return how.settle(start).then(Linear(W, shifts, said))


def _passing(said: str, ways: list[Way], how: Reading) -> Way | None:
    """Return the way through a layer of which the last units pass z on, if two dense layers of one value are that."""
    first, last = how.settle(ways[0]), ways[1]
    dense = first.layers[len(last.layers) - 1 :]
    if last.tail != X or len(dense) != 2 or not (isinstance(dense[0], Linear) and isinstance(dense[1], Activated)):
        return None
    second, f = last.layers[-1], dense[1].f
    start = replace(first, layers=last.layers[:-1])
    alike = first.base == last.base and all(a is b for a, b in zip(first.layers, start.layers, strict=False))
    if not (alike and isinstance(second, Linear) and len(second.W) == len(dense[0].W)) or f == "softmax":
        return None
    n = second.W.shape[1]
    require_room(said, len(second.W), dense[0].W.shape[1] + n)
    wide = Linear(np.hstack([dense[0].W, second.W]), np.concatenate([dense[0].b, second.b]), said)
    return start.then(wide, Activated(f"{f}{',' if ':' in f else ':'}passing={n}", said))


def _line(said: str, tree: Tree, inner: Tree) -> tuple[float, float]:
    """Return scale and shift of a tree that is a scaling of an inner one."""
    outer = with_x_for(tree, inner)
    if inner != X and with_x_for(tree, inner, Tree("hole")).moves:
        raise ReaderCannot(f"{said} joins functions of a value that are not scalings of one another.")
    at = evaluate(outer, np.array([0.0, 1.0, 2.0]))
    if not np.all(np.isfinite(at)) or abs(at[2] - 2 * at[1] + at[0]) > 1e-12:
        raise ReaderCannot(f"{said} joins functions of a value that are not scalings of one another.")
    return float(at[1] - at[0]), float(at[0])
