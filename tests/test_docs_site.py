"""The site's configuration and its contents name only what exists. `make docs` builds it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from page_blocks import folded
from plain_docstrings import as_rst
from reachable import reachable

DOCS = Path(__file__).parents[1] / "docs"
TOCTREE = re.compile(r"^```\{toctree\}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INCLUDE = re.compile(r"^```\{include\} (\S+)$", re.MULTILINE)
WRITTEN_BY_THE_GALLERY = {"notations", "pictures"}


def configured(name):
    """Return a value that conf.py assigns, without running it."""
    for node in ast.parse((DOCS / "conf.py").read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and any(target.id == name for target in node.targets):
            return ast.literal_eval(node.value)
    raise KeyError(name)


def entries(page):
    """Return what the tables of contents of a page name."""
    lines = [line for block in TOCTREE.findall(page.read_text("utf-8")) for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith(":")]


PAGES = [
    page
    for page in sorted(DOCS.rglob("*.md"))
    if page.relative_to(DOCS).parts[0] not in {"_build", *WRITTEN_BY_THE_GALLERY}
]


def test_the_contents_name_pages_that_exist():
    for entry in entries(DOCS / "index.md"):
        if entry.split("/")[0] not in WRITTEN_BY_THE_GALLERY:
            assert list(DOCS.glob(f"{entry}.md")), entry


def test_the_contents_lead_to_every_page():
    named = {page for entry in entries(DOCS / "index.md") for page in DOCS.glob(f"{entry}.md")}
    assert set(PAGES) - named == {DOCS / "index.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_what_a_page_includes_exists(page):
    for path in INCLUDE.findall(page.read_text("utf-8")):
        assert (page.parent / path).is_file(), path


def test_every_room_has_a_page_of_reference():
    rooms = {path.parent.name for path in DOCS.parent.glob("src/clearprop/*/README.md")} - {"cli"}
    assert rooms <= {page.stem for page in (DOCS / "reference").glob("*.md")}


def test_the_configuration_names_what_exists():
    own = {path.stem for path in (DOCS / "_ext").glob("*.py") if "def setup(" in path.read_text("utf-8")}
    assert own < set(configured("extensions"))
    for sheet in configured("html_css_files"):
        assert (DOCS / "_static" / sheet).is_file()
    for folder in configured("sphinx_gallery_conf")["examples_dirs"]:
        assert folder.startswith("_build/") or (DOCS / folder).is_dir(), folder


def test_a_long_sentence_is_folded_and_a_table_is_not():
    sentence = "severe: " + "word " * 40
    assert max(map(len, folded(sentence.strip()).splitlines())) <= 86
    assert " ".join(folded(sentence.strip()).split()) == sentence.strip()
    table = "layer   " * 20
    assert folded(table) == table


def test_docstrings_are_plain_text_with_code():
    assert as_rst(["Minimise ½ Σ|W| of `loss_`; see *here*, a*b and loss_."]) == [
        r"Minimise ½ Σ\|W\| of ``loss_``; see *here*, a\*b and loss\_."
    ]


def test_the_name_of_a_parameter_is_left_to_numpydoc():
    assert as_rst(["**options : dict of str to |x|", "t_ : int"]) == [r"**options : dict of str to \|x\|", "t_ : int"]


def test_examples_and_blocks_stay_as_they_are():
    lines = ["As in::", "", "    a_ * |b|", "", "c_", ">>> d_", "1*2", "", "e_"]
    assert as_rst(lines) == ["As in::", "", "    a_ * |b|", "", r"c\_", ">>> d_", "1*2", "", r"e\_"]


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        ("<pre><span>", '<pre tabindex="0"><span>'),
        ('<pre class="x">', '<pre tabindex="0" class="x">'),
        ('<div class="math">', '<div class="math" tabindex="0">'),
        ('<div class="math-wrapper docutils container">', '<div class="math-wrapper docutils container">'),
        (
            '<div class="table-wrapper docutils container">',
            '<div class="table-wrapper docutils container" tabindex="0">',
        ),
        ('<p class="caption" role="heading"><span>', '<p class="caption" role="heading" aria-level="2"><span>'),
        ('<dl>\n<dd><em class="sig-param">', '<dl role="presentation">\n<dd><em class="sig-param">'),
    ],
)
def test_what_scrolls_takes_the_focus_and_a_caption_has_a_level(made, wanted):
    """The three rules of WCAG 2, level A, that axe-core found broken on built pages."""
    assert reachable(made) == wanted
    assert reachable(wanted) == wanted
