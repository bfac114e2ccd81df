"""What the scribes of programming languages share: numbers as text, wrapped lines, the functions a program calls."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

WIDTH = 118


def numerals(array: NDArray[Any]) -> list[str]:
    """Return each number as the shortest text that reads back to it in its own precision."""
    return [numeral(value) for value in np.ravel(array)]


def numeral(value: Any) -> str:
    """Return a number as the shortest text that reads back to it, a point or an exponent in it."""
    text = str(value)
    return text if set(text) & set(".en") else f"{text}.0"


def wrapped(items: Iterable[str], indent: str = "    ") -> str:
    """Return items with commas between them, in lines of at most `WIDTH` columns."""
    lines, line = [], indent
    for item in items:
        if len(line) + len(item) > WIDTH and line != indent:
            lines.append(line.rstrip())
            line = indent
        line += f"{item}, "
    return "\n".join([*lines, line.rstrip(" ,")])


def called(body: str, file: str, between: str) -> list[str]:
    """Return the functions of a file that the body calls, and those that they call, in the order of the file.

    Parameters
    ----------
    body : str
    file : str
        Below `functions`; its functions are parted by `between`; what stands before the first of them is left out.
    between : str
    """
    blocks = {_name(block): block.strip("\n") for block in _read(file).split(between)[1:]}
    found: set[str] = set()
    text = body
    while new := [name for name in blocks if name not in found and re.search(rf"(?<![.\w]){name}\(", text)]:
        found.update(new)
        text = "".join(blocks[name] for name in new)
    return [block for name, block in blocks.items() if name in found]


def _name(block: str) -> str:
    found = re.search(r"(\w+)\(", block)
    assert found is not None
    return found[1]


def _read(file: str) -> str:
    return (Path(__file__).parent / "functions" / file).read_text("utf-8")


def commented(lines: Iterable[str], mark: str) -> str:
    """Return lines as comments, wrapped."""
    return "\n".join(
        part for line in lines for part in textwrap.wrap(line, WIDTH, initial_indent=mark, subsequent_indent=mark)
    )
