"""Table estimators: from a table as it is to answers in its own terms."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from clearprop import TableClassifier, TableRegressor, load
from clearprop.equations import get_rule, get_schedule
from clearprop.errors import DataError, DivergenceError, ModelFileError, UsageError
from clearprop.estimators import DivergenceWarning
from clearprop.files import load_model, save_model
from clearprop.fitting.recipe import suitable_l2


def make_frame(n: int = 240, seed: int = 0) -> pd.DataFrame:
    """A number with missing cells, a category, a date and a boolean; their sum decides the classes."""
    rng = np.random.default_rng(seed)
    size = rng.normal(size=n)
    colour = rng.choice(["red", "green", "blue"], n)
    paid = rng.integers(0, 2, n).astype(bool)
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 700, n), unit="D")
    score = size + (colour == "red") * 1.5 - paid
    frame = pd.DataFrame({"size": size, "colour": colour, "paid": paid, "day": day, "score": score})
    frame.loc[::19, "size"] = np.nan
    return frame


QUICK = {"hidden": (16,), "n_epochs": 60, "random_state": 1}


@pytest.mark.parametrize("labels", [["no", "yes"], [False, True], [0, 1], [-1.5, 2.5]])
def test_classes_come_back_as_they_were(labels):
    frame = make_frame()
    frame["bought"] = np.where(frame.pop("score") > 0, labels[1], labels[0])
    model = TableClassifier("bought", **QUICK).fit(frame)

    predicted = model.predict(frame)

    assert list(model.classes_) == labels
    assert set(predicted.tolist()) <= set(labels)
    assert model.score(frame) > 0.85
    np.testing.assert_allclose(model.predict_proba(frame).sum(axis=1), 1, rtol=1e-6)


def test_numbers_come_back_in_their_units():
    frame = make_frame()
    frame["score"] = 1e6 + 1000 * frame["score"]
    model = TableRegressor("score", **QUICK).fit(frame)

    assert model.score(frame) > 0.8
    assert abs(model.predict(frame).mean() - frame["score"].mean()) < 300


def test_the_target_may_be_given_apart():
    frame = make_frame()
    y = frame.pop("score")
    apart = TableRegressor(**QUICK).fit(frame, y)
    together = TableRegressor("score", **QUICK).fit(frame.assign(score=y))

    np.testing.assert_array_equal(apart.predict(frame), together.predict(frame))


def test_the_target_must_be_named():
    with pytest.raises(UsageError, match="target"):
        TableRegressor().fit(make_frame())


def test_a_saved_model_predicts_the_same(tmp_path):
    model = TableClassifier(hidden=(8,), n_epochs=3).fit("wine")
    model.save(tmp_path / "wine.safetensors")
    again = load(tmp_path / "wine.safetensors")

    assert again.get_params() == model.get_params()
    np.testing.assert_array_equal(again.predict_proba("wine"), model.predict_proba("wine"))
    assert again.history_ == {name: curve for name, curve in model.history_.items() if name != "seconds"}


def test_settings_that_are_no_text_come_back(tmp_path):
    settings = {
        "class_weight": {0: 5.0, 1: 1.0},
        "optimizer": get_rule("adamw", weight_decay=0.1),
        "schedule": get_schedule("cosine", final=0.1),
        "random_state": np.int64(3),
    }
    frame = make_frame().assign(y=lambda frame: (frame.pop("score") > 0).astype(int))
    model = TableClassifier("y", hidden=(4,), n_epochs=2, **settings).fit(frame)
    model.save(tmp_path / "model.safetensors")
    again = load(tmp_path / "model.safetensors")

    assert {name: again.get_params()[name] for name in settings} == settings
    assert again.evaluate(frame) == model.evaluate(frame)


@pytest.mark.parametrize(
    "facts",
    [
        {"estimator": "TableClassifier"},
        {"settings": {}, "features": []},
        {"settings": {"no_such_setting": 1}},
        {"settings": {"optimizer": {"no_such_kind": 1}}},
        {"settings": {"optimizer": {}}},
        {"settings": {"l2": {"number": "many"}}},
    ],
    ids=str,
)
def test_a_file_whose_facts_do_not_hold_is_refused(tmp_path, facts):
    path = tmp_path / "model.safetensors"
    TableClassifier(hidden=(4,), n_epochs=1).fit("iris").save(path)
    save_model(path, replace(load_model(path), facts={"estimator": "TableClassifier", **facts}))
    with pytest.raises(ModelFileError, match="facts"):
        load(path)


def test_the_file_of_another_table_estimator_is_refused(tmp_path):
    path = tmp_path / "model.safetensors"
    TableClassifier(hidden=(4,), n_epochs=1).fit("iris").save(path)
    with pytest.raises(ModelFileError, match="expected a file of TableRegressor"):
        TableRegressor.from_model(load_model(path))


def test_a_pickled_model_predicts_the_same():
    model = TableClassifier(hidden=(8,), n_epochs=3).fit("wine")
    model.predict("wine")

    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict("wine"), model.predict("wine"))


def test_the_same_seed_gives_the_same_bits():
    one, two = (TableClassifier(hidden=(8,), n_epochs=4, dropout=0.2).fit("wine") for _ in range(2))

    assert one.parameters_.vector.tobytes() == two.parameters_.vector.tobytes()


def test_what_is_held_out_teaches_nothing():
    """Changing the validation rows, however wildly, leaves schema and first epoch as they were."""
    frame = make_frame()
    model = TableRegressor("score", hidden=(4,), n_epochs=1, time="day", validation=0.2).fit(frame)
    late = frame["day"] > np.sort(frame["day"])[-len(frame) // 5 - 5]
    frame.loc[late, "size"] *= 1000
    again = TableRegressor("score", hidden=(4,), n_epochs=1, time="day", validation=0.2).fit(frame)

    assert again.facts_.training_rows < 0.9 * len(frame)
    assert [c for c in again.schema_.columns if c.name == "colour"] == [
        c for c in model.schema_.columns if c.name == "colour"
    ]


def test_balanced_classes_find_the_rare_one():
    rng = np.random.default_rng(0)
    rare = rng.uniform(size=600) < 0.08
    frame = pd.DataFrame({"x": rng.normal(size=600) + 1.2 * rare, "y": np.where(rare, "rare", "common")})
    found = [
        (TableClassifier("y", **QUICK, class_weight=weight).fit(frame).predict(frame)[rare] == "rare").mean()
        for weight in (None, "balanced")
    ]

    assert found[1] > found[0] + 0.3


def test_rows_of_weight_zero_teach_nothing():
    frame = make_frame()
    wrong = frame.copy()
    wrong["score"] = 1e3
    both = pd.concat([frame, wrong], ignore_index=True)
    weights = np.r_[np.ones(len(frame)), np.zeros(len(wrong))]
    model = TableRegressor("score", **QUICK, validation=0.0).fit(both, sample_weight=weights)

    assert np.abs(model.predict(frame) - frame["score"]).mean() < 20


def test_divergence_without_a_good_epoch_is_an_error():
    with pytest.raises(DivergenceError, match="learning rate"):
        TableRegressor(optimizer="sgd", learning_rate=1e30).fit("diabetes")


def test_divergence_after_a_good_epoch_is_a_warning():
    from clearprop.equations import get_schedule

    model = TableRegressor(
        optimizer="sgd", learning_rate=0.001, schedule=get_schedule("exponential", decay=1000.0), hidden=(8,)
    )
    with pytest.warns(DivergenceWarning, match="were kept"):
        model.fit("diabetes")

    assert np.isfinite(model.predict("diabetes")).all()


def test_predicting_a_table_without_a_needed_column_names_it():
    frame = make_frame()
    model = TableRegressor("score", hidden=(4,), n_epochs=1).fit(frame)

    with pytest.raises(DataError, match="colour"):
        model.predict(frame.drop(columns="colour"))


def test_poisson_counts_are_predicted_above_zero():
    rng = np.random.default_rng(0)
    x = rng.normal(size=400)
    frame = pd.DataFrame({"x": x, "count": rng.poisson(np.exp(0.5 * x + 1))})
    model = TableRegressor("count", loss="poisson", **QUICK).fit(frame)

    predicted = model.predict(frame)
    assert (predicted > 0).all()
    assert np.corrcoef(predicted, np.exp(0.5 * x + 1))[0, 1] > 0.95


@pytest.mark.parametrize(("n_rows", "l2"), [(50, 0.001), (4000, 0.001), (16_000, 0.00025), (4_000_000, 1e-6)])
def test_the_penalty_falls_with_the_rows(n_rows, l2):
    assert suitable_l2(n_rows) == pytest.approx(l2)


def test_a_penalty_that_is_given_counts_as_it_is(tmp_path):
    settings = {"hidden": (4,), "n_epochs": 1}
    chosen, given = (TableClassifier(**settings, l2=l2).fit("iris") for l2 in (None, 0.02))
    chosen.save(tmp_path / "chosen.safetensors")

    assert (chosen.network_.objective.l2, given.network_.objective.l2) == (0.001, 0.02)
    again = load(tmp_path / "chosen.safetensors")
    assert again.l2 is None
    assert again.network_.objective.l2 == 0.001


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch_size": 0}, "batch_size must be a whole number of 1 or more, or None, got 0"),
        ({"block_rows": 0}, "block_rows must be a whole number of 1 or more, or None, got 0"),
        ({"n_epochs": 2.5}, "n_epochs must be a whole number of 1 or more, or None, got 2.5"),
        ({"hidden": 5}, "hidden must list the units of each hidden layer"),
        ({"random_state": None}, "random_state must be a whole number"),
        ({"dropout": "half"}, "dropout must be a number in .0, 1., or one per layer, or None, got 'half'"),
        ({"l2": "auto"}, "l2 must be a number of 0 or more, or None, got 'auto'"),
        ({"activation": ["relu", "tanh"]}, "one entry per hidden layer .1., got 2; one name alone"),
        ({"schedule": 3}, "schedule must be a name or a Schedule, or None, got 3"),
        ({"class_weight": {"setosa": 2, "rose": 1}}, "class_weight names 'rose', which is no class"),
        ({"loss": "binary_cross_entropy"}, "is for two classes, there are 3"),
        ({"validation": -0.1}, "validation must be a share of the rows"),
        ({"validation": 1.0}, "validation must be a share of the rows"),
    ],
    ids=str,
)
def test_a_setting_without_meaning_is_refused(settings, message):
    with pytest.raises(UsageError, match=message):
        TableClassifier(**{"hidden": (4,), "n_epochs": 1, **settings}).fit("iris")


def test_a_regressor_refuses_the_loss_of_classes():
    with pytest.raises(UsageError, match="is for classes, the target is of numbers"):
        TableRegressor("score", loss="cross_entropy").fit(make_frame())


def test_settings_beside_an_update_rule_with_options_count():
    model = TableClassifier(hidden=(4,), n_epochs=1, optimizer=get_rule("adamw", weight_decay=0.1), learning_rate=0.02)
    rule = model.set_params(clip_norm=3.0).prepare("iris", None, None).rule
    assert rule == get_rule("adamw", weight_decay=0.1, learning_rate=0.02, clip_norm=3.0)


@pytest.mark.parametrize(("n_rows", "there"), [(0, "are no samples"), (1, "is 1 sample")])
def test_too_few_rows_with_weight_are_counted_rightly(n_rows, there):
    weights = np.zeros(240)
    weights[:n_rows], weights[-1] = 1.0, 1.0
    with pytest.raises(DataError, match=f"there {there} to train on"):
        TableRegressor("score").fit(make_frame(), sample_weight=weights, rows=np.arange(100))


@pytest.mark.parametrize("kind", [TableClassifier, TableRegressor])
def test_a_score_on_the_own_target_refuses_weights_it_would_ignore(kind):
    source = "iris" if kind is TableClassifier else "diabetes"
    model = kind(hidden=(4,), n_epochs=1).fit(source)
    with pytest.raises(UsageError, match="give y beside sample_weight"):
        model.score(source, sample_weight=np.ones(10))


def test_a_table_of_ten_thousand_columns_can_be_saved(tmp_path):
    """As many as arcene has; what is known of each of them stands in the file."""
    X, y = np.random.default_rng(5).normal(size=(12, 10_000)), np.arange(12) % 2
    model = TableClassifier("y", hidden=(2,), n_epochs=1, certify=False).fit(X, y)
    model.save(tmp_path / "wide.safetensors")
    np.testing.assert_array_equal(load(tmp_path / "wide.safetensors").predict_proba(X), model.predict_proba(X))


def test_a_target_may_be_called_by_a_number_as_frames_without_names_have_it():
    frame = pd.DataFrame(np.random.default_rng(6).normal(size=(40, 2)))
    for target in (0, 1):
        model = TableRegressor(target, hidden=(2,), n_epochs=1).fit(frame)
        assert model.schema_.target.name == str(target)
    with pytest.raises(DataError, match='no column "7"'):
        TableRegressor(7).fit(frame)
