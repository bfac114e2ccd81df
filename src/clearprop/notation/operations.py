"""The rule table: for every operation its symbol, shape rule, NumPy evaluation and written form.

An equation is a tree of these. What is read and what is run are the same tree: `Operation.markup` writes it,
`Operation.evaluate` runs it literally, `Operation.shape` says what may stand where.
The matrices may have a leading axis of samples (a notation that speaks of one sample at a time is run for all of
them at once), so transposition and products act on the last two axes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.special

from clearprop.notation import shapes
from clearprop.notation.markup import (
    Big,
    Cases,
    Fenced,
    Fraction,
    Gap,
    Letter,
    Markup,
    Number,
    Row,
    Script,
    call,
    row,
)
from clearprop.notation.shapes import Shape

SUM, PRODUCT, POWER, ATOM = 1, 2, 3, 4
"""How tightly a written form holds together; a looser one inside a tighter one gets parentheses."""


@dataclass(frozen=True)
class Glyphs:
    """The signs in which notations differ."""

    times: str = ""
    hadamard: str = "⊙"
    transpose: str = "⊤"


@dataclass(frozen=True, eq=False)
class Operation:
    """One rule.

    Attributes
    ----------
    name, symbol : str
    shape : callable
        From the shapes of the arguments to that of the result; raises DataError where they do not fit.
    evaluate : callable
        NumPy, on arrays in the orientation of the equation.
    write : callable
        From the `Glyphs` and the written arguments to the written result.
    binds : int
        How tightly the written result holds together.
    needs : tuple of int
        How tightly each argument must; the last entry stands for all further ones.
    chains : bool
        Whether it may stand inside itself without parentheses.
    """

    name: str
    symbol: str
    shape: Callable[..., Shape]
    evaluate: Callable[..., Any]
    write: Callable[..., Markup]
    binds: int = ATOM
    needs: tuple[int, ...] = (0,)
    chains: bool = False


def _first(*arguments: Shape) -> Shape:
    return arguments[0]


def _scalar(*_: Shape) -> Shape:
    return ()


def _times(glyphs: Glyphs, A: Markup, B: Markup) -> Markup:
    return row(A, glyphs.times, B) if glyphs.times else Row((A, Gap(), B))


def _transposed(glyphs: Glyphs, A: Markup) -> Markup:
    """Put the sign where the index above stands, if there is one: W^[2]⊤, not (W^[2])⊤."""
    sign = Letter(glyphs.transpose)
    if isinstance(A, Script):
        return Script(A.base, A.below, Row((A.above, sign)) if A.above else sign)
    return Script(A, above=sign)


def _indexed(A: Markup, index: Markup) -> Markup:
    """Put the index under the one above, if there is one: not beside it."""
    if isinstance(A, Script) and A.below is None:
        return Script(A.base, index, A.above)
    return Script(A, below=index)


def _function(name: str, symbol: str, evaluate: Callable[[Any], Any]) -> Operation:
    return Operation(name, symbol, _first, evaluate, lambda _, x: call(Letter(symbol), x))


def _where(condition: Any, then: Any, otherwise: Any) -> Any:
    return np.where(condition > 0, then, otherwise)


def _log_cosh(r: Any) -> Any:
    r = np.abs(r)
    return r + np.log1p(np.exp(-2 * r)) - np.log(2)


def _diagonal(v: Any) -> Any:
    return v * np.eye(v.shape[-2], dtype=v.dtype)


MATMUL = Operation("matmul", "A B", shapes.product, np.matmul, _times, PRODUCT, (POWER,), chains=True)
TRANSPOSE = Operation(
    "transpose", "Aᵀ", shapes.transposed, lambda A: np.swapaxes(A, -1, -2),
    _transposed, POWER, (ATOM,),
)  # fmt: skip
HADAMARD = Operation(
    "hadamard", "A ⊙ B", shapes.elementwise, np.multiply,
    lambda glyphs, A, B: row(A, glyphs.hadamard, B), PRODUCT, (POWER,), chains=True,
)  # fmt: skip
ADD = Operation("add", "A + B", shapes.elementwise, np.add, lambda _, A, B: row(A, "+", B), SUM, (SUM,))
SUBTRACT = Operation(
    "subtract", "A − B", shapes.elementwise, np.subtract, lambda _, A, B: row(A, "−", B), SUM, (SUM, PRODUCT)
)
NEGATE = Operation("negate", "−A", _first, np.negative, lambda _, A: Row((Letter("−"), A)), SUM, (PRODUCT,))
SCALE = Operation(
    "scale", "c A", shapes.elementwise, np.multiply, lambda _, c, A: Row((c, Gap(), A)), PRODUCT, (POWER, PRODUCT)
)
DIVIDE = Operation("divide", "A / B elementwise", shapes.elementwise, np.divide, lambda _, A, B: Fraction(A, B))
POWER_OF = Operation(
    "power", "Aᵖ elementwise", lambda A, p: A, np.power, lambda _, A, p: Script(A, above=p), POWER, (ATOM, 0)
)
SQUARE_NORM = Operation(
    "square_norm", "‖A‖²", _scalar, lambda A: np.sum(A * A),
    lambda _, A: Script(Fenced(A, "‖", "‖"), above=Number("2")),
)  # fmt: skip
ONE_NORM = Operation(
    "one_norm", "‖A‖₁", _scalar, lambda A: np.sum(np.abs(A)),
    lambda _, A: Script(Fenced(A, "‖", "‖"), below=Number("1")),
)  # fmt: skip
TOTAL = Operation(
    "total", "Σ A", _scalar, np.sum, lambda _, A: Row((Big("Σ"), A)), PRODUCT, (PRODUCT,)
)  # fmt: skip
MAXIMUM = Operation(
    "maximum", "max(A, B)", shapes.elementwise, np.maximum, lambda _, A, B: call(Letter("max"), A, B)
)  # fmt: skip
MINIMUM = Operation(
    "minimum", "min(A, B)", shapes.elementwise, np.minimum, lambda _, A, B: call(Letter("min"), A, B)
)  # fmt: skip
CLIP = Operation(
    "clip", "clip(A, −t, t)", _first, lambda A, t: np.clip(A, -t, t),
    lambda _, A, t: call(Letter("clip"), A, Row((Letter("−"), t)), t),
)  # fmt: skip
ABOVE = Operation(
    "above", "[A > B]", shapes.elementwise, lambda A, B: np.greater(A, B).astype(A.dtype),
    lambda _, A, B: Fenced(row(A, ">", B), "[", "]"),
)  # fmt: skip
WITHIN = Operation(
    "within", "|A| ≤ t", _first, lambda A, t: (np.abs(A) <= t).astype(A.dtype),
    lambda _, A, t: row(Fenced(A, "|", "|"), "≤", t), SUM,
)  # fmt: skip
POSITIVE = Operation(
    "positive", "A > 0", _first, lambda A: (A > 0).astype(A.dtype), lambda _, A: row(A, ">", Number("0")), SUM, (SUM,)
)
CASES = Operation(
    "cases", "A if C else B", shapes.elementwise, _where, lambda _, C, A, B: Cases(C, A, B), SUM
)  # fmt: skip
ABS = Operation("abs", "|A|", _first, np.abs, lambda _, A: Fenced(A, "|", "|"))
SIGN = _function("sign", "sign", np.sign)
EXP = Operation("exp", "eᴬ", _first, np.exp, lambda _, A: Script(Letter("e"), above=A), POWER)
EXPM1 = Operation(
    "expm1", "eᴬ − 1", _first, np.expm1, lambda _, A: row(Script(Letter("e"), above=A), "−", Number("1")), SUM
)
LOG = _function("log", "log", np.log)
TANH = _function("tanh", "tanh", np.tanh)
SIN = _function("sin", "sin", np.sin)
COS = _function("cos", "cos", np.cos)
SIGMOID = _function("sigmoid", "σ", scipy.special.expit)
LOGISTIC = Operation(
    "logistic", "1 / (1 + e⁻ᴬ)", _first, scipy.special.expit,
    lambda _, A: Fraction(
        Number("1"), row(Number("1"), "+", Script(Letter("e"), above=Row((Letter("−"), A))))
    ), needs=(PRODUCT,),
)  # fmt: skip
SOFTPLUS = Operation(
    "softplus", "log(1 + eᴬ)", _first, lambda A: np.logaddexp(0, A),
    lambda _, A: call(Letter("log"), row(Number("1"), "+", Script(Letter("e"), above=A))),
)  # fmt: skip
LOG_COSH = Operation(
    "log_cosh", "log cosh A", _first, _log_cosh, lambda _, A: Row((Letter("log"), Gap(), call(Letter("cosh"), A))),
    PRODUCT,
)  # fmt: skip
X_LOG = Operation(
    "x_log", "A log B, 0 where A is 0", shapes.elementwise, scipy.special.xlogy,
    lambda glyphs, A, B: row(A, glyphs.hadamard, call(Letter("log"), B)), PRODUCT, (POWER, 0),
)  # fmt: skip
NORMAL_CDF = _function("normal_cdf", "Φ", scipy.special.ndtr)
NORMAL_DENSITY = _function("normal_density", "φ", lambda z: np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi))
ONES = Operation("ones", "1, for each entry of A", _first, np.ones_like, lambda _, A: Number("1"))
DIAGONAL = Operation(
    "diagonal", "diag(v)", lambda v: (v[0], v[0]), _diagonal, lambda _, v: call(Letter("diag"), v)
)  # fmt: skip


def sum_over(axis: int, shape: Callable[[Shape], Shape], index: str, keep: bool = True) -> Operation:
    """Return the sum over one axis; ``index`` is what the written sum runs over."""
    return Operation(
        f"sum over {index}", f"Σ_{index} A", shape, lambda A: np.sum(A, axis=axis, keepdims=keep),
        lambda _, A: Row((Big("Σ", Letter(index)), A)), PRODUCT, (PRODUCT,),
    )  # fmt: skip


def sum_samples_of_stack(index: str) -> Operation:
    """Return the sum over the samples of a notation that speaks of one sample at a time."""
    return Operation(
        "sum over samples", f"Σ_{index} A", _first, lambda A: np.sum(A, axis=0),
        lambda _, A: Row((Big("Σ", Letter(index)), A)), PRODUCT, (PRODUCT,),
    )  # fmt: skip


def accumulate(total: Markup) -> Operation:
    """Return ``total := total + A``, run for one sample after the other, from 0."""

    def run(A: Any) -> Any:
        found = np.zeros(A.shape[1:], A.dtype)
        for one_sample in A:
            found = found + one_sample
        return found

    return Operation("accumulate", "Δ := Δ + A", _first, run, lambda _, A: row(total, "+", A), SUM, (PRODUCT,))


def softmax(axis: int) -> Operation:
    """Return softmax along one axis."""
    return Operation(
        "softmax", "softmax(A)", _first, lambda A: scipy.special.softmax(A, axis=axis),
        lambda _, A: call(Letter("softmax"), A),
    )  # fmt: skip


def beside(axis: int, n: int) -> Operation:
    """Return A, of whose last n along an axis there is B."""

    def run(A: Any, B: Any) -> Any:
        first = np.arange(B.shape[axis]) < B.shape[axis] - n
        return np.where(np.moveaxis(np.broadcast_to(first, np.moveaxis(B, axis, -1).shape), -1, axis), A, B)

    def write(_: Glyphs, A: Markup, B: Markup) -> Markup:
        last = Script(B, below=Row((Letter("last"), Gap(), Number(str(n)))))
        return Fenced(Row((A, Letter(","), Gap(), last)), "[", "]")

    return Operation("beside", "A, and B of the last", shapes.elementwise, run, write)


def join(axis: int, shape: Shape, comma: str) -> Operation:
    """Return the blocks joined to one matrix of that shape."""

    def write(_: Glyphs, *blocks: Markup) -> Markup:
        parts = [part for block in blocks for part in (Letter(comma), Gap(), block)][2:]
        return Fenced(Row(tuple(parts)), "[", "]")

    return Operation("join", "[A, B]", lambda *_: shape, lambda *blocks: np.concatenate(blocks, axis=axis), write)


def part(where: Any, shape: Shape, index: Markup) -> Operation:
    """Return a block of a matrix, written as an index."""
    return Operation(
        "part", "A_block", lambda _: shape, lambda A: A[where],
        lambda _, A: _indexed(A, index), POWER, (ATOM,),
    )  # fmt: skip


def prepend_one(shape: Shape) -> Operation:
    """Return the column vector with the bias unit 1 above it."""

    def run(A: Any) -> Any:
        return np.concatenate([np.ones_like(A[..., :1, :]), A], axis=-2)

    return Operation(
        "prepend_one", "[1; A]", lambda _: shape, run,
        lambda _, A: Fenced(Row((Number("1"), Letter(";"), Gap(), A)), "[", "]"),
    )  # fmt: skip


OPERATIONS = {
    operation.name: operation
    for operation in (
        MATMUL, TRANSPOSE, HADAMARD, ADD, SUBTRACT, NEGATE, SCALE, DIVIDE, POWER_OF, SQUARE_NORM, ONE_NORM, TOTAL,
        MAXIMUM, MINIMUM, CLIP, ABOVE, WITHIN, POSITIVE, CASES, ABS, SIGN, EXP, EXPM1, LOG, TANH, SIN, COS, SIGMOID,
        LOGISTIC, SOFTPLUS, LOG_COSH, X_LOG, NORMAL_CDF, NORMAL_DENSITY, ONES, DIAGONAL,
    )
}  # fmt: skip
"""The rules without options; those above that take options are made by functions."""
