"""What a notebook shows: every number of the text in the HTML too, and names that stay text."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter
from nbclient import NotebookClient
from page_blocks import blocks

from clearprop import Dense, Inputs, MLPClassifier, Network, TableClassifier, TableRegressor, load
from clearprop.cells import Cell, Lines, Table
from clearprop.clinic import FitDiagnosis
from clearprop.errors import DivergenceError
from clearprop.explain import derive, diagnose
from clearprop.explain.worked_numbers import worked_numbers
from clearprop.model import Names, Parameters
from clearprop.report import in_a_cell, worked_page
from clearprop.training import History

HOSTILE = "</style></script><img src=x onerror=\"document.title='broken'\">"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def model():
    return TableClassifier(hidden=(5,), n_epochs=30, random_state=1).fit("iris")


@pytest.fixture(scope="module")
def diagnosed(model):
    X, Y, _ = model.encode("iris")
    right = model.trace("iris")
    wrong = {"dW2": right["dW2"] * len(X), "db2": right["db2"] * len(X)}
    return [diagnose(model.network_, model.parameters_, X, Y, mine) for mine in (wrong, {"db2": right["db2"]})]


@pytest.fixture(scope="module")
def ailing(model):
    """What the doctor says of a sick fit and of a sound one, and the autopsy of one that diverged."""
    sick = TableClassifier(hidden=(4,), n_epochs=5, l2=3.0, random_state=1).fit("iris").diagnose_fit("iris")
    sound = FitDiagnosis((), sick.passed)
    with pytest.raises(DivergenceError) as raised, np.errstate(all="ignore"):
        TableRegressor(hidden=(4,), n_epochs=5, learning_rate=1e6, optimizer="sgd").fit("diabetes")
    return [sick, sound, raised.value.autopsy]


def words_of(html):
    """Return what is read of a piece of HTML, and check that every element is closed."""

    class Reader(HTMLParser):
        open, words = [], []

        def handle_starttag(self, tag, attrs):
            self.open.append(tag)

        def handle_endtag(self, tag):
            assert self.open.pop() == tag

        def handle_data(self, data):
            if self.open[-1:] != ["style"]:
                self.words += data.split()

    Reader.open, Reader.words = [], []
    reader = Reader()
    reader.feed(html)
    assert reader.open == []
    return reader.words


def line(text, name):
    return next(line.split() for line in text.splitlines() if line.split()[:1] == [name])


def test_html_and_text_say_the_same(model):
    for shown in (model.network_, model.parameters_, model.history_, model.trace("iris")):
        assert words_of(shown._repr_html_()) == str(shown).split()


def test_html_and_text_of_a_verdict_say_the_same(model, diagnosed, ailing):
    for shown in (model.gradient_certificate_, *diagnosed, *ailing):
        assert words_of(shown._repr_html_()) == shown.as_cell().text().split()


def test_a_network_shows_its_layers_and_its_objective(model):
    text = str(model.network_)
    assert text.splitlines()[0] == "Network 4 – 5 – 3: 43 parameters"
    assert line(text, "1") == ["1", "4", "5", "relu", "4", "×", "5", "5", "25"]
    assert line(text, "2") == ["2", "5", "3", "softmax", "5", "×", "3", "3", "18"]
    assert model.network_.objective.describe() in text


def test_a_network_shows_what_is_peculiar_to_a_layer_and_how_codes_come_in():
    layers = (Dense(4, "tanh", bias=False, frozen=True), Dense(2, "softmax", dropout=0.5, learning_rate=0.1))
    text = str(Network(Inputs(2, (3, 6), ("one-hot", 2)), layers, "cross_entropy"))
    assert "X has 2 columns of numbers and 2 of codes (3, 6 categories); a[0] has 7, 12 parameters among them." in text
    assert line(text, "1")[-3:] == ["–", "28", "frozen"]
    assert "dropout 0.5 of its input, learning rate × 0.1" in text


def test_parameters_show_every_array(model):
    text, W = str(model.parameters_), model.parameters_["W2"]
    assert text.splitlines()[0] == "Parameters: 43 numbers, float32"
    assert line(text, "W2")[:4] == ["W2", "5", "×", "3"]
    assert line(text, "W2")[4] == f"{W.min():.4g}".replace("-", "−")


def test_a_history_shows_some_epochs_and_the_last(model):
    text, history = str(model.history_), model.history_
    assert "History of 30 epochs" in text
    assert line(text, "30")[1] == f"{history['loss'][-1]:.4g}"
    assert len(text.splitlines()) < 20
    best = int(np.argmin(history["validation_loss"]))
    assert f"{history['validation_loss'][best]:.4g}, after epoch {best + 1}." in text


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_history_is_the_dict_it_was(model, tmp_path):
    history = model.history_
    assert dict(history) == history == History(history)
    assert repr(history).startswith("<History of 30 epochs: loss ")
    model.save(tmp_path / "model.safetensors")
    mlp = MLPClassifier((3,), max_iter=2, tol=0).fit(np.eye(3), [0, 1, 1])
    mlp.save(tmp_path / "mlp.safetensors")
    for name, before in (("model", model), ("mlp", mlp)):
        loaded = load(tmp_path / f"{name}.safetensors").history_
        assert isinstance(loaded, History)
        assert loaded["loss"] == before.history_["loss"]
    assert str(History()) == "History of 0 epochs"
    assert "inf" in str(History(loss=[np.inf, np.nan], validation_loss=[None, np.nan]))


def test_a_certificate_shows_its_slopes_and_a_failed_one_says_so(model):
    good = model.gradient_certificate_
    text = good.as_cell().text()
    assert text.startswith("Gradient certified\n")
    assert line(text, "gradient")[-1] == "yes"
    assert line(text, "∂J/∂W1")[-1] == "%"
    assert repr(good) == f"<Certificate: {good}>"
    first, *rest = good.comparisons
    bad = replace(good, passed=False, comparisons=(replace(first, claimed=1 + 2 * first.claimed), *rest))
    assert bad.as_cell().text().startswith("The gradient is NOT that of J\n")
    assert line(bad.as_cell().text(), "gradient")[-1] == "NO"
    assert 'data-tone="severe"' in bad._repr_html_()
    assert replace(good, J=np.nan).as_cell().title == "The gradient could not be certified"


def test_a_diagnosis_shows_what_is_wrong_and_what_is_right(diagnosed):
    wrong, right = diagnosed
    text = wrong.as_cell().text()
    assert text.startswith("Wrong\n")
    assert line(text, "dW2")[-1] == "NO"
    assert line(right.as_cell().text(), "db2")[-1] == "yes"
    assert wrong.findings[0].says in text
    assert right.as_cell().text().startswith("Correct\n\nCorrect: db2 agrees")
    assert repr(right).startswith("<Diagnosis correct")


def test_a_diagnosis_of_a_fit_shows_each_finding_its_change_and_what_is_well(ailing):
    sick, sound, _ = ailing
    text, html = sick.as_cell().text(), sick._repr_html_()
    assert text.startswith(f"{len(sick)} finding")
    for finding in sick:
        assert f"{finding.says} (" in text
        assert finding.advice in text
        assert not finding.set_params or f"\n  {finding.set_params.strip()}" in text
    assert any(finding.set_params for finding in sick)
    assert all(name in text for name in sick.passed)
    tone = "severe" if sick.findings[0].severity == "severe" else ""
    assert f'data-tone="{tone}"' in html
    assert repr(sick).startswith(f"<FitDiagnosis: {sick.findings[0].name}")
    assert sound.as_cell().text().startswith("Healthy: nothing found\n")
    assert 'data-tone="good"' in sound._repr_html_()
    assert repr(sound) == "<FitDiagnosis: healthy>"


def test_an_autopsy_shows_the_place_the_cause_the_change_and_the_row(ailing):
    found = ailing[-1]
    text = found.as_cell().text()
    assert text.startswith(f"Training diverged {found.divergence.when}\n")
    assert f"{found.divergence.quantity} is {found.divergence.value}" in text
    assert f"Likely cause: {found.cause.says}." in text
    assert line(text, found.cause.parameter) == [
        found.cause.parameter,
        *found.cause.now.split(),
        *found.cause.instead.split(),
    ]
    largest = max(found.features, key=lambda name: abs(found.features[name]))
    assert line(text, largest) == [largest, f"{found.features[largest]:.4g}".replace("-", "−")]
    assert 'data-tone="severe"' in found._repr_html_()
    assert repr(found).startswith(f"<Autopsy: diverged {found.divergence.when}")


def test_a_derivation_shows_every_equation(model):
    derivation = derive(model.network_, "rnet")
    html = derivation._repr_html_()
    assert html.count("<article>") == len(derivation.equations)
    for equation in derivation.equations:
        assert equation.write(derivation.glyphs).mathml() in html
    assert words_of(html)[:2] == ["Backpropagation", "of"]


def test_ipython_shows_the_text_and_the_html(model, diagnosed, ailing):
    formatter = DisplayFormatter()
    verdicts = (model.gradient_certificate_, *diagnosed, *ailing)
    for shown in (model.network_, model.parameters_, model.history_, *verdicts):
        data, _ = formatter.format(shown)
        assert data["text/plain"] == str(shown)
        assert data["text/html"] == shown._repr_html_()
    data, _ = formatter.format(derive(model.network_))
    assert data["text/plain"] == str(derive(model.network_))
    assert "<math" in data["text/html"]


def test_the_page_of_the_documents_shows_all_of_it_as_a_notebook(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    page = (ROOT / "docs/how-to/in-a-notebook.md").read_text("utf-8")
    cells = [nbformat.v4.new_code_cell(block.strip()) for _, block in blocks(page)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    kernel = f"python{sys.version_info[0]}"
    NotebookClient(notebook, timeout=120, kernel_name=kernel, resources={"metadata": {"path": tmp_path}}).execute()
    shown = [
        output["data"] for cell in cells for output in cell["outputs"] if output["output_type"] == "execute_result"
    ]
    titles = [data["text/plain"].splitlines()[0].split()[0].strip("<:") for data in shown]
    assert titles == [
        "History", "Network", "Parameters", "gradient", "warning", "Trace", "Backpropagation", "wrong,", "Iris", "iris,"
    ]  # fmt: skip
    assert [("clearprop-cell" in data["text/html"], "srcdoc" in data["text/html"]) for data in shown] == (
        [(True, False)] * 8 + [(False, True)] * 2
    )
    nbformat.validate(notebook)


JUPYTERS = "<style>.jp-RenderedHTMLCommon tbody tr:nth-child(odd) { background: rgb(1, 2, 3) }</style>"


@pytest.fixture
def open_cells(open_page):
    """Open a notebook, as far as its outputs go; the pages in it are waited for by those who need them."""

    def open_them(*shown, body="", **options):
        html = "".join(one.html() if isinstance(one, Cell) else one._repr_html_() for one in shown)
        assert "<img" not in html
        html = html.replace("dataset.ready", "dataset&#46;ready")
        head = f'<meta name="viewport" content="width=device-width"><title>calm</title>{JUPYTERS}'
        return open_page(
            f"<!doctype html>{head}<body {body}><div class='jp-RenderedHTMLCommon'>{html}</div>", **options
        )

    return open_them


def hostile():
    arrays = Parameters({HOSTILE: (2,)})
    table = Table((HOSTILE, "b"), [(HOSTILE, [(HOSTILE, HOSTILE)])], HOSTILE, words=(1,))
    return [arrays, History({HOSTILE: [1.0]}), Cell(HOSTILE, [HOSTILE, Lines([HOSTILE]), table], HOSTILE)]


def test_hostile_names_stay_text(model, open_cells):
    spoiled = replace(model.gradient_certificate_, passed=False, objective=HOSTILE, resolution={HOSTILE: 0.1})
    X, Y = np.random.default_rng(0).normal(size=(4, 4)), np.array([0, 1, 2, 0])
    names = Names(inputs=(HOSTILE, "a", "b", "c"), rows=(HOSTILE,) * 4)
    numbers = worked_numbers(model.network_, model.parameters_, X, Y, names=names)
    page = open_cells(*hostile(), spoiled, in_a_cell(worked_page(numbers, HOSTILE)))
    page.frame_locator("iframe").locator("td[data-name]").first.wait_for()
    assert page.title() == "calm"
    assert [frame.locator("img").count() for frame in page.frames] == [0, 0]
    assert page.get_by_text("</style></script><img src=x").count() >= 8


def worked_cell(model):
    X, Y, names = model.encode("iris")
    return in_a_cell(worked_page(worked_numbers(model.network_, model.parameters_, X, Y, names=names), "One & all"))


def test_a_page_in_a_cell_works_and_has_a_title(model, open_cells, size):
    cell = worked_cell(model)
    assert cell.title == "One & all"
    assert re.fullmatch(r"<One & all: a page of \d+ KB, to be seen in a notebook>", repr(cell))
    assert unescape(re.search('srcdoc="(.*?)"', cell._repr_html_(), re.DOTALL)[1]) == cell.page
    page = open_cells(cell, size=size)
    inside = page.frame_locator("iframe[title='One & all']")
    inside.locator("td[data-name=z1]").first.click()
    assert inside.locator("#panel output").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


COLOURS = """() => { const s = getComputedStyle(document.querySelector('.clearprop-cell'));
  const row = getComputedStyle(document.querySelector('.clearprop-cell tbody tr'));
  return [s.backgroundColor, s.color, row.backgroundColor]; }"""
LIGHT = ["rgb(255, 255, 255)", "rgb(27, 31, 36)", "rgba(0, 0, 0, 0)"]
DARK = ["rgb(15, 20, 25)", "rgb(230, 237, 243)", "rgba(0, 0, 0, 0)"]
SCHEMES = [
    ("light", "", LIGHT), ("dark", "", DARK), ("dark", "data-jp-theme-light=true", LIGHT),
    ("light", "data-jp-theme-light=false", DARK), ("light", "class=vscode-dark", DARK),
]  # fmt: skip


@pytest.mark.parametrize(("scheme", "notebook", "colours"), SCHEMES)
def test_colours_are_those_of_the_system_or_of_the_notebook(open_cells, model, scheme, notebook, colours):
    page = open_cells(model.network_, worked_cell(model), body=notebook, color_scheme=scheme)
    assert page.evaluate(COLOURS) == colours
    page.frame_locator("iframe").locator("td[data-name]").first.wait_for()
    of_the_system = {"light": LIGHT, "dark": DARK}[scheme][0]
    assert page.frames[1].evaluate("getComputedStyle(document.body).backgroundColor") == of_the_system


SMALLEST = """() => Math.min(...[...document.querySelectorAll('.clearprop-cell *')]
  .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) && !e.closest('style, math'))
  .map(e => parseFloat(getComputedStyle(e).fontSize)))"""


def test_cells_fit_and_can_be_read(open_cells, model, diagnosed, size):
    shown = (model.network_, model.history_, model.gradient_certificate_, *diagnosed, derive(model.network_, "ng"))
    page = open_cells(*shown, size=size)
    assert page.evaluate(SMALLEST) >= 12
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
