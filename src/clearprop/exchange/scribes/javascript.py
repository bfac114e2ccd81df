"""One JavaScript module without dependencies. JavaScript computes in float64, also what was trained in float32."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.exchange.scribes.activation_calls import ELEMENTWISE, function_of
from clearprop.exchange.scribes.draft import MEANINGS, Draft, Scribe, golden_json, lacking
from clearprop.exchange.scribes.text import called, numerals, wrapped
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

_OF_MATH = ("tanh", "exp", "sin")


def _activate(step: Activate, k: int, z: str) -> str:
    name, options = function_of(step.f)
    if name in _OF_MATH:
        return f"{z}.map(Math.{name})"
    if name == "leaky_relu":
        return f"{z}.map((z) => (z > 0 ? z : {options[0]!r} * z))"
    return f"softmax({z})" if name == "softmax" else f"{z}.map((z) => {name}({', '.join(('z', *map(repr, options)))}))"


_VALUES: dict[type[Step], Callable[[Any, str], str]] = {
    Missing: lambda s, x: f"missing({x})",
    Fill: lambda s, x: f"fill({x}, {s.value!r})",
    Standardise: lambda s, x: f"({x} - {s.mean!r}) / {s.scale!r}",
    Clip: lambda s, x: f"clip({x}, {s.low!r}, {s.high!r})",
    InBins: lambda s, x: f"inBins({x}, [{', '.join(map(repr, s.edges))}])",
    SignedLog: lambda s, x: f"signedLog({x}, {s.middle!r}, {s.unit!r})",
    Turn: lambda s, x: f"turn({x}, {s.start!r}, {s.period!r})",
    Sine: lambda s, x: f"Math.sin({x})",
    Cosine: lambda s, x: f"Math.cos({x})",
    Round: lambda s, x: f"Math.fround({x})" if s.kind == "float32" else x,
    Unscale: lambda s, x: f"{x} * {s.scale!r} + {s.mean!r}",
}
"""The expression of each kind of step that makes one number of one."""

_EXPRESSIONS: dict[type[Step], Callable[..., str]] = {
    Numbers: lambda s, k, _: "Array.from(row, Math.fround)" if s.kind == "float32" else "Array.from(row, Number)",
    OneHot: lambda s, k, x: f"oneHot({x}, {s.n})",
    Look: lambda s, k, x: f"look(E{k}, {x}, {s.width})",
    Mean: lambda s, k, *parts: f"mean({', '.join(parts)})",
    Dense: lambda s, k, x: f"dense({x}, W{k}, {'null' if s.b is None else f'b{k}'}, {s.width})",
    Activate: _activate,
    Complement: lambda s, k, a: f"[1 - {a}[0], {a}[0]]",
    Label: lambda s, k, a: f"LABELS{k}[largest({a})]",
    Above: lambda s, k, a: f"{a}.map((a) => (a > {s.threshold!r} ? 1 : 0))",
}
"""The expression of every other kind; its constants carry its number k, as its value does."""

_CHECK = """// How far the golden rows are from what the model itself answers, relative to numbers above 1.
export function check() {
  let largest = 0;
  GOLDEN.values.forEach((expected, i) => {
    const { values } = predict(goldenRow(i));
    expected.forEach((value, j) => {
      largest = Math.max(largest, Math.abs(values[j] - value) / Math.max(1, Math.abs(value)));
    });
  });
  return largest;
}
"""

_ROWS_OF_COLUMNS = """export function goldenRow(i) {
  return Object.fromEntries(Object.entries(GOLDEN.rows).map(([name, cells]) => [name, cells[i]]));
}
"""

_ROWS_OF_NUMBERS = """export function goldenRow(i) {
  return GOLDEN.rows[i];
}
"""


class _Writer:
    """The body of `predict`, a line for each step. Values of one column are numbers, all others arrays."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._scalars: set[int] = set()

    def line(self, k: int, step: Step) -> str:
        """Return the line that makes the value of step k."""
        return f"  const v{k} = {self._expression(k, step)};"

    def _expression(self, k: int, step: Step) -> str:
        operands = [f"v{self.program.place(of)}" for of in step.operands] or ["row"]
        if isinstance(step, Dense):
            operands = [self.array(step.of)]
        if isinstance(step, Cell):
            self._scalars.add(k)
            return f"{'text' if step.holds == 'text' else 'number'}(row[{json.dumps(step.name)}])"
        if isinstance(step, Code):
            self._scalars.add(k)
            return f"code({operands[0]}, LABELS{k})"
        if isinstance(step, Join):
            return f"[{', '.join(self._spread(part) for part in step.parts)}]"
        if type(step) in _VALUES:
            return self._each(k, step, operands[0])
        return _EXPRESSIONS[type(step)](step, k, *operands)

    def _each(self, k: int, step: Step, x: str) -> str:
        if self._is_scalar(step.operands[0]):
            self._scalars.add(k)
            return _VALUES[type(step)](step, x)
        return f"{x}.map((x) => {_VALUES[type(step)](step, 'x')})"

    def array(self, step: Step) -> str:
        """Return the value of a step as an array."""
        return f"[v{self.program.place(step)}]" if self._is_scalar(step) else f"v{self.program.place(step)}"

    def _spread(self, step: Step) -> str:
        return f"{'' if self._is_scalar(step) else '...'}v{self.program.place(step)}"

    def _is_scalar(self, step: Step) -> bool:
        return self.program.place(step) in self._scalars


def why_not(program: Program) -> str | None:
    """Return what of the program JavaScript cannot hold."""
    for step in program.steps:
        if isinstance(step, Activate) and step.f.kind not in (*ELEMENTWISE, *_OF_MATH, "softmax"):
            return f"the activation {step.f.name!r}"
    unknown = lacking(program, (Cell, Code, Join, *_VALUES, *_EXPRESSIONS))
    return unknown and f"the step {unknown}"


def write(draft: Draft) -> dict[str, bytes]:
    """Return the module."""
    program = draft.program
    predict = _predict(program)
    parts = [
        "\n".join(f"// {line}".rstrip() for line in _about(draft)) + "\n",
        f"export const NAMES = {json.dumps(program.names)};\n",
        *(text for k, step in enumerate(program.steps) for text in _constants(step, k)),
        f"const GOLDEN = {json.dumps(golden_json(draft))};\n",
        *(f"{function}\n" for function in called(predict, "functions.js")),
        predict,
        _ROWS_OF_COLUMNS if program.cells else _ROWS_OF_NUMBERS,
        _CHECK,
    ]
    return {".mjs": "\n".join(parts).encode()}


def _about(draft: Draft) -> list[str]:
    cells = draft.program.cells
    columns = [f"  {json.dumps(cell.name)}: {MEANINGS[cell.holds]}" for cell in cells]
    given = "an object with these columns (null or undefined is missing, too)" if cells else "an array of numbers"
    return [*draft.head, f"predict(row) takes {given}; its values are those of NAMES.", *columns]


def _predict(program: Program) -> str:
    writer = _Writer(program)
    lines = [writer.line(k, step) for k, step in enumerate(program.steps)]
    given = [f"values: {writer.array(program.values)}"]
    if program.decision is not None:
        decided = "label" if isinstance(program.decision, Label) else "labels"
        given.append(f"{decided}: v{program.place(program.decision)}")
    return "\n".join(["export function predict(row) {", *lines, f"  return {{ {', '.join(given)} }};", "}\n"])


def _constants(step: Step, k: int) -> list[str]:
    if isinstance(step, Code):
        return [f"const LABELS{k} = new Map([\n{_lines(step.labels)}\n].map((label, code) => [label, code]));\n"]
    if isinstance(step, Label):
        return [f"const LABELS{k} = {json.dumps(step.labels)};\n"]
    if isinstance(step, Look):
        return [_array(f"E{k}", step.table)]
    if isinstance(step, Dense):
        return [_array(f"W{k}", step.W), *([] if step.b is None else [_array(f"b{k}", step.b)])]
    return []


def _lines(labels: Sequence[str]) -> str:
    return wrapped(map(json.dumps, labels), "  ")


def _array(name: str, array: NDArray[Any]) -> str:
    kind = "Float32Array" if array.dtype == np.float32 else "Float64Array"
    return f"const {name} = new {kind}([\n{wrapped(numerals(array), '  ')}\n]);\n"


SCRIBE = Scribe("javascript", "JavaScript", (".mjs", ".js"), write, why_not, {"float32": 5e-7, "float64": 1e-12})
