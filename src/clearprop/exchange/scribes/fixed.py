"""C99 in int16: products of the network in whole numbers of 16 bits, and a proof that no sum of 32 bits overflows.

A layer's inputs are a block: int16 numbers q with one exponent e, x = q / 2^e, chosen row by row so that the largest
just fits (block floating point; Wilkinson 1963). Weights are 15 bits, each unit's with an exponent of its own. Products
are added by fours, each four is moved right by f digits, and the fours are added to the bias. Since

    4 · 16382 · 32767 ≤ 2^31 − 2^17   and   Σ_fours (Σ |W_q| · 32767 / 2^f + 1) + |b_q| ≤ 2^31 − 2^17,

no sum overflows, whatever the inputs are; each unit has the smallest f for which the second holds. Activations that
level off are a table; the others are relu and a table of the rest. Preprocessing and the last activation, a handful of
numbers, stay in floating point.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.equations.activations import SELU_SCALE, Activation, LeakyRelu
from clearprop.exchange.scribes import c, c_text
from clearprop.exchange.scribes.c_files import files
from clearprop.exchange.scribes.draft import Draft, Scribe
from clearprop.program import Activate, Dense, Program, Step

Array = NDArray[Any]

LARGEST = 32767  # of an int16, either sign
ROOM = 2**31 - 2**17  # for a sum
TERMS, HEAVIEST = 4, 16382  # so many products of an int16 and such a weight have room
MOST = 14  # exponent of a block; 2 is the smallest number it cannot hold
FINEST = 30  # exponent of weights

_BOUNDED = ("tanh", "sigmoid", "gaussian", "cut_sigmoid", "hard_tanh")
_RISING = ("elu", "selu", "softplus", "gelu", "gelu_tanh", "silu", "hard_silu", "mish")
_OTHERS = ("relu", "leaky_relu")
_WHY = {
    "step": "whose jump makes a wrong answer of a rounding", "softsign": "which levels off too slowly for a table",
    "stepwise": "whose jumps make a wrong answer of a rounding", "sin": "which never levels off, as a table has to",
    "tanh_shrink": "which rises at both ends, as no table does",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class FixedDense:
    """A layer in whole numbers.

    Attributes
    ----------
    W : int array (n_out, n_in)
    b : int array (n_out,)
        At the exponent of the unit's sum, where that of its inputs is `MOST`.
    fold : int array (n_out,)
        By how many digits each sum of `TERMS` products is moved right before it is added.
    exponents : int array (n_out,)
        Of the weights less `fold`: of a sum, where that of its inputs is 0.
    largest : float
        What no sum exceeds, as a share of 2^31: the proof.
    """

    W: Array
    b: Array
    fold: Array
    exponents: Array
    largest: float

    @classmethod
    def of(cls, W: Array, b: Array) -> FixedDense:
        """Round weights (n_in, n_out) and biases (n_out,)."""
        units = [_unit(w, bias) for w, bias in zip(W.T, b, strict=True)]
        Wq, bq, fold, exponents = (np.array(part) for part in zip(*units, strict=True))
        largest = max(worst(w, bias, by) for w, bias, by in zip(Wq, bq, fold, strict=True))
        assert largest <= ROOM
        return cls(Wq, bq, fold, exponents, largest / 2**31)


def worst(w: Array, b: int, fold: int) -> int:
    """Return what neither a sum of `TERMS` products nor their sum and b can exceed, with inputs up to `LARGEST`."""
    parts = [int(np.abs(w[k : k + TERMS]).sum()) * LARGEST for k in range(0, len(w), TERMS)]
    return max(*parts, sum((part >> fold) + 1 for part in parts) + abs(int(b)))


def _unit(w: Array, bias: float) -> tuple[Array, int, int, int]:
    """Return weights, bias, fold and exponent of a unit, as fine as 15 bits and the room allow."""
    size = float(np.abs(w).max())
    exponent = min(FINEST, math.floor(math.log2(HEAVIEST / size))) if size > 0 else FINEST
    weights = np.rint(np.ldexp(w, exponent)).astype(np.int64)
    for fold in range(FINEST + 64):
        whole = round(math.ldexp(float(bias), exponent + MOST - fold))
        if worst(weights, whole, fold) <= ROOM:
            return weights, whole, fold, exponent - fold
    raise AssertionError("weights are finite")


def even(W: Array) -> Array:
    """Return the power of two by which each input is multiplied, so that its weights are about 1 in size.

    Then an input's last digit counts the same in the sums, whatever unit the input is in.
    """
    sizes = np.sqrt(np.mean(np.square(W, dtype=np.float64), axis=1))
    powers: Array = np.exp2(np.rint(np.log2(np.where(sizes > 0, sizes, 1).clip(2.0**-60, 2.0**60))))
    return powers


def table(f: Activation) -> Array:
    """Return f, or for a rising one f / c − max(z, 0), from −16 to 16 in steps of 1/32; 16384 is 1."""
    z = np.arange(-512, 513) / 32
    values = f.forward(z) / _slope(f.name)
    if f.name in _RISING:
        values = values - np.maximum(z, 0)
    entries: Array = np.rint(values * 2**14).astype(np.int64)
    return entries


def _slope(name: str) -> float:
    """Return c, the slope far right, which the weights of the next layer take over."""
    return SELU_SCALE if name == "selu" else 1.0


class _Writer(c.Writer):
    """As in floating point, but for dense steps and the activations between two of them."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self.proofs: list[str] = []
        self._inner = {id(step) for step in _inside(program)}
        self._exponents: dict[int, str] = {}
        self._tables: set[str] = set()

    def dense(self, step: Dense) -> Iterator[str]:
        """Multiply in whole numbers; the last layer's sums become real numbers again."""
        k, z = self.program.place(step), f"z{self.program.place(step)}"
        block, exponent = yield from self._block(step)
        fixed = FixedDense.of(*self._weights(step))
        common = int(fixed.exponents.min())
        self._keep(k, fixed, common)
        yield f"int32_t {z}[{step.width}];"
        sizes = f"{step.W.shape[0]}, {step.width}"
        yield f"dense_fixed({block}, W{k}, b{k}, {MOST} - {exponent}, fold{k}, right{k}, {z}, {sizes});"
        self._exponents[k] = f"{exponent} + ({common})"
        self._names[k] = z
        if id(step) not in self._inner:
            self._names[k] = f"v{k}"
            yield f"real v{k}[{step.width}];"
            yield f"widened({z}, {self._exponents[k]}, v{k}, {step.width});"

    def activate(self, step: Activate) -> Iterator[str]:
        """Make a block of a hidden layer's sums."""
        if id(step) not in self._inner:
            yield from super().activate(step)
            return
        k, n = self.program.place(step), step.width
        z, exponent = self.name(step.of), self._exponents[self.program.place(step.of)]
        yield f"int16_t q{k}[{n}];"
        yield f"const int e{k} = {self._activated(step, z, exponent, f'q{k}')};"
        self._names[k], self._exponents[k] = f"q{k}", f"e{k}"

    def _activated(self, step: Activate, z: str, exponent: str, q: str) -> str:
        name, n = step.f.name, step.width
        if isinstance(step.f, LeakyRelu):
            return f"leaky_relu_fixed({z}, {exponent}, {q}, {n}, {round(step.f.slope * 65536)})"
        if name == "relu":
            return f"relu_fixed({z}, {exponent}, {q}, {n})"
        if name not in self._tables:
            self._tables.add(name)
            self.constants.append(_whole("int16_t", f"table_{name}", table(step.f)))
        return f"{'bounded' if name in _BOUNDED else 'rising'}(table_{name}, {z}, {exponent}, {q}, {n})"

    def _block(self, step: Dense) -> Any:
        """Yield what makes a block of the layer's inputs, and return its names."""
        of, k = step.of, self.program.place(step)
        if isinstance(of, Activate) and id(of) in self._inner:
            return self.name(of), self._exponents[self.program.place(of)]
        n = of.width
        yield f"int16_t q{k}[{n}];"
        if isinstance(of, Dense):
            z, exponent = self.name(of), self._exponents[self.program.place(of)]
            yield f"const int e{k} = narrowed({z}, {exponent}, q{k}, {n}, {MOST});"
        else:
            self.constants.append(c_text.array(f"even{k}", even(step.W).astype(step.W.dtype), step.kind))
            yield f"const int e{k} = block_of({self.pointer(of)}, even{k}, q{k}, {n}, {MOST});"
        return f"q{k}", f"e{k}"

    def _weights(self, step: Dense) -> tuple[Array, Array]:
        """Return W and b in float64, with the factors that inputs have lost or won."""
        W = step.W.astype(np.float64)
        if isinstance(step.of, Activate) and id(step.of) in self._inner:
            W = W * _slope(step.of.f.name)
        elif not isinstance(step.of, Dense):
            W = W / even(step.W)[:, None]
        return W, np.zeros(step.width) if step.b is None else step.b.astype(np.float64)

    def _keep(self, k: int, fixed: FixedDense, common: int) -> None:
        self.constants += [
            _whole("int16_t", f"W{k}", fixed.W),
            _whole("int32_t", f"b{k}", fixed.b),
            _whole("uint8_t", f"fold{k}", fixed.fold),
            _whole("uint8_t", f"right{k}", np.minimum(fixed.exponents - common, 63)),
        ]
        self.proofs.append(f"Layer W{k}: whatever its inputs, no sum of int32 exceeds {fixed.largest:.4f} * 2^31.")


def _whole(type: str, name: str, values: Array) -> str:
    return c_text.constants(type, name, map(str, values.ravel().tolist()), values.size)


def _inside(program: Program) -> Iterator[Step]:
    """Yield the dense steps and activations whose values another dense step takes."""
    for step in program.steps:
        if isinstance(step, Dense) and isinstance(step.of, Dense | Activate):
            yield step.of
            if isinstance(step.of, Activate):
                yield step.of.of


def why_not(program: Program) -> str | None:
    """Return what of the program has no fixed-point form."""
    for step in _inside(program):
        if isinstance(step, Activate) and step.f.kind not in (*_BOUNDED, *_RISING, *_OTHERS):
            return (
                f"the activation {step.f.name!r} in a hidden layer, {_WHY.get(step.f.name, 'which outgrows 16 bits')}"
            )
        if isinstance(step, Activate) and step.f.name != step.f.kind and not _is_sloped(step.f):
            return f"the activation {step.f.name!r} in a hidden layer, of which the table is for no options"
    return c.why_not(program)


def _is_sloped(f: Activation) -> bool:
    """Whether it is relu with a slope below 0 and no more."""
    return isinstance(f, LeakyRelu) and f.plain


def write(draft: Draft) -> dict[str, bytes]:
    """Return source and header."""
    writer = _Writer(draft.program)
    body = writer.body()
    about = ["The network is computed in int16.", *writer.proofs]
    return files(draft, body, "functions.c", "fixed.c", about=about)


SCRIBE = Scribe("c-fixed", "C99 in int16", (".c",), write, why_not, {"float32": 2e-3, "float64": 2e-3})
