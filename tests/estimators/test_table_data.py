"""What table estimators are handed: arrays, names, weights, bad and empty rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from clearprop import TableClassifier, TableRegressor, load
from clearprop.errors import DataError, UsageError
from clearprop.tables.given import copies

QUICK = {"hidden": (8,), "n_epochs": 5}


def make_frame(n: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    age, colour = rng.normal(40, 10, n).round(2), rng.choice(["red", "blue"], n)
    return pd.DataFrame({"age": age, "colour": colour, "y": np.where(age + 5 * (colour == "red") > 42, "yes", "no")})


@pytest.fixture
def dirty(tmp_path, monkeypatch):
    """A CSV of 2000 rows, one of which has a word for a number and one a cell too many; the working folder."""
    monkeypatch.chdir(tmp_path)
    lines = make_frame(2000).to_csv(index=False).splitlines()
    lines[700] = "4O,red,yes"
    lines[900] += ",more"
    (tmp_path / "people.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


def test_columns_in_another_order_predict_the_same():
    frame = make_frame()
    model = TableClassifier("y", **QUICK).fit(frame)

    np.testing.assert_array_equal(model.predict_proba(frame[["colour", "y", "age"]]), model.predict_proba(frame))


def test_a_renamed_column_is_named_with_its_likely_new_name():
    frame = make_frame()
    model = TableClassifier("y", **QUICK).fit(frame)

    with pytest.raises(DataError, match=r'lacks 1 of the 2 columns .*"colour" \(is it "color"\?\)') as caught:
        model.predict(frame.rename(columns={"colour": "color"}))
    assert "unknown" not in str(caught.value)


def test_a_column_that_training_left_out_is_still_a_feature():
    frame = make_frame().assign(same=1.0)[["same", "age", "colour", "y"]]
    model = TableClassifier("y", **QUICK).fit(frame)

    assert model.feature_names_in_.tolist() == ["same", "age", "colour"]
    assert model.n_features_in_ == 3


def test_a_row_without_any_cell_keeps_its_place(tmp_path):
    frame = make_frame()
    model = TableClassifier("y", **QUICK).fit(frame)
    path = tmp_path / "new.csv"
    path.write_text("age,colour\n55,red\n,\n20,blue\n,\n")

    predicted = model.predict_proba(path)

    assert len(predicted) == 4
    np.testing.assert_array_equal(predicted[1], predicted[3])
    np.testing.assert_array_equal(predicted[[0, 2]], model.predict_proba({"age": [55, 20], "colour": ["red", "blue"]}))


def test_a_row_without_any_cell_is_not_scored(tmp_path):
    frame = make_frame()
    model = TableClassifier("y", **QUICK).fit(frame)
    (tmp_path / "new.csv").write_text(frame.to_csv(index=False) + ",,\n")

    assert model.evaluate(tmp_path / "new.csv").n_rows == len(frame)


def test_a_bad_row_is_never_left_out_of_predictions(dirty):
    model = TableClassifier("y", **QUICK, bad_rows="quarantine").fit("people.csv")

    with pytest.raises(DataError, match=r"people\.csv:901"):
        model.predict("people.csv")


def test_bad_rows_are_an_error_that_names_the_place(dirty):
    with pytest.raises(DataError, match=r"people\.csv:901"):
        TableClassifier("y", **QUICK).fit("people.csv")


def test_quarantined_rows_are_written_and_counted(dirty):
    model = TableClassifier("y", **QUICK, bad_rows="quarantine").fit("people.csv")
    model.save("people.safetensors")

    rejects = pd.read_csv("people.rejects.csv")
    assert rejects["line"].tolist() == [701, 901]
    assert '"4O" is not a number' in rejects["reason"][0]
    facts = load("people.safetensors").facts_
    assert (facts.rejected_rows, facts.rejects, facts.rows) == (2, "people.rejects.csv", 1998)


def test_more_bad_rows_than_allowed_are_an_error(dirty):
    with pytest.raises(DataError, match="--max-bad"):
        TableClassifier("y", **QUICK, bad_rows="quarantine", max_bad=0.0005).fit("people.csv")


def test_copies_follow_whole_weights():
    rows = np.array([0, 2, 3])

    assert copies(rows, np.array([2.0, 5.0, 1.0, 3.0])).tolist() == [0, 0, 2, 3, 3, 3]
    assert copies(rows, np.array([0.5, 5.0, 1.0, 3.0])).tolist() == [0, 2, 3]
    assert copies(rows, None).tolist() == [0, 2, 3]


def test_class_weights_may_be_given_by_class():
    frame = make_frame()
    model = TableClassifier("y", **QUICK, class_weight={"yes": 1e4}).fit(frame)

    assert (model.predict(frame) == "yes").mean() > 0.9


def test_a_classifier_refuses_amounts():
    frame = make_frame()
    with pytest.raises(DataError, match=r"continuous.*TableRegressor"):
        TableClassifier("age", **QUICK).fit(frame)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (sparse.csr_array(np.eye(30)), "sparse"),
        (np.arange(30.0), "Reshape your data"),
        (np.eye(30) * 1j, "Complex"),
        (np.empty((30, 0)), "minimum of 1"),
    ],
)
def test_arrays_that_are_no_tables_are_refused(data, message):
    with pytest.raises(DataError, match=message):
        TableRegressor(**QUICK).fit(data, np.arange(30.0))


def test_without_a_target_the_message_names_the_columns():
    with pytest.raises(UsageError, match=r'y is None.*"age", "colour", "y"'):
        TableClassifier().fit(make_frame())


def test_few_rows_are_all_trained_on():
    model = TableRegressor(hidden=(4,), n_epochs=3).fit(np.arange(40.0).reshape(20, 2), np.arange(20.0))

    assert (model.facts_.training_rows, model.facts_.validation_rows) == (20, 0)


@pytest.mark.parametrize("y", ["y", ["y"], ("y",)])
def test_a_name_in_the_place_of_y_is_told_where_names_go(y):
    with pytest.raises(DataError, match='give target="y" where the estimator is made'):
        TableClassifier(**QUICK).fit(make_frame(), y)


def test_a_name_of_no_column_in_the_place_of_y_is_told_the_nearest():
    with pytest.raises(DataError, match=r"got the text 'colours'.*such as 'colour'"):
        TableRegressor(**QUICK).fit(make_frame(), "colours")


@pytest.mark.parametrize("y", ["y", ["yes"], np.array([["yes"] * 120] * 2)])
def test_a_score_asks_for_one_answer_a_row(y):
    model = TableClassifier("y", **QUICK).fit(make_frame())
    with pytest.raises(DataError, match="120 true answers"):
        model.score(make_frame(), y)
