"""SQL: one SELECT with a named column for every unit, for DuckDB, SQLite and whatever has exp, ln, sin, cos and floor.

Written as one expression a network grows exponentially with its depth, so each layer is a step of the WITH clause, and
MATERIALIZED keeps a database from making one expression of it again. All is computed in float64.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from clearprop.equations.activations import SELU_ALPHA, SELU_SCALE, Activation
from clearprop.equations.more_activations import Stepwise
from clearprop.exchange.scribes.activation_calls import function_of
from clearprop.exchange.scribes.draft import Draft, Scribe, free, golden_json, lacking
from clearprop.exchange.scribes.normal import TAIL
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

MEANINGS = {
    "number": "a number, NULL where missing",
    "boolean": "0 or 1, NULL where missing",
    "date": "seconds since 1970 (UTC), NULL where missing: epoch(x) in DuckDB, unixepoch(x) in SQLite",
    "text": "text, NULL or empty where missing",
}

Columns = list[tuple[str, str]]
"""Names of columns, and the expressions that make them."""


def _real(value: float) -> str:
    """Return a number with an exponent: without one, DuckDB takes it for a DECIMAL, and rounds sums and products so."""
    text = repr(float(value))
    text = text if "e" in text else f"{text}e0"
    return f"({text})" if text.startswith("-") else text


def _case(condition: str, yes: object, no: object) -> str:
    return f"CASE WHEN {condition} THEN {yes} ELSE {no} END"


def _in_bins(s: InBins, x: str) -> str:
    bins = enumerate(pairwise(s.edges))
    within = (
        f"WHEN {x} < {_real(high)} THEN {_real(b)} + ({x} - {_real(low)}) / {_real(high - low)}"
        for b, (low, high) in bins
    )
    return f"CASE WHEN {x} <= {_real(s.edges[0])} THEN 0e0 {' '.join(within)} ELSE {_real(len(s.edges) - 1)} END"


def _signed_log(s: SignedLog, x: str) -> str:
    size = f"abs({x} - {_real(s.middle)}) / {_real(s.unit)}"
    return _case(f"{x} < {_real(s.middle)}", f"-ln(1 + {size})", f"ln(1 + {size})")


def _turn(s: Turn, x: str) -> str:
    moment, period = f"({x} + {_real(s.start)})", _real(s.period)
    return f"6.283185307179586e0 * ({moment} - {period} * floor({moment} / {period})) / {period}"


_VALUES: dict[type[Step], Callable[[Any, str], str]] = {
    Missing: lambda s, x: _case(f"{x} IS NULL", "1e0", "0e0"),
    Fill: lambda s, x: f"coalesce({x}, {_real(s.value)})",
    Standardise: lambda s, x: f"({x} - {_real(s.mean)}) / {_real(s.scale)}",
    Clip: lambda s, x: f"CASE WHEN {x} < {_real(s.low)} THEN {_real(s.low)} WHEN {x} > {_real(s.high)} "
                       f"THEN {_real(s.high)} ELSE {x} END",
    InBins: _in_bins,
    SignedLog: _signed_log,
    Turn: _turn,
    Sine: lambda s, x: f"sin({x})",
    Cosine: lambda s, x: f"cos({x})",
    Round: lambda s, x: x,
    Unscale: lambda s, x: f"{x} * {_real(s.scale)} + {_real(s.mean)}",
}  # fmt: skip


def _log_of_one_and_exp(z: str) -> str:
    """Return ln(1 + exp(z)) below 0; far below, where the sum loses the digits of exp(z), four terms of its series."""
    series = f"(1 - exp({z}) * (1 / 2e0 - exp({z}) * (1 / 3e0 - exp({z}) / 4e0)))"
    return _case(f"{z} < -8", f"exp({z}) * {series}", f"ln(1 + exp({z}))")


def _gelu(z: str) -> str:
    """Return z Φ(z) by the tail of the normal distribution out of exp and products: see `normal.py`."""
    s = f"((4 - abs({z})) / (4 + abs({z})))"
    tail = _real(TAIL[-1])
    for coefficient in TAIL[-2::-1]:
        tail = f"({tail} * {s} + {_real(coefficient)})"
    tail = _case(f"abs({z}) > 38", "0e0", f"exp(-0.5e0 * {z} * {z}) * {tail}")
    return f"{z} * " + _case(f"{z} < 0", tail, f"1 - {tail}")


def _stepwise(z: str, low: float) -> str:
    f = Stepwise(low)
    lines = (f"WHEN {z} < {_real(end)} THEN {_real(r)} + {_real(s)} * ({z} - {_real(v)})" for v, r, s, end in f.lines)
    return f"CASE WHEN {z} < {_real(f.kinks[0])} THEN {_real(low)} {' '.join(lines)} ELSE 1e0 END"


_SELU = _real(SELU_SCALE), _real(SELU_SCALE * SELU_ALPHA)

_TWICE = _real(2 * math.sqrt(2 / math.pi))

_ACTIVATIONS: dict[str, Callable[..., str]] = {
    "sigmoid": lambda z: _case(f"{z} < 0", f"exp({z}) / (1 + exp({z}))", f"1 / (1 + exp(-{z}))"),
    "tanh": lambda z: _case(
        f"{z} < 0", f"(exp(2 * {z}) - 1) / (exp(2 * {z}) + 1)", f"(1 - exp(-2 * {z})) / (1 + exp(-2 * {z}))"
    ),
    "relu": lambda z: _case(f"{z} > 0", z, "0e0"),
    "elu": lambda z: _case(f"{z} > 0", z, f"exp({z}) - 1"),
    "selu": lambda z: _case(f"{z} > 0", f"{_SELU[0]} * {z}", f"{_SELU[1]} * (exp({z}) - 1)"),
    "softplus": lambda z: _case(f"{z} > 0", f"{z} + ln(1 + exp(-{z}))", _log_of_one_and_exp(z)),
    "silu": lambda z: _case(f"{z} < 0", f"{z} * exp({z}) / (1 + exp({z}))", f"{z} / (1 + exp(-{z}))"),
    "mish": lambda z: _case(
        f"{z} < 0",
        f"{z} * exp({z}) * (exp({z}) + 2) / (exp({z}) * (exp({z}) + 2) + 2)",
        f"{z} * (1 + 2 * exp(-{z})) / (1 + 2 * exp(-{z}) + 2 * exp(-2 * {z}))",
    ),
    "exp": lambda z: f"exp({z})",
    "gelu": _gelu,
    "step": lambda z: _case(f"{z} > 0", "1e0", "0e0"),
    "softsign": lambda z: f"{z} / (1 + abs({z}))",
    "gaussian": lambda z: _case(f"abs({z}) > 38", "0e0", f"exp(-{z} * {z})"),
    "cut_sigmoid": lambda z: _case(f"{z} > 15", "1e0", _case(f"{z} < -15", "0e0", f"1 / (1 + exp(-{z}))")),
    "gelu_tanh": lambda z: _case(
        f"{z} > 20", z, _case(f"{z} < -20", "0e0", f"{z} / (1 + exp(-{_TWICE} * ({z} + 0.044715e0 * {z} * {z} * {z})))")
    ),
    "leaky_relu": lambda z, slope: _case(f"{z} > 0", z, f"{slope} * {z}"),
    "leaky_relu_with": lambda z, slope, start, largest: _case(
        f"{z} > {largest}", largest, _case(f"{z} > {start}", z, f"{slope} * ({z} - {start})")
    ),
    "elu_with": lambda z, alpha: _case(f"{z} > 0", z, f"{alpha} * (exp({z}) - 1)"),
    "softplus_with": lambda z, end: _case(f"{z} > {end}", z, _ACTIVATIONS["softplus"](z)),
    "sin": lambda z: f"sin({z})",
    "hard_silu": lambda z: _case(f"{z} > 3", z, _case(f"{z} < -3", "0e0", f"{z} * ({z} / 6 + 0.5e0)")),
    "tanh_shrink": lambda z: f"{z} - {_ACTIVATIONS['tanh'](z)}",
    "stepwise": lambda z: _stepwise(z, 0.0),
    "stepwise_tanh": lambda z: _stepwise(z, -1.0),
    "hard_tanh": lambda z, low, high: _case(f"{z} < {low}", low, _case(f"{z} > {high}", high, z)),
}


def _activated(f: Activation, z: str) -> str:
    name, options = function_of(f)
    return _ACTIVATIONS[name](z, *map(_real, options))


class _Writer:
    """The columns of every level: those of one level are made from those of the levels before."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.levels: list[Columns] = []
        self.columns: dict[int, list[str]] = {}  # of each step's value
        self._level: dict[int, int] = {}

    def write(self, step: Step) -> None:
        """Add the columns of a step."""
        k = self.program.place(step)
        below = max((self._level[self.program.place(of)] for of in step.operands), default=-1)
        if isinstance(step, Join):
            made, depth = [name for part in step.parts for name in self.of(part)], below
        elif isinstance(step, Activate) and step.f.name == "softmax":
            made, depth = self._softmax(k, self.of(step.of), below + 1), below + 3
        else:
            made, depth = self._at(below + 1, k, self._expressions(step)), below + 1
        self.columns[k], self._level[k] = made, depth

    def of(self, step: Step) -> list[str]:
        """Return the columns that hold the value of a step."""
        return self.columns[self.program.place(step)]

    def _at(self, level: int, k: int, expressions: Sequence[str], kind: str = "v") -> list[str]:
        """Add columns to a level and return their names."""
        names = [f"{kind}{k}_{j}" for j in range(len(expressions))]
        while len(self.levels) <= level:
            self.levels.append([])
        self.levels[level] += zip(names, expressions, strict=True)
        return names

    def _expressions(self, step: Step) -> list[str]:
        if isinstance(step, Cell):
            return [_name(step.name) if step.holds == "text" else f"CAST({_name(step.name)} AS DOUBLE)"]
        if isinstance(step, Numbers):
            return [f"CAST({_name(name)} AS DOUBLE)" for name in step.names]
        if isinstance(step, Activate):
            return [_activated(step.f, z) for z in self.of(step.of)]
        if type(step) in _VALUES:
            return [_VALUES[type(step)](step, x) for x in self.of(step.operands[0])]
        return _EXPRESSIONS[type(step)](step, *map(self.of, step.operands))

    def _softmax(self, k: int, z: list[str], level: int) -> list[str]:
        (largest,) = self._at(level, k, [_largest(z)], "m")
        e = self._at(level + 1, k, [f"exp({one} - {largest})" for one in z], "e")
        return self._at(level + 2, k, [f"{one} / ({_sum(e)})" for one in e])


def _code(step: Code, x: list[str]) -> list[str]:
    k = len(step.labels)
    known = " ".join(f"WHEN {x[0]} = {_text(label)} THEN {code}" for code, label in enumerate(step.labels))
    return [f"CASE WHEN {x[0]} IS NULL OR {x[0]} = '' THEN {k + 1} {known} ELSE {k} END"]


def _look(step: Look, x: list[str]) -> list[str]:
    columns = step.table.astype(float).T.tolist()
    return [
        f"CASE {x[0]} {' '.join(f'WHEN {code} THEN {_real(value)}' for code, value in enumerate(column))} END"
        for column in columns
    ]


def _dense(step: Dense, x: list[str]) -> list[str]:
    biases = [0.0] * step.width if step.b is None else step.b.astype(float).tolist()
    return [
        _sum([_real(bias), *(f"{_real(w)} * {name}" for w, name in zip(column, x, strict=True))])
        for bias, column in zip(biases, step.W.astype(float).T.tolist(), strict=True)
    ]


_EXPRESSIONS: dict[type[Step], Callable[..., list[str]]] = {
    Code: _code,
    OneHot: lambda s, x: [_case(f"{x[0]} = {code}", "1e0", "0e0") for code in range(s.n)],
    Look: _look,
    Mean: lambda s, *parts: [f"({_sum(list(one))}) / {len(parts)}e0" for one in zip(*parts, strict=True)],
    Dense: _dense,
    Complement: lambda s, a: [f"1 - {a[0]}", a[0]],
}


def why_not(program: Program) -> str | None:
    """Return what of the program SQL cannot hold."""
    for step in program.steps:
        if isinstance(step, Activate) and step.f.kind not in (*_ACTIVATIONS, "softmax"):
            return f"the activation {step.f.name!r}, of which databases know no formula"
    unknown = lacking(program, (Cell, Numbers, Activate, Join, Label, Above, *_VALUES, *_EXPRESSIONS))
    return unknown and f"the step {unknown}"


def write(draft: Draft) -> dict[str, bytes]:
    """Return the statement."""
    program = draft.program
    writer = _Writer(program)
    for step in program.steps:
        if step is not program.decision:
            writer.write(step)
    given = [cell.name for cell in program.cells] or list(program.numbers.names if program.numbers else ())
    answers = _answers(program, writer.of(program.values), given)
    levels = [_level(k, columns) for k, columns in enumerate(writer.levels)]
    chosen = [*map(_name, given), *(f"{expression} AS {_name(name)}" for name, expression in answers)]
    last = f"SELECT\n  {_lines(chosen)}\nFROM level{len(levels) - 1};"
    golden = f"-- Golden rows: {json.dumps(golden_json(draft))}"
    text = "\n".join([*_about(draft), "WITH", ",\n".join(levels), last, golden, ""])
    return {".sql": text.encode()}


def answer_names(program: Program) -> list[str]:
    """Return the names of the columns that the statement adds, the values first."""
    given = [cell.name for cell in program.cells] or list(program.numbers.names if program.numbers else ())
    return [name for name, _ in _answers(program, ["?"] * program.values.width, given)]


def _answers(program: Program, values: list[str], given: Sequence[str]) -> Columns:
    kind = "probability of " if program.decision is not None else "predicted "
    columns = [(f"{kind}{name}", value) for name, value in zip(program.names, values, strict=True)]
    if isinstance(program.decision, Label):
        columns.append(("prediction", _picked(program.decision, values)))
    elif isinstance(program.decision, Above):
        threshold = _real(program.decision.threshold)
        columns += [(name, _case(f"{p} > {threshold}", 1, 0)) for name, p in zip(program.names, values, strict=True)]
    taken = set(given)
    return [(free(name, taken), expression) for name, expression in columns]


def _picked(step: Label, values: list[str]) -> str:
    """Return the label of the first of the largest values."""
    cases = [
        f"WHEN {' AND '.join(f'{value} >= {other}' for other in values[k + 1 :])} THEN {_literal(step.labels[k])}"
        for k, value in enumerate(values[:-1])
    ]
    return f"CASE {' '.join(cases)} ELSE {_literal(step.labels[-1])} END"


def _about(draft: Draft) -> list[str]:
    columns = [f"  {_name(cell.name)}: {MEANINGS[cell.holds]}" for cell in draft.program.cells]
    lines = [*draft.head, "It reads the table `data`; put in yours. Its columns:", *columns]
    lines.append("To keep another column, such as a key, name it in the last SELECT.")
    return [f"-- {line}".replace("\n", " ") for line in lines]


def _level(k: int, columns: Columns) -> str:
    made = [f"{expression} AS {name}" for name, expression in columns]
    return f"level{k} AS MATERIALIZED (\n  SELECT *,\n  {_lines(made)}\n  FROM {f'level{k - 1}' if k else 'data'})"


def _lines(items: Sequence[str]) -> str:
    return ",\n  ".join(items)


def _sum(terms: list[str]) -> str:
    """Return a sum in halves, so that no parser meets a deep nest of additions."""
    if len(terms) <= 8:
        return " + ".join(terms)
    half = len(terms) // 2
    return f"({_sum(terms[:half])}) + ({_sum(terms[half:])})"


def _largest(names: list[str]) -> str:
    """Return the largest of several columns; a database has no such function by the same name as another."""
    cases = [
        f"WHEN {' AND '.join(f'{name} >= {other}' for other in names[k + 1 :])} THEN {name}"
        for k, name in enumerate(names[:-1])
    ]
    return f"CASE {' '.join(cases)} ELSE {names[-1]} END" if cases else names[0]


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _literal(label: Any) -> str:
    return _text(label) if isinstance(label, str) else str(label)


SCRIBE = Scribe("sql", "SQL", (".sql",), write, why_not, {"float32": 5e-7, "float64": 1e-12})
