"""The page of a recorded run, in a real browser: every number of every moment is the engine's."""

from __future__ import annotations

import numpy as np
import pytest

from clearprop import TableClassifier, TableRegressor
from clearprop.explain import NOTATIONS
from clearprop.explain.film import MEGABYTE, film
from clearprop.explain.worked_numbers import Most
from clearprop.fitting.recorded import recorder_for
from clearprop.model import without_dropout
from clearprop.recording import Recording, Replay
from clearprop.report.run_page import run_page

HOSTILE = "</script><img src=x onerror=\"document.title='broken'\">"


def replayed(kind=TableClassifier, data="iris", **settings):
    model = kind(n_epochs=settings.pop("n_epochs", 8), random_state=3, **settings)
    job = model.prepare(data)
    recorder = recorder_for(job)
    model.train(job, [recorder])
    return Replay(Recording.of(recorder.run))


@pytest.fixture(scope="module")
def iris():
    return replayed(hidden=(5, 4), activation="tanh", dropout=0.2)


def drag(page, k):
    page.eval_on_selector("#slider", f"e => {{ e.value = {k}; e.dispatchEvent(new Event('input')); }}")


SHOWN = """() => [...document.querySelectorAll('td[data-name]')].map(c =>
  [c.dataset.name, Number(c.dataset.i), Number(c.dataset.j), Number(c.dataset.value), c.textContent])"""

EVERY_SUM = """() => [...document.querySelectorAll('td[data-name]')].map(cell => {
  cell.click();
  return {name: cell.dataset.name, value: Number(cell.dataset.value),
    result: Number(document.querySelector('#panel output').dataset.sum)};
})"""


def numbers_of(replay, step, rows):
    """Return what an independent pass over the rows says, at the weights of a step."""
    from clearprop.explain import trace

    recording = replay.recording
    taken = recording.rows.take(np.array([recording.row(n) for n in rows]))
    return trace(without_dropout(recording.network), replay.parameters(step), taken.X, taken.Y)


@pytest.mark.parametrize("k", [0, 1, 17, 32])
def test_dragging_to_a_step_shows_the_numbers_of_that_step(open_page, iris, k):
    rows = [int(n) for n in iris.recording.run.row_numbers[[3, 30, 60]]]
    page = open_page(run_page(film(iris, rows), "iris"))
    drag(page, k)
    expected = numbers_of(iris, k, rows)
    cells = page.evaluate(SHOWN)
    assert {name for name, *_ in cells} >= {"W1", "b1", "z1", "a1", "delta1", "dW1", "db1", "z3", "delta3", "dW3", "Y"}
    for name, i, j, value, text in cells:
        if name.startswith("slope"):
            continue
        array = np.atleast_2d(expected[name])
        assert value == pytest.approx(array[i, j], rel=1e-6, abs=1e-6), (name, i, j)
        if text:
            assert float(text.replace("−", "-")) == pytest.approx(value, rel=0.06, abs=1e-12)
    assert page.inner_text("#moment") == f"step {k}, epoch {k // 4 + 1}"


def test_the_sum_under_every_cell_is_the_cell_at_a_later_step_too(open_page, iris):
    page = open_page(run_page(film(iris), "iris"))
    drag(page, 20)
    for cell in page.evaluate(EVERY_SUM):
        if cell["name"].rstrip("0123456789") not in ("W", "b"):
            assert cell["result"] == pytest.approx(cell["value"], rel=1e-5, abs=1e-6), cell


def test_a_step_forward_by_button_and_by_key_moves_one_frame(open_page, iris):
    page = open_page(run_page(film(iris), "iris"))
    page.click("#forward")
    page.keyboard.press(".")
    assert page.inner_text("#moment").startswith("step 2,")
    page.keyboard.press(",")
    page.click("#back")
    page.click("#back")
    assert page.inner_text("#moment").startswith("step 0,")


def test_playing_goes_to_the_end_and_stops(open_page, iris):
    page = open_page(run_page(film(iris), "iris"))
    page.select_option("#speed", "60")
    page.locator("h1").click()
    page.keyboard.press("Space")
    assert page.inner_text("#play") == "Pause"
    page.get_by_role("button", name="Play").wait_for()
    assert page.inner_text("#moment").startswith("step 32,")
    cells = {(name, i, j): value for name, i, j, value, _ in page.evaluate(SHOWN)}
    W = iris.parameters(32)["W2"]
    assert cells["W2", 1, 2] == pytest.approx(W[1, 2], rel=1e-6)


@pytest.mark.parametrize("notation", NOTATIONS)
def test_the_equations_are_shown_in_every_notation(open_page, iris, notation):
    page = open_page(run_page(film(iris, notation="ng"), "iris"))
    page.select_option("#notation", notation)
    assert page.locator("figcaption math").count() > 10
    assert ("transposes" in page.inner_text("#lie")) == (notation != "clearprop")


def test_another_row_is_lit_and_drawn(open_page, iris):
    page = open_page(run_page(film(iris), "iris"))
    page.select_option("#row", "2")
    assert page.inner_text("tr.chosen th >> nth=0") == page.locator("#row option >> nth=2").inner_text()


def test_a_regression_and_a_wide_network_have_their_page(open_page):
    replay = replayed(TableRegressor, "diabetes", hidden=(40,), n_epochs=2)
    page = open_page(run_page(film(replay, most=Most(4, 8)), "diabetes"))
    drag(page, 3)
    for cell in page.evaluate(EVERY_SUM):
        if cell["name"].rstrip("0123456789") not in ("W", "b"):
            assert cell["result"] == pytest.approx(cell["value"], rel=1e-5, abs=1e-6), cell


def test_a_run_that_diverged_shows_its_last_steps_one_by_one(open_page):
    with np.errstate(all="ignore"):
        replay = replayed(TableRegressor, "diabetes", hidden=(5,), optimizer="sgd", learning_rate=30.0, n_epochs=40)
    assert replay.recording.stopped == "DIVERGED"
    made = film(replay)
    assert np.diff(made.data["steps"])[-3:].tolist() == [1, 1, 1]
    page = open_page(run_page(made, "diabetes"))
    drag(page, len(made.data["steps"]) - 1)
    assert "diverged" in page.inner_text("main")


def test_nothing_is_wider_than_the_window_and_chart_text_is_readable(open_page, iris, size):
    page = open_page(run_page(film(iris), "iris"), size)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    scales = (
        "[...document.querySelectorAll('.chart')].map(e => e.getBoundingClientRect().width / e.viewBox.baseVal.width)"
    )
    assert min(page.evaluate(scales)) >= 0.995  # their text is of 12 px


def test_a_page_keeps_to_its_size_and_says_how_many_steps_it_shows(iris):
    made = film(iris, megabytes=0.04)
    assert len(made.frames) < 33
    assert len(run_page(made, "iris")) < 1.2 * MEGABYTE
    assert made.data["steps"][0] == 0
    assert made.data["steps"][-1] == 32


def test_hostile_names_stay_text(open_page, tmp_path):
    path = tmp_path / "hostile.csv"
    quoted = HOSTILE.replace('"', '""')
    lines = [f"{k % 7},{k % 3},{'<b>' if k % 2 else HOSTILE.replace(chr(34), chr(34) * 2)!s}" for k in range(60)]
    rows = "\n".join(f'{a},{b},"{c}"' for a, b, c in (line.split(",", 2) for line in lines))
    path.write_text(f'"{quoted}",b,kind\n{rows}\n', encoding="utf-8")
    replay = replayed(data=str(path), target="kind", hidden=(3,), n_epochs=2)
    page = open_page(run_page(film(replay), HOSTILE))
    page.wait_for_timeout(100)
    assert page.title().startswith("</script>")
    assert page.locator("img").count() == 0
    assert page.locator("th[title*='onerror']").count() > 0
