"""Every page of ours, by axe-core, in light and in dark: no violation of WCAG 2.2, level A or AA."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest

from clearprop import TableClassifier, mlp
from clearprop.examination import examine, part_again
from clearprop.explain import derive, diagnose
from clearprop.explain.film import film
from clearprop.explain.worked_numbers import worked_numbers
from clearprop.explain.worksheets import draw_sheet
from clearprop.fitting.recorded import recorder_for
from clearprop.fitting.streaming import open_table
from clearprop.model import initial
from clearprop.recording import Recording, Replay
from clearprop.report import in_a_cell, report_page
from clearprop.report.report import Reproduction
from clearprop.report.run_page import run_page
from clearprop.report.worked_page import worked_page
from clearprop.report.worksheet_page import worksheet_page
from clearprop.studio import Asked, Studio
from clearprop.tables import read_table

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
NETWORK = mlp(3, 4, 2, hidden="tanh", output="softmax", l2=0.01)


def worked():
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(8, 3)), rng.integers(0, 2, 8)
    return worked_page(worked_numbers(NETWORK, initial(NETWORK, 1), X, Y))


def recorded():
    model = TableClassifier(hidden=(4,), n_epochs=3)
    job = model.prepare("iris")
    recorder = recorder_for(job)
    model.train(job, [recorder])
    return run_page(film(Replay(Recording.of(recorder.run))), "iris")


def studio():
    """The form, what the finder says of a planted mistake, and the curve of the run before."""
    driven = Studio.on(open_table("iris", False), "species", Asked(hidden=(4,), epochs=3))
    driven.step(6, 0)
    driven.train(Asked(hidden=(4,), epochs=3, mistake="wrong_sign"))
    return driven.page


def report():
    table = read_table("iris")
    model = TableClassifier(hidden=(4,), n_epochs=3).fit(table)
    return report_page(examine(model, part_again(model, table)), Reproduction("train " + "long " * 60, "data = 1"))


def cells():
    """A notebook, as far as its outputs go."""
    model = TableClassifier(hidden=(4,), n_epochs=3).fit("iris")
    X, Y, _ = model.encode("iris")
    ailing = TableClassifier(hidden=(4,), n_epochs=5, l2=3.0).fit("iris").diagnose_fit("iris")
    mine = {"dW2": 150 * model.trace("iris")["dW2"]}
    shown = (
        model.network_, model.parameters_, model.history_, model.gradient_certificate_, model.trace("iris"),
        diagnose(model.network_, model.parameters_, X, Y, mine), derive(model.network_, "ng"), in_a_cell(worked()),
        ailing,
    )  # fmt: skip
    outputs = "".join(one._repr_html_() for one in shown)
    return f'<!doctype html><html lang="en"><title>cells</title><main><h2>A notebook</h2>{outputs}</main></html>'


PAGES = {
    "cells": cells,
    "report": report,
    "worked": worked,
    "run": recorded,
    "studio": studio,
    "worksheet": lambda: worksheet_page(draw_sheet((2, 2, 1), "ng", seed=1)),
    "derivation": lambda: derive(NETWORK, "rnet").html(),
}


@pytest.fixture(scope="module")
def axe():
    return (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")


@pytest.fixture(scope="module", params=PAGES)
def page_file(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("pages") / "page.html"
    path.write_text(PAGES[request.param](), encoding="utf-8")
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser, axe, page_file, scheme):
    assert violations(browser, axe, page_file, scheme) == []


def violations(browser, axe, path, scheme):
    context = browser.new_context(color_scheme=scheme, bypass_csp=True, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(path.as_uri())
    page.wait_for_load_state()
    page.evaluate("document.querySelector('td[data-name=W1]')?.click()")  # and where the number comes from
    page.evaluate(axe)
    found = page.evaluate("levels => axe.run(document, {runOnly: levels})", LEVELS)
    context.close()
    return [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found["violations"]]
