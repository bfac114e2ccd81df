"""C99: a header and a source, without allocation and without state, for any compiler and any thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from clearprop.exchange.scribes import c_text as text
from clearprop.exchange.scribes.activation_calls import ELEMENTWISE, function_of
from clearprop.exchange.scribes.c_files import Body, files
from clearprop.exchange.scribes.draft import Draft, Scribe, lacking
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

_OF_LIBRARY = ("tanh", "exp", "sin")
_KNOWN = (*ELEMENTWISE, *_OF_LIBRARY, "softmax")
_EACH = "for (int i = 0; i < {n}; i++)\n        {made}[i] = {value};"


class Writer:
    """The body of a program in C, statement by statement, and the constants it needs.

    A value of a single column is a variable; any other is an array.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.fields = text.fields([cell.name for cell in program.cells])
        self.constants: list[str] = []
        self._scalar: dict[int, bool] = {}
        self._names: dict[int, str] = {}

    def body(self) -> Body:
        """Return the statements that make every value, the decision apart, and what they need."""
        steps = [step for step in self.program.steps if step is not self.program.decision]
        statements = [statement for step in steps for statement in self.write(step)]
        return Body(statements, self.element(self.program.values, "j"), self.constants, self.fields)

    def write(self, step: Step) -> Iterator[str]:
        """Yield the statements that make the value of a step."""
        k = self.program.place(step)
        self._names[k] = f"v{k}"
        if type(step) in _VALUES:
            yield from self._elementwise(step, _VALUES[type(step)])
        else:
            yield from getattr(self, _STATEMENTS[type(step)])(step)

    def name(self, step: Step) -> str:
        """Return the variable or array that holds the value of a step."""
        return self._names[self.program.place(step)]

    def element(self, step: Step, index: str = "i") -> str:
        """Return one number of the value of a step."""
        return self.name(step) if self.is_scalar(step) else f"{self.name(step)}[{index}]"

    def pointer(self, step: Step) -> str:
        """Return where the numbers of the value of a step begin."""
        return f"&{self.name(step)}" if self.is_scalar(step) else self.name(step)

    def is_scalar(self, step: Step) -> bool:
        """Return whether the value is a variable rather than an array."""
        return self._scalar.get(self.program.place(step), False)

    def declared(self, step: Step) -> str:
        """Return the declaration of the array of a step."""
        return f"{text.TYPES[step.kind]} {self.name(step)}[{step.width}];"

    def _elementwise(self, step: Step, write: Callable[[Any, str], str]) -> Iterator[str]:
        (of,) = step.operands
        value = write(step, self.element(of))
        if self.is_scalar(of):
            self._scalar[self.program.place(step)] = True
            yield f"const {text.TYPES[step.kind]} {self.name(step)} = {value};"
        else:
            yield self.declared(step)
            yield _EACH.format(n=step.width, made=self.name(step), value=value)

    def cell(self, step: Cell) -> Iterator[str]:
        """Read a field of the row."""
        self._scalar[self.program.place(step)] = True
        yield f"{text.declared(step.kind, self.name(step))} = row->{self.fields[step.name]};"

    def numbers(self, step: Numbers) -> Iterator[str]:
        """Take the row as it is."""
        self._names[self.program.place(step)] = "x"
        yield from ()

    def code(self, step: Code) -> Iterator[str]:
        self._scalar[self.program.place(step)] = True
        labels = f"labels{self.program.place(step)}" if step.labels else "NULL"
        if step.labels:
            self.constants.append(text.strings(labels, step.labels))
        yield f"const int {self.name(step)} = code_of({self.name(step.of)}, {labels}, {len(step.labels)});"

    def in_bins(self, step: InBins) -> Iterator[str]:
        edges = f"edges{self.program.place(step)}"
        self.constants.append(text.array(edges, np.array(step.edges), "float64"))
        yield from self._elementwise(step, lambda s, x: f"in_bins({x}, {edges}, {len(s.edges) - 1})")

    def one_hot(self, step: OneHot) -> Iterator[str]:
        yield self.declared(step)
        yield _EACH.format(n=step.n, made=self.name(step), value=f"i == {self.name(step.of)}")

    def look(self, step: Look) -> Iterator[str]:
        table = f"E{self.program.place(step)}"
        self.constants.append(text.array(table, step.table, step.kind))
        yield f"const real *{self.name(step)} = {table} + {step.width} * {self.name(step.of)};"

    def join(self, step: Join) -> Iterator[str]:
        yield self.declared(step)
        at = 0
        for part in step.parts:
            if part.width == 1:
                yield f"{self.name(step)}[{at}] = {self.element(part, '0')};"
            else:
                yield f"memcpy({self.name(step)} + {at}, {self.name(part)}, {part.width} * sizeof(*{self.name(part)}));"
            at += part.width

    def mean(self, step: Mean) -> Iterator[str]:
        yield self.declared(step)
        total = " + ".join(self.element(part) for part in step.parts)
        count = text.number(len(step.parts), step.kind)
        yield _EACH.format(n=step.width, made=self.name(step), value=f"({total}) / {count}")

    def dense(self, step: Dense) -> Iterator[str]:
        k = self.program.place(step)
        self.constants.append(text.array(f"W{k}", step.W, step.kind))
        bias = "NULL"
        if step.b is not None:
            bias = f"b{k}"
            self.constants.append(text.array(bias, step.b, step.kind))
        yield self.declared(step)
        yield f"dense({self.pointer(step.of)}, W{k}, {bias}, {self.name(step)}, {step.W.shape[0]}, {step.width});"

    def activate(self, step: Activate) -> Iterator[str]:
        """Work in the place of z: nobody else needs it."""
        z = self._names[self.program.place(step)] = self.name(step.of)
        if step.f.name == "softmax":
            yield f"softmax({z}, {step.width});"
        else:
            yield _EACH.format(n=step.width, made=z, value=_activated(step, f"{z}[i]"))

    def complement(self, step: Complement) -> Iterator[str]:
        yield self.declared(step)
        yield f"{self.name(step)}[0] = {text.number(1, step.kind)} - {self.element(step.of, '0')};"
        yield f"{self.name(step)}[1] = {self.element(step.of, '0')};"


def _activated(step: Activate, z: str) -> str:
    name, options = function_of(step.f)
    written = ", ".join((z, *(text.number(option, step.kind) for option in options)))
    return f"REAL({name})({z})" if name in _OF_LIBRARY else f"{name}({written})"


_VALUES: dict[type[Step], Callable[[Any, str], str]] = {
    Missing: lambda s, x: f"missing({x})",
    Fill: lambda s, x: f"fill({x}, {text.number(s.value)})",
    Standardise: lambda s, x: f"({x} - {text.number(s.mean)}) / {text.number(s.scale)}",
    Clip: lambda s, x: f"clip({x}, {text.number(s.low)}, {text.number(s.high)})",
    SignedLog: lambda s, x: f"signed_log({x}, {text.number(s.middle)}, {text.number(s.unit)})",
    Turn: lambda s, x: f"turn({x}, {text.number(s.start)}, {text.number(s.period)})",
    Sine: lambda s, x: f"sin({x})",
    Cosine: lambda s, x: f"cos({x})",
    Round: lambda s, x: f"({text.TYPES[s.kind]}){x}",
    Unscale: lambda s, x: f"{x} * {text.number(s.scale)} + {text.number(s.mean)}",
}

_STATEMENTS: dict[type[Step], str] = {
    Cell: "cell", Numbers: "numbers", Code: "code", OneHot: "one_hot", Look: "look", Join: "join", Mean: "mean",
    Dense: "dense", Activate: "activate", Complement: "complement", InBins: "in_bins",
}  # fmt: skip
"""The method of `Writer` for every other kind of step."""


def why_not(program: Program) -> str | None:
    """Return what of the program C cannot hold."""
    for step in program.steps:
        if isinstance(step, Activate) and step.f.kind not in _KNOWN:
            return f"the activation {step.f.name!r}"
        if isinstance(step, Code) and any("\0" in label for label in step.labels):
            return "a label with a NUL character, at which a string of C ends"
    unknown = lacking(program, (*_VALUES, *_STATEMENTS, Label, Above))
    return unknown and f"the step {unknown}"


def write(draft: Draft) -> dict[str, bytes]:
    """Return source and header."""
    return files(draft, Writer(draft.program).body(), "functions.c")


SCRIBE = Scribe("c", "C99", (".c",), write, why_not, {"float32": 5e-7, "float64": 1e-12})
