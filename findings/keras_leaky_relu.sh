#!/bin/sh
# Keras 3.15.1: leaky_relu has a slope of 0.2 below 0 as a name, activation="leaky_relu", and of 0.3 as a layer, LeakyReLU().
# One would guess that the two are one. Saved, the first is only the name: a reader must know the 0.2.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q keras==3.15.1 jax==0.10.2
cd "$folder"
KERAS_BACKEND=jax venv/bin/python - <<'PYTHON'
import json

import keras
import numpy as np

z = np.array([[-1.0]], "float32")
name = float(np.asarray(keras.layers.Activation("leaky_relu")(z))[0, 0])
layer = float(np.asarray(keras.layers.LeakyReLU()(z))[0, 0])
print("activation='leaky_relu' makes of -1:", name)
print("LeakyReLU() makes of -1:", layer)
saved = keras.layers.Activation("leaky_relu").get_config()["activation"]
print("saved as:", json.dumps(saved))
assert abs(name + 0.2) < 1e-6 and abs(layer + 0.3) < 1e-6 and saved == "leaky_relu", "this has changed"
PYTHON
