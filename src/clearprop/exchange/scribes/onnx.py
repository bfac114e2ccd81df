"""ONNX, default domain only: text, gaps, preprocessing and class labels included.

Attributes of ONNX are float32, so whatever a float64 program needs exactly is a constant of the graph instead; and no
operator is used that onnxruntime lacks in float64 on a CPU.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np

import clearprop
from clearprop.equations.activations import SELU_ALPHA, SELU_SCALE, Elu, LeakyRelu, Softplus
from clearprop.equations.more_activations import Stepwise
from clearprop.exchange.scribes.draft import Draft, Scribe, free, golden_json, lacking
from clearprop.exchange.scribes.normal import MIDDLE, TAIL
from clearprop.exchange.scribes.onnx_graph import Graph, type_of
from clearprop.program import (
    Above,
    Activate,
    Cell,
    Clip,
    Code,
    Complement,
    Cosine,
    Dense,
    Fill,
    InBins,
    Join,
    Label,
    Look,
    Mean,
    Missing,
    Numbers,
    OneHot,
    Program,
    Round,
    SignedLog,
    Sine,
    Standardise,
    Step,
    Turn,
    Unscale,
)


class _Writer:
    """A graph, and how each kind of step is added to it; `x` is the name of the operand's value."""

    def __init__(self, graph: Graph) -> None:
        self.graph, self.add, self.constant = graph, graph.add, graph.constant

    def numbers(self, values: Any, like: Step) -> str:
        """Add a constant in the precision of a step."""
        return self.constant(values, like.kind)

    def missing(self, step: Missing, x: str) -> str:
        return self.add("Cast", self._gap(x), to=11 if step.kind == "float64" else 1)

    def fill(self, step: Fill, x: str) -> str:
        return self.add("Where", self._gap(x), self.numbers(step.value, step), x)

    def _gap(self, x: str) -> str:
        return self.add("Not", self.add("Equal", x, x))  # IsNaN is typed wrongly by some small runtimes

    def standardise(self, step: Standardise, x: str) -> str:
        centred = self.add("Sub", x, self.numbers(step.mean, step))
        return self.add("Div", centred, self.numbers(step.scale, step))

    def clip(self, step: Clip, x: str) -> str:
        return self.add("Clip", x, self.numbers(step.low, step), self.numbers(step.high, step))

    def in_bins(self, step: InBins, x: str) -> str:
        """Add how far each bin is filled, and their sum."""
        lower, upper = np.array(step.edges[:-1])[None, :], np.array(step.edges[1:])[None, :]
        above = self.add("Sub", x, self.numbers(lower, step))
        rises = self.add("Div", above, self.numbers(upper - lower, step))
        rises = self.add("Clip", rises, self.numbers(0, step), self.numbers(1, step))
        return self.add("ReduceSum", rises, self.constant(np.array([1]), "int64"), keepdims=1)

    def signed_log(self, step: SignedLog, x: str) -> str:
        distance = self.add("Sub", x, self.numbers(step.middle, step))
        ratio = self.add("Div", self.add("Abs", distance), self.numbers(step.unit, step))
        return self.add("Mul", self.add("Sign", distance), self._log1p(ratio, step))

    def _log1p(self, y: str, like: Step) -> str:
        """Add y log(u) / (u − 1) with u = 1 + y, which keeps every digit of a small y; y itself where u is 1."""
        one = self.numbers(1, like)
        u = self.add("Add", one, y)
        above = self.add("Sub", u, one)
        logarithm = self.add("Mul", self.add("Log", u), self.add("Div", y, above))
        return self.add("Where", self.add("Equal", u, one), y, logarithm)

    def turn(self, step: Turn, x: str) -> str:
        period = self.numbers(step.period, step)
        rest = self.add("Mod", self.add("Add", x, self.numbers(step.start, step)), period, fmod=1)
        negative = self.add("Less", rest, self.numbers(0, step))
        rest = self.add("Where", negative, self.add("Add", rest, period), rest)
        return self.add("Div", self.add("Mul", self.numbers(2 * math.pi, step), rest), period)

    def sine(self, step: Sine, x: str) -> str:
        return self.add("Sin", x)

    def cosine(self, step: Cosine, x: str) -> str:
        return self.add("Cos", x)

    def code(self, step: Code, x: str) -> str:
        """Add k, the code of any other text, and what each label, and the empty text, is away from it."""
        k = len(step.labels)
        hits = self.add("Cast", self.add("Equal", x, self.constant([[*step.labels, ""]], "text")), to=11)
        away = self.constant([[float(code - k)] for code in (*range(k), k + 1)], "float64")
        code = self.add("Add", self.add("MatMul", hits, away), self.constant(float(k), "float64"))
        return self.add("Cast", code, to=7)

    def one_hot(self, step: OneHot, x: str) -> str:
        hits = self.add("Equal", x, self.constant(np.arange(step.n)[None, :], "int64"))
        return self.add("Cast", hits, to=11 if step.kind == "float64" else 1)

    def look(self, step: Look, x: str) -> str:
        return self.add("Flatten", self.add("Gather", self.constant(step.table), x), axis=1)

    def join(self, step: Join, *parts: str) -> str:
        return self.add("Concat", *parts, axis=1)

    def mean(self, step: Mean, *parts: str) -> str:
        total = parts[0]
        for part in parts[1:]:
            total = self.add("Add", total, part)
        return self.add("Div", total, self.numbers(len(parts), step))

    def round(self, step: Round, x: str) -> str:
        return self.add("Cast", x, to=11 if step.kind == "float64" else 1)

    def dense(self, step: Dense, x: str) -> str:
        if step.b is None:
            return self.add("MatMul", x, self.constant(step.W))
        return self.add("Gemm", x, self.constant(step.W), self.constant(step.b))

    def activate(self, step: Activate, z: str) -> str:
        name = step.f.name
        if name in _ONE_NODE:
            return self.add(_ONE_NODE[name], z)
        written: str = getattr(self, f"_{step.f.kind}")(step, z)
        return written

    def _softmax(self, step: Activate, z: str) -> str:
        return self.add("Softmax", z, axis=1)

    def _leaky_relu(self, step: Activate, z: str) -> str:
        assert isinstance(step.f, LeakyRelu)
        if step.f.plain and step.f.slope <= 1:
            return self.add("Max", z, self.add("Mul", z, self.numbers(step.f.slope, step)))
        start = self.numbers(step.f.threshold, step)
        below = self.add("Mul", self.add("Sub", z, start), self.numbers(step.f.slope, step))
        above = z if step.f.largest == math.inf else self.add("Min", z, self.numbers(step.f.largest, step))
        return self.add("Where", self.add("Greater", z, start), above, below)

    def _elu(self, step: Activate, z: str) -> str:
        assert isinstance(step.f, Elu)
        return self._exponential(step, z, step.f.alpha)

    def _exponential(self, step: Activate, z: str, alpha: float) -> str:
        """Add z, or alpha (exp(z) − 1) below 0."""
        zero = self.numbers(0, step)
        below = self.add("Sub", self.add("Exp", self.add("Min", z, zero)), self.numbers(1, step))
        return self.add("Add", self.add("Max", z, zero), self.add("Mul", below, self.numbers(alpha, step)))

    def _selu(self, step: Activate, z: str) -> str:
        return self.add("Mul", self._exponential(step, z, SELU_ALPHA), self.numbers(SELU_SCALE, step))

    def _softplus(self, step: Activate, z: str) -> str:
        e = self.add("Exp", self.add("Neg", self.add("Abs", z)))
        smooth = self.add("Add", self.add("Max", z, self.numbers(0, step)), self._log1p(e, step))
        assert isinstance(step.f, Softplus)
        if step.f.threshold == math.inf:
            return smooth
        return self.add("Where", self.add("Greater", z, self.numbers(step.f.threshold, step)), z, smooth)

    def _softsign(self, step: Activate, z: str) -> str:
        return self.add("Div", z, self.add("Add", self.numbers(1, step), self.add("Abs", z)))

    def _gaussian(self, step: Activate, z: str) -> str:
        return self.add("Exp", self.add("Neg", self.add("Mul", z, z)))

    def _cut_sigmoid(self, step: Activate, z: str) -> str:
        zero, one = self.numbers(0, step), self.numbers(1, step)
        high = self.add("Where", self.add("Greater", z, self.numbers(15, step)), one, self._sigmoid(step, z))
        return self.add("Where", self.add("Less", z, self.numbers(-15, step)), zero, high)

    def _gelu_tanh(self, step: Activate, z: str) -> str:
        cube = self.add("Mul", self.add("Mul", z, z), z)
        inner = self.add("Add", z, self.add("Mul", cube, self.numbers(0.044715, step)))
        t = self.add("Tanh", self.add("Mul", inner, self.numbers(math.sqrt(2 / math.pi), step)))
        half = self.add("Mul", z, self.numbers(0.5, step))
        return self.add("Mul", half, self.add("Add", t, self.numbers(1, step)))

    def _hard_tanh(self, step: Activate, z: str) -> str:
        low, high = (self.numbers(step.f.options[end], step) for end in ("low", "high"))
        return self.add("Clip", z, low, high)

    def _hard_silu(self, step: Activate, z: str) -> str:
        gate = self.add("Add", self.add("Div", z, self.numbers(6, step)), self.numbers(0.5, step))
        return self.add("Mul", z, self.add("Clip", gate, self.numbers(0, step), self.numbers(1, step)))

    def _tanh_shrink(self, step: Activate, z: str) -> str:
        return self.add("Sub", z, self.add("Tanh", z))

    def _stepwise(self, step: Activate, z: str) -> str:
        assert isinstance(step.f, Stepwise)
        a = self.numbers(step.f.low, step)
        for start, value, slope, _ in step.f.lines:
            rise = self.add("Mul", self.add("Sub", z, self.numbers(start, step)), self.numbers(slope, step))
            line = self.add("Add", rise, self.numbers(value, step))
            a = self.add("Where", self.add("Less", z, self.numbers(start, step)), a, line)
        return self.add("Where", self.add("Less", z, self.numbers(step.f.kinks[-1], step)), a, self.numbers(1, step))

    def _normal_cdf(self, step: Activate, z: str) -> str:
        """Add Φ(z) from exp and products, as onnxruntime has no erf in float64: see `normal.py`."""
        u, middle = self.add("Abs", z), self.numbers(MIDDLE, step)
        s = self.add("Div", self.add("Sub", middle, u), self.add("Add", middle, u))
        tail = self.numbers(TAIL[-1], step)
        for coefficient in TAIL[-2::-1]:
            tail = self.add("Add", self.add("Mul", tail, s), self.numbers(coefficient, step))
        bell = self.add("Exp", self.add("Mul", self.add("Mul", z, z), self.numbers(-0.5, step)))
        zero, one = self.numbers(0, step), self.numbers(1, step)
        below = self.add("Less", z, zero)
        start = self.add("Where", below, zero, one)
        sign = self.add("Where", below, one, self.numbers(-1, step))
        return self.add("Add", start, self.add("Mul", self.add("Mul", tail, bell), sign))

    def _gelu(self, step: Activate, z: str) -> str:
        if step.kind == "float64":
            return self.add("Mul", z, self._normal_cdf(step, z))
        erf = self.add("Erf", self.add("Div", z, self.numbers(math.sqrt(2), step)))
        cdf = self.add("Mul", self.add("Add", erf, self.numbers(1, step)), self.numbers(0.5, step))
        return self.add("Mul", z, cdf)

    def _silu(self, step: Activate, z: str) -> str:
        return self.add("Mul", z, self._sigmoid(step, z))

    def _sigmoid(self, step: Activate, z: str) -> str:
        """Add σ(z) from exponentials: onnxruntime's own is 0 below −18 in float32, and loses digits before that."""
        one = self.numbers(1, step)
        e = self.add("Exp", self.add("Neg", self.add("Abs", z)))
        above = self.add("Where", self.add("Less", z, self.numbers(0, step)), e, one)
        return self.add("Div", above, self.add("Add", one, e))

    def _mish(self, step: Activate, z: str) -> str:
        """Add z n / (n + r), which is z tanh(log(1 + exp(z))) with its logarithm undone and e = exp(−|z|).

        n = 1 + 2e, r = 2e² above 0; n = e² + 2e, r = 2 below.
        """
        one, two = self.numbers(1, step), self.numbers(2, step)
        e = self.add("Exp", self.add("Neg", self.add("Abs", z)))
        twice, square = self.add("Mul", two, e), self.add("Mul", e, e)
        below = self.add("Less", z, self.numbers(0, step))
        n = self.add("Add", twice, self.add("Where", below, square, one))
        r = self.add("Where", below, two, self.add("Mul", two, square))
        return self.add("Mul", z, self.add("Div", n, self.add("Add", n, r)))

    def _step(self, step: Activate, z: str) -> str:
        return self.add("Cast", self.add("Greater", z, self.numbers(0, step)), to=11 if step.kind == "float64" else 1)

    def complement(self, step: Complement, a: str) -> str:
        return self.add("Concat", self.add("Sub", self.numbers(1, step), a), a, axis=1)

    def unscale(self, step: Unscale, a: str) -> str:
        scaled = self.add("Mul", self.add("Cast", a, to=11), self.numbers(step.scale, step))
        return self.add("Add", scaled, self.numbers(step.mean, step))

    def label(self, step: Label, a: str) -> str:
        return self.add("Gather", self.constant(*_labels(step)), self.add("ArgMax", a, axis=1, keepdims=0))

    def above(self, step: Above, a: str) -> str:
        return self.add("Cast", self.add("Greater", a, self.constant(step.threshold, step.of.kind)), to=7)


_ONE_NODE = {
    "identity": "Identity", "tanh": "Tanh", "relu": "Relu", "exp": "Exp", "sin": "Sin",
}  # fmt: skip

_WRITTEN: dict[type[Step], Callable[..., str]] = {
    Missing: _Writer.missing, Fill: _Writer.fill, Standardise: _Writer.standardise, Clip: _Writer.clip,
    InBins: _Writer.in_bins, SignedLog: _Writer.signed_log, Turn: _Writer.turn, Sine: _Writer.sine,
    Cosine: _Writer.cosine, Code: _Writer.code, OneHot: _Writer.one_hot, Look: _Writer.look, Join: _Writer.join,
    Mean: _Writer.mean, Round: _Writer.round, Dense: _Writer.dense, Activate: _Writer.activate,
    Complement: _Writer.complement, Unscale: _Writer.unscale, Label: _Writer.label, Above: _Writer.above,
}  # fmt: skip


def why_not(program: Program) -> str | None:
    """Return what of the program onnxruntime cannot compute."""
    for step in program.steps:
        if isinstance(step, Activate) and not (step.f.name in _ONE_NODE or hasattr(_Writer, f"_{step.f.kind}")):
            return f"the activation {step.f.name!r}"
    unknown = lacking(program, (Cell, Numbers, *_WRITTEN))
    return unknown and f"the step {unknown}"


def write(draft: Draft) -> dict[str, bytes]:
    """Return the model file."""
    graph, program = Graph(draft.name), draft.program
    writer, names = _Writer(graph), input_names(program)
    made: list[str] = []
    for step in program.steps:
        if isinstance(step, Cell | Numbers):
            made.append(graph.take(names[program.place(step)], step.kind, step.width))
        else:
            made.append(_WRITTEN[type(step)](writer, step, *(made[program.place(of)] for of in step.operands)))
    _outputs(graph, program, made, set(names.values()))
    metadata = {"names": json.dumps(program.names), "golden_rows": json.dumps(golden_json(draft))}
    return {".onnx": graph.model(clearprop.__version__, "\n".join(draft.head), metadata)}


def output_names(program: Program) -> tuple[str, ...]:
    """Return the names of the outputs: of the decision, where there is one, and of the values."""
    taken = set(input_names(program).values())
    return tuple(free(name, taken) for name in _outputs_wanted(program))


def _outputs_wanted(program: Program) -> tuple[str, ...]:
    if program.decision is None:
        return ("prediction",)
    return ("label" if isinstance(program.decision, Label) else "labels", "probabilities")


def _outputs(graph: Graph, program: Program, made: list[str], taken: set[str]) -> None:
    *decided, values = (free(name, taken) for name in _outputs_wanted(program))
    decision = program.decision
    if isinstance(decision, Label):
        graph.give(decided[0], made[program.place(decision)], type_of(np.asarray(decision.labels)))
    elif decision is not None:
        graph.give(decided[0], made[program.place(decision)], "int64", decision.width)
    graph.give(values, made[program.place(program.values)], program.values.kind, program.values.width)


def input_names(program: Program) -> dict[int, str]:
    """Return the name of each input by the place of its step: the column's own, or X for a row of numbers."""
    return {
        place: step.name if isinstance(step, Cell) else "X"
        for place, step in enumerate(program.steps)
        if isinstance(step, Cell | Numbers)
    }


def _labels(step: Label) -> tuple[Any, str]:
    array = np.asarray(step.labels)
    kind = type_of(array)
    return (list(step.labels) if kind == "text" else array), kind


SCRIBE = Scribe("onnx", "ONNX", (".onnx",), write, why_not, {"float32": 5e-7, "float64": 1e-12})
