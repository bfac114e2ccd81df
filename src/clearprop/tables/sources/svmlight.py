"""svmlight (libsvm) files: a label, and after it index:value for each number that is not 0."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from clearprop.errors import DataError
from clearprop.tables.sources import limits
from clearprop.tables.sources.encoding import open_binary
from clearprop.tables.sources.frames import read_columns
from clearprop.tables.sources.options import Options
from clearprop.tables.sources.peek import unreadable
from clearprop.tables.table import Table

_NUMBER = rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
_ROW = re.compile(
    rb"\s*" + _NUMBER + rb"([ \t]+qid:\d+)?([ \t]+\d+:(" + _NUMBER + rb"|[+-]?(inf|nan)))*\s*(#.*)?", re.I
)
_FEATURE = re.compile(rb"\s\d+:")
_LOOKED_AT = 20


def looks_like_svmlight(head: bytes) -> bool:
    """Return whether the first lines are a number and pairs of index and value, in at least one of them."""
    lines = [line for line in head.split(b"\n")[:-1] if line.strip() and not line.startswith(b"#")][:_LOOKED_AT]
    if not lines and _ROW.fullmatch(head):
        lines = [head]
    return any(map(_FEATURE.search, lines)) and all(map(_ROW.fullmatch, lines))


def read_svmlight(path: Path, options: Options) -> Table:
    """Read the labels as column "y" and feature i as column "xi", by the index that the file gives it.

    So a file that counts from 0 has a column "x0", and two files of one kind agree whichever features occur in them.
    With `index_base=0` the file is said to count from 0; then too its first feature is called "x1".
    What the training file had and this one has not is 0 in every row.
    """
    from sklearn.datasets import load_svmlight_file

    try:
        with open_binary(path) as file:
            matrix, labels, queries = load_svmlight_file(file, zero_based=True, query_id=True)
    except (ValueError, OverflowError) as error:
        raise _bad_line(path) or unreadable(path, "svmlight", error) from None
    used = np.unique(matrix.indices)
    base = options.index_base
    if base == 1 and used[:1].tolist() == [0]:
        raise DataError(
            f"{path.name} has the index 0, but index_base=1 says that it counts from 1; give 0, or leave it out."
        )
    shift = 1 if base == 0 else 0
    wanted = _indices(matrix.shape[1], used, shift, options)
    limits.check_cells(path.name, matrix.shape[0], len(wanted))
    by_column = matrix.tocsc()
    columns = [("y", _whole(labels)), *((f"x{i}", _dense(by_column, i - shift)) for i in wanted)]
    table = read_columns(path.name, columns, options, _notes(path, wanted, used, shift, len(queries)))
    return replace(table, target="y")


def _indices(n: int, used: Any, shift: int, options: Options) -> Sequence[int]:
    """Return the features that are columns: from the first to the last that occurs, and those of the training file."""
    first = 0 if len(used) and used[0] == 0 and not shift else 1
    trained = {int(name[1:]) for name in options.kinds if re.fullmatch(r"x\d+", name)}
    return sorted(trained) if trained else range(first, n + shift)


def _dense(matrix: Any, index: int) -> Any:
    if not 0 <= index < matrix.shape[1]:
        return np.zeros(matrix.shape[0])
    return matrix[:, [index]].toarray().reshape(-1)


def _whole(labels: Any) -> Any:
    return labels.astype(np.int64) if (labels == np.floor(labels)).all() and np.abs(labels).max() < 2**53 else labels


def _notes(path: Path, wanted: Sequence[int], used: Any, shift: int, n_queries: int) -> list[str]:
    notes = []
    lowest = int(used[0]) if len(used) else 0
    if not shift and len(wanted):
        notes.append(
            f'{path.name} counts its features from {min(lowest, 1)}: they are "x{wanted[0]}" to "x{wanted[-1]}" here.'
        )
    if n_queries:
        notes.append(f"{path.name} has query numbers (qid); they were left out.")
    beyond = int((used + shift > wanted[-1]).sum()) if len(wanted) else 0
    if beyond:
        notes.append(f"{path.name} has {beyond} features that the training file had not; they were left out.")
    return notes


def _bad_line(path: Path) -> DataError | None:
    with open_binary(path) as file:
        for number, line in enumerate(file, start=1):
            if line.strip() and not line.startswith(b"#") and not _ROW.fullmatch(line):
                return DataError(
                    f"{path.name}:{number} is no row of svmlight; expected a number and then index:value, "
                    f"got {line[:60].decode('latin-1').strip()!r}."
                )
    return None
