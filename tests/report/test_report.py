"""The report: complete, self-contained, and proof against the names that data bring along."""

from __future__ import annotations

import datetime
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from clearprop import TableClassifier, TableRegressor
from clearprop.clinic.layer_states import InsideRecorder
from clearprop.engines import open_session
from clearprop.equations import get_rule
from clearprop.examination import examine, part_again
from clearprop.examination.classes import class_quality
from clearprop.explain import certify
from clearprop.report.figures import canvas
from clearprop.report.figures.classes import thresholds
from clearprop.report.report import Reproduction, report_page
from clearprop.report.words import leaks, number, ordinal, rate, relative, score, share, tenths, verdict
from clearprop.tables import read_table

SCRIPT = "<script>document.title='broken'</script>"
IMAGE = "</title><img src=x onerror=\"document.title='broken'\">"
MATHEMATICS = r"$\frac{1}{2}$ & {{ 7*7 }}"
UNDERSCORE = "_hidden"


def hostile_table(n=260):
    rng = np.random.default_rng(1)
    x, kind = rng.normal(size=n), rng.choice([SCRIPT, "plain", MATHEMATICS, UNDERSCORE], n)
    y = np.where(x + (kind == "plain") + 0.5 * rng.normal(size=n) > 0, IMAGE, UNDERSCORE)
    return read_table({SCRIPT: x, MATHEMATICS: kind, UNDERSCORE: rng.normal(size=n), IMAGE: y})


def classes_page():
    recorder = InsideRecorder()
    table = hostile_table()
    model = TableClassifier(IMAGE, hidden=(8, 4), n_epochs=8).fit(table, listeners=[recorder])
    model.facts_ = model.facts_.but(inside=recorder.as_dict())
    return report_page(examine(model, part_again(model, table)), Reproduction(f"train {SCRIPT}", f"data = {SCRIPT}"))


def many_classes_page():
    model = TableClassifier(hidden=(16,), n_epochs=3).fit("digits")
    return report_page(examine(model, part_again(model, read_table("digits"))))


def numbers_page():
    rng = np.random.default_rng(2)
    n = 300
    x, day = rng.normal(size=n), np.datetime64("2024-01-01") + rng.integers(0, 300, n)
    table = read_table(
        {
            "x": np.where(rng.random(n) < 0.1, np.nan, x),
            "mostly nothing": np.where(rng.random(n) < 0.8, 0.0, rng.exponential(50, n)),
            "day": day.astype(str),
            "constant": np.ones(n),
            "price, in a currency with quite a long name": 1000 + 300 * x + rng.normal(size=n),
        }
    )
    model = TableRegressor(table.names[-1], hidden=(8,), n_epochs=8).fit(table)
    return report_page(examine(model, part_again(model, table)))


PAGES = {"hostile classes": classes_page, "ten classes": many_classes_page, "numbers": numbers_page}


@pytest.fixture(scope="module")
def pages():
    return {name: page() for name, page in PAGES.items()}


class Tags(HTMLParser):
    """What a browser would make elements of, and the text between them."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [name for name, _ in attributes]

    def handle_data(self, data):
        self.text.append(data)


@pytest.mark.parametrize("which", PAGES)
def test_the_page_runs_and_asks_for_nothing(pages, which):
    html = pages[which]
    tags = Tags(html)
    assert "default-src 'none'" in html
    assert not {"script", "img", "link", "iframe", "object", "image", "foreignobject"} & set(tags.tags)
    assert not [name for name in tags.attributes if name.startswith("on") or name == "src"]
    assert "@import" not in html
    assert "url(http" not in html


def test_hostile_names_and_labels_stay_text(pages):
    tags = Tags(pages["hostile classes"])
    text = " ".join(tags.text)
    for name in (SCRIPT, IMAGE, MATHEMATICS, UNDERSCORE):
        assert name in text
    assert tags.text.count(f"{SCRIPT[:21]}…") >= 2, "in the figures it is cut, and text"
    assert text.count("$\\frac{1}{2}$ & {{ 7*") >= 3, "dollar signs are no mathematics"


@pytest.mark.parametrize("which", PAGES)
def test_no_id_stands_twice_with_different_content(pages, which):
    """matplotlib numbers its groups from 1 in every figure; only ids made of their content may be left."""
    import re

    elements = {}
    for kind, name, body in re.findall(r'<(clipPath|path) id="([^"]+)"(.*?)(?:/>|</clipPath>)', pages[which], re.S):
        assert elements.setdefault(name, (kind, body)) == (kind, body)
    assert not re.search(r'id="(figure|axes|patch|text|line2d)_\d', pages[which])


def test_every_section_is_there(pages):
    for which, sections in {
        "hostile classes": ("Verdict", "Confusion matrix", "ROC curve", "Calibration", "Where to put the threshold",
                            "Over the epochs", "Dead units", "Class by class"),
        "numbers": ("Predicted over true values", "Residuals over predictions", "left out: has the same value"),
        "ten classes": ("Confusion matrix", "Precision and recall", "gradient boosting", "The worst rows"),
    }.items():  # fmt: skip
        for section in (*sections, "Importance", "Partial dependence", "Is the network worth it?", "The certificate"):
            assert section in pages[which], (which, section)
    assert "<math" in pages["numbers"]
    assert "Where to put the threshold" not in pages["ten classes"]
    assert "records it" in pages["numbers"], "what was not recorded is said to be missing"


@pytest.mark.parametrize("which", PAGES)
def test_the_page_is_small(pages, which):
    assert len(pages[which].encode()) < 1_500_000


@pytest.mark.parametrize("which", PAGES)
def test_nothing_is_wider_than_the_window_and_nothing_fails(pages, which, size, open_page):
    page = open_page(pages[which], size)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert page.evaluate("document.title") != "broken"
    assert page.locator("img, script").count() == 0
    assert page.eval_on_selector_all("svg", "all => all.every(s => s.getBoundingClientRect().height > 60)")


@pytest.mark.parametrize(
    ("text", "label"),
    [("a\nb\x00c", "a b c"), ("", "(blank)"), ("x" * 40, "x" * 21 + "…"), ("\u202eevil", "evil")],
)
def test_names_become_one_clean_short_line(text, label):
    assert canvas.name(text) == label


@pytest.mark.parametrize(
    ("value", "written"),
    [(48806.59, "48,807"), (0.78945, "0.7894"), (-3, "−3"), (float("nan"), "–"), (1.2e-7, "1.2e−07"), (None, "–")],
)
def test_numbers_are_written_as_people_write_them(value, written):
    assert number(value) == written


def test_differences_are_said_in_words():
    assert relative(-0.5, 2.0) == "25 % lower"
    assert relative(0.5, 2.0) == "25 % higher"
    assert relative(45.0, 2.0) == "2,250 % higher"
    assert relative(-1.9999, 2.0) == "over 99 % lower"


@pytest.mark.parametrize(
    ("value", "written"), [(0.000614, "0.061 %"), (0.0714, "7.1 %"), (0.142, "14 %"), (3.81, "381 %")]
)
def test_shares_have_no_more_digits_than_mean_something(value, written):
    assert share(value) == written


@pytest.mark.parametrize(
    ("value", "name", "written"),
    [
        (0.912, "roc_auc", "0.9120"),
        (-0.00061, "r2", "−0.0006"),
        (0.552, "log_loss", "0.5520"),
        (52636.4, "rmse", "52,636"),
    ],
)
def test_a_score_has_as_many_digits_as_its_interval(value, name, written):
    assert score(value, name) == written


@pytest.mark.parametrize(
    ("value", "written"), [(0.047, "4.7 %"), (0.19, "19.0 %"), (24.511, "2,451 %"), (-0.001, "−0.1 %")]
)
def test_shares_of_a_column_have_one_digit_behind_the_point(value, written):
    assert tenths(value) == written


@pytest.mark.parametrize(("n", "written"), [(2, "2nd"), (3, "3rd"), (11, "11th"), (21, "21st"), (112, "112th")])
def test_ordinals(n, written):
    assert ordinal(n) == written


def test_a_perfect_score_is_asked_where_it_comes_from():
    """Two columns give the answer away together, neither alone: no probe of single columns can find it."""
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(2, 800))
    table = read_table({"bought": a, "returned": b, "noise": rng.normal(size=800), "kept": a - b})
    model = TableRegressor("kept", hidden=(), optimizer="lbfgs", l2=0.0).fit(table)

    page = report_page(examine(model, part_again(model, table)))

    assert "Too good to be true? Ask whether" in page
    assert "&#34;bought&#34;" in page.split("Too good to be true?")[1][:80]


def leaking_table(noise: float = 0.15):
    """`paid` is the target and some noise: too noisy for the doctor's probe, nearly all the same."""
    rng = np.random.default_rng(3)
    a, b, y = rng.normal(size=(3, 800))
    return read_table({"a": a, "b": b, "paid": y + noise * rng.normal(size=800), "price": y})


def test_a_column_that_nearly_all_rests_on_is_called_a_leak():
    table = leaking_table(0.08)
    model = TableRegressor("price", hidden=(), optimizer="lbfgs", l2=0.0).fit(table)
    found = examine(model, part_again(model, table))
    first = found.importances[0]

    assert first.rise > 50 * found.baselines[0].loss
    assert [suspect.column for suspect in found.suspects] == ["paid"]
    new = replace(found, diagnosis=None)  # as on rows the model was not trained on
    for page in (report_page(found), report_page(new)):
        assert "uspected leak" in page
        assert "leave it out" in page or "leave out" in page
    severe = [line.text for line in verdict(new) if line.tone == "severe"]
    assert severe[0].startswith('Suspected leak: shuffling "paid" raises the loss by')
    assert "paid" in leaks(new)


def test_a_good_column_among_others_is_no_leak():
    table = leaking_table(0.5)
    model = TableRegressor("price", hidden=(), optimizer="lbfgs", l2=0.0).fit(table)
    found = examine(model, part_again(model, table))
    assert found.suspects == []
    assert "leak" not in " ".join(line.text for line in verdict(found))


def test_what_is_undefined_is_a_dash_and_a_gap():
    """No row is ever called "yes": its precision is 0/0, which is no 0 %."""
    codes, p = np.array([0, 0, 0, 1]), np.array([0.1, 0.2, 0.1, 0.2])
    quality = class_quality(codes, np.stack([1 - p, p], axis=1), ["no", "yes"])
    yes = quality.classes[1]
    assert np.isnan(yes.precision.value)
    assert yes.recall.value == 0
    assert np.isnan([t.precision for t in quality.thresholds if t.at > 0.2]).all()
    assert quality.best_threshold.f1 > 0
    assert rate(yes.precision.value) == "–"
    assert "–" in quality_section(quality)
    drawn = thresholds(quality.thresholds)
    assert drawn != thresholds([replace(t, precision=np.nan_to_num(t.precision)) for t in quality.thresholds])


def quality_section(quality) -> str:
    """The part of a report that tells of the classes."""
    table = hostile_table(80)
    model = TableClassifier(IMAGE, hidden=(4,), n_epochs=1).fit(table)
    page = report_page(replace(examine(model, part_again(model, table)), quality=quality))
    return page.split("Class by class")[1].split("</table>")[0]


def test_an_inconclusive_certificate_is_not_called_a_wrong_gradient():
    """At parameters of 0 every z of a relu is on its kink."""
    table = hostile_table(80)
    model = TableClassifier(IMAGE, hidden=(4,), n_epochs=1).fit(table)
    found = examine(model, part_again(model, table))
    session = open_session(
        model.network_, model.parameters_.over(0 * model.parameters_.vector), get_rule("sgd"), 0, engine="numpy"
    )
    certificate = certify(session, model.schema_.encode(table), model.schema_.encode_target(table))
    line = verdict(replace(found, certificate=certificate))[2]

    assert line.text.endswith("each of the 32 rows is too near a kink of J. It was certified when training began.")
    assert line.tone == "neutral"


def test_a_wide_table_with_an_empty_class_and_times_of_day_stays_readable():
    """Only the first 200 of 301 columns are listed; a class without a row has no scores; a time of day has no day."""
    rng = np.random.default_rng(4)
    columns = {f"x{k}": rng.normal(size=60) for k in range(299)}
    hours = [datetime.time(int(hour)) for hour in rng.integers(0, 24, 60)]
    label = np.array(["c"] * 2 + ["a", "b"] * 29)
    table = read_table({"label": label, "hour": hours} | columns)
    model = TableClassifier("label", hidden=(4,), n_epochs=2).fit(table, rows=np.arange(40))

    page = report_page(examine(model, part_again(model, table, np.arange(40), np.arange(40, 60))))

    assert "The first 200 of 301 columns." in page
    assert "<th>x197</th>" in page
    assert "<th>x198</th>" not in page
    assert "1900-01-01" not in page
    assert re.search(r'<th>c</th><td class="n">0</td>\s*(<td class="n">–</td>){3}', page)


def test_a_report_says_why_training_ended_whatever_it_was():
    rng = np.random.default_rng(0)
    table = {"x": rng.normal(size=60), "price": rng.normal(size=60)}
    model = TableRegressor("price", hidden=(), optimizer="lbfgs", n_epochs=200).fit(table)
    assert model.facts_.stopped.says == "The batch solver found a minimum."
    assert model.facts_.stopped.says in report_page(examine(model, part_again(model, read_table(table))))
