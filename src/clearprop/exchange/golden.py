"""Golden rows: made-up rows and what the model answers, carried by every export so that anybody can check it.

They are drawn from what the program itself says: each label, one it does not know, missing cells, the value that fills
them, numbers that are cut off, and seeded ones between. No row of the training data is among them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.engines import REFERENCE, open_session
from clearprop.exchange.deployed import Deployed
from clearprop.exchange.lowering import lower_answer
from clearprop.model import Parameters
from clearprop.program import Cell, Code, Dense, Fill, InBins, Missing, Numbers, Program, SignedLog, Standardise, Step
from clearprop.tables import Column, Schema, Table

MOST_LABELS = 256  # of a column; of more, as many are taken at even distances
SEEDED = 32  # rows, after those that show every point of every column once
FEWEST, MOST_NUMBERS = 4, 8192  # rows of numbers, and numbers in all of them
FEWEST_PLAIN = 13  # numbers of a column that enters as it is
FAR = 25.0  # standard deviations, further than the cut
LARGEST = 1e100  # of a number; Schema.encode takes up to 1e150
EXTREMES = (1e12, -1e12)
BEFORE_1970 = -631_152_000.0  # 1 January 1950

Array = NDArray[Any]
Rows = dict[str, list[Any]] | Array
"""A list of cells for each column, NaN or "" where missing; or rows of numbers."""


@dataclass(frozen=True, eq=False)
class Golden:
    """Rows, and what the model answers.

    Attributes
    ----------
    rows : dict of str to list, or array (n_rows, n_numbers)
    values : array (n_rows, width)
    decision : array (n_rows, 1 or width) or None
    rounding : float
        How far the values are from those in float64, the weights being the same: as far as two ways to compute them in
        the model's precision may be apart. 0 for a model in float64.
    interval : bool
        Whether the values are a number and the ends of its interval, which have the number's rounding.
    """

    rows: Rows
    values: Array
    decision: Array | None
    rounding: float
    interval: bool = False

    def difference(self, values: Array) -> float:
        """Return the largest difference of other values from these.

        Above 1 it is relative: to the value itself, or to the root mean square of its column where that is larger.
        """
        expected = self.values.astype(np.float64)
        usual = np.maximum(1, np.sqrt(np.mean(np.square(expected), axis=0)))
        size = np.maximum(usual, np.abs(expected))
        size = size.max(axis=1, keepdims=True) if self.interval else size
        return float(np.max(np.abs(values - expected) / size, initial=0.0))

    def __len__(self) -> int:
        return len(self.values)


def golden(deployed: Deployed, program: Program, n_seeded: int = SEEDED, seed: int = 0) -> Golden:
    """Make golden rows, and let the model itself, not the program, answer them."""
    rng = np.random.default_rng(seed)
    rows = _numbers(program, n_seeded, rng) if program.numbers else _cells(program, n_seeded, rng)
    exact = replace(deployed, members=tuple(map(_in_float64, deployed.members)))
    values, decision = answers(deployed, rows)
    interval = deployed.answer.reach is not None
    rounding = Golden(rows, answers(exact, rows)[0], None, 0.0, interval).difference(values)
    return Golden(rows, values, decision, rounding, interval)


def _in_float64(parameters: Parameters) -> Parameters:
    return Parameters(parameters.shapes, parameters.vector.astype(np.float64))


def answers(deployed: Deployed, rows: Rows) -> tuple[Array, Array | None]:
    """Return values and decision of rows: by the schema and the engine that every other engine is held to."""
    X = rows if isinstance(deployed.columns, tuple) else deployed.columns.encode(as_table(deployed.columns, rows))
    precision = deployed.parameters.vector.dtype
    sessions = (open_session(deployed.network, member, engine=REFERENCE) for member in deployed.members)
    outputs = sum(session.predict(np.asarray(X, dtype=precision)) for session in sessions)
    outputs = outputs / precision.type(len(deployed.members))
    return lower_answer(deployed.answer, Numbers(("",) * outputs.shape[1], _name(precision))).run(outputs)


def _name(precision: Any) -> Any:
    return "float32" if precision == np.float32 else "float64"


def as_table(schema: Schema, rows: Any) -> Table:
    """Return golden rows as the table they would have been read from."""
    columns = {column.name: _column(column, rows[column.name]) for column in schema.columns}
    return Table("golden rows", columns, len(next(iter(rows.values()))))


def _column(encoding: Any, cells: list[Any]) -> Column:
    if encoding.kind == "category":
        labels = tuple(dict.fromkeys(cell for cell in cells if cell))
        code_of = {label: code for code, label in enumerate(labels)} | {"": -1}
        return Column(encoding.name, "category", np.array([code_of[cell] for cell in cells], dtype=np.int32), labels)
    labels = encoding.labels if encoding.kind == "boolean" else ()
    return Column(encoding.name, encoding.reads, np.array(cells), labels, getattr(encoding, "format", ""))


def _cells(program: Program, n_seeded: int, rng: np.random.Generator) -> Rows:
    """Show every point of every column once, then points drawn at random."""
    points = {cell.name: list(_points(program, cell, rng)) for cell in program.cells}
    n = max(map(len, points.values()))
    drawn = {name: rng.integers(len(known), size=n_seeded).tolist() for name, known in points.items()}
    return {
        name: [known[(row + shift) % len(known)] for row in range(n)] + [known[k] for k in drawn[name]]
        for shift, (name, known) in enumerate(points.items())
    }


def _points(program: Program, cell: Cell, rng: np.random.Generator) -> Iterator[Any]:
    """Yield the cells that are worth showing."""
    if cell.holds == "text":
        yield from ("", *(label for step in _users(program, cell) for label in _texts(step)))
        return
    if not any(isinstance(step, Fill | Missing) for step in _users(program, cell)):  # a gap would be refused
        yield from (0.0, *rng.standard_normal(FEWEST_PLAIN))
        return
    yield float("nan")
    if cell.holds == "boolean":
        yield from (0.0, 1.0)
        return
    yield BEFORE_1970 if cell.holds == "date" else 0.0
    yield from EXTREMES
    for step in _users(program, cell):
        if isinstance(step, Fill):
            yield step.value
            yield from _scaled(program, step, np.array([-FAR, -1, 0, 1, FAR, *rng.standard_normal(8)]))
            yield from _edges(program, step)


def _texts(step: Step) -> tuple[str, ...]:
    """Return labels that the step knows, and one it does not."""
    labels = step.labels if isinstance(step, Code) else ()
    unseen = "unseen"
    while unseen in labels:
        unseen += "?"
    kept = np.linspace(0, len(labels) - 1, min(len(labels), MOST_LABELS)).astype(int).tolist()
    return (*(labels[k] for k in kept), unseen)


def _scaled(program: Program, step: Step, u: Array) -> list[float]:
    """Return the numbers that become u once scaled, to six digits."""
    path: list[SignedLog | Standardise] = []
    while following := [user for user in _users(program, step) if isinstance(user, SignedLog | Standardise)]:
        step = following[0]
        path.append(following[0])
    with np.errstate(over="ignore"):
        for scaling in reversed(path):
            u = scaling.undo(u)
    return [float(f"{x:.6g}") for x in np.clip(u, -LARGEST, LARGEST).tolist()]


def _edges(program: Program, step: Step) -> list[float]:
    """Return edges of the bins that a filled number falls into, if it does."""
    bins = [user for user in _users(program, step) if isinstance(user, InBins)]
    return [user.edges[k] for user in bins for k in (0, len(user.edges) // 2, -1)]


def _numbers(program: Program, n_seeded: int, rng: np.random.Generator) -> Array:
    """Draw rows, fewer if they are wide, whose numbers reach the first layer about alike; one row is all 0."""
    given = program.numbers
    assert given is not None
    n_rows = min(n_seeded, max(FEWEST, MOST_NUMBERS // given.width))
    drawn = rng.standard_normal((n_rows, given.width))
    for dense in _users(program, given):
        if isinstance(dense, Dense):
            drawn /= np.sqrt(given.width * np.mean(np.square(dense.W, dtype=np.float64), axis=1)).clip(1e-3, 1e3)
    return np.vstack([np.zeros(given.width), drawn]).astype(given.precision)


def _users(program: Program, step: Step) -> list[Step]:
    return [user for user in program.steps if any(operand is step for operand in user.operands)]
