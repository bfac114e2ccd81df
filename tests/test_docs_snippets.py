"""Every block of Python in the README and in docs/ runs, and every command on the site's pages.

The blocks of one page share a namespace and an empty folder, and run from top to bottom. A block marked ``console`` is
shown and not run: it needs a shell, or would install something.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from clearprop.cli.app import run

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```(python|sh)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
README = ROOT / "README.md"  # its commands name files of the reader's
WRITTEN = ("docs/_build/", "docs/notations/", "docs/pictures/")


def blocks(page):
    """Return (language, text) of every block of a page, each moved down to its line, so that a traceback names it."""
    text = page.read_text(encoding="utf-8")
    return [
        (found.group(1), "\n" * text[: found.start(2)].count("\n") + found.group(2)) for found in BLOCK.finditer(text)
    ]


def commands(block):
    """Return the arguments of every clearprop command of a block."""
    lines = (shlex.split(line, comments=True) for line in block.splitlines())
    return [words[1:] for words in lines if words and words[0] == "clearprop"]


def pages():
    """Return the pages that have something to run."""
    own = [page for page in sorted(ROOT.glob("docs/**/*.md")) if not f"{page.relative_to(ROOT)}".startswith(WRITTEN)]
    return [page for page in (README, *own) if blocks(page)]


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_snippet_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "__main__"}
    for language, block in blocks(page):
        if language == "python":
            exec(compile(block, str(page), "exec"), namespace)
        elif page != README:
            for arguments in commands(block):
                assert run(arguments) == 0, arguments


def test_a_snippet_that_fails_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("text\n\n```python\nx = 1\n```\n\n```python\nassert x == 2\n```\n")
    (_, first), (_, second) = blocks(page)
    assert second.count("\n") == 8
    namespace = {}
    exec(compile(first, "page", "exec"), namespace)
    with pytest.raises(AssertionError):
        exec(compile(second, "page", "exec"), namespace)


def test_commands_are_taken_out_of_their_block():
    block = "clearprop train a.csv --target 'the price'  # a comment\nmake demo\n"
    assert commands(block) == [["train", "a.csv", "--target", "the price"]]
