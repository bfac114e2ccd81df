"""One Python file that needs NumPy alone: the program's own operations, in the program's own precision."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

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

_IN_NUMPY = {"tanh": "np.tanh({0})", "exp": "np.exp({0})", "sin": "np.sin({0})"}
_IN_FUNCTIONS = (*ELEMENTWISE, "softmax")


def _activate(step: Activate, k: int, z: str) -> str:
    name, options = function_of(step.f)
    return _IN_NUMPY[name].format(z) if name in _IN_NUMPY else f"{name}({', '.join((z, *map(repr, options)))})"


_EXPRESSIONS: dict[type[Step], Callable[..., str]] = {
    Cell: lambda s, k, _: f"{'text' if s.holds == 'text' else 'numbers'}(data[{s.name!r}])",
    Numbers: lambda s, k, _: f"np.asarray(data, dtype=np.{s.kind})",
    Missing: lambda s, k, x: f"missing({x})",
    Fill: lambda s, k, x: f"fill({x}, {s.value!r})",
    Standardise: lambda s, k, x: f"({x} - {s.mean!r}) / {s.scale!r}",
    Clip: lambda s, k, x: f"np.clip({x}, {s.low!r}, {s.high!r})",
    InBins: lambda s, k, x: f"in_bins({x}, {list(s.edges)!r})",
    SignedLog: lambda s, k, x: f"signed_log({x}, {s.middle!r}, {s.unit!r})",
    Turn: lambda s, k, x: f"turn({x}, {s.start!r}, {s.period!r})",
    Sine: lambda s, k, x: f"np.sin({x})",
    Cosine: lambda s, k, x: f"np.cos({x})",
    Code: lambda s, k, x: f"codes({x}, LABELS{k})",
    OneHot: lambda s, k, x: f"one_hot({x}, {s.n}, np.{s.kind})",
    Look: lambda s, k, x: f"E{k}[{x}[:, 0]]",
    Join: lambda s, k, *parts: f"np.concatenate([{', '.join(parts)}], axis=1)",
    Mean: lambda s, k, *parts: f"mean({', '.join(parts)})",
    Round: lambda s, k, x: f"{x}.astype(np.{s.kind})",
    Dense: lambda s, k, x: f"{x} @ W{k}" + ("" if s.b is None else f" + b{k}"),
    Activate: _activate,
    Complement: lambda s, k, a: f"np.concatenate([1 - {a}, {a}], axis=1)",
    Unscale: lambda s, k, a: f"{a}.astype(np.float64) * {s.scale!r} + {s.mean!r}",
    Label: lambda s, k, a: f"np.array(LABELS{k})[{a}.argmax(axis=1)][:, None]",
    Above: lambda s, k, a: f"({a} > {s.threshold!r}).astype(np.int64)",
}
"""The expression of each kind of step; its constants carry its number k, as its value does."""

_HEAD = """from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
"""

_CHECK = '''def check() -> float:
    """Return how far the golden rows are from what the model itself answers, relative to numbers above 1."""
    expected = np.array(GOLDEN["values"])
    values, decision = predict(GOLDEN["rows"])
    if decision is not None:
        margin = {margin}
        assert (decision == np.array(GOLDEN["decision"]))[margin > 1e-5].all(), "a decision differs from the model's"
    return float(np.max(np.abs(values - expected) / np.maximum(1, np.abs(expected)), initial=0.0))


if __name__ == "__main__":
    print(f"{{len(GOLDEN['values'])}} golden rows, largest difference {{check():.3g}}")
'''

_MARGINS: dict[type[Step], str] = {
    Label: "np.diff(np.sort(expected, axis=1)[:, -2:], axis=1)",
    Above: "np.abs(expected - 0.5)",
}


def why_not(program: Program) -> str | None:
    """Return what of the program this scribe has not learned."""
    for step in program.steps:
        if isinstance(step, Activate) and step.f.kind not in (*_IN_NUMPY, *_IN_FUNCTIONS):
            return f"the activation {step.f.name!r}"
    unknown = lacking(program, tuple(_EXPRESSIONS))
    return unknown and f"the step {unknown}"


def write(draft: Draft) -> dict[str, bytes]:
    """Return the file."""
    program = draft.program
    predict = _predict(program)
    constants = [text for step in program.steps for text in _constants(step, program.place(step))]
    margin = next((text for kind, text in _MARGINS.items() if isinstance(program.decision, kind)), "0")
    parts = [
        _about(draft),
        _HEAD,
        f"NAMES = {list(program.names)!r}",
        *constants,
        f"GOLDEN = json.loads({json.dumps(golden_json(draft))!r})\n",
        *(f"\n{function}\n" for function in called(predict, "functions.py")),
        f"\n{predict}\n",
        f"\n{_CHECK.format(margin=margin)}",
    ]
    return {".py": "\n".join(parts).encode()}


def _about(draft: Draft) -> str:
    program = draft.program
    given = "a mapping of column names to columns" if program.cells else "an array (n_rows, n_numbers)"
    columns = [f"  {cell.name!r}: {MEANINGS[cell.holds]}" for cell in program.cells]
    lines = [*draft.head, "", f"predict(data) takes {given}; NAMES are the columns of the values it returns.", *columns]
    return "\n".join(f"# {line}".rstrip() for line in lines) + "\n"


def _predict(program: Program) -> str:
    lines = []
    for k, step in enumerate(program.steps):
        operands = [f"v{program.place(of)}" for of in step.operands] or ["data"]
        lines.append(f"    v{k} = {_EXPRESSIONS[type(step)](step, k, *operands)}")
    decision = "None" if program.decision is None else f"v{program.place(program.decision)}"
    return "\n".join([
        "def predict(data: Any) -> tuple[Array, Array | None]:",
        '    """Return values (n_rows, len(NAMES)) and, for classes, the decision."""',
        *lines,
        f"    return v{program.place(program.values)}, {decision}",
    ])  # fmt: skip


def _constants(step: Step, k: int) -> list[str]:
    if isinstance(step, Code | Label):
        return [f"LABELS{k} = [\n{wrapped(map(repr, step.labels))},\n]"]
    if isinstance(step, Look):
        return [_array(f"E{k}", step.table)]
    if isinstance(step, Dense):
        return [_array(f"W{k}", step.W), *([] if step.b is None else [_array(f"b{k}", step.b)])]
    return []


def _array(name: str, array: NDArray[Any]) -> str:
    shape = "" if array.ndim == 1 else f".reshape{array.shape}"
    return f"{name} = np.array([\n{wrapped(numerals(array))},\n], dtype=np.{array.dtype.name}){shape}"


SCRIBE = Scribe("numpy", "Python with NumPy", (".py",), write, why_not, {"float32": 5e-7, "float64": 1e-12})
