"""Comparison: ours and others on the same folds, each answering rows it has not seen."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from clearprop import TableClassifier, TableRegressor, compare, cross_validate
from clearprop.examination.baselines import row_losses
from clearprop.report import comparison_page
from clearprop.selection import comparison
from clearprop.selection.others import others
from clearprop.tables import learn_schema, read_table

QUICK = {"hidden": (5,), "n_epochs": 4}


@pytest.fixture(autouse=True)
def of_scikit_learn_alone(monkeypatch):
    """Leave out what is slow to train."""
    found = comparison.others
    monkeypatch.setattr(comparison, "others", lambda classes: {"linear": found(classes)["linear"]})


def test_ours_is_the_cross_validation_of_its_settings():
    model = TableClassifier(**QUICK)
    found, alone = compare(model, "iris", folds=3), cross_validate(model, "iris", folds=3)
    assert [one.name for one in found.models] == ["clearprop", "clearprop, 8 networks", "linear"]
    np.testing.assert_array_equal(found.models[0].outputs, alone.outputs[0])
    assert found.models[0].scores == alone.scores
    eight = cross_validate(TableClassifier(**QUICK, members=8), "iris", folds=3)
    np.testing.assert_array_equal(found.models[1].outputs, eight.outputs[0])


def test_an_ensemble_is_compared_with_one_network_of_the_same_settings():
    found = compare(TableRegressor(**QUICK, members=2), "diabetes", folds=2)
    assert [one.name for one in found.models] == ["clearprop, 2 networks", "clearprop", "linear"]
    one = cross_validate(TableRegressor(**QUICK, members=1), "diabetes", folds=2)
    np.testing.assert_array_equal(found.models[1].outputs, one.outputs[0])


def test_the_linear_model_is_ridge_on_the_rows_of_each_fold():
    found = compare(TableRegressor(**QUICK), "diabetes", folds=2)
    table, linear = read_table("diabetes"), found.models[2]
    for fold in found.folds:
        schema = learn_schema(table, "progression", rows=fold.train, task="numbers")
        y = table.column("progression").values[fold.train]
        ridge = Ridge().fit(schema.encode(table.take(fold.train)), y)
        np.testing.assert_allclose(linear.outputs[fold.held], ridge.predict(schema.encode(table.take(fold.held))))


def test_the_difference_is_that_of_the_losses_row_by_row():
    found = compare(TableClassifier(**QUICK), "iris", folds=2)
    first, linear = found.models[0], found.models[2]
    codes = found.truth.values
    differences = row_losses(codes, linear.outputs) - row_losses(codes, first.outputs)
    assert first.behind is None
    assert linear.behind.value == pytest.approx(differences.mean())
    assert linear.behind.low < linear.behind.value < linear.behind.high


@pytest.mark.parametrize("classes", [True, False])
def test_every_model_that_is_at_hand_learns_from_categories(classes):
    rng = np.random.default_rng(0)
    data = {"a": rng.normal(size=80), "b": rng.choice(["x", "y", "z"], 80)}
    shift = np.where(data["b"] == "x", 3.0, 0.0)
    y = data["a"] + shift + 0.1 * rng.normal(size=80)
    table = read_table(data | {"y": np.where(y > 1, "high", "low") if classes else y})
    schema = learn_schema(table, "y", task="classes" if classes else "numbers")
    X = schema.encode(table)
    Y = schema.encode_target(table) if classes else y
    found = others(classes)
    assert {"linear", "HistGradientBoosting"} <= {*found}
    for other in found.values():
        answer = other(schema.inputs, X, Y)(X, 2 if classes else 0)
        right = np.mean(answer.argmax(axis=1) == Y) if classes else np.corrcoef(answer, y)[0, 1]
        assert right > 0.85


def test_a_page_shows_every_model_and_asks_nothing_of_anybody():
    page = comparison_page(compare(TableClassifier(**QUICK), "iris", folds=2), "<b>iris</b>")
    for word in ("clearprop, 8 networks", "linear", "accuracy", "&lt;b&gt;iris&lt;/b&gt;", "<svg"):
        assert word in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org", "")


def test_it_is_shown_as_a_line_of_scores_for_each_model():
    found = compare(TableRegressor(**QUICK), "diabetes", folds=2)
    head, *lines = repr(found).splitlines()
    assert head == f"Comparison({found.truth.target}, 442 rows, 2 folds)"
    assert [line.split(":")[0].strip() for line in lines] == [one.name for one in found.models]
    assert all(f"r2 {one.scores['r2'].value:.4g} (" in line for one, line in zip(found.models, lines, strict=True))
