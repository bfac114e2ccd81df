"""examples/*.py as the gallery wants them: the docstring in plain text becomes a page with a title."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

from plain_docstrings import escape

HERE = Path(__file__).parents[1]
SOURCE, TARGET = HERE.parent / "examples", HERE / "_build" / "examples"
_HEADER = """\
One computation, many notations
===============================

.. rst-class:: without-pictures

Each program computes in the notation of its source, with NumPy alone, and ends with ``equal``: its numbers are those
of clearprop's engine. They run while this site is built, and the test suite runs them all. What differs between the
notations, and what does not, is in :doc:`/equations`; the words are side by side in :doc:`/glossary`.
"""


def staged(name: str, source: str) -> str:
    """Return a program whose docstring is reStructuredText, titled by how its first sentence begins."""
    docstring = ast.parse(source).body[0]
    text = ast.get_docstring(ast.parse(source))
    assert text is not None, f"{name} has no docstring"
    title = re.split(r":| \(|, ", text.partition("\n")[0])[0]
    page = "\n".join([escape(title), "=" * len(escape(title)), "", *_as_page(text)])
    return f'r"""\n{page}\n"""\n' + "\n".join(source.splitlines()[docstring.end_lineno :]) + "\n"


def _as_page(text: str) -> list[str]:
    """Return paragraphs as text, and what is indented as blocks of code."""
    lines: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text):
        if paragraph.startswith(" "):
            lines += [".. code-block:: text", "", *paragraph.splitlines(), ""]
        else:
            lines += [*map(escape, paragraph.splitlines()), ""]
    return lines


def _stage(app: Any) -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    _write(TARGET / "GALLERY_HEADER.rst", _HEADER)
    for path in SOURCE.glob("*.py"):
        _write(TARGET / path.name, staged(path.stem, path.read_text("utf-8")))


def _write(path: Path, text: str) -> None:
    if not path.exists() or path.read_text("utf-8") != text:  # what is as it was is not run again
        path.write_text(text, "utf-8")


def setup(app: Any) -> dict[str, bool]:
    app.connect("builder-inited", _stage, priority=100)  # before the gallery looks
    return {"parallel_read_safe": True, "parallel_write_safe": True}
