"""A derivation as LaTeX, Markdown, HTML and text."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from clearprop import mlp
from clearprop.explain.derivation import NOTATIONS, derive
from drawn_networks import draw

DRAWN = range(0, 60, 6)
VOID = ('<meta charset="utf-8">', '<meta name="viewport" content="width=device-width, initial-scale=1">')


def derivations(notation):
    for seed in DRAWN:
        drawn = draw(seed)
        yield derive(drawn.network, notation, weighted=drawn.weights is not None)


@pytest.mark.parametrize("notation", NOTATIONS)
def test_the_page_is_well_formed_and_needs_nothing_from_outside(notation):
    for derivation in derivations(notation):
        page = derivation.html()
        assert not re.search(r"<script|<link|<img|@import|url\(|https?://", page)
        xml = page.removeprefix("<!doctype html>").replace(" tabindex='0'", "")
        for element in VOID:
            xml = xml.replace(element, "")
        ElementTree.fromstring(xml)


@pytest.mark.parametrize("notation", NOTATIONS)
def test_every_equation_is_on_the_page_with_its_step(notation):
    derivation = derive(mlp(4, 3, 2, hidden="relu", output="softmax"), notation)
    page = derivation.html()
    assert page.count("<article>") == len(derivation.equations)
    for equation in derivation.equations:
        assert equation.step
        assert equation.write(derivation.glyphs).mathml() in page


@pytest.mark.parametrize("notation", NOTATIONS)
def test_latex_is_balanced_and_plain_ascii_in_the_formulas(notation):
    for derivation in derivations(notation):
        for equation in derivation.equations:
            written = equation.write(derivation.glyphs).latex()
            assert written.isascii(), written
            assert written.count("{") - written.count(r"\{") == written.count("}"), written
            assert written.count(r"\left") == written.count(r"\right"), written


@pytest.mark.parametrize("notation", NOTATIONS)
def test_the_latex_document_is_ascii_and_holds_every_equation(notation):
    for derivation in derivations(notation):
        document = derivation.latex()
        assert document.isascii(), sorted(set(re.findall(r"[^\x00-\x7f]", document)))
        assert document.count(r"\tag{") == len(derivation.equations)


@pytest.mark.parametrize("notation", NOTATIONS)
def test_markdown_and_text_hold_every_equation(notation):
    derivation = derive(mlp(4, 3, 2, hidden="gelu", output="softmax"), notation)
    markdown, text = derivation.markdown(), str(derivation)
    assert markdown.count("$$") == 2 * len(derivation.equations)
    for equation in derivation.equations:
        assert equation.write(derivation.glyphs).plain() in text


def test_the_indices_of_a_letter_stand_over_each_other():
    """As in Θ with (2) above and j ≥ 1 below: one script with both, so that no gap is between them."""
    page = derive(mlp(4, 3, 2, l2=0.1), "theta").html()
    assert "</msup><" in page
    assert "<msub><msup>" not in page


def test_a_prime_is_not_raised_twice():
    """Its glyph is a raised one already."""
    for notation in NOTATIONS:
        assert "<mi>′</mi>" not in derive(mlp(4, 3, 2, hidden="tanh"), notation).html()
