#!/bin/sh
# onnxruntime 1.32.0, on the CPU: the operator Sigmoid is exactly 0 from about z = -18 down in float32, where the sigmoid is
# 1.5e-8, it falls between 16 and 17, and at z = -10 it is 2e-4 off. One would guess a few units in the last place, and a
# function that rises. A log loss of such probabilities is infinite; 1 / (1 + Exp(-z)) in the graph is right.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
import onnxruntime as ort
from onnx import TensorProto, helper

ort.set_default_logger_severity(3)
z = np.array([-18, -10, 16, 17], np.float32)


def run(*nodes):
    places = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [4]) for name in ("z", "a")]
    one = helper.make_tensor("one", TensorProto.FLOAT, [1], [1.0])
    graph = helper.make_graph(list(nodes), "g", places[:1], places[1:], [one])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"z": z})[0].astype(float)


true = 1 / (1 + np.exp(-z.astype(float)))
seen = run(helper.make_node("Sigmoid", ["z"], ["a"]))
written_out = run(
    helper.make_node("Neg", ["z"], ["n"]), helper.make_node("Exp", ["n"], ["e"]),
    helper.make_node("Add", ["e", "one"], ["d"]), helper.make_node("Reciprocal", ["d"], ["a"]),
)
print("z:          ", z.tolist())
print("sigmoid:    ", true.tolist())
print("Sigmoid:    ", seen.tolist())
print("1 / (1 + e):", written_out.tolist())
assert seen[0] == 0 and abs(seen[1] / true[1] - 1) > 1e-4 and seen[3] < seen[2], "this has changed"
assert np.allclose(written_out, true, rtol=1e-6), "this has changed"
PYTHON
