"""How sure a class is: temperatures, curves and prediction sets of the table estimators, through files and exports."""

from __future__ import annotations

import numpy as np
import pytest

from clearprop import TableClassifier, TableRegressor, load
from clearprop.errors import ScribeCannot, UsageError
from clearprop.fitting.held import held_answers
from clearprop.uncertainty.calibration import tempered

SURE = [(TableClassifier, "iris", "calibration error"), (TableRegressor, "diabetes", "width at 90 %")]
QUICK = {"hidden": (64,), "n_epochs": 150, "patience": None, "l2": 0.0, "monitor": "loss"}


def blurred(n, seed, n_classes=3):
    """Return rows whose classes overlap, which a network that is trained for long is too sure of."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4))
    z = X[:, :n_classes] + 1.5 * rng.gumbel(size=(n, n_classes))
    return {**{f"x{j}": X[:, j] for j in range(4)}, "y": np.array(["a", "b", "c"])[z.argmax(axis=1)]}


def log_loss(model, data):
    return model.evaluate(data).scores["log_loss"]


def test_a_temperature_divides_the_last_layer_and_nothing_else():
    data = blurred(1200, 0)
    plain = TableClassifier("y", **QUICK, calibration="none").fit(data)
    model = TableClassifier("y", **QUICK).fit(data)
    found = model.facts_.calibration
    assert found["method"] == "temperature"
    assert found["temperature"] > 1.2
    for name in ("W1", "b1"):
        np.testing.assert_array_equal(model.parameters_[name], plain.parameters_[name])
    for name in ("W2", "b2"):
        np.testing.assert_allclose(model.parameters_[name] * found["temperature"], plain.parameters_[name], rtol=1e-5)
    again = tempered(np.log(plain.predict_proba(data).astype(float)), found["temperature"])
    np.testing.assert_allclose(model.predict_proba(data), again, rtol=1e-3, atol=1e-6)
    np.testing.assert_array_equal(model.predict(data), plain.predict(data))
    assert plain.facts_.calibration is None


def test_new_rows_are_answered_with_probabilities_that_hold_better():
    data, new = blurred(1200, 0), blurred(4000, 1)
    large = QUICK | {"hidden": (64, 64)}
    plain = TableClassifier("y", **large, calibration="none").fit(data)
    assert log_loss(TableClassifier("y", **large).fit(data), new) < 0.95 * log_loss(plain, new)


def test_members_are_not_made_less_sure_than_their_mean_makes_them():
    data = blurred(900, 0)
    settings = QUICK | {"members": 3}
    assert TableClassifier("y", **settings).fit(data).facts_.calibration is None


def test_a_tempered_model_leaves_for_other_formats(tmp_path):
    model = TableClassifier("y", **QUICK).fit(blurred(1200, 0))
    assert model.facts_.calibration
    assert model.export(tmp_path / "m.py", "numpy").check()[0].difference < 1e-6


def test_a_curve_is_kept_used_and_refused_by_exports(tmp_path):
    data = blurred(900, 0)
    data["y"] = (data["y"] == "a").astype(int)
    plain = TableClassifier("y", **QUICK, calibration="none").fit(data)
    model = TableClassifier("y", **QUICK, calibration="isotonic").fit(data)
    curve = model.schema_.target.curve
    second = np.interp(plain.predict_proba(data)[:, 1], curve.x, curve.y)
    np.testing.assert_allclose(model.predict_proba(data)[:, 1], second, rtol=1e-6)
    np.testing.assert_allclose(model.predict_proba(data).sum(axis=1), 1, rtol=1e-6)
    model.save(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(load(tmp_path / "m.safetensors").predict_proba(data), model.predict_proba(data))
    with pytest.raises(ScribeCannot, match='calibration="temperature"'):
        model.export(tmp_path / "m.onnx")


@pytest.mark.parametrize("settings", [{}, {"members": 3}])
def test_sets_hold_the_true_class_as_often_as_they_say(settings):
    model = TableClassifier("y", hidden=(16,), **settings).fit(blurred(1500, 0))
    new = blurred(4000, 1)
    true = np.searchsorted(model.classes_, new["y"])
    sizes = []
    for level in (0.6, 0.9):
        found = model.predict_set(new, level)
        assert abs(found[np.arange(4000), true].mean() - level) < 0.05
        assert found.any(axis=1).all()
        sizes.append(found.sum(axis=1).mean())
    assert 1 <= sizes[0] < sizes[1] < 3


def test_scores_are_those_of_the_rows_that_were_held_out():
    model = TableClassifier("y", hidden=(8,), n_epochs=5).fit(blurred(400, 0))
    job = model.prepare(blurred(400, 0))
    (held,) = held_answers(job, model.sessions())
    scores = 1 - held.outputs[np.arange(len(held.Y)), held.Y.astype(int)]
    np.testing.assert_allclose(model.schema_.target.held.scores, np.sort(scores), rtol=1e-5, atol=1e-7)


def test_what_has_no_meaning_is_refused():
    data = blurred(60, 0)
    with pytest.raises(UsageError, match="none were"):
        TableClassifier("y", hidden=(4,), n_epochs=2).fit(data).predict_set(data)
    numbers = {"a": np.arange(60.0), "y": np.arange(60.0)}
    with pytest.raises(UsageError, match="calibration has no meaning"):
        TableRegressor("y", calibration="temperature").fit(numbers)


def test_predict_writes_sets(clearprop):
    TableClassifier(n_epochs=5, members=2).fit("iris").save("m.safetensors")
    told = clearprop("predict", "m.safetensors", "iris", "--interval", "0.99")
    assert told.out.splitlines()[0].endswith("probability of virginica,set")
    assert "versicolor | virginica" in told.out
    assert clearprop("predict", "m.safetensors", "iris", "--std").code == 2


@pytest.mark.parametrize(("kind", "data", "said"), SURE)
def test_evaluate_says_whether_it_was_as_sure_as_it_said(clearprop, kind, data, said):
    kind(n_epochs=4, members=2).fit(data).save("m.safetensors")
    assert said in clearprop("evaluate", "m.safetensors", data).out
    facts = clearprop("evaluate", "m.safetensors", data, "--json").facts["sure"]
    assert facts["levels"][-1] == 0.95
    assert 0.5 < facts["held"][-1] <= 1
