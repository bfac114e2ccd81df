#!/bin/sh
# opencv-python-headless 4.14.0.94: the Gaussian of ANN_MLP is β exp(−α² z²). Its documentation says β exp(−α z z), which one
# would guess; with the default α = 1 the two are one, so a reader that is tested on defaults does not see it.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q opencv-python-headless==4.14.0.94
cd "$folder"
venv/bin/python - <<'PYTHON'
import math

import cv2
import numpy as np

X = np.linspace(-1, 1, 20, dtype="float32")[:, None]
net = cv2.ml.ANN_MLP_create()
net.setLayerSizes(np.array([1, 1]))
net.setActivationFunction(cv2.ml.ANN_MLP_GAUSSIAN, 0.5, 1.0)
net.setTermCriteria((cv2.TERM_CRITERIA_COUNT, 5, 0))
flags = cv2.ml.ANN_MLP_NO_INPUT_SCALE | cv2.ml.ANN_MLP_NO_OUTPUT_SCALE
net.train(cv2.ml.TrainData_create(X, cv2.ml.ROW_SAMPLE, np.exp(-X * X)), flags)
W = net.getWeights(1).ravel()
z = 0.75 * W[0] + W[1]
found = float(net.predict(np.array([[0.75]]))[1][0, 0])
print("predicted:", found)
print("β exp(−α z²):", math.exp(-0.5 * z * z), " β exp(−α² z²):", math.exp(-0.25 * z * z))
assert abs(found - math.exp(-0.25 * z * z)) < 1e-6 < abs(found - math.exp(-0.5 * z * z)), "this has changed"
PYTHON
