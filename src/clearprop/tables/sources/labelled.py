"""Labels that are in memory: read as whatever kind their text is, or kept."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clearprop.tables.columns.classes import from_written, spelled_classes, with_blanks
from clearprop.tables.columns.column import Column
from clearprop.tables.sources.choosing import Rules, Tally, choose
from clearprop.tables.sources.counted import Counted
from clearprop.tables.sources.deciding import signs_of
from clearprop.tables.sources.number_formats import NumberFormat
from clearprop.tables.sources.options import Options
from clearprop.tables.sources.readings import LABELS, SAMPLE, Reading, boolean_labels, number, required

_DIGIT = re.compile(r"\d")  # without one a label is neither number nor date


def read_labels(column: Column, rules: Rules) -> tuple[Column, list[str]]:
    """Read a category column as whatever kind its labels have as text."""
    name, codes = column.name, column.values
    labels = [str(label) for label in column.labels]
    if rules.spec(name) == "category" or (rules.spec(name) is None and not any(map(_DIGIT.search, labels))):
        return as_labels(name, labels, codes, required(rules.spec(name) or "boolean"), rules)
    text = Counted(labels, codes, lambda: rules.connection)
    present = [label for label, n in zip(labels, text.counts, strict=True) if n]
    n_cells, numeric = text.total([number()])
    tally = Tally(n_cells, numeric, sum("." in label for label in labels))
    signs = signs_of([present], rules.decimal, rules.told_decimal, rules.dates)
    rules.seen.append(signs)
    reading, notes = choose(text, name, tally, present[:SAMPLE], rules, signs)
    if not reading.sql:
        column, said = as_labels(name, labels, codes, reading, rules)
        return column, [*notes, *said]
    by_label = np.array([*text.values(reading), None], dtype=np.float64)  # of None NaN
    whole = reading.kind == "number" and not NumberFormat.parse(reading.format).has_decimals(tally.pointed)
    return Column(name, reading.kind, by_label[codes], format=reading.format, integer=whole), notes


def as_labels(
    name: str, labels: Sequence[str], codes: NDArray[np.int32], reading: Reading, rules: Rules
) -> tuple[Column, list[str]]:
    """Return labels as they are, or a pair such as no and yes as booleans, unless that would make one of two labels."""
    column = from_labels(name, labels, codes, reading)
    if column.kind != "boolean" or not rules.exact or rules.spec(name) is not None or len(set(labels)) == 2:
        return column, []
    spelled = [label for label in labels if label not in column.labels]
    note = f'Column "{name}": "{spelled[0]}" is a label of its own; --kind "{name}=boolean" reads two words.'
    return Column(name, "category", codes, tuple(labels)), [note]


def from_labels(name: str, labels: Sequence[str], codes: NDArray[np.int32], reading: Reading) -> Column:
    """Build a category or, if the labels are a pair such as no and yes and no kind was required, a boolean column."""
    used = np.unique(codes[codes >= 0]).tolist()
    pair = boolean_labels([labels[code] for code in used])
    if pair is None or reading.kind == "category":
        return Column(name, "category", codes, tuple(labels))
    of_code = [float(label.casefold() == pair[1].casefold()) for label in labels] + [np.nan]
    return Column(name, "boolean", np.array(of_code)[codes], pair)


@dataclass(frozen=True)
class Declared:
    """Cells that are labels, None where one is missing, and the labels that a file declares for them, in order."""

    labels: Sequence[str]
    cells: Sequence[str | None]

    def column(self, name: str, spec: str | None = None) -> Column:
        """Return the column; a label that was not declared comes after the others."""
        reading = LABELS if spec is None else required(spec)
        code_of: dict[str | None, int] = {label: code for code, label in enumerate(dict.fromkeys(self.labels))}
        codes = [-1 if cell is None else code_of.setdefault(cell, len(code_of)) for cell in self.cells]
        return from_labels(name, [str(label) for label in code_of], np.array(codes, dtype=np.int32), reading)


def classes_of(
    options: Options, counts: Mapping[str, int], codes: Callable[[Sequence[str]], NDArray[np.int32]]
) -> tuple[Column, list[str]]:
    """Return the target of a text file as labels of classes, and what is to be said of them.

    Parameters
    ----------
    counts : mapping of str to int
        How often each different text occurs, as it is written.
    codes : function of the labels
        Returns the place of each cell among them, −1 where it is none; of stripped cells where no label has blanks.
    """
    name = str(options.target)
    asked = options.kinds.get(name) == "category"
    label_of, said = with_blanks(name, counts, asked)
    of_label: Counter[str] = Counter()
    for text, n in counts.items():
        of_label[label_of[text]] += n
    classes, notes = spelled_classes(name, of_label, options.na, asked)
    column = Column(name, "category", codes(classes), tuple(classes))
    return (column if asked else from_written(column)), [*said, *notes]
