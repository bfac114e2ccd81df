#!/bin/sh
# safetensors 0.8.0: an array in Fortran order, or a view of every second element, is saved as the bytes that lie in memory.
# One would guess that it is saved as it is seen, or refused. It comes back in the right shape with other numbers.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q safetensors==0.8.0 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
from safetensors.numpy import load, save

seen = np.arange(6.0).reshape(2, 3)
columns_first = load(save({"x": np.asfortranarray(seen)}))["x"]
every_second = load(save({"x": np.arange(6.0)[::2]}))["x"]
print("saved:", seen.tolist(), "came back:", columns_first.tolist())
print("saved:", np.arange(6.0)[::2].tolist(), "came back:", every_second.tolist())
assert columns_first.tolist() == [[0, 3, 1], [4, 2, 5]] and every_second.tolist() == [0, 1, 2], "this has changed"
PYTHON
