#!/bin/sh
# mlflow 3.17.2: a frame cannot be given to a logged ONNX model whose inputs are columns, (n, 1), as skl2onnx writes them.
# One would guess that each column of the frame becomes such an input; MLflow hands it on as (n,). Arrays by name work.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q mlflow-skinny==3.17.2 sqlalchemy alembic pandas onnx==1.23.2 onnxruntime==1.32.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import mlflow
import numpy as np
import pandas as pd
from onnx import TensorProto, helper

columns = [helper.make_tensor_value_info(name, TensorProto.DOUBLE, ["n", 1]) for name in "ab"]
both = helper.make_tensor_value_info("both", TensorProto.DOUBLE, ["n", 2])
graph = helper.make_graph([helper.make_node("Concat", ["a", "b"], ["both"], axis=1)], "graph", columns, [both])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
mlflow.set_tracking_uri("sqlite:///runs.db")
with mlflow.start_run():
    logged = mlflow.onnx.log_model(model, name="model")
served = mlflow.pyfunc.load_model(logged.model_uri)
frame = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
try:
    print("a frame gives", served.predict(frame))
except Exception as error:
    print("a frame gives", type(error).__name__, error)
else:
    raise SystemExit("this is no error any more")
print("arrays give", served.predict({name: frame[[name]].to_numpy() for name in "ab"}))
PYTHON
