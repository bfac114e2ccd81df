"""A model file of a network of arrays, an adopted one too: the columns of a table are its inputs, in their order."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris

from clearprop import MLPClassifier, MLPRegressor, load

X, y = load_iris(return_X_y=True)
SMALL = {"solver": "lbfgs", "tol": 0.1, "random_state": 0}
COMMANDS = ["predict", "evaluate", "check", "explain", "report"]


@pytest.fixture
def saved(clearprop):  # which is in a folder of its own by then
    """Return a function that fits a small network and saves it."""

    def fit(kind, X, y, columns=None):
        model = kind(hidden_layer_sizes=(4,), **SMALL).fit(X, y)
        if columns:
            model.feature_names_in_ = np.array(columns, dtype=object)
        model.save("m.safetensors")
        return "m.safetensors"

    return fit


@pytest.fixture
def flowers(clearprop):
    np.savetxt("flowers.csv", np.column_stack([X, y]), delimiter=",", header="a,b,c,d,kind", comments="", fmt="%.17g")
    return "flowers.csv"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_on_rows_takes_it(clearprop, saved, flowers, command):
    result = clearprop(command, saved(MLPClassifier, X, y), flowers)
    assert result.code == 0, result.err
    assert 'the inputs are "a", "b", "c", "d", in this order; the target is "kind"' in result.err


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_it_predicts_what_it_predicts_from_arrays(clearprop, saved, flowers, dtype):
    path = saved(MLPClassifier, X.astype(dtype), y)
    columns = clearprop("predict", path, flowers, "--json").facts["columns"]
    wanted = load(path).predict_proba(X.astype(dtype))
    np.testing.assert_array_equal(np.array([columns[f"probability of {k}"] for k in range(3)], dtype).T, wanted)


def test_inputs_that_have_names_are_found_by_them(clearprop, saved, flowers):
    path = saved(MLPClassifier, X[:, [3, 1]], y, columns=["d", "b"])
    facts, model = clearprop("evaluate", path, flowers, "--target", "kind", "--json").facts, load(path)
    del model.feature_names_in_
    assert facts["scores"]["accuracy"] == model.score(X[:, [3, 1]], y)


def test_a_number_is_scored_by_the_column_that_is_named(clearprop, saved, flowers):
    path = saved(MLPRegressor, X[:, :3], X[:, 3])
    facts = clearprop("evaluate", path, flowers, "--target", "d", "--json").facts
    assert facts["scores"]["r2"] == pytest.approx(load(path).score(X[:, :3], X[:, 3]), rel=1e-12)


def test_several_numbers_are_scored_one_by_one(clearprop, saved, flowers):
    path = saved(MLPRegressor, X[:, :2], X[:, 2:])
    facts = clearprop("evaluate", path, flowers, "--target", "c", "--target", "d", "--json").facts
    residual = ((load(path).predict(X[:, :2]) - X[:, 2:]) ** 2).mean(axis=0) ** 0.5
    assert [facts["scores"][f"rmse of output {k}"] for k in range(2)] == pytest.approx(list(residual), rel=1e-12)
    assert clearprop("report", path, flowers, "--target", "c", "--target", "d").code == 2


def test_labels_are_scored_one_by_one(clearprop, saved):
    names = [f"x{k}" for k in range(4)] + ["p", "q", "r"]
    hold = np.eye(3, dtype=int)[y]
    np.savetxt("l.csv", np.column_stack([X, hold]), delimiter=",", header=",".join(names), comments="", fmt="%.17g")
    path = saved(MLPClassifier, X, hold)
    facts = clearprop("evaluate", path, "l.csv", "--json").facts
    assert facts["scores"]["all_labels_right"] == load(path).score(X, hold)
    assert [row["rows"] for row in facts["classes"]] == [50, 50, 50]
    assert clearprop("predict", path, "l.csv").out.startswith("prediction of 0,probability of 0,prediction of 1")


def test_a_gap_is_refused_with_its_place(clearprop, saved):
    path = saved(MLPClassifier, X, y)
    with open("gap.csv", "w") as file:
        file.write("a,b,c,d\n1,2,3,4\n1,,3,4\n")
    result = clearprop("predict", path, "gap.csv")
    assert result.code == 3
    assert 'gap.csv:3, column "b": the cell is missing' in result.err


@pytest.mark.parametrize(
    ("columns", "said"),
    [("a,b,c", "has 3 columns besides the target, and the network takes 4"), ("a,b,c,d", "name the column with the")],
)
def test_a_table_that_does_not_fit_is_told(clearprop, saved, columns, said):
    path = saved(MLPClassifier, X, y)
    n = columns.count(",") + 1
    np.savetxt("t.csv", X[:, :n], delimiter=",", header=columns, comments="")
    result = clearprop("evaluate", path, "t.csv")
    assert result.code in (2, 3)
    assert said in result.err
    assert "Traceback" not in result.err


def test_a_report_does_not_pretend_to_know_the_training_rows(clearprop, saved, flowers):
    path = saved(MLPClassifier, X, y)
    assert clearprop("report", path, flowers, "--out", "r.html").code == 0
    page = Path("r.html").read_text(encoding="utf-8")
    assert all(words in page for words in ("Rows in this file", "trained on arrays"))
    assert not any(words in page for words in ("Rows to train on", 'id="learning"'))


def test_a_model_of_a_table_has_its_target_already(clearprop, houses):
    clearprop("train", houses, "--target", "price", "--epochs", "1", "--out", "h.safetensors", "--quiet")
    result = clearprop("evaluate", "h.safetensors", houses, "--target", "rooms")
    assert result.code == 2
    assert 'predicts "price"' in result.err


def test_inspect_shows_it(clearprop, saved):
    result = clearprop("inspect", saved(MLPClassifier, X, y))
    assert result.code == 0
    assert "cross_entropy" in result.out
