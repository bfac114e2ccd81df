"""Docstrings are numpydoc around plain text: |W|, loss_ and a*b mean themselves, and `x` is code."""

from __future__ import annotations

import re
from typing import Any

_CODE = re.compile(r"(``?)([^`]+)\1")
_MARKUP = re.compile(r"(?P<emphasis>(?<!\w)\*\w[^*]*\w\*(?!\w))|[\\*|`]|(?<=\w)_(?!\w)")
_FIELD = re.compile(r"(\S.*?) : (.+)")


def as_rst(lines: list[str]) -> list[str]:
    """Return plain text as reStructuredText; examples and blocks after ``::`` stay as they are."""
    out: list[str] = []
    example, block = False, -1  # block: the indent of the paragraph that ended with "::"
    for line in lines:
        text = line.lstrip()
        indent = len(line) - len(text)
        example = text.startswith(">>>") or (example and bool(text))
        if text and indent <= block:
            block = -1
        if example or block >= 0:
            out.append(line)
            continue
        field = _FIELD.fullmatch(text)
        out.append(" " * indent + (f"{field[1]} : {escape(field[2])}" if field else escape(text)))
        if text.endswith("::"):
            block = indent
    return out


def escape(text: str) -> str:
    """Return a line with its code as literals and everything else as text."""
    pieces, at = [], 0
    for code in _CODE.finditer(text):
        pieces += [_escape_plain(text[at : code.start()]), f"``{code[2]}``"]
        at = code.end()
    return "".join([*pieces, _escape_plain(text[at:])])


def _escape_plain(text: str) -> str:
    return _MARKUP.sub(lambda found: found["emphasis"] or "\\" + found[0], text)


def _on_docstring(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    lines[:] = as_rst([line.partition(" See README.md")[0] for line in lines] if what == "module" else lines)


def setup(app: Any) -> dict[str, bool]:
    app.connect("autodoc-process-docstring", _on_docstring, priority=100)  # before numpydoc takes it apart
    return {"parallel_read_safe": True, "parallel_write_safe": True}
