"""What the scribes of programming languages share: numbers as text, wrapped lines, the functions a program calls."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

WIDTH = 118

_FUNCTIONS = {
    ".py": ("\n\n\n", r"^def (\w+)\("),
    ".c": ("\n\n", r"^(?:WIDE )?static .*?(\w+)\("),
    ".js": ("\n\n\n", r"^function (\w+)\("),
}
"""What parts two functions in a file of a language, and how one begins."""


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


def called(body: str, *files: str) -> list[str]:
    """Return the functions of files below `functions` that the body calls, and those that they call, in order."""
    blocks = {name: block for file in files for name, block in _blocks(file).items()}
    found: set[str] = set()
    text = body
    while new := [name for name in blocks if name not in found and re.search(rf"(?<![.\w]){name}\(", text)]:
        found.update(new)
        text = "".join(blocks[name] for name in new)
    return [block for name, block in blocks.items() if name in found]


def _blocks(file: str) -> dict[str, str]:
    """Return the functions of a file by name."""
    path = Path(__file__).parent / "functions" / file
    between, begins = _FUNCTIONS[path.suffix]
    named = ((re.search(begins, block, re.MULTILINE), block) for block in path.read_text("utf-8").split(between))
    return {name[1]: block.strip("\n") for name, block in named if name}
