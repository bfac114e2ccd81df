"""A model of Keras in memory; with PyTorch as its backend it is a module of PyTorch too."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np

import clearprop

CASES = Path(__file__).parent / "cases"


def in_memory(path):
    """Return what Keras with PyTorch has of a file: a stand-in of the same classes, config and weights."""
    config = json.loads(zipfile.ZipFile(path).read("config.json"))["config"]
    adopted = clearprop.adopt(path)
    weights = iter(zip(adopted.coefs_, adopted.intercepts_, strict=True))
    layers = []
    for layer in config["layers"]:
        one = type(layer["class_name"], (), {})()
        one.name = layer["config"]["name"]
        arrays = list(next(weights)) if layer["class_name"] == "Dense" else []
        one.get_weights = lambda arrays=arrays: arrays
        layers.append(one)
    module = type("Module", (), {"__module__": "torch.nn.modules.module"})
    model = type("Model", (module,), {"__module__": "keras.src.models.model"})
    sequential = type("Sequential", (model,), {"__module__": "keras.src.models.sequential"})
    found = sequential()
    found.layers, found.get_config = layers, lambda: config
    return found


def test_it_is_read_as_a_model_of_keras_whatever_computes_it():
    rows = np.genfromtxt(CASES / "rows.csv", delimiter=",", skip_header=1)[:, :4]
    path = CASES / "keras_seq.keras"
    model = clearprop.adopt(in_memory(path))
    np.testing.assert_array_equal(model.predict_proba(rows), clearprop.adopt(path).predict_proba(rows))
