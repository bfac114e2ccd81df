"""The runnable blocks of a page: its Python and its commands, run from top to bottom in one empty folder.

A code-block with a caption is a file of that name, and is written there; a line ``python FILE`` runs one by itself.

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
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Any

from clearprop.cli.app import run

BLOCK = re.compile(r"^```(python|sh|\{code-block\} \w+\n:caption: [\w.-]+\n)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CAPTION = ":caption: "
WIDTH = 86  # characters of a line on a page
MADE = re.compile(r"^```\{made\} (\S+)$", re.MULTILINE)


def blocks(text: str) -> list[tuple[str, str]]:
    """Return (language, text) of every block, each moved down to its line, so that a traceback names it.

    Of a file the language is its caption, ":caption: NAME".
    """
    return [_block(text, found) for found in BLOCK.finditer(text)]


def _block(text: str, found: re.Match[str]) -> tuple[str, str]:
    if CAPTION in found[1]:
        return found[1].splitlines()[1], found[2]
    return found[1], "\n" * text[: found.start(2)].count("\n") + found[2]


def files(text: str) -> dict[str, str]:
    """Return the files that a page shows, by their names."""
    return {language.removeprefix(CAPTION): block for language, block in blocks(text) if language.startswith(CAPTION)}


def commands(block: str) -> list[list[str]]:
    """Return the arguments of every clearprop command of a block."""
    return [words[1:] for words in _lines(block) if words[0] == "clearprop"]


def _lines(block: str) -> list[list[str]]:
    return [words for line in block.splitlines() if (words := shlex.split(line, comments=True))]


def run_block(language: str, block: str, page: str, namespace: dict[str, Any]) -> None:
    """Run one block in the current folder.

    Raises
    ------
    RuntimeError
        If a command does not end with exit code 0.
    """
    if language.startswith(CAPTION):
        Path(language.removeprefix(CAPTION)).write_text(block, "utf-8")
        return
    if language == "python":
        exec(compile(block, page, "exec"), namespace)
        return
    for words in _lines(block):
        code = run(words[1:]) if words[0] == "clearprop" else _run_by_itself(words) if words[0] == "python" else 0
        if code:
            raise RuntimeError(f"{page}: {shlex.join(words)} ended with exit code {code}.")


def _run_by_itself(words: list[str]) -> int:
    """Run ``python FILE``, its output among ours; return its exit code."""
    ended = subprocess.run([sys.executable, *words[1:]], check=False, stdout=subprocess.PIPE, text=True)
    print(ended.stdout, end="")
    return ended.returncode


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
