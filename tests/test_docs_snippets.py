"""Every block of Python in the README and in docs/ runs, and every command on the site's pages.

The blocks of one page share a namespace and an empty folder, and run from top to bottom; one with a caption is a file
there. A block marked ``console`` is shown and not run: it needs a shell, or would install something.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from page_blocks import blocks, commands, made, run_block

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"  # its commands name files of the reader's
WRITTEN = ("docs/_build/", "docs/notations/", "docs/pictures/")


def pages():
    """Return the pages that have something to run."""
    own = [page for page in sorted(ROOT.glob("docs/**/*.md")) if not f"{page.relative_to(ROOT)}".startswith(WRITTEN)]
    return [page for page in (README, *own) if blocks(page.read_text("utf-8"))]


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_snippet_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "__main__"}
    text = page.read_text("utf-8")
    for language, block in blocks(text):
        if language == "python" or page != README:
            run_block(language, block, str(page), namespace)
    for name in made(text):
        assert Path(name).read_text("utf-8").startswith("<!doctype html>"), f"no block of {page} writes {name}"


def test_a_snippet_that_fails_is_found():
    (_, first), (_, second) = blocks("text\n\n```python\nx = 1\n```\n\n```python\nassert x == 2\n```\n")
    assert second.count("\n") == 8
    namespace = {}
    run_block("python", first, "page", namespace)
    with pytest.raises(AssertionError):
        run_block("python", second, "page", namespace)


def test_a_command_that_fails_is_found():
    with pytest.raises(RuntimeError, match="exit code 2"):
        run_block("sh", "clearprop train --no-such-option\n", "page", {})


def test_commands_are_taken_out_of_their_block():
    block = "clearprop train a.csv --target 'the price'  # a comment\nmake demo\n"
    assert commands(block) == [["train", "a.csv", "--target", "the price"]]


def test_a_file_on_a_page_is_written_and_run_by_itself(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = "```{code-block} python\n:caption: say.py\n\nprint(2 + 2)\n```\n\n```sh\npython say.py\npython no.py\n```\n"
    (caption, block), (language, line) = blocks(text)
    run_block(caption, block, "page", {})
    with pytest.raises(RuntimeError, match=r"python no\.py ended with exit code 2"):
        run_block(language, line, "page", {})
    assert capsys.readouterr().out == "4\n"
