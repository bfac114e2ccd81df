"""clearprop import: from a file of another tool to a model file that every command knows."""

from pathlib import Path

import numpy as np
import pytest

import clearprop as package

CASES = Path(__file__).parents[1] / "adopt" / "cases"


def test_a_network_of_fann_becomes_a_model_file_that_leaves_again(clearprop):
    result = clearprop("import", CASES / "fann_iris.net", "--out", "m.safetensors", "--columns", "a,b,c,d", "--json")
    assert result.code == 0
    assert result.facts["sizes"] == [4, 5, 3]
    assert result.facts["activations"] == ["tanh", "sigmoid"]
    assert "MLPRegressor 4-5-3, float64, numbers" in result.err

    assert clearprop("export", "m.safetensors", "--out", "m.py", "--check").code == 0
    derived = clearprop("derive", "m.safetensors")
    assert derived.code == 0
    assert "tanh" in derived.out
    assert package.load("m.safetensors").feature_names_in_.tolist() == ["a", "b", "c", "d"]


def test_what_the_file_lacks_is_given_on_the_command_line(clearprop):
    without = clearprop("import", CASES / "torch_relu.safetensors", "--out", "m.safetensors")
    assert without.code == 2
    assert "no activations" in without.err
    with_them = clearprop("import", CASES / "torch_relu.safetensors", "--out", "m.safetensors", "--activations", "relu",
                          "--classes", "setosa,versicolor,virginica")  # fmt: skip
    assert with_them.code == 0
    model = package.load("m.safetensors")
    assert model.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    rows = np.genfromtxt(CASES / "rows.csv", delimiter=",", skip_header=1)[:, :4]
    logits = np.genfromtxt(CASES / "torch_relu.csv", delimiter=",")
    np.testing.assert_array_equal(model.predict(rows), model.classes_[logits.argmax(axis=1)])


@pytest.mark.parametrize(("text", "wanted"), [
    ("relu", "relu"), ("relu,softmax", ["relu", "softmax"]),
    ("hard_tanh:low=0,high=6,tanh,identity", ["hard_tanh:low=0,high=6", "tanh", "identity"]),
])  # fmt: skip
def test_commas_inside_options_do_not_part_activations(text, wanted):
    from clearprop.cli.import_ import _activations

    assert _activations(text) == wanted


def test_a_refusal_is_one_line(clearprop, tmp_path):
    mixed = (CASES / "fann_sigmoid.net").read_text().replace("(5, 3, ", "(5, 5, ", 1)
    (tmp_path / "f.net").write_text(mixed)
    result = clearprop("import", tmp_path / "f.net", "--out", "m.safetensors")
    assert result.code == 2
    assert "mixes activations" in result.err
    assert len(result.err.strip().splitlines()) == 1
    assert not Path("m.safetensors").exists()


def test_a_damaged_file_ends_with_4(clearprop, tmp_path):
    (tmp_path / "f.net").write_bytes((CASES / "fann_iris.net").read_bytes()[:1500])
    result = clearprop("import", "f.net", "--out", "m.safetensors")
    assert result.code == 4
    assert "Traceback" not in result.err
