#!/bin/sh
# scikit-learn 1.9.1: what dump_svmlight_file writes, load_svmlight_file reads back with its columns shifted where the first
# holds zeros only, each by its defaults: it is written from index 0 on, and read as beginning at 1 if no index 0 is seen.
# One would guess that the two fit together.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q scikit-learn==1.9.1 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
from io import BytesIO

import numpy as np
from sklearn.datasets import dump_svmlight_file, load_svmlight_file

X = np.array([[0.0, 1.0, 2.0], [0.0, 3.0, 4.0]])
file = BytesIO()
dump_svmlight_file(X, [0, 1], file)
file.seek(0)
back = load_svmlight_file(file)[0].toarray()
print("written:", X.tolist())
print("read:   ", back.tolist())
assert back.tolist() == [[1, 2], [3, 4]], "this has changed"
PYTHON
