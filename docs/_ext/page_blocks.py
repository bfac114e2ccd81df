"""The runnable blocks of a page: its Python and its clearprop commands, run from top to bottom in one empty folder.

python page_blocks.py PAGE.md      # prints what each block printed, as a JSON list
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import sys
import tempfile
from pathlib import Path
from typing import Any

from clearprop.cli.app import run

BLOCK = re.compile(r"^```(python|sh)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


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


def outputs(page: Path) -> list[str]:
    """Return what each block of a page prints on stdout."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    printed = []
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for language, block in blocks(page.read_text("utf-8")):
            with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()):
                run_block(language, block, str(page), namespace)
            printed.append(out.getvalue())
    return printed


if __name__ == "__main__":
    os.environ["COLUMNS"] = "88"
    json.dump(outputs(Path(sys.argv[1]).resolve()), sys.stdout)
