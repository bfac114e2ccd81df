"""The page of a worksheet, in a real browser: it marks as the grader does, and names the same mistake."""

from __future__ import annotations

import pytest

from clearprop.explain.worksheets import check, draw_sheet, variants
from clearprop.report.worksheet_page import worksheet_page


@pytest.fixture(scope="module")
def sheet():
    return draw_sheet((2, 3, 2), "ng", ("delta", "dW"), seed=3)


def fill(page, answers):
    for name, text in answers.items():
        page.eval_on_selector(f'input[data-cell="{name}"]', "(e, text) => { e.value = text; }", text)
    page.click("#check")
    return page.inner_text("#verdict")


def test_right_answers_are_right_however_they_are_written(open_page, sheet):
    page = open_page(worksheet_page(sheet))
    forms = (lambda v: f"{v:.3f}", lambda v: f"{v:.3f}".replace(".", ","), lambda v: f"{v:g}".replace("-", "−"))
    answers = {cell.name: forms[k % 3](sheet.value(cell)) for k, cell in enumerate(sheet.cells)}
    assert "All 22 answers are right" in fill(page, answers)
    assert page.locator("input.right").count() == 22


def test_the_page_names_the_mistake_that_the_grader_names(open_page, sheet):
    page, known = open_page(worksheet_page(sheet)), variants(sheet)
    for variant in known[:60:3]:
        numbers = {cell.name: round(float(v), 3) for cell, v in zip(sheet.cells, variant.numbers, strict=True)}
        said = fill(page, {name: str(value) for name, value in numbers.items()})
        marked = check(sheet, numbers, known)
        assert f"The mistake: {marked.says}." in said
        assert page.locator("input.wrong").count() == len(marked.wrong) > 0
        assert page.get_attribute("[data-mistake]", "data-mistake") == " ".join(marked.mistakes)


def test_what_is_no_number_is_named(open_page, sheet):
    assert "delta2[1,1] is not a number" in fill(open_page(worksheet_page(sheet)), {"delta2[1,1]": "a half"})


def test_every_cell_has_a_name_and_is_reached_by_tab(open_page, sheet):
    page = open_page(worksheet_page(sheet))
    page.focus("input >> nth=0")
    for cell in sheet.cells:
        assert page.evaluate("document.activeElement.getAttribute('aria-label')") == cell.name
        page.keyboard.press("Tab")


def test_a_sheet_for_an_exam_holds_no_answer(open_page, sheet):
    html = worksheet_page(sheet, solution=False)
    page = open_page(html)
    assert page.locator("button, script[type=module], details, #answers").count() == 0
    assert page.locator("input").count() == 22


def test_print_shows_the_solution_on_a_page_of_its_own_and_no_button(open_page, sheet):
    page = open_page(worksheet_page(sheet))
    page.emulate_media(media="print")
    assert not page.is_visible("#check")
    assert page.is_visible(".name")
    assert page.eval_on_selector(".solution", "e => getComputedStyle(e).breakBefore") == "page"


def test_nothing_is_wider_than_the_window(open_page, sheet, size):
    page = open_page(worksheet_page(sheet), size)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
