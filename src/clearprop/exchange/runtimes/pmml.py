"""PMML4S by way of pypmml, which needs Java."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from clearprop.exchange.runtimes.runtime import Array, Runtime, lacks_module
from clearprop.exchange.scribes.draft import Draft
from clearprop.exchange.scribes.pmml import output_names


def _missing(draft: Draft) -> str | None:
    return lacks_module("pypmml")(draft) or (None if shutil.which("java") else "there is no java")


def _pmml4s(draft: Draft, path: Path) -> tuple[Array, Array | None]:
    from pypmml import Model

    model = Model.fromFile(str(path))
    columns, rows = _rows(draft)
    found = [model.predict(dict(zip(columns, row, strict=True))) for row in rows]
    names = output_names(draft.program)
    return np.array([[row[name] for name in names] for row in found], dtype=np.float64), None


def _rows(draft: Draft) -> tuple[list[str], list[list[object]]]:
    rows, numbers = draft.golden.rows, draft.program.numbers
    if not isinstance(rows, dict):
        return list(numbers.names if numbers else ()), rows.tolist()
    cells = zip(*rows.values(), strict=True)
    return list(rows), [[None if cell != cell or cell == "" else cell for cell in row] for row in cells]


PMML4S = Runtime("PMML4S", _missing, _pmml4s)
