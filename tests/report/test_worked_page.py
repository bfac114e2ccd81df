"""The worked page, in a real browser: every sum it shows is the number that was asked for."""

from __future__ import annotations

import re
from importlib.resources import files

import numpy as np
import pytest

from clearprop import Dense, Network, Objective, mlp
from clearprop.explain.worked_numbers import Most, worked_numbers
from clearprop.model import Names, initial
from clearprop.report.worked_page import worked_page

HOSTILE = "</script><img src=x onerror=\"document.title='broken'\">"


def page_of(network, n_rows=12, names=None, weights=None, **options):
    rng = np.random.default_rng(5)
    X = rng.normal(size=(n_rows, network.sizes[0]))
    classes = network.takes_classes
    Y = rng.integers(0, network.n_out, n_rows) if classes else rng.uniform(0.2, 0.8, (n_rows, network.n_out))
    return worked_page(worked_numbers(network, initial(network, 2), X, Y, weights, names=names, **options))


def small():
    names = Names(inputs=("height", "age", HOSTILE, "weight"), outputs=("yes", "no"))
    return page_of(mlp(4, 3, 2, hidden="tanh", output="softmax", l2=0.01, l1=0.002), names=names, row=7)


def softmax_inside():
    layers = (Dense(3, "softmax"), Dense(4, "gelu", bias=False), Dense(2, "sigmoid"))
    return page_of(Network(3, layers, Objective("squared_error", l2=0.1, penalize_bias=True)))


def wide():
    weights = np.linspace(0.5, 2, 12)
    return page_of(mlp(40, 30, 20, 12, hidden="relu", output="softmax"), weights=weights, row=3, most=Most(units=6))


def penalty_per_row():
    objective = Objective("cross_entropy", l1=0.2, l2=0.5, penalty_per_row=True)
    return page_of(Network(4, (Dense(3, "tanh"), Dense(2, "softmax")), objective), weights=np.linspace(0.5, 2, 12))


def one_output():
    """Twelve units beside one: the matrix before W is the only wide one."""
    return page_of(mlp(12, 12, 1, hidden="relu", output="sigmoid", l2=0.0001), row=3)


def one_hot():
    columns = ("relationship = Husband", "relationship = Unmarried", "marital-status = Married-civ-spouse", "age")
    names = Names(inputs=columns, outputs=("income above 50K",))
    return page_of(mlp(4, 3, 1, hidden="gelu", output="sigmoid", l2=0.0001), names=names)


PAGES = {
    "small": small, "softmax inside": softmax_inside, "wide": wide, "penalty per row": penalty_per_row,
    "one output": one_output, "one-hot": one_hot,
}  # fmt: skip


EVERY_CELL = """() => [...document.querySelectorAll('td[data-name]')].map(cell => {
  cell.click();
  const products = [...document.querySelectorAll('#panel [data-product]')].map(e => Number(e.dataset.product));
  return {name: cell.dataset.name, value: Number(cell.dataset.value), terms: products.length,
    sum: products.reduce((a, b) => a + b, 0), result: Number(document.querySelector('#panel output').dataset.sum),
    lit: document.querySelectorAll('td.lit').length};
})"""


@pytest.mark.parametrize("which", PAGES)
def test_a_click_on_any_cell_shows_a_sum_equal_to_the_cell(open_page, which):
    cells = open_page(PAGES[which]()).evaluate(EVERY_CELL)
    kinds = {cell["name"].rstrip("0123456789") for cell in cells}
    assert {"z", "a", "delta", "dW", "db", "W", "b"} <= kinds
    for cell in cells:
        kind = cell["name"].rstrip("0123456789")
        if kind not in ("W", "b"):  # these show the sum of their gradient
            assert cell["result"] == pytest.approx(cell["value"], rel=1e-5, abs=1e-7), cell
        if kind in ("z", "dW", "db"):
            assert cell["terms"] > 0
            assert cell["sum"] == pytest.approx(cell["value"], rel=1e-5, abs=1e-7), cell


def test_the_row_and_the_column_that_were_multiplied_are_lit(open_page):
    page = open_page(small())
    page.click("td[data-name=z1][data-i='2'][data-j='1']")
    lit = page.eval_on_selector_all("td.lit", "cells => cells.map(c => [c.dataset.name, c.dataset.i, c.dataset.j])")
    expected = [["a0", "2", str(k)] for k in range(4)] + [["W1", str(k), "1"] for k in range(4)] + [["b1", "0", "1"]]
    assert sorted(lit) == sorted(expected)


@pytest.mark.parametrize("which", PAGES)
def test_nothing_is_wider_than_the_window(open_page, which, size):
    page = open_page(PAGES[which](), size)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    wide_figures = page.eval_on_selector_all(
        "figure", "all => all.filter(f => f.scrollWidth > f.clientWidth + 1).length"
    )
    assert wide_figures == 0


def test_a_cut_name_keeps_the_value_that_tells_its_unit_from_the_next(open_page):
    page = open_page(one_hot())
    shown = page.eval_on_selector_all("table[aria-label=W1] tbody th", "all => all.map(th => th.textContent)")
    assert shown[:4] == ["re\u2026=Husband", "re\u2026=Unmarr\u2026", "ma\u2026=Marrie\u2026", "age"]
    whole = page.get_attribute("table[aria-label=W1] tbody th >> nth=1", "title")
    assert whole == "relationship = Unmarried"


def test_the_objective_is_written_as_mathematics(open_page):
    page = open_page(small())
    assert page.locator(".objective math").count() == 4
    assert "cross_entropy; biases are not penalised" in page.inner_text(".objective")


def test_rows_of_samples_stand_beside_each_other(open_page):
    page = open_page(small())
    tops = page.evaluate(
        "['a0', 'z1', 'a1'].map(n => document.querySelector(`td[data-name=${n}]`).getBoundingClientRect().top)"
    )
    assert max(tops) - min(tops) < 1
    edges = page.evaluate(
        "['W1', 'b1', 'dW1', 'db1'].map(n => document.querySelector(`td[data-name=${n}]`).getBoundingClientRect().left)"
    )
    assert max(edges) - min(edges) < 1


def test_the_keyboard_is_enough(open_page):
    page = open_page(small())
    page.focus("td[data-name=z1]")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("z1, row 7, h1.1")
    page.keyboard.press("Enter")
    assert page.inner_text("#panel .where") == "row 7 · h1.1"
    assert page.eval_on_selector("td.pinned", "cell => cell === document.activeElement")


def test_hovering_asks_and_leaving_returns_to_what_was_held(open_page):
    page = open_page(small())
    held = page.inner_text("#panel header")
    page.hover("td[data-name=delta2]")
    assert page.inner_text("#panel header") != held
    page.mouse.move(5, 5)
    assert page.inner_text("#panel header") == held


def test_a_nudge_shows_the_prediction_beside_the_truth(open_page):
    page = open_page(small())
    page.click("td[data-name=dW2][data-i='1'][data-j='0']")
    slope = float(page.get_attribute("td[data-name=dW2][data-i='1'][data-j='0']", "data-value"))
    steps = page.evaluate("JSON.parse(document.getElementById('numbers').textContent).layers[1]")
    last = len(steps["steps"]) - 1
    page.eval_on_selector("#panel input", f"e => {{ e.value = {last}; e.dispatchEvent(new Event('input')) }}")
    shown = [float(text.replace("−", "-")) for text in page.locator("#panel .nudge b").all_inner_texts()]
    assert shown == pytest.approx([slope * steps["steps"][last], steps["nudgeW"][1][0][last]], rel=1e-2)


def test_names_from_the_data_stay_text(open_page):
    page = open_page(small())
    assert page.title() == "row 7, worked through"
    assert page.locator("img").count() == 0
    assert page.locator(f"th[title={HOSTILE!r}]").count() >= 1


def test_the_modules_run_as_they_are_as_well_as_joined(browser):
    """A browser that follows the imports by itself gives the same page."""
    site, html = "http://clearprop.test", softmax_inside()
    loader = '<script type="module" src="/worked_page/page.mjs"></script>'
    split = re.sub(r'<script type="module">.*</script>', loader, html, flags=re.DOTALL)

    def answer(route):
        path = route.request.url.removeprefix(f"{site}/")
        module = files("clearprop.report") / "templates" / path
        body, kind = (split, "text/html") if path == "" else (module.read_text(encoding="utf-8"), "text/javascript")
        route.fulfill(body=body, content_type=f"{kind}; charset=utf-8")

    context = browser.new_context(bypass_csp=True)
    context.route("**", answer)
    pages = []
    for address in (site, None):
        page = context.new_page()
        page.goto(address) if address else page.set_content(html)
        page.wait_for_selector("html[data-ready=yes]")
        pages.append(page.inner_html("main"))
    context.close()
    assert pages[0] == pages[1]


def test_the_page_asks_nothing_from_outside():
    html = small()
    assert "default-src 'none'" in html
    for outside in ("http://", "https://", "@import", "<link", "src="):
        assert outside not in html.split('id="numbers">')[0].replace("http://www.w3.org/2000/svg", "")


def test_a_wide_network_stays_under_two_megabytes():
    html = page_of(mlp(784, 256, 128, 10, output="softmax"), n_rows=20, most=Most(units=16))
    assert len(html.encode()) <= 2_000_000


def test_a_single_output_is_told_with_its_target():
    page = one_hot()
    found = re.search(r"row 0: target <b>([\d.]+)</b>, output <b>([\d.]+)</b>, loss <b>", page)
    assert found is not None
    assert all(0 < float(number) < 1 for number in found.groups())
