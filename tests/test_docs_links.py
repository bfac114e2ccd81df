"""Every relative link in the pages of the project leads to a file, and to a heading where it names one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINK = re.compile(r"\[[^\]]*\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)")
CODE = re.compile(r"^```.*?^```$|`[^`\n]*`|\$[^$\n]*\$", re.MULTILINE | re.DOTALL)
PAGES = [
    page
    for pattern in ("*.md", "docs/**/*.md", "examples/*.md", "benchmarks/**/*.md", "src/**/*.md", "tests/**/*.md")
    for page in sorted(ROOT.glob(pattern))
    if "docs/_build" not in page.as_posix()
]


def links(text):
    """Return (path, heading) of every relative link outside code and mathematics."""
    return LINK.findall(CODE.sub("x", text))


def anchors(page):
    """Return the anchors of the headings, as GitHub makes them: lower case, hyphens, no punctuation."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page):
    for path, heading in links(page.read_text(encoding="utf-8")):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        assert not heading or heading in anchors(target), f"{path}#{heading}"


def test_a_link_is_found_outside_code_only():
    assert links("see [a](b.md#c) and `[d](e)` and [f](https://g.org)") == [("b.md", "c")]
