"""clearprop grade"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clearprop.cli._shared import AsJson
from clearprop.cli.output import print_json, print_table
from clearprop.errors import DataError

if TYPE_CHECKING:
    from clearprop.explain.worksheets import Marked, Sheet

LARGEST = 1 << 24
_STORED = re.compile(r'<script type="application/json" id="sheet">(.*?)</script>', re.DOTALL)


def command(
    sheet: Annotated[Path, typer.Argument(help="A page that `clearprop worksheet` wrote.")],
    answers: Annotated[Path, typer.Argument(help="A CSV: student, and a column for each cell, such as dW2[1,3].")],
    as_json: AsJson = False,
) -> None:
    """Mark the answers of a class to a worksheet, and name each student's mistake."""
    from clearprop.explain.worksheets import check, variants

    asked = _read_sheet(sheet)
    known = variants(asked)
    marked = [(name, check(asked, given, known)) for name, given in _read_answers(answers)]
    if as_json:
        print_json({"cells": len(asked.cells), "students": [_facts(name, one) for name, one in marked]})
        return
    rows = [(name, len(one.right), len(one.wrong), one.empty, _words(one)) for name, one in marked]
    print_table(f"{sheet.name}: {len(asked.cells)} answers", ("student", "right", "wrong", "empty", "mistake"), rows)


def _facts(name: str, one: Marked) -> dict[str, Any]:
    return {
        "student": name, "right": len(one.right), "wrong": list(one.wrong), "empty": one.empty,
        "mistakes": list(one.mistakes), "says": one.says, "others": list(one.others),
    }  # fmt: skip


def _words(one: Marked) -> str:
    if one.correct:
        return ""
    if not one.says:
        return f"none of the catalogue; look at {one.wrong[0]} first"
    return one.says + "".join(f"; or {other}" for other in one.others[:1])


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise DataError(f"{path} has more than {LARGEST >> 20} MB, which no sheet and no class has.")
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise DataError(f"{path} does not exist; name a file.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} could not be read as text: {error}.") from None


def _read_sheet(path: Path) -> Sheet:
    from clearprop.errors import ModelFileError
    from clearprop.explain.worksheets import sheet_from_plain
    from clearprop.files.strict_json import parse

    found = _STORED.search(_text(path))
    if found is None:
        raise DataError(f"{path} is no page of `clearprop worksheet`; name one.")
    try:
        return sheet_from_plain(parse(found[1], "the worksheet"))
    except (DataError, ModelFileError) as error:
        raise DataError(f"{path}: {error}") from None


def _read_answers(path: Path) -> list[tuple[str, dict[str, float]]]:
    rows = list(csv.DictReader(io.StringIO(_text(path))))
    if not rows:
        raise DataError(f"{path} has no answers; its first line names the columns, each further one is of a student.")
    first = next(iter(rows[0]))
    found = []
    for number, row in enumerate(rows, 2):
        cells = {name: _number(text, path, number, name) for name, text in row.items() if name != first}
        found.append((str(row[first]), cells))
    return found


def _number(text: Any, path: Path, line: int, name: str | None) -> float:
    """Return an answer as a number; an empty one is NaN."""
    if not isinstance(text, str):
        raise DataError(f"{path}, line {line}: as many cells are expected as the first line has.")
    plain = text.strip().replace("−", "-")
    if plain == "":
        return float("nan")
    if "," in plain and "." not in plain:
        plain = plain.replace(",", ".")
    try:
        over, _, under = plain.partition("/")
        return float(over) / float(under) if under else float(over)
    except (ValueError, ZeroDivisionError):
        raise DataError(f"{path}, line {line}, {name}: expected a number, got {text!r:.40}.") from None
