"""Networks of other tools answer here as they answered there. cases/README.md says where they come from."""

from __future__ import annotations

import struct
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

import clearprop
from clearprop.adopting import AdoptedWarning

CASES = Path(__file__).parent / "cases"
DOUBLE, SINGLE = 1e-13, 1e-6


@dataclass(frozen=True)
class Case:
    """A file, the answers of its tool, and how near ours are: by itself where below 1e-3, relative elsewhere."""

    file: str
    answers: str = ""
    columns: tuple[int, ...] = (0, 1, 2, 3)
    since: int = 0
    tolerance: float = DOUBLE
    options: dict[str, Any] = field(default_factory=dict)
    of_two: bool = False
    told: bool = False

    def __str__(self) -> str:
        return self.file

    def adopt(self):
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            options = {name: str(CASES / value) if name == "ranges" else value for name, value in self.options.items()}
            model = clearprop.adopt(CASES / self.file, **options)
        assert all(issubclass(one.category, AdoptedWarning) for one in heard)
        assert bool(heard) == self.told
        return model

    @property
    def X(self) -> np.ndarray:
        own = CASES / f"{self.file.rsplit('.', 1)[0]}.rows.csv"
        rows = np.genfromtxt(own if own.exists() else CASES / "rows.csv", delimiter=",", skip_header=1)[:, :4]
        return rows[self.since :, list(self.columns)]

    @property
    def Y(self) -> np.ndarray:
        name = self.answers or f"{self.file.rsplit('.', 1)[0]}.csv"
        header = (CASES / name).read_text().splitlines()[0]
        found = np.genfromtxt(CASES / name, delimiter=",", skip_header=int(header[0].isalpha()), ndmin=2)
        first = {"x1": 4, "row": 1}.get(header.split(",")[0], 0)
        return found[:, first:]


LATER = (1, 2, 3)
ACTS = {"relu": "relu", "bn_gelu": "gelu", "gelu_tanh": "gelu_tanh", "module": "tanh"}
HARD = ["Hardsigmoid", "Hardswish", "PReLU", "CELU:alpha=1", "Hardtanh", "ReLU6", "Softsign", "Tanhshrink", "Softmax"]
KNOWN = [
    Case("fann_iris.net"),
    Case("fann_threshold.net"),
    Case("fann_sigmoid.net"),
    Case("fann_gaussian.net"),
    Case("fann_sigmoid_stepwise.net"),
    Case("fann_tanh_stepwise.net"),
    Case("fann_sin_symmetric.net"),
    Case("fann_cos.net"),
    Case("fann_elliot.net"),
    Case("fann_linear_piece.net"),
    Case("fann_float.net", tolerance=SINGLE),
    Case("fann_no_hidden.net"),
    Case("fann_shortcut_no_hidden.net"),
    Case("fann_shortcut.net"),
    Case("fann_cascade.net"),
    Case("nnet_skip.rds"),
    Case("opencv_sym_default.yml"),
    Case("opencv_gaussian.xml"),
    Case("opencv_leakyrelu.json"),
    Case("opencv_gaussian_narrow.yml", columns=LATER),
    Case("nnet_no_hidden.rds"),
    Case("nnet_entropy.rds"),
    Case("nnet_iris2.rds", of_two=True),
    Case("nnet_iris3.rds"),
    Case("nnet_iris3.ascii.rds", "nnet_iris3.csv"),
    Case("nnet_iris3.hex.rds", "nnet_iris3.csv"),
    Case("nnet_iris3.dput.R", "nnet_iris3.csv"),
    Case("nnet_iris3.hex.R", "nnet_iris3.csv"),
    Case("nnet_reg.rds", columns=LATER),
    Case("neuralnet_iris3.plain.rds", "neuralnet_iris3.csv"),
    Case("neuralnet_custom.rds", columns=LATER, options={"activations": "softplus"}),
    Case("pmml_iris3.pmml"),
    Case("pmml_iris2.pmml", since=3),
    Case("pmml_nyoka.pmml"),
    Case("pmml_of_r.pmml", of_two=True, told=True),
    Case("pmml_reg.pmml", columns=LATER),
    Case("weka_iris.txt", options={"ranges": "weka_iris.arff"}, told=True),
    Case("onnx_skl_mlpc_logistic_2_f64.onnx"),
    Case("onnx_skl_mlpc_relu_3_f32.onnx", tolerance=SINGLE),
    Case("torch_view.onnx", tolerance=SINGLE),
    Case("torch_view_fused.onnx", tolerance=SINGLE),
    *(Case(f"torch_{name}.onnx", tolerance=SINGLE, told=name == "bn_gelu") for name in list(ACTS)[:3]),
    Case("torch_hard.onnx", tolerance=SINGLE, told=True),
    Case("torch_hard.safetensors", tolerance=SINGLE, options={"activations": HARD}, told=True),
    Case("skops_iris3.skops"),
    Case("skops_labels.skops"),
    Case("keras_seq.keras", tolerance=SINGLE),
    Case("keras_seq.h5", tolerance=SINGLE),
    Case("keras_nested.keras", tolerance=SINGLE, told=True),
    Case("keras_nested.h5", tolerance=SINGLE, told=True),
    Case("keras_norm_bn.keras", tolerance=SINGLE, told=True),
    Case("keras_acts.keras", tolerance=SINGLE, told=True),
    *(
        Case(f"torch_{name}.safetensors", tolerance=SINGLE, options={"activations": [f, "identity"]},
             told=name == "bn_gelu")
        for name, f in ACTS.items()
    ),
]  # fmt: skip


def answers(model, case):
    X = case.X
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "X does not have valid feature names")
        if not hasattr(model, "classes_"):
            return model.predict(X).reshape(len(X), -1)
        found = model.predict_proba(X)
    return found[:, 1:] if case.of_two else found


def labels_for(model, n):
    if not hasattr(model, "classes_"):
        return np.linspace(-1, 1, n * model.n_outputs_).reshape(n, -1).squeeze()
    if model._labels()["kind"].startswith("multilabel"):
        return np.eye(model.n_outputs_, dtype=int)[np.arange(n) % model.n_outputs_]
    return model.classes_[np.arange(n) % len(model.classes_)]


@pytest.mark.parametrize("case", KNOWN, ids=str)
def test_it_answers_as_its_tool_does(case):
    found, wanted = answers(case.adopt(), case), case.Y
    assert found.shape == wanted.shape
    size = np.abs(wanted).max() if case.tolerance == SINGLE else 1.0
    np.testing.assert_allclose(found / size, wanted / size, rtol=case.tolerance, atol=case.tolerance)


@pytest.mark.parametrize("case", KNOWN, ids=str)
def test_everything_works_on_it(case, tmp_path):
    model = case.adopt()
    X, y = case.X, labels_for(model, len(case.X))
    if hasattr(model, "feature_names_in_"):
        del model.feature_names_in_
    before = answers(model, case)

    model.save(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(answers(clearprop.load(tmp_path / "m.safetensors"), case), before)

    exported = model.export(tmp_path / "m.py")
    exported.judge(exported.check())

    if any(layer.activation == "step" for layer in model.network_.layers):
        return  # nothing can be learned through it
    assert model.certify_gradient(X, y).passed
    assert np.isfinite(model.trace(X, y)["z1"]).all()
    activations = [layer.activation for layer in model.network_.layers]
    model.set_params(solver="adam").partial_fit(X, y)
    assert model.t_ == len(X)
    assert np.isfinite(answers(model, case)).all()
    assert [layer.activation for layer in model.network_.layers] == activations


def test_no_case_is_left_out():
    """Every network in the folder is read here or refused in test_refusals.py."""
    refused = (Path(__file__).parent / "test_refusals.py").read_text()
    files = {path.name for path in CASES.iterdir() if path.suffix not in (".csv", ".md", ".arff")}
    left = files - {case.file for case in KNOWN} - {"weka_mixed.txt"}
    assert not [name for name in left if f'"{name}"' not in refused]


def test_wekas_marks_of_labels_and_missing_cells():
    """A nominal attribute is a column for each label, one for two; a missing cell is the middle of its range."""
    with pytest.warns(AdoptedWarning, match=r"0\.5 for marks"):
        model = clearprop.adopt(CASES / "weka_mixed.txt", ranges=CASES / "weka_mixed.arff")
    lines = (CASES / "weka_mixed.arff").read_text().split("@data\n")[1].splitlines()
    wanted = np.genfromtxt(CASES / "weka_mixed.csv", delimiter=",", skip_header=1)
    ages, incomes = ([float(line.split(",")[k]) for line in lines if line.split(",")[k] != "?"] for k in (0, 1))

    def row(line):
        age, income, city, smoker, _ = line.split(",")
        numbers = [
            (min(seen) + max(seen)) / 2 if cell == "?" else float(cell)
            for cell, seen in ((age, ages), (income, incomes))
        ]
        cities = [0.5 if city == "?" else float(city == label) for label in ("kyiv", "rome", "oslo", "lima")]
        return [*numbers, *cities, {"?": 0.5, "yes": 1.0, "no": 0.0}[smoker]]

    X = np.array([row(lines[int(k)]) for k in wanted[:, 0]])
    assert model.feature_names_in_.tolist()[2:] == ["city=kyiv", "city=rome", "city=oslo", "city=lima", "smoker"]
    del model.feature_names_in_
    np.testing.assert_allclose(model.predict_proba(X), wanted[:, 1:], rtol=DOUBLE)
    assert model.classes_.tolist() == ["bad", "good"]


@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_scikit_learn_in_memory(name):
    from sklearn import neural_network
    from sklearn.datasets import load_iris
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

    X, y = load_iris(return_X_y=True)
    scalers = StandardScaler(), MinMaxScaler(), MaxAbsScaler(), RobustScaler()
    network = getattr(neural_network, name)(hidden_layer_sizes=(5, 4), activation="tanh", solver="lbfgs", max_iter=30)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = make_pipeline(*scalers, network).fit(X, y)
    model = clearprop.adopt(theirs)
    asked = "predict_proba" if name == "MLPClassifier" else "predict"
    answers = getattr(theirs, asked)(X)
    np.testing.assert_allclose(getattr(model, asked)(X), answers, rtol=1e-11, atol=1e-12 * np.abs(answers).max())
    assert model.alpha == network.alpha


def test_classes_in_another_order_are_sorted_and_their_outputs_with_them(tmp_path):
    rng = np.random.default_rng(0)
    tensors = {"0.weight": rng.normal(size=(5, 3)), "2.weight": rng.normal(size=(3, 5)), "2.bias": rng.normal(size=3)}
    save_file(tensors, tmp_path / "s.safetensors")
    as_is, X = clearprop.adopt(tmp_path / "s.safetensors", activations="tanh"), rng.normal(size=(6, 3))
    logits = as_is.predict(X)
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    wanted = (e / e.sum(axis=1, keepdims=True))[:, [2, 0, 1]]
    model = clearprop.adopt(tmp_path / "s.safetensors", activations="tanh", classes=["b", "c", "a"])
    assert model.classes_.tolist() == ["a", "b", "c"]
    np.testing.assert_allclose(model.predict_proba(X), wanted, rtol=1e-13)

    tensors |= {"2.weight": tensors["2.weight"][:2], "2.bias": tensors["2.bias"][:2]}
    save_file(tensors, tmp_path / "two.safetensors")
    two = clearprop.adopt(tmp_path / "two.safetensors", activations="tanh", classes=["yes", "no"])
    e = np.exp(logits[:, :2] - logits[:, :2].max(axis=1, keepdims=True))
    assert two.classes_.tolist() == ["no", "yes"]
    np.testing.assert_allclose(two.predict_proba(X), (e / e.sum(axis=1, keepdims=True))[:, ::-1], rtol=1e-13)


def test_a_filling_of_pmml_is_told_and_the_rest_folded(tmp_path):
    whole = (CASES / "pmml_reg.pmml").read_text()
    field = '<FieldRef field="petal_length"/>'
    case = f'<Apply function="if"><Apply function="isMissing">{field}</Apply><Constant>4.5</Constant>{field}</Apply>'
    (tmp_path / "f.pmml").write_text(whole.replace(field, case, 1))
    with pytest.warns(AdoptedWarning, match=r"petal_length by 4\.5"):
        model = clearprop.adopt(tmp_path / "f.pmml")
    as_it_was = clearprop.adopt(CASES / "pmml_reg.pmml")
    for W, V in zip(model.coefs_, as_it_was.coefs_, strict=True):
        np.testing.assert_array_equal(W, V)


def test_fann_scales_inputs_and_outputs_as_it_says(tmp_path):
    """((x − mean) / deviation + 1) factor + minimum, in float32 constants, and back."""
    lines = (CASES / "fann_sigmoid.net").read_text()
    scale = {
        "mean": [5.8, 3.1, 3.8, 1.2],
        "deviation": [0.8, 0.4, 1.7, 0.7],
        "new_min": [-1.0] * 4,
        "factor": [1.0] * 4,
    }
    inputs = "".join(f"scale_{name}_in={' '.join(map(str, row))}\n" for name, row in scale.items())
    back = {"mean": [0.3, 0.2, 0.1], "deviation": [0.4, 0.5, 0.6], "new_min": [-1.0] * 3, "factor": [1.0] * 3}
    outputs = "".join(f"scale_{name}_out={' '.join(map(str, row))}\n" for name, row in back.items())
    (tmp_path / "s.net").write_text(lines.replace("scale_included=0\n", f"scale_included=1\n{inputs}{outputs}"))

    plain, scaled = clearprop.adopt(CASES / "fann_sigmoid.net"), clearprop.adopt(tmp_path / "s.net")
    X = np.genfromtxt(CASES / "rows.csv", delimiter=",", skip_header=1)[:, :4]
    single = {
        name: np.float64(np.float32(row)) for name, row in (scale | {f"out {k}": v for k, v in back.items()}).items()
    }
    a = plain.predict(((X - single["mean"]) / single["deviation"] + 1) * single["factor"] + single["new_min"])
    wanted = ((a - single["out new_min"]) / single["out factor"] - 1) * single["out deviation"] + single["out mean"]
    np.testing.assert_allclose(scaled.predict(X), wanted, rtol=DOUBLE)
    assert scaled.frozen == [3]  # the way back is a layer of its own, which training leaves alone


@pytest.mark.parametrize("ending", ["onnx", "pmml"])
@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid"])
@pytest.mark.parametrize("classes", [("no", "yes"), ("a", "b", "c"), (3, 5, 8)])
def test_what_has_left_may_come_back(ending, activation, classes, tmp_path):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    model = clearprop.MLPClassifier((4,), activation, solver="lbfgs", tol=1.0, random_state=0, precision="float64")
    model.fit(X, np.array(classes)[rng.integers(0, len(classes), 60)])
    model.export(tmp_path / f"m.{ending}")
    back = clearprop.adopt(tmp_path / f"m.{ending}")
    if ending == "pmml":
        assert back.feature_names_in_.tolist() == ["x0", "x1", "x2"]
        del back.feature_names_in_
    assert back.classes_.tolist() == list(classes)
    np.testing.assert_allclose(back.predict_proba(X), model.predict_proba(X), rtol=1e-13)


@pytest.mark.parametrize("file", ["nnet_skip.rds", "fann_cascade.net"])
def test_shortcuts_that_have_left_come_back(file, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = clearprop.adopt(CASES / file)
    model.export(tmp_path / "m.onnx")
    back = clearprop.adopt(tmp_path / "m.onnx", task="class" if hasattr(model, "classes_") else "numbers")
    assert back.network_.layers[0].activation == model.network_.layers[0].activation
    X = np.genfromtxt(CASES / "rows.csv", delimiter=",", skip_header=1)[:, :4]
    if hasattr(model, "feature_names_in_"):
        del model.feature_names_in_
    asked = "predict_proba" if hasattr(model, "classes_") else "predict"
    np.testing.assert_array_equal(getattr(back, asked)(X), getattr(model, asked)(X))


def test_labels_that_have_left_come_back(tmp_path):
    """Beside the probabilities their graph has 0 and 1 as an output."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = clearprop.adopt(CASES / "skops_labels.skops")
    model.export(tmp_path / "m.onnx")
    back = clearprop.adopt(tmp_path / "m.onnx")
    X = np.genfromtxt(CASES / "rows.csv", delimiter=",", skip_header=1)[:, :4]
    assert back.network_.layers[-1].activation == "sigmoid"
    np.testing.assert_array_equal(back.predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(back.predict(X), model.predict(X))


def test_wekas_numbers_come_back_in_their_units(tmp_path):
    """A linear node gives a number from −1 to 1 of the class's own range."""
    text = (CASES / "weka_iris.txt").read_text()
    nodes, _ = text.split("Class setosa")
    first, rest = nodes.split("Sigmoid Node 1\n")
    rest = "Sigmoid Node 3\n" + rest.split("Sigmoid Node 3\n")[1]
    (tmp_path / "n.txt").write_text(
        f"{first.replace('Sigmoid Node 0', 'Linear Node 0')}{rest}Class \n    Input\n    Node 0\n"
    )
    names = ("sepal_length", "sepal_width", "petal_length", "petal_width")
    ranges = dict.fromkeys(names, (0.0, 8.0))

    plain = clearprop.adopt(tmp_path / "n.txt", ranges=ranges | {"class": (-1.0, 1.0)})
    scaled = clearprop.adopt(tmp_path / "n.txt", ranges=ranges | {"class": (10.0, 30.0)})
    X = np.genfromtxt(CASES / "rows.csv", delimiter=",", skip_header=1)[:, :4]
    for model in (plain, scaled):
        del model.feature_names_in_
    np.testing.assert_allclose(scaled.predict(X), 20 + 10 * plain.predict(X), rtol=DOUBLE)
    with pytest.raises(clearprop.errors.UsageError, match='no "class"'):
        clearprop.adopt(tmp_path / "n.txt", ranges=ranges)


def rds(items: dict[str, Any], *classes: str) -> bytes:
    """Return a list of R in its binary form: numbers and text, by name."""

    def text(word):
        return struct.pack(">ii", 0x40009, len(word)) + word.encode()

    def vector(value):
        if isinstance(value, str | list) and all(isinstance(one, str) for one in value):
            words = [value] if isinstance(value, str) else value
            return struct.pack(">ii", 16, len(words)) + b"".join(map(text, words))
        if isinstance(value, bool):
            return struct.pack(">iii", 10, 1, value)
        return struct.pack(">ii", 14, len(value)) + np.asarray(value, ">f8").tobytes()

    def attribute(name, value):
        return struct.pack(">ii", 0x402, 1) + text(name) + vector(value)

    head = b"X\n" + struct.pack(">iii", 2, 0x040202, 0x020300) + struct.pack(">ii", 0x213, len(items))
    attributes = attribute("names", list(items)) + attribute("class", list(classes)) + struct.pack(">i", 254)
    return head + b"".join(map(vector, items.values())) + attributes


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_multinom_of_r(n_classes, tmp_path):
    """Input 1 is the intercept; the bias beside it is there and 0, and the first of three classes has no weights."""
    rng, n_out = np.random.default_rng(0), 1 if n_classes == 2 else 3
    W = rng.normal(size=(n_out, 6))
    W[:, 0] = 0
    W[0] *= n_out == 1
    fit = {
        "n": [5, 0, n_out],
        "nconn": [0] * 7 + [6 * k for k in range(1, n_out + 1)],
        "conn": [0, 1, 2, 3, 4, 5] * n_out,
        "nsunits": [6 + n_out],
        "wts": W.ravel(),
        "softmax": n_out == 3,
        "censored": False,
        "lev": ["a", "b", "c"][:n_classes],
        "coefnames": ["(Intercept)", "p", "q", "r", "s"],
    }
    (tmp_path / "m.rds").write_bytes(rds(fit, "multinom", "nnet"))
    model = clearprop.adopt(tmp_path / "m.rds")
    X = rng.normal(size=(7, 4))
    z = np.column_stack([np.ones(7), X]) @ W[:, 1:].T
    z = np.column_stack([np.zeros(7), z]) if n_out == 1 else z
    assert model.feature_names_in_.tolist() == ["p", "q", "r", "s"]
    del model.feature_names_in_
    np.testing.assert_allclose(model.predict_proba(X), np.exp(z) / np.exp(z).sum(axis=1, keepdims=True), rtol=1e-12)
    assert model.classes_.tolist() == fit["lev"]
