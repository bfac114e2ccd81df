"""The runnable blocks of a page: its Python and its clearprop commands, run from top to bottom in one empty folder.

python page_blocks.py PAGE.md FOLDER     # prints what each block printed, as a JSON list; keeps the HTML they wrote
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import shutil
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Any

from clearprop.cli.app import run

BLOCK = re.compile(r"^```(python|sh)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WIDTH = 86  # characters of a line on a page
MADE = re.compile(r"^```\{made\} (\S+)$", re.MULTILINE)


def blocks(text: str) -> list[tuple[str, str]]:
    """Return (language, text) of every block, each moved down to its line, so that a traceback names it."""
    return [(found[1], "\n" * text[: found.start(2)].count("\n") + found[2]) for found in BLOCK.finditer(text)]


def commands(block: str) -> list[list[str]]:
    """Return the arguments of every clearprop command of a block."""
    lines = (shlex.split(line, comments=True) for line in block.splitlines())
    return [words[1:] for words in lines if words and words[0] == "clearprop"]


def run_block(language: str, block: str, page: str, namespace: dict[str, Any]) -> None:
    """Run one block in the current folder.

    Raises
    ------
    RuntimeError
        If a command does not end with exit code 0.
    """
    if language == "python":
        exec(compile(block, page, "exec"), namespace)
        return
    for arguments in commands(block):
        code = run(arguments)
        if code:
            raise RuntimeError(f"{page}: clearprop {shlex.join(arguments)} ended with exit code {code}.")


def made(text: str) -> list[str]:
    """Return the names of the HTML files that a page shows."""
    return MADE.findall(text)


def folded(line: str) -> str:
    """Return a sentence in lines of the width of the page; what is laid out in columns stays as it is."""
    if len(line) <= WIDTH or "  " in line.strip():
        return line
    return textwrap.fill(line, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def outputs(page: Path, folder: Path) -> list[str]:
    """Return what each block of a page prints on stdout; the HTML files the page shows go into the folder."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    printed = []
    text = page.read_text("utf-8")
    with tempfile.TemporaryDirectory() as place, contextlib.chdir(place):
        for language, block in blocks(text):
            with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()):
                run_block(language, block, str(page), namespace)
            printed.append(out.getvalue())
        for name in made(text):
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(name, folder / name)
    return printed


if __name__ == "__main__":
    os.environ["COLUMNS"] = "88"
    json.dump(outputs(*(Path(argument).resolve() for argument in sys.argv[1:])), sys.stdout)
