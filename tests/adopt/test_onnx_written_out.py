"""Activations that an ONNX graph writes out of small operations are known by what they compute, ours among them."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import clearprop
from clearprop import MLPClassifier, MLPRegressor, TableClassifier
from clearprop.errors import ReaderCannot

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402  # after the package is known to be there

OURS = [
    "identity", "sigmoid", "tanh", "relu", "leaky_relu", "leaky_relu:slope=0.2", "leaky_relu:slope=2",
    "leaky_relu:slope=0.1,threshold=0.5", "leaky_relu:slope=0.1,threshold=0.5,largest=6", "elu", "elu:alpha=0.5",
    "selu",
    "softplus", "softplus:threshold=2", "gelu", "silu", "mish", "exp", "softsign", "gaussian", "gelu_tanh", "hard_tanh",
    "hard_tanh:low=0,high=6", "cut_sigmoid", "sin", "hard_silu", "tanh_shrink", "stepwise", "stepwise:low=-1",
]  # fmt: skip
X = np.random.default_rng(0).normal(size=(40, 4)) * 2


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("f", OURS)
def test_our_own_export_comes_back_with_the_same_activation_and_answers(tmp_path, f, dtype):
    rows = X.astype(dtype)
    model = MLPRegressor(hidden_layer_sizes=(5,), activation=f, max_iter=1, learning_rate_init=1e-9, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(rows / 4, rows[:, :2] / 4)
    model.export(tmp_path / "m.onnx")
    back = clearprop.adopt(tmp_path / "m.onnx")
    assert back.network_.layers[0].activation == f
    assert back.coefs_[0].dtype == rows.dtype
    np.testing.assert_array_equal(back.predict(rows), model.predict(rows))


def test_a_threshold_of_ours_comes_back(tmp_path):
    W = {"0.weight": np.float64([[1, -1], [2, 1]]), "2.weight": np.float64([[1, 2]])}
    from safetensors.numpy import save_file

    save_file(W, tmp_path / "s.safetensors")
    model = clearprop.adopt(tmp_path / "s.safetensors", activations=["step", "identity"])
    model.export(tmp_path / "m.onnx")
    np.testing.assert_array_equal(clearprop.adopt(tmp_path / "m.onnx").predict(X[:, :2]), model.predict(X[:, :2]))


@pytest.mark.parametrize("classes", [2, 3])
def test_a_classifier_comes_back_with_its_classes(tmp_path, classes):
    y = np.array(["no", "yes", "perhaps"])[np.arange(40) % classes]
    model = MLPClassifier((5,), activation="silu", max_iter=3, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, y)
    model.export(tmp_path / "m.onnx")
    back = clearprop.adopt(tmp_path / "m.onnx")
    assert back.classes_.tolist() == model.classes_.tolist()
    np.testing.assert_allclose(back.predict_proba(X), model.predict_proba(X), rtol=1e-13)


def test_what_is_done_to_columns_cannot_be_folded_and_is_told(tmp_path):
    TableClassifier(n_epochs=1, random_state=0).fit("iris").export(tmp_path / "m.onnx")
    with pytest.raises(ReaderCannot, match=r"works on one input by itself.*filling gaps.*without its preprocessing"):
        clearprop.adopt(tmp_path / "m.onnx")


def graph(nodes, constants=(), width=3, outputs=("y",), inputs=(("x", 3),), kind=TensorProto.DOUBLE):
    """Return a file of a graph; `z` of it is a dense layer of x."""
    W = numpy_helper.from_array(np.linspace(-1, 1, 3 * width).reshape(3, width), "W")
    of = [numpy_helper.from_array(np.float64(value), name) for name, value in dict(constants).items()]
    made = helper.make_graph(
        [helper.make_node("MatMul", ["x", "W"], ["z"]), *(helper.make_node(*node) for node in nodes)], "g",
        [helper.make_tensor_value_info(name, kind, ["n", n]) for name, n in inputs],
        [helper.make_tensor_value_info(name, kind, ["n", width]) for name in outputs], [W, *of],
    )  # fmt: skip
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 20)], ir_version=9).SerializeToString()


WRITTEN = {
    "sigmoid": ([("Neg", ["z"], ["a"]), ("Exp", ["a"], ["b"]), ("Add", ["b", "1"], ["c"]), ("Div", ["1", "c"], ["y"])],
                lambda z: 1 / (1 + np.exp(-z))),
    "silu": ([("Mul", ["z", "q"], ["a"]), ("Sigmoid", ["a"], ["b"]), ("Mul", ["z", "b"], ["y"])],
             lambda z: z / (1 + np.exp(-1.702 * z))),
    "softplus": ([("Exp", ["z"], ["a"]), ("Add", ["a", "1"], ["b"]), ("Log", ["b"], ["y"])],
                 lambda z: np.log1p(np.exp(z))),
    "elu": ([("Exp", ["z"], ["a"]), ("Sub", ["a", "1"], ["b"]), ("Greater", ["z", "0"], ["c"]),
             ("Where", ["c", "z", "b"], ["y"])], lambda z: np.where(z > 0, z, np.expm1(z))),
    "hard_tanh:low=0,high=6": ([("Max", ["z", "0"], ["a"]), ("Min", ["a", "6"], ["y"])], lambda z: np.clip(z, 0, 6)),
    "relu": ([("Min", ["z", "6"], ["y"])], lambda z: np.minimum(z, 6)),
    "gaussian": ([("Pow", ["z", "2"], ["a"]), ("Neg", ["a"], ["b"]), ("Exp", ["b"], ["y"])], lambda z: np.exp(-z * z)),
    "hard_silu": ([("Add", ["z", "3"], ["a"]), ("Max", ["a", "0"], ["b"]), ("Min", ["b", "6"], ["c"]),
                   ("Mul", ["z", "c"], ["d"]), ("Div", ["d", "6"], ["y"])], lambda z: z * np.clip(z + 3, 0, 6) / 6),
    "tanh_shrink": ([("Tanh", ["z"], ["a"]), ("Sub", ["z", "a"], ["y"])], lambda z: z - np.tanh(z)),
    "sin": ([("Cos", ["z"], ["y"])], np.cos),
    "tanh": ([("Exp", ["z"], ["a"]), ("Reciprocal", ["a"], ["b"]), ("Sub", ["a", "b"], ["c"]),
              ("Add", ["a", "b"], ["d"]), ("Div", ["c", "d"], ["y"])], np.tanh),
}  # fmt: skip
CONSTANTS = {"0": 0.0, "1": 1.0, "2": 2.0, "3": 3.0, "6": 6.0, "q": 1.702}


@pytest.mark.parametrize("f", WRITTEN)
def test_other_ways_to_write_them(tmp_path, f):
    nodes, formula = WRITTEN[f]
    (tmp_path / "m.onnx").write_bytes(graph(nodes, CONSTANTS))
    model = clearprop.adopt(tmp_path / "m.onnx", task="numbers")
    z = X[:, :3] @ np.linspace(-1, 1, 9).reshape(3, 3)
    np.testing.assert_allclose(model.predict(X[:, :3]), formula(z), rtol=1e-12, atol=1e-14)
    assert f in [layer.activation for layer in model.network_.layers]


@pytest.mark.parametrize(
    ("nodes", "said"),
    [
        ([("Mul", ["z", "z"], ["y"])], 'node 1 .Mul, "y".* ends a function .* no activation clearprop has'),
        ([("Celu", ["z"], ["a"]), ("Atan", ["a"], ["y"])], "node 2 .Atan"),
        ([("Softmax", ["z"], ["a"]), ("Mul", ["z", "a"], ["y"])], "joins values of different layers"),
        ([("Mul", ["z", "z"], [f"a{k}"]) if k == 0 else ("Mul", [f"a{k - 1}"] * 2, [f"a{k}"]) for k in range(40)]
         + [("Identity", ["a39"], ["y"])], "more than 300 operations"),
    ],
    ids=["square", "arctan", "gate", "doubling"],
)  # fmt: skip
def test_what_is_none_is_refused_by_its_node(tmp_path, nodes, said):
    (tmp_path / "m.onnx").write_bytes(graph(nodes))
    with pytest.raises(ReaderCannot, match=said):
        clearprop.adopt(tmp_path / "m.onnx")


@pytest.mark.parametrize(
    ("to", "said"),
    [(TensorProto.INT64, "whole numbers"), (TensorProto.FLOAT, "fewer digits"), (TensorProto.FLOAT16, "fewer")],
)
def test_a_cast_that_rounds_is_refused(tmp_path, to, said):
    made = onnx.ModelProto.FromString(graph([("Cast", ["z"], ["a"]), ("Cast", ["a"], ["y"])]))
    made.graph.node[1].attribute.append(helper.make_attribute("to", to))
    (tmp_path / "m.onnx").write_bytes(made.SerializeToString())
    with pytest.raises(ReaderCannot, match=rf"node 1 .Cast.* rounds .*{said}"):
        clearprop.adopt(tmp_path / "m.onnx")


def test_inputs_that_are_columns_become_a_row_with_their_names(tmp_path):
    """skl2onnx writes an input for each column of a frame, and puts them side by side."""
    names = ["length", "width", "height"]
    made = onnx.ModelProto.FromString(graph([("Relu", ["z"], ["y"])], inputs=[(name, 1) for name in names]))
    joined = helper.make_node("Concat", names, ["x"], axis=1)
    made.graph.node.insert(0, joined)
    (tmp_path / "m.onnx").write_bytes(made.SerializeToString())
    model = clearprop.adopt(tmp_path / "m.onnx", task="numbers")
    assert model.feature_names_in_.tolist() == names
