"""Categories: a code for each label that is frequent enough, one for all others, one for a missing cell."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from clearprop.program import Cell, Code
from clearprop.tables.columns.column import Column
from clearprop.tables.columns.same import as_text
from clearprop.tables.columns.spellings import NA
from clearprop.tables.encodings.strict import Strict, check_sorted, take

MIN_COUNT = 5
ONE_HOT_UP_TO = 50  # codes; above, the category is embedded


class CategoryEncoding(Strict):
    """How one column of labels is encoded.

    Codes 0 .. k−1 are the labels; k is every other label, rare in training or never seen there; k+1 is a missing cell.
    """

    kind: Literal["category"] = "category"
    reads: ClassVar[str] = "category"  # the kind of its cells
    name: str
    labels: tuple[str, ...]
    embedding: int | None = Field(ge=1)

    @model_validator(mode="after")
    def _check(self) -> Self:
        return check_sorted(self, self.labels)

    @classmethod
    def learn(cls, column: Column, min_count: int, one_hot_up_to: int) -> CategoryEncoding:
        """Learn from the training rows."""
        labels, counts = column.counts()
        kept = tuple(sorted(as_text(label) for label, count in zip(labels, counts, strict=True) if count >= min_count))
        n_codes = len(kept) + 2
        return cls(
            name=column.name, labels=kept, embedding=embedding_size(n_codes) if n_codes > one_hot_up_to else None
        )

    @property
    def n_codes(self) -> int:
        """Number of codes."""
        return len(self.labels) + 2

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns of a[0] that one cell becomes."""
        if self.embedding is not None:
            return tuple(f"{self.name}[{k}]" for k in range(self.embedding))
        return tuple(f"{self.name} = {label}" for label in (*self.labels, "(other)", "(missing)"))

    def encode(self, column: Column) -> NDArray[np.int64]:
        """Return the codes (n_rows,).

        A label that training did not have may be one with other blanks around it, or a word for a missing cell.
        """
        other, missing = len(self.labels), len(self.labels) + 1
        code_of = {label: code for code, label in enumerate(self.labels)}
        loose: dict[str, int] = {}
        if any(label not in code_of for label in column.labels):
            stripped = Counter(label.strip() for label in self.labels)
            loose = {label.strip(): code for label, code in code_of.items() if stripped[label.strip()] == 1}

        def code(label: Any) -> int:
            text = as_text(label)
            bare = text.strip()
            for known in (text, str(label), bare.removesuffix(".0")):
                if known in code_of:
                    return code_of[known]
            return loose.get(bare, missing if bare in NA else other)

        return take([*map(code, column.labels), missing], column.values)  # −1, a missing cell, is the last

    def steps(self) -> tuple[Code]:
        """Return the step that makes the code."""
        return (Code(Cell(self.name, "text"), self.labels),)


def embedding_size(n_codes: int) -> int:
    """Return min(50, 1.6 n^0.56), rounded: a rule of thumb in wide use, from fast.ai."""
    return min(50, round(1.6 * math.pow(n_codes, 0.56)))


def min_count_for(n_rows: int) -> int:
    """Return how often a label must occur to have its own code: 5 times, or n/50 where that is less."""
    return max(1, min(MIN_COUNT, n_rows // 50))
