"""clearprop train --start-from: a model that is there, an imported one too, is trained on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris

import clearprop as package
from clearprop import MLPClassifier, TableClassifier
from clearprop.adopting import on_table, origin_of
from clearprop.errors import UsageError
from clearprop.exchange import SCRIBES

CASES = Path(__file__).parents[1] / "adopt" / "cases"
FLOWERS = ("--classes", "setosa,versicolor,virginica")
NAMES = ("--columns", ",".join(load_iris().feature_names))
IMPORTED = {
    "keras_seq.keras": FLOWERS,
    "torch_relu.safetensors": (*FLOWERS, "--activations", "relu"),
    "nnet_iris3.rds": NAMES,
    "opencv_sym_default.yml": FLOWERS,
    "onnx_skl_mlpc_relu_3_f32.onnx": FLOWERS,
    "pmml_iris3.pmml": NAMES,
}
"""Networks of Fisher's iris, by other tools; cases/README.md says how they were made."""
UNTIL_THE_END = ("--test", "0", "--validation", "0", "--quiet")


@pytest.fixture
def begun(clearprop):
    """Return a function that imports a case, and returns the estimator of iris it is."""

    def bring(case: str, name: str = "begun.safetensors"):
        result = clearprop("import", CASES / case, *IMPORTED[case], "--out", name)
        assert result.code == 0, result.err
        model = package.load(name)
        return on_table(model, list(load_iris().feature_names), ["species"])

    return bring


def loss_on_iris(model) -> float:
    return model.evaluate("iris").loss


@pytest.mark.parametrize("case", IMPORTED)
def test_an_imported_network_goes_on_from_its_weights(clearprop, begun, case):
    before = begun(case)
    result = clearprop("train", "iris", "--start-from", "begun.safetensors", "--epochs", "60", *UNTIL_THE_END,
                       "--learning-rate", "0.0003", "--out", "on.safetensors")  # fmt: skip
    assert result.code == 0, result.err
    after = package.load("on.safetensors")

    moved = np.abs(after.parameters_.vector - before.parameters_.vector).max()
    assert 0 < moved < 0.3
    assert loss_on_iris(after) < loss_on_iris(before)
    assert after.gradient_certificate_.passed


def test_no_step_leaves_the_answers_what_they_were(clearprop, begun):
    before = begun("keras_seq.keras")
    clearprop("train", "iris", "--start-from", "begun.safetensors", "--epochs", "1", "--learning-rate", "1e-30",
              "--calibration", "none", *UNTIL_THE_END, "--out", "on.safetensors")  # fmt: skip
    np.testing.assert_array_equal(package.load("on.safetensors").predict_proba("iris"), before.predict_proba("iris"))


def test_what_comes_out_is_a_model_of_the_table(clearprop, begun):
    begun("torch_relu.safetensors")
    trained = clearprop(
        "train", "iris", "--start-from", "begun.safetensors", "--epochs", "3", "--out", "on.safetensors"
    )
    assert trained.code == 0, trained.err
    assert '"sepal length (cm)"' in trained.err
    assert "test" in trained.out

    shown = clearprop("inspect", "on.safetensors")
    assert "begun.safetensors" in shown.out
    report = clearprop("report", "on.safetensors", "iris", "--out", "report.html")
    assert "judged by 30 test rows, which training never saw" in report.err
    assert "--start-from begun.safetensors" in Path("report.html").read_text("utf-8")
    assert clearprop("explain", "on.safetensors", "iris", "--row", "3", "--out", "row.html").code == 0
    again = package.load("on.safetensors").fit("iris")
    assert again.facts_.begun_at == "begun.safetensors"


@pytest.mark.parametrize("to", SCRIBES)
def test_it_leaves_for_every_format(clearprop, begun, to):
    begun("nnet_iris3.rds")
    clearprop(
        "train", "iris", "--start-from", "begun.safetensors", "--epochs", "2", "--out", "on.safetensors", "--quiet"
    )
    result = clearprop("export", "on.safetensors", "--to", to, "--out", "on", "--check")
    assert result.code == 0 or (to == "pmml" and "cut_sigmoid" in result.err), result.err


def test_cut_and_resumed_it_comes_to_the_bytes_of_the_straight_run(clearprop, begun):
    begun("torch_relu.safetensors")
    result = clearprop("verify", "iris", "--start-from", "begun.safetensors", "--resume-at", "2,9", "--epochs", "6")
    assert result.code == 0, result.out + result.err

    for folder in ("straight", "again"):
        clearprop("train", "iris", "--start-from", "begun.safetensors", "--epochs", "4", "--checkpoint-dir", folder,
                  "--out", f"{folder}.safetensors", "--quiet")  # fmt: skip
    assert Path("straight.safetensors").read_bytes() == Path("again.safetensors").read_bytes()
    assert clearprop("resume", "straight", "--out", "resumed.safetensors", "--quiet").code == 0
    resumed, straight = package.load("resumed.safetensors"), package.load("straight.safetensors")
    assert resumed.parameters_ == straight.parameters_


def test_what_is_not_said_stays_as_the_network_has_it(clearprop):
    X, y = load_iris(return_X_y=True)
    model = MLPClassifier((6, 5), activation="tanh", alpha=0.5, dropout=(0, 0.25, 0), frozen=(1,), max_norm=3.0,
                          tol=9, n_iter_no_change=1, random_state=0).fit(X, load_iris().target_names[y])  # fmt: skip
    model.save("m.safetensors")
    rows = ["--target", "species", "--epochs", "2", "--quiet"]
    clearprop("train", "iris", "--start-from", "m.safetensors", *rows, "--out", "on.safetensors")
    clearprop("train", "iris", "--start-from", "m.safetensors", *rows, "--frozen", "2", "--dropout", "0", "--l2", "0.1",
              "--out", "other.safetensors")  # fmt: skip
    on, other = (package.load(f"{name}.safetensors") for name in ("on", "other"))

    assert on.network_ == model.network_
    np.testing.assert_array_equal(on.parameters_["W1"], model.coefs_[0])
    assert on.precision == "float64"
    assert [(layer.frozen, layer.dropout, layer.max_norm) for layer in other.network_.layers] == [
        (False, 0, 3.0), (True, 0, 3.0), (False, 0, 3.0)
    ]  # fmt: skip
    assert other.network_.objective.l2 == 0.1
    assert not other.network_.objective.penalty_per_row


def test_a_model_of_a_table_is_trained_on_with_the_columns_it_learned(clearprop, houses):
    first = ("--members", "1", "--effort", "quick", "--hidden", "8", "--epochs", "3", "--quiet")
    clearprop("train", houses, "--target", "price", *first, "--out", "first.safetensors")
    result = clearprop("train", houses, "--start-from", "first.safetensors", "--epochs", "30", "--quiet",
                       "--out", "on.safetensors")  # fmt: skip
    assert result.code == 0, result.err
    before, after = package.load("first.safetensors"), package.load("on.safetensors")
    assert after.schema_.columns == before.schema_.columns
    assert after.evaluate(houses).scores["rmse"] < before.evaluate(houses).scores["rmse"]


@pytest.mark.parametrize("option", [
    ("--hidden", "8"), ("--effort", "best"), ("--members", "3"), ("--loss", "focal"), ("--activation", "tanh"),
    ("--task", "numbers"), ("--initializer", "zeros"), ("--label-smoothing", "0.1"),
])  # fmt: skip
def test_a_setting_that_would_have_no_effect_is_refused(clearprop, begun, option):
    begun("nnet_iris3.rds")
    result = clearprop("train", "iris", "--start-from", "begun.safetensors", *option, "--out", "on.safetensors")
    assert result.code == 2
    assert f"{option[0]} has no meaning beside --start-from" in result.err
    assert not Path("on.safetensors").exists()


def test_a_class_the_network_does_not_have_is_refused_with_its_place(clearprop, begun):
    begun("nnet_iris3.rds")
    rows = "".join(
        f"5.{k},3,1.4,0.2,{label}\n" for k, label in enumerate(["setosa"] * 5 + ["tulip"] + ["virginica"] * 5)
    )
    Path("f.csv").write_text(f"a,b,c,d,kind\n{rows}")
    result = clearprop("train", "f.csv", "--start-from", "begun.safetensors", "--target", "kind", "--test", "0")
    assert result.code == 3
    assert '"tulip" is not a class of training' in result.err


def test_several_networks_or_answers_are_refused_with_the_way(clearprop, houses):
    clearprop(
        "train", houses, "--target", "price", "--members", "2", "--epochs", "2", "--quiet", "--out", "m.safetensors"
    )
    several = clearprop("train", houses, "--start-from", "m.safetensors", "--out", "on.safetensors")
    assert several.code == 2
    assert "the mean of 2 networks" in several.err
    assert "--members 1" in several.err

    clearprop("import", CASES / "fann_iris.net", "--out", "numbers.safetensors")
    numbers = clearprop("train", "iris", "--start-from", "numbers.safetensors", "--out", "on.safetensors")
    assert numbers.code == 2
    assert "3 answers to a row" in numbers.err
    with pytest.raises(UsageError, match="--members 1"):
        origin_of(package.load("m.safetensors"), "m")


def test_folds_do_not_begin_at_a_model(clearprop, begun):
    begun("nnet_iris3.rds")
    Path("c.toml").write_text('data = "iris"\nstart_from = "begun.safetensors"\n')
    result = clearprop("cv", "--config", "c.toml")
    assert result.code == 2
    assert "start_from is for `clearprop train`" in result.err


def test_in_python_a_table_estimator_begins_at_another(begun):
    origin = origin_of(begun("pmml_iris3.pmml"), "theirs")
    model = TableClassifier("species", n_epochs=2, class_weight="balanced", precision="float64")
    model.go_on_from(replace(origin, name="of a colleague"))
    model.fit("iris")
    assert model.facts_.begun_at == "of a colleague"
    assert model.schema_.target.counts == (42, 43, 43)
