"""Functions of one value that a graph writes out of small operations, and the activations that they are.

A graph may write z σ(z) as one node, as two, or out of exp and comparisons in which nothing overflows. So a function is
known by what it computes: its tree is evaluated beside every activation, on both sides of every constant it holds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import permutations
from typing import Any

import numpy as np
from scipy.special import erf

from clearprop.equations.activations import get_activation
from clearprop.errors import ReaderCannot, UsageError
from clearprop.exchange.foreign import Activated, Array, Layer, affine

MOST_PARTS = 300
_MOST_COMPARED = 60
_MOST_CONSTANTS = 6


@dataclass(frozen=True)
class Tree:
    """An operation on values; "x" is the value that the function is of.

    Attributes
    ----------
    kind : str
        An ONNX operator of `OPERATIONS`; "x"; "constant", which is `value`; "f", the activation that `f` names.
    said : str
        The node, in words.
    """

    kind: str
    parts: tuple[Tree, ...] = ()
    value: float = 0.0
    f: str = ""
    said: str = field(default="", compare=False)
    size: int = field(default=1, compare=False)

    @property
    def moves(self) -> bool:
        """Whether it depends on x."""
        return self.kind == "x" or any(part.moves for part in self.parts)


X = Tree("x")


def constant(value: float) -> Tree:
    """Return a number as a tree."""
    return Tree("constant", value=float(value))


def operation(kind: str, said: str, *parts: Tree, f: str = "") -> Tree:
    """Return an operation on trees.

    Raises
    ------
    ReaderCannot
        If it has more parts than any activation.
    """
    size = 1 + sum(part.size for part in parts)
    if size > MOST_PARTS:
        raise ReaderCannot(f"{said} ends a function of more than {MOST_PARTS} operations; an activation takes fewer.")
    return Tree(kind, parts, f=f, said=said, size=size)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "Neg": np.negative, "Abs": np.abs, "Sqrt": np.sqrt, "Exp": np.exp, "Log": np.log, "Erf": erf, "Sign": np.sign,
    "Reciprocal": np.reciprocal, "Tanh": np.tanh, "Not": lambda a: ~a.astype(bool),
    "Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide, "Pow": np.power,
    "Max": np.maximum, "Min": np.minimum, "Greater": np.greater, "Less": np.less, "Equal": np.equal,
    "GreaterOrEqual": np.greater_equal, "LessOrEqual": np.less_equal,
    "And": np.logical_and, "Or": np.logical_or, "Where": lambda c, a, b: np.where(c.astype(bool), a, b),
}  # fmt: skip


def evaluate(tree: Tree, x: Array) -> Array:
    """Return the tree's value at every x."""
    done: dict[Tree, Array] = {X: x}

    def value(one: Tree) -> Array:
        if one not in done:
            parts = [value(part) for part in one.parts]
            if one.kind == "constant":
                done[one] = np.full(x.shape, one.value)
            elif one.kind == "f":
                done[one] = np.asarray(get_activation(one.f).forward(parts[0].astype(np.float64)))
            else:
                done[one] = OPERATIONS[one.kind](*parts)
        return done[one]

    with np.errstate(all="ignore"):
        return np.asarray(value(tree), np.float64)


def layers_of(tree: Tree, n: int, single: bool) -> list[Layer]:
    """Return the scalings and activations that a function of one value is.

    Parameters
    ----------
    tree : Tree
    n : int
        Columns that it is applied to.
    single : bool
        Whether the graph's constants are rounded to float32.

    Raises
    ------
    ReaderCannot
        If there is something among it that is none; the message names the last node of it.
    """
    found = _Finder(n, single).layers(tree)
    if found is None:
        raise ReaderCannot(
            f"{tree.said} ends a function of one value that is no activation clearprop has, with or without scalings; "
            "train it with another, such as relu, silu, gelu or tanh."
        )
    return found


class _Finder:
    def __init__(self, n: int, single: bool) -> None:
        self.n, self.single, self.left = n, single, _MOST_COMPARED
        self.tolerance = 1e-6 if single else 1e-12

    def layers(self, tree: Tree) -> list[Layer] | None:
        """Return the layers of a tree: those of its inside and one more, or one that the whole of it is."""
        if tree == X:
            return []
        outer = self._plain(tree)
        if outer is not None:
            inside = self.layers(outer[0])
            if inside is not None:
                return self._shorter(tree, [*inside, *outer[1]])
        for inner in _all_of(tree):
            made = self._compared(with_x_for(tree, inner), tree.said)
            before = None if made is None else self.layers(inner)
            if made is not None and before is not None:
                return [*before, *made]
        return self._bounded(tree)

    def _shorter(self, tree: Tree, found: list[Layer]) -> list[Layer]:
        """Return the layers that were found, or the one activation that the whole of it is, such as selu."""
        if len(found) == 1 or not any(sum(part.moves for part in one.parts) > 1 for one in _parts(tree)):
            return found
        whole = self._compared(tree, tree.said)
        return found if whole is None or len(whole) >= len(found) else whole

    def _bounded(self, tree: Tree) -> list[Layer] | None:
        """Return max(z, c) as relu(z − c) + c, and min(z, c) as c − relu(c − z)."""
        ends = [part.value for part in tree.parts if part.kind == "constant"]
        moving = [part for part in tree.parts if part.moves]
        inside = self.layers(moving[0]) if tree.kind in ("Max", "Min") and len(ends) == len(moving) == 1 else None
        if inside is None:
            return None
        sign, end, said = 1.0 if tree.kind == "Max" else -1.0, ends[0], tree.said
        around = affine(sign, -sign * end, self.n, said)
        return [*inside, around, Activated("relu", said), affine(sign, end, self.n, said)]

    def _plain(self, tree: Tree) -> tuple[Tree, list[Layer]] | None:
        """Return what is inside the outermost operation, and the layer this is; None where it is none by itself."""
        moving = [part for part in tree.parts if part.moves]
        if len(moving) != 1:
            return None
        (inside,), said = moving, tree.said
        if tree.kind in ("f", "Exp", "Tanh"):
            return inside, [Activated(tree.f or tree.kind.lower(), said)]
        if tree.kind in ("Neg", "Add", "Sub", "Mul") or (tree.kind == "Div" and tree.parts[0] is inside):
            at_0, at_1 = evaluate(with_x_for(tree, inside), np.array([0.0, 1.0])).tolist()
            if not (math.isfinite(at_0) and math.isfinite(at_1)):
                return None
            other = [part for part in tree.parts if part is not inside]
            value = float(evaluate(other[0], np.zeros(1))[0]) if other else 0.0
            scale = {"Neg": -1.0, "Add": 1.0, "Mul": value}.get(tree.kind, at_1 - at_0)
            if tree.kind == "Sub":
                scale = 1.0 if tree.parts[0] is inside else -1.0
            if tree.kind == "Div":
                scale = 1 / value
            return inside, [affine(scale, at_0, self.n, said)]
        return None

    def _compared(self, tree: Tree, said: str) -> list[Layer] | None:
        """Return the activation, and the scalings around it, that computes what a tree does."""
        self.left -= 1
        if self.left < 0:
            return None
        constants = sorted({abs(part.value) for part in _parts(tree) if part.kind == "constant"})[:_MOST_CONSTANTS]
        signed = sorted({part.value for part in _parts(tree) if part.kind == "constant"})[:_MOST_CONSTANTS]
        x = _points(signed)
        wanted = evaluate(tree, x)
        if not np.all(np.isfinite(wanted)):
            return None
        scales = dict.fromkeys([1.0, *(c for one in constants if one for c in (one, 1 / one))])
        found = [
            (error, scale, f, outer)
            for f in _candidates(signed, self.single)
            for scale in scales
            for error, outer in [_fit(f, scale, x, wanted, [1.0, 1 / scale, 2.0, 0.5, *scales])]
            if error <= self.tolerance
        ]
        if not found:
            return None
        least = min(found)[0]
        _, scale, f, (factor, shift) = next(one for one in found if one[0] <= 2 * least + self.tolerance / 10)
        around = [affine(scale, 0, self.n, said)] if scale != 1 else []
        after = [affine(factor, shift, self.n, said)] if (factor, shift) != (1, 0) else []
        return [*around, Activated(f, said), *after]


def _fit(f: str, scale: float, x: Array, wanted: Array, nice: list[float]) -> tuple[float, tuple[float, float]]:
    """Return how far factor · f(scale · x) + shift is from what is wanted, at best, and those two."""
    with np.errstate(all="ignore"):
        value = np.asarray(get_activation(f).forward(scale * x), np.float64)
        high, low = int(np.argmax(value)), int(np.argmin(value))
        if not np.all(np.isfinite(value)) or value[high] == value[low]:
            return math.inf, (1.0, 0.0)
        fitted = (wanted[high] - wanted[low]) / (value[high] - value[low])
        factor = min(nice, key=lambda one: abs(one - fitted))
        factor = factor if abs(factor - fitted) <= 1e-6 * abs(fitted) else float(fitted)
        shift = float(wanted[low] - factor * value[low])
        shift = 0.0 if abs(shift) <= 1e-6 * max(1.0, abs(factor)) else shift
        error = np.abs(factor * value + shift - wanted) / np.maximum(1, np.abs(wanted))
    return float(error.max()), (factor, shift)


def _candidates(constants: list[float], single: bool) -> Iterator[str]:
    """Yield activations, the plain ones first, then those with options that are among the constants."""
    yield from (
        "identity", "relu", "sigmoid", "tanh", "silu", "gelu", "softplus", "mish", "elu", "selu", "softsign",
        "gaussian", "gelu_tanh", "hard_tanh", "cut_sigmoid", "leaky_relu", "step", "hard_silu", "tanh_shrink",
        "stepwise", "stepwise:low=-1",
    )  # fmt: skip
    words = [word(shortest(c)) if single else word(c) for c in constants]
    options = [f"{name}={c}" for name in ("elu:alpha", "leaky_relu:slope", "softplus:threshold") for c in words]
    pairs = list(permutations(["0", *words], 2))
    options += [f"hard_tanh:low={low},high={high}" for low, high in pairs]
    options += [f"leaky_relu:slope={slope},threshold={start}" for slope, start in pairs]
    options += [
        f"leaky_relu:slope={slope},threshold={start},largest={end}"
        for slope, start, end in permutations(["0", *words], 3)
    ]
    for name in dict.fromkeys(options):
        try:
            get_activation(name)
        except UsageError:
            continue
        yield name


def shortest(value: float) -> float:
    """Return the number that was written, of one that is kept in float32: 0.2 and not 0.20000000298."""
    return float(str(np.float32(value)))


def word(number: float) -> str:
    """Return a number as the name of an activation has it."""
    return f"{number:.0f}" if number.is_integer() and abs(number) < 1e15 else repr(number)


def _points(constants: list[float]) -> Array:
    """Return where functions are compared: far and near 0, and on both sides of every constant and quotient of two."""
    ends = {c / d for c in constants for d in (1.0, *constants) if d} | {0.0}
    finite = np.array(sorted(end for end in ends if abs(end) < 1e6))
    spread = 1e-6 * (1 + np.abs(finite))
    near = np.concatenate([finite, finite - spread, finite + spread, finite - 0.3, finite + 0.3])
    return np.concatenate([np.linspace(-12, 12, 97), np.linspace(-40, 40, 41), [-80.0, 80.0, 1e-3, -1e-3], near, -near])


def _parts(tree: Tree) -> Iterator[Tree]:
    yield tree
    for part in tree.parts:
        yield from _parts(part)


def _all_of(tree: Tree) -> list[Tree]:
    """Return parts of which the tree is a function, the largest first."""
    inner = sorted({part for part in _parts(tree) if part.moves and part != tree}, key=lambda part: -part.size)
    return [part for part in inner if part == X or not with_x_for(tree, part, Tree("hole")).moves]


def with_x_for(tree: Tree, inner: Tree, instead: Tree = X) -> Tree:
    """Return the tree with x, or something else, in the place of an inner one."""
    if tree == inner:
        return instead
    if not tree.parts:
        return tree
    return replace(tree, parts=tuple(with_x_for(part, inner, instead) for part in tree.parts))
