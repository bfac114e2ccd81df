"""Every format answers as the model does, on every runtime there is."""

from __future__ import annotations

import json
from functools import partial

import numpy as np
import onnx
import pytest

from clearprop import MLPClassifier, MLPRegressor, TableClassifier, TableRegressor, load
from clearprop.equations.activations import ACTIVATIONS
from clearprop.errors import ScribeCannot, UsageError
from clearprop.exchange import SCRIBES, Answer, GoldenRowsDiffer, export, lower
from drawn_models import row_model, table_model

HIDDEN = [name for name in ACTIVATIONS if name not in ("softmax", "exp")]
ENDINGS = {name: scribe.endings[0] for name, scribe in SCRIBES.items()}


def checked(deployed, folder, to):
    """Export, and check on every runtime; none may be missing where the tests run."""
    exported = export(deployed, folder / f"a model{ENDINGS[to]}", to)
    found = exported.check()
    exported.judge(found)
    assert all(one.why_not is None for one in found), found
    return exported, found


@pytest.mark.parametrize("to", SCRIBES)
@pytest.mark.parametrize("target", ["two", "classes", "numbers"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_table_model_leaves(to, target, dtype, tmp_path):
    checked(table_model(1, target=target, dtype=dtype)[1], tmp_path, to)


@pytest.mark.parametrize("to", SCRIBES)
@pytest.mark.parametrize("activation", HIDDEN)
def test_every_activation_leaves_or_is_refused_by_name(to, activation, tmp_path):
    for dtype in (np.float32, np.float64):
        _, deployed = table_model(2, activation, kinds="nc", dtype=dtype)
        if SCRIBES[to].why_not(lower(deployed)) is None:
            checked(deployed, tmp_path, to)
        else:
            with pytest.raises(ScribeCannot, match=rf"{activation}.*these can: .*numpy"):
                export(deployed, tmp_path / "m", to)


@pytest.mark.parametrize("to", SCRIBES)
@pytest.mark.parametrize(
    ("answer", "output", "loss"),
    [
        (Answer("class", (False, True)), "sigmoid", "binary_cross_entropy"),
        (Answer("class", (0, 3, 4)), "softmax", "cross_entropy"),
        (Answer("class", ("a", "b")), "sigmoid", "binary_cross_entropy"),
        (Answer("class", (0.5, 1.5, 2.0)), "softmax", "cross_entropy"),
        (Answer("labels", (0, 1, 2)), "sigmoid", "binary_cross_entropy"),
        (Answer("numbers", ("output 0", "output 1")), "identity", "squared_error"),
        (Answer("numbers", ("prediction",)), "exp", "poisson"),
    ],
)
def test_a_model_of_rows_leaves(to, answer, output, loss, tmp_path):
    for dtype in (np.float32, np.float64):
        checked(row_model(1, answer, output, loss, dtype=dtype), tmp_path, to)


def test_onnx_is_sound_and_of_the_default_domain(tmp_path):
    exported, _ = checked(table_model(1)[1], tmp_path, "onnx")
    model = onnx.load(exported.files[0])

    onnx.checker.check_model(model, full_check=True)

    assert {node.domain for node in model.graph.node} == {""}
    assert [(one.domain, one.version) for one in model.opset_import] == [("", 19)]
    assert [one.name for one in model.graph.output] == ["label", "probabilities"]
    golden = json.loads({one.key: one.value for one in model.metadata_props}["golden_rows"])
    assert set(golden["rows"]) == {one.name for one in model.graph.input}


def test_columns_called_as_the_outputs_are_do_not_meet_them(tmp_path):
    rng = np.random.default_rng(0)
    data = {"label": rng.normal(size=40), "X": rng.normal(size=40), "y": rng.choice(["a", "b"], 40)}
    exported = TableClassifier("y", hidden=(3,), n_epochs=1).fit(data).export(tmp_path / "m.onnx")

    exported.judge(exported.check())

    assert [one.name for one in onnx.load(tmp_path / "m.onnx").graph.output] == ["label_", "probabilities"]


def test_a_change_of_the_weights_is_found(tmp_path):
    deployed = row_model(1, Answer("numbers", ("y",)), "identity", "squared_error")
    exported = export(deployed, tmp_path / "m.py")
    deployed.parameters.vector[:] += 0.01

    with pytest.raises(GoldenRowsDiffer, match="NumPy, step by step differs"):
        exported.judge(exported.check())


def test_estimators_export_what_they_predict(tmp_path):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 4))
    short = {"hidden_layer_sizes": (5,), "tol": 9, "n_iter_no_change": 1}
    classifier, regressor = partial(MLPClassifier, **short), partial(MLPRegressor, **short)
    models = {
        "two": classifier().fit(X, X[:, 0] > 0),
        "several": classifier().fit(X, (X[:, :3] > 0).astype(int)),
        "classes": classifier().fit(X, np.digitize(X[:, 0], [-0.5, 0.5])),
        "number": regressor().fit(X, X[:, 0]),
        "numbers": regressor().fit(X, X[:, :2]),
    }
    for name, model in models.items():
        program = model.export(tmp_path / f"{name}.onnx").draft.program
        values, decision = program.run(X)
        if decision is None:
            np.testing.assert_allclose(values, model.predict(X).reshape(60, -1), rtol=1e-12)
        else:
            np.testing.assert_allclose(values, model.predict_proba(X), rtol=1e-12)
            np.testing.assert_array_equal(decision, model.predict(X).reshape(60, -1))


def test_table_estimators_export_what_they_predict(tmp_path):
    rng = np.random.default_rng(0)
    data = {"age": rng.normal(40, 9, 80), "city": rng.choice(["a", "b", "c"], 80)}
    data["age"][:9] = np.nan
    classes = TableClassifier("y", hidden=(5,), n_epochs=2).fit(data | {"y": rng.choice(["no", "yes"], 80)})
    numbers = TableRegressor("y", hidden=(5,), n_epochs=2).fit(data | {"y": rng.normal(50, 5, 80)})

    values, decision = classes.export(tmp_path / "m.onnx").draft.program.run(data)
    np.testing.assert_allclose(values, classes.predict_proba(data), atol=5e-7)
    np.testing.assert_array_equal(decision[:, 0], classes.predict(data))
    values, _ = numbers.export(tmp_path / "m.py").draft.program.run(data)
    np.testing.assert_allclose(values[:, 0], numbers.predict(data), rtol=1e-6)


def test_a_loaded_model_leaves_as_the_same_bytes(tmp_path):
    model = MLPClassifier((4,), tol=9, n_iter_no_change=1).fit(np.eye(4), [0, 1, 0, 1])
    model.save(tmp_path / "m.safetensors")

    model.export(tmp_path / "a.onnx", name="m")
    load(tmp_path / "m.safetensors").export(tmp_path / "b.onnx", name="m")

    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


def test_formats_and_endings_that_are_none_are_refused(tmp_path):
    deployed = row_model(1, Answer("numbers", ("y",)), "identity", "squared_error")
    with pytest.raises(UsageError, match="unknown format 'onx'; did you mean 'onnx'"):
        export(deployed, tmp_path / "m", "onx")
    with pytest.raises(UsageError, match=r"the ending of .* is that of no format"):
        export(deployed, tmp_path / "m.exe")
    assert not list(tmp_path.iterdir())
