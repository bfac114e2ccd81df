#!/bin/sh
# LightGBM 4.7.0: a model fitted to a data frame takes the columns of another by their places, whatever they are called.
# One would guess by name, or an error, as scikit-learn has it for its own estimators.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q lightgbm==4.7.0 pandas==3.1.1 scikit-learn==1.9.1 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import lightgbm
import numpy as np
import pandas as pd

rng = np.random.default_rng(0)
X = pd.DataFrame({"a": rng.normal(size=500), "b": rng.normal(size=500)})
model = lightgbm.LGBMRegressor(verbose=-1).fit(X, 3 * X.a)
same, turned = model.score(X, 3 * X.a), model.score(X[["b", "a"]], 3 * X.a)
print("R2 with the columns a, b:", round(same, 3))
print("R2 with the columns b, a:", round(turned, 3))
assert same > 0.9 > 0.1 > turned, "this has changed"
PYTHON
