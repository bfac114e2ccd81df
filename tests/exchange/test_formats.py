"""Every format answers as the model does, on every runtime there is."""

from __future__ import annotations

import json
from functools import partial
from itertools import product

import numpy as np
import onnx
import pytest

from clearprop import MLPClassifier, MLPRegressor, TableClassifier, TableRegressor, load
from clearprop.equations.activations import ACTIVATIONS
from clearprop.errors import GoldenRowsDiffer, ScribeCannot, UsageError
from clearprop.exchange import SCRIBES, Answer, export, lower
from drawn_models import row_model, table_model
from many_exports import check_all

HIDDEN = [name for name in ACTIVATIONS if name not in ("softmax", "exp")]

ANSWERS = (
    (Answer("class", (False, True)), "sigmoid", "binary_cross_entropy"),
    (Answer("class", (0, 3, 4)), "softmax", "cross_entropy"),
    (Answer("class", ("a", "b", "ü's")), "softmax", "focal"),
    (Answer("class", (0.5, 1.5, 2.0)), "softmax", "cross_entropy"),
    (Answer("labels", (0, 1, 2)), "sigmoid", "binary_cross_entropy"),
    (Answer("numbers", ("output 0", "output 1")), "identity", "squared_error"),
    (Answer("numbers", ("prediction",)), "exp", "poisson"),
)


def held(to, models):
    """Return the models that the format can hold."""
    return [deployed for deployed in models if SCRIBES[to].why_not(lower(deployed)) is None]


@pytest.mark.parametrize("to", SCRIBES)
def test_models_of_tables_leave(to, tmp_path):
    kinds = product(("two", "classes", "numbers"), (np.float32, np.float64))
    models = [
        table_model(k, "tanh", target=target, dtype=dtype, bins=bins)[1]
        for k, (target, dtype) in enumerate(kinds)
        for bins in (None, 6)
    ]
    check_all(to, models, tmp_path)


@pytest.mark.parametrize("to", SCRIBES)
def test_models_of_rows_leave(to, tmp_path):
    models = [row_model(1, *answer, dtype=dtype) for answer in ANSWERS for dtype in (np.float32, np.float64)]
    kept = held(to, models)

    check_all(to, kept, tmp_path)

    assert len(kept) == (len(models) if to != "pmml" else len(models) - 4)


@pytest.mark.parametrize("to", SCRIBES)
def test_every_activation_leaves_or_is_refused_by_name(to, tmp_path):
    models = [table_model(2, f, kinds="nc", dtype=dtype)[1] for f in HIDDEN for dtype in (np.float32, np.float64)]
    kept = held(to, models)
    check_all(to, kept, tmp_path)

    for deployed in models:
        if deployed not in kept:
            activation = deployed.network.layers[0].activation
            with pytest.raises(ScribeCannot, match=rf"{activation}.*these can: .*numpy"):
                export(deployed, tmp_path / "m", to)


@pytest.mark.parametrize("to", SCRIBES)
def test_an_export_checks_itself(to, tmp_path):
    exported = export(table_model(1)[1], tmp_path / "a model.of another ending", to)
    found = exported.check()

    exported.judge(found)

    assert [one.runtime for one in found if one.why_not] in ([], ["PMML4S"])
    assert all(file.exists() for file in exported.files)


def test_onnx_is_sound_and_of_the_default_domain(tmp_path):
    exported = export(table_model(1)[1], tmp_path / "m.onnx")
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


@pytest.mark.parametrize("to", SCRIBES)
def test_columns_and_labels_of_any_name_leave(to, tmp_path):
    """Words of the languages, names that differ in signs alone, quotes, and what looks like code."""
    names = ["int", "class", "a b", "a_b", "1st", "ü", "NULL", 'say "no"', "it's", "*/ x", "${y}"]
    texts = ["{z}", "-- w", "<v>&amp;"]
    rng = np.random.default_rng(0)
    data = {name: rng.normal(size=40) for name in names}
    data |= {name: rng.choice(["int", "'; --", "*/", '"', "\\n", "<b>", "{x}", '\'"""'], 40) for name in texts}
    data["function"] = rng.choice(["return", "it's", "</Value>"], 40)
    exported = TableClassifier("function", hidden=(3,), n_epochs=1, activation="tanh").fit(data).export(
        tmp_path / f"while{SCRIBES[to].endings[0]}", to
    )  # fmt: skip

    exported.judge(exported.check())


@pytest.mark.parametrize("to", ["c", "numpy", "javascript"])
def test_an_export_that_does_not_run_is_no_export(to, tmp_path):
    exported = export(row_model(1, *ANSWERS[0]), tmp_path / "m", to)
    exported.files[0].write_text("this ( is no program")

    with pytest.raises(GoldenRowsDiffer, match="could not run"):
        exported.check()


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
            np.testing.assert_allclose(values, model.predict(X).reshape(60, -1), rtol=1e-12, atol=1e-14)
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


def test_a_header_that_nobody_named_is_not_overwritten(tmp_path):
    deployed = row_model(1, Answer("numbers", ("y",)), "identity", "squared_error")
    (tmp_path / "m.h").write_text("int mine;\n")

    with pytest.raises(UsageError, match="not of an export; choose another name"):
        export(deployed, tmp_path / "m.c")
    with pytest.raises(UsageError, match="is where the header goes; give the name of the source"):
        export(deployed, tmp_path / "n.h", "c")

    assert (tmp_path / "m.h").read_text() == "int mine;\n"
    assert [file.name for file in tmp_path.iterdir()] == ["m.h"]
    export(deployed, tmp_path / "n.c")
    export(deployed, tmp_path / "n.c")


def test_formats_and_endings_that_are_none_are_refused(tmp_path):
    deployed = row_model(1, Answer("numbers", ("y",)), "identity", "squared_error")
    with pytest.raises(UsageError, match="unknown format 'onx'; did you mean 'onnx'"):
        export(deployed, tmp_path / "m", "onx")
    with pytest.raises(UsageError, match=r"the ending of .* is that of no format"):
        export(deployed, tmp_path / "m.exe")
    assert not list(tmp_path.iterdir())


def test_an_export_is_shown_by_its_files_and_not_by_the_whole_model(tmp_path):
    model = TableClassifier(hidden=(4,), n_epochs=1).fit("iris")
    assert repr(model.export(tmp_path / "m.c")) == f"Exported({tmp_path / 'm.c'}, {tmp_path / 'm.h'}: C99)"
