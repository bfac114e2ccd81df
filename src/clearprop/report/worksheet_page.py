"""The page of a worksheet: to be printed, or filled in on the screen, where a mistake is named."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from clearprop.explain.worked_numbers import written
from clearprop.explain.worksheets import Cell, Sheet, sheet_to_plain, sum_of, variants
from clearprop.explain.worksheets.check import TOLERANCE
from clearprop.explain.worksheets.sums import number
from clearprop.report.modules import joined
from clearprop.report.pages import embedded, page, read


@dataclass(frozen=True)
class Matrix:
    """One matrix of a sheet: an equation, and numbers, or cells to fill in."""

    name: str
    equation: str
    entries: list[list[str]]
    cells: list[list[Cell | None]]
    blank: bool


def worksheet_page(sheet: Sheet, solution: bool = True) -> str:
    """Return one self-contained HTML page of a worksheet.

    Parameters
    ----------
    sheet : Sheet
    solution : bool
        Whether it holds the solution, every sum written out, and checks answers. Without, it holds no answer at all:
        `clearprop grade` marks what was written down.
    """
    words = json.loads(read("worksheet/words.json"))
    equations = written(sheet.derivation)
    steps = {f"{quantity}{l}" for quantity in ("z", "a", "slope") for l in range(1, sheet.network.L + 1)}
    values = {
        "words": words,
        "sheet": sheet,
        "title": words["title"].format(sizes="–".join(map(str, sheet.network.sizes)), seed=sheet.seed),
        "script": joined("worksheet/page.mjs", read) if solution else "",
        "stored": embedded(sheet_to_plain(sheet)),
        "answers": embedded(_answers(sheet, words)) if solution else "",
        "objective": [equations[name] for name in ("losses", "D", "J") if name in equations],
        "steps": [equation for name, equation in equations.items() if name in steps],
        "given": [_matrix(sheet, name, equations) for name in _given(sheet)],
        "blanks": [_matrix(sheet, name, equations) for name in sheet.blanks],
        "sums": [(name, _sums(sheet, name)) for name in sheet.blanks] if solution else [],
    }
    return page("worksheet/page.html", ["worksheet/page.css"], values)


def _given(sheet: Sheet) -> list[str]:
    """Return what a sheet gives away: inputs, parameters, targets, and whatever is not asked for but needed."""
    L = sheet.network.L
    names = ["a0", "Y", *(f"{kind}{l}" for l in range(1, L + 1) for kind in ("W", "b"))]
    forward = [f"{kind}{l}" for l in range(1, L + 1) for kind in ("z", "a")]
    return [*names, *(name for name in forward if name not in sheet.blanks)]


def _matrix(sheet: Sheet, name: str, equations: dict[str, str]) -> Matrix:
    array, blank = sheet.solution[name], name in sheet.blanks
    entries = [[number(float(value)) for value in row] for row in array]
    cells = [
        [Cell(name, i + 1, j + 1) if blank else None for j in range(array.shape[1])] for i in range(array.shape[0])
    ]
    return Matrix(name, equations.get(name, ""), entries, cells, blank)


def _sums(sheet: Sheet, name: str) -> list[tuple[str, str]]:
    return [(cell.name, sum_of(sheet, cell)) for cell in sheet.cells if cell.quantity == name]


def _answers(sheet: Sheet, words: dict[str, Any]) -> dict[str, Any]:
    """Return what the page checks answers with: the right ones, and those of every mistake."""
    right = [sheet.value(cell) for cell in sheet.cells]
    known = [
        {**{k: v for k, v in asdict(one).items() if k in ("layer", "says", "equations")}, "n": len(one.mistakes),
         "name": " ".join(one.mistakes), "numbers": [float(f"{v:.6g}") for v in one.numbers]}
        for one in variants(sheet)
    ]  # fmt: skip
    return {"right": right, "variants": known, "tolerance": TOLERANCE, "words": words}
