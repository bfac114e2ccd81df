"""Every ```python block in the README and in docs/ runs; the blocks of one page share a namespace."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page):
    """Return the python blocks of a page, each moved down to its line, so that a traceback names it."""
    text = page.read_text(encoding="utf-8")
    return ["\n" * text[: found.start(1)].count("\n") + found.group(1) for found in BLOCK.finditer(text)]


PAGES = [page for page in (ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))) if page.exists() and blocks(page)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_snippet_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "__main__"}
    for block in blocks(page):
        exec(compile(block, str(page), "exec"), namespace)


def test_a_snippet_that_fails_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("text\n\n```python\nx = 1\n```\n\n```python\nassert x == 2\n```\n")
    first, second = blocks(page)
    assert second.count("\n") == 8
    namespace = {}
    exec(compile(first, "page", "exec"), namespace)
    with pytest.raises(AssertionError):
        exec(compile(second, "page", "exec"), namespace)
