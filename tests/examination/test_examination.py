"""The examination: every figure is that of an independent count."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest

from clearprop import TableClassifier, TableRegressor
from clearprop.examination import Parts, examine, part_again
from clearprop.examination.baselines import Material, run_baselines
from clearprop.examination.classes import class_quality, wilson
from clearprop.examination.influence import places
from clearprop.explain import trace
from clearprop.model import Inputs, row_gradients
from clearprop.tables import read_table, split


def table_of(n=400):
    """y depends on x and kind; noise says nothing."""
    rng = np.random.default_rng(6)
    x, kind = rng.normal(size=n), rng.choice(["a", "b", "c"], n)
    y = 2 * x + 3 * (kind == "a") + 0.1 * rng.normal(size=n)
    label = np.where(y > 1, "high", "low")
    return read_table({"x": x, "noise": rng.normal(size=n), "kind": kind, "y": y, "label": label})


@pytest.fixture(scope="module")
def numbers():
    table = table_of().only("x", "noise", "kind", "y")
    parts = split(table, 0.25, seed=(0, 1))
    model = TableRegressor("y", hidden=(16,), n_epochs=40).fit(table, rows=parts.train)
    found = examine(model, part_again(model, table, parts.train, parts.held))
    return model, table.take(parts.train), table.take(parts.held), found


@pytest.fixture(scope="module")
def classes():
    table = table_of().only("x", "noise", "kind", "label")
    model = TableClassifier("label", hidden=(16,), n_epochs=25).fit(table)
    return model, table, examine(model, part_again(model, table))


def test_the_parts_are_those_of_fit(numbers, classes):
    model, training, _, found = numbers
    assert found.parts.held_are == "test"
    assert len(found.parts.training) == model.facts_.training_rows
    assert len(found.parts.training) + len(found.parts.validation) == len(training)
    assert classes[2].parts.held_are == "validation"


def test_other_rows_are_new_rows(numbers):
    model, training, _, _ = numbers
    changed = training.take(np.arange(len(training))[::-1].copy())
    parts = part_again(model, changed)
    assert (parts.held_are, parts.training) == ("new", None)
    found = examine(model, parts)
    assert found.diagnosis is None
    assert [baseline.name for baseline in found.baselines] == ["this network"]


def test_scores_are_those_of_evaluate(numbers, classes):
    model, _, test, found = numbers
    scores = model.evaluate(test).scores
    assert {name: interval.value for name, interval in found.quality.scores.items()} == pytest.approx(scores)
    model, _, found = classes
    scores = model.evaluate(found.parts.held).scores
    assert {name: interval.value for name, interval in found.quality.scores.items()} == pytest.approx(scores)
    for interval in found.quality.scores.values():
        assert interval.low <= interval.value <= interval.high


def test_the_confusion_matrix_counts_every_row(classes):
    model, _, found = classes
    predicted = model.predict(found.parts.held)
    true = np.array(found.parts.held.column("label").cells())
    expected = [[np.sum((true == t) & (predicted == p)) for p in model.classes_] for t in model.classes_]
    assert found.quality.confusion.tolist() == np.array(expected).tolist()


def test_a_column_that_says_nothing_has_no_importance(numbers):
    importances = {importance.column: importance.rise for importance in numbers[3].importances}
    assert set(importances) == {"x", "noise", "kind"}
    assert importances["x"] > importances["kind"] > 10 * abs(importances["noise"])


def test_partial_dependence_follows_the_rule(numbers):
    found = {dependence.column: dependence for dependence in numbers[3].dependences}
    slope = np.polyfit(found["x"].at, found["x"].mean, 1)[0]
    assert slope == pytest.approx(2, rel=0.2)
    by_kind = dict(zip(found["kind"].at, found["kind"].mean, strict=True))
    assert by_kind["a"] - by_kind["b"] == pytest.approx(3, rel=0.25)


def test_every_column_of_x_has_its_place(numbers):
    schema = numbers[0].schema_
    assert sorted(chain(*places(schema).values())) == list(range(schema.inputs.n_columns))
    for name, where in places(schema).items():
        assert all(schema.column_names[j].startswith(name) for j in where)


def test_worst_rows_come_with_their_gradients(numbers):
    model, _, test, found = numbers
    errors = np.abs(model.predict(test) - test.column("y").values)
    assert found.worst[0].true == pytest.approx(test.column("y").values[errors.argmax()])
    row = test.take(np.array([errors.argmax()]))
    trace_rows = model.schema_.encode(row), model.schema_.encode_target(row)
    gradient = row_gradients(trace(model.network_, model.parameters_, *trace_rows))
    assert found.worst[0].gradient_norm == pytest.approx(np.linalg.norm(gradient), rel=1e-3)


def test_baselines_stand_in_their_order(numbers):
    baselines = {baseline.name: baseline for baseline in numbers[3].baselines}
    assert list(baselines) == ["this network", "constant", "linear", "gradient boosting"]
    assert baselines["constant"].scores["r2"] == pytest.approx(0, abs=0.05)
    assert baselines["linear"].scores["r2"] > 0.99
    assert baselines["constant"].behind.low > 0
    assert baselines["linear"].n_rows == numbers[0].facts_.training_rows


def test_a_class_of_one_row_stops_no_baseline():
    """From 10,000 rows on gradient boosting would hold out some rows of every class."""
    rng = np.random.default_rng(4)
    X, Y = rng.normal(size=(10_001, 1)), np.zeros(10_001, int)
    Y[X[:, 0] > 0], Y[7] = 1, 2
    material = Material(Inputs(1), X, Y, X[:50], Y[:50], 3)
    found = run_baselines(material, np.zeros(50), lambda true, predicted: {})
    assert [baseline.name for baseline in found] == ["constant", "linear", "gradient boosting"]


def test_rows_that_training_saw_are_counted(classes):
    model, _, found = classes
    assert found.data.n_seen == 0
    seen = examine(model, Parts(found.parts.training, None, found.parts.training.take(slice(0, 50)), "test"))
    assert seen.data.n_seen == 50


def test_the_certificate_and_the_diagnosis_are_there(numbers, classes):
    for found in (numbers[3], classes[2]):
        assert found.certificate.passed
        assert found.diagnosis is not None
        assert [state.layer for state in found.layers] == [1, 2]


def test_thresholds_count_what_they_call():
    codes = np.array([0, 0, 1, 1])
    p = np.array([0.1, 0.6, 0.4, 0.9])
    quality = class_quality(codes, np.stack([1 - p, p], axis=1), ["no", "yes"])
    half = next(t for t in quality.thresholds if t.at == 0.5)
    assert (half.share, half.accuracy, half.precision, half.recall, half.f1) == (0.5, 0.5, 0.5, 0.5, 0.5)
    assert quality.best_threshold.f1 == pytest.approx(0.8)
    assert quality.curves[0].area == pytest.approx(0.75)


def test_wilsons_interval_is_the_published_one():
    """Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662."""
    interval = wilson(81, 263)
    assert (interval.low, interval.high) == pytest.approx((0.2553, 0.3662), abs=1e-4)
