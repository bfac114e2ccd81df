"""Graphs as exporters and onnxruntime leave them: shapes that are computed, fused nodes, more than one output."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import clearprop
from clearprop.adopting import AdoptedWarning
from clearprop.errors import ReaderCannot

onnx = pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402  # after the package is known to be there

RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 4)).astype(np.float32)
CONSTANTS = {
    "W1": RNG.normal(size=(4, 5)), "b1": RNG.normal(size=5), "W2": RNG.normal(size=(5, 3)), "b2": RNG.normal(size=3),
    "shift": RNG.normal(size=4),
}  # fmt: skip
SIZES = {"0": np.int64(0), "[0]": np.int64([0]), "[4]": np.int64([4]), "[-1]": np.int64([-1]), "[1]": np.int64([1])}
MS = {"domain": "com.microsoft"}
FIRST, LAST = ("Gemm", ["x", "W1", "b1"], ["z"]), ("Gemm", ["a", "W2", "b2"], ["y"])


def graph(nodes, outputs=("y",), shape=("n", 4)):
    """Return a model; nodes are (kind, inputs, outputs) and may have options."""
    tensors = [numpy_helper.from_array(np.float32(value), name) for name, value in CONSTANTS.items()]
    tensors += [numpy_helper.from_array(value, name) for name, value in SIZES.items()]
    made = helper.make_graph(
        [helper.make_node(kind, taken, given, **(own[0] if own else {})) for kind, taken, given, *own in nodes], "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs], tensors,
    )  # fmt: skip
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


def answers(path, output, rows=X):
    quiet = ort.SessionOptions()
    quiet.log_severity_level = 4
    return ort.InferenceSession(path, quiet).run([output], {"x": rows})[0]


def check(path, output="y", rows=X):
    """Compare a file read with what onnxruntime answers; return what was read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AdoptedWarning)  # of scalings that are folded in
        model = clearprop.adopt(path)
    found = model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X)
    np.testing.assert_allclose(found, answers(str(path), output, rows), rtol=1e-5, atol=2e-6)
    return model


def test_rows_that_are_flattened_by_a_shape_that_is_computed(tmp_path):
    """PyTorch writes x.view(x.size(0), -1) so."""
    nodes = [
        ("Shape", ["x"], ["s"]), ("Gather", ["s", "0"], ["n"]), ("Unsqueeze", ["n", "[0]"], ["m"]),
        ("Concat", ["m", "[-1]"], ["t"], {"axis": 0}), ("Reshape", ["x", "t"], ["f"]),
        ("Gemm", ["f", "W1", "b1"], ["z"]), ("Tanh", ["z"], ["a"]), LAST,
    ]  # fmt: skip
    onnx.save(graph(nodes, shape=("n", 2, 2)), tmp_path / "m.onnx")
    check(tmp_path / "m.onnx", rows=X.reshape(-1, 2, 2))


def test_a_number_of_rows_that_is_computed_with_is_refused(tmp_path):
    nodes = [
        FIRST, ("Relu", ["z"], ["a"]), ("Gemm", ["a", "W2", "b2"], ["q"]), ("Shape", ["q"], ["s"]),
        ("Cast", ["s"], ["c"], {"to": 1}), ("Gather", ["c", "0"], ["n"]), ("Div", ["q", "n"], ["y"]),
    ]  # fmt: skip
    onnx.save(graph(nodes), tmp_path / "m.onnx")
    with pytest.raises(ReaderCannot, match="computes with the number of rows"):
        clearprop.adopt(tmp_path / "m.onnx")


ACTIVATIONS = [
    [("Relu", ["z"], ["a"])], [("LeakyRelu", ["z"], ["a"], {"alpha": 0.3})], [("Sigmoid", ["z"], ["a"])],
    [("Tanh", ["z"], ["a"])], [("Softplus", ["z"], ["a"])], [("Softsign", ["z"], ["a"])],
    [("Elu", ["z"], ["a"], {"alpha": 0.5})],
    [("HardSigmoid", ["z"], ["a"], {"alpha": 0.25, "beta": 0.4})],
    [("ThresholdedRelu", ["z"], ["a"], {"alpha": 0.5})],
    [("Sigmoid", ["z"], ["s"]), ("Mul", ["z", "s"], ["a"])],
]  # fmt: skip


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda nodes: "+".join(node[0] for node in nodes))
def test_a_graph_that_onnxruntime_has_optimised_and_saved(tmp_path, activation):
    onnx.save(graph([FIRST, *activation, LAST]), tmp_path / "m.onnx")
    how = ort.SessionOptions()
    how.log_severity_level = 4
    how.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    how.optimized_model_filepath = str(tmp_path / "fused.onnx")
    ort.InferenceSession(str(tmp_path / "m.onnx"), how)

    fused = [node for node in onnx.load(tmp_path / "fused.onnx").graph.node if node.domain == "com.microsoft"]
    assert fused, "onnxruntime fuses this no more: the test says nothing"
    check(tmp_path / "fused.onnx")


@pytest.mark.parametrize(
    "nodes",
    [
        [("Shrink", ["z"], ["a"], {"lambd": 0.25, "bias": 0.25})],
        [("Shrink", ["z"], ["a"])],
        [("HardSwish", ["z"], ["a"])],
        [("Sin", ["z"], ["a"])],
        [("Cos", ["z"], ["a"])],
    ],
    ids=["soft shrink", "hard shrink", "hard swish", "sin", "cos"],
)
def test_nodes_that_are_an_activation_of_a_tool(tmp_path, nodes):
    onnx.save(graph([FIRST, *nodes, LAST]), tmp_path / "m.onnx")
    check(tmp_path / "m.onnx")


FUSED = {
    "FusedMatMul": [("FusedMatMul", ["x", "W1"], ["z"], {"alpha": 0.5, **MS})],
    "BiasGelu": [("MatMul", ["x", "W1"], ["h"]), ("BiasGelu", ["h", "b1"], ["z"], MS)],
    "FastGelu": [("MatMul", ["x", "W1"], ["h"]), ("FastGelu", ["h", "b1"], ["z"], MS)],
    "FastGelu without a bias": [(*FIRST[:2], ["h"]), ("FastGelu", ["h"], ["z"], MS)],
    "Gelu": [(*FIRST[:2], ["h"]), ("Gelu", ["h"], ["z"], MS)],
    "QuickGelu": [(*FIRST[:2], ["h"]), ("QuickGelu", ["h"], ["z"], MS)],
}


@pytest.mark.parametrize("kind", FUSED)
def test_fused_nodes_are_those_they_were_made_of(tmp_path, kind):
    model = graph([*FUSED[kind], ("Gemm", ["z", "W2", "b2"], ["y"])])
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    onnx.save(model, tmp_path / "m.onnx")
    check(tmp_path / "m.onnx")


def test_another_node_of_that_domain_is_refused_with_those_that_can_be_read(tmp_path):
    onnx.save(graph([("Attention", ["x", "W1", "b1"], ["y"], MS)]), tmp_path / "m.onnx")
    with pytest.raises(ReaderCannot, match=r"Attention.*com\.microsoft.*FusedGemm"):
        clearprop.adopt(tmp_path / "m.onnx")


def test_of_several_outputs_of_one_chain_the_last_is_taken_and_told(tmp_path):
    nodes = [FIRST, ("Relu", ["z"], ["a"]), ("Gemm", ["a", "W2", "b2"], ["logits"]),
             ("Softmax", ["logits"], ["p"], {"axis": 1})]  # fmt: skip
    onnx.save(graph(nodes, outputs=("p", "logits", "a")), tmp_path / "m.onnx")
    with pytest.warns(AdoptedWarning, match="'p' is taken; it is computed from logits, a"):
        model = clearprop.adopt(tmp_path / "m.onnx")
    np.testing.assert_allclose(model.predict_proba(X), answers(str(tmp_path / "m.onnx"), "p"), atol=2e-6)


def test_two_heads_are_refused(tmp_path):
    nodes = [FIRST, ("Relu", ["z"], ["a"]), LAST, ("Gemm", ["a", "W2"], ["other"])]
    onnx.save(graph(nodes, outputs=("y", "other")), tmp_path / "m.onnx")
    with pytest.raises(ReaderCannot, match="2 outputs that different chains of layers lead to"):
        clearprop.adopt(tmp_path / "m.onnx")


def test_a_sum_with_a_constant_for_each_column_is_a_shift(tmp_path):
    nodes = [("Sum", ["x", "shift"], ["s"]), ("Gemm", ["s", "W1", "b1"], ["z"]), ("Relu", ["z"], ["a"]), LAST]
    onnx.save(graph(nodes), tmp_path / "m.onnx")
    check(tmp_path / "m.onnx")
