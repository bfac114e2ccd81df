"""Rows of several axes in Keras are rows of all their numbers here, as far as each number goes its own way."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

import clearprop
from clearprop.errors import ForeignFileError, ReaderCannot

SEQ = Path(__file__).parent / "cases" / "keras_seq.keras"
X = np.genfromtxt(SEQ.with_name("rows.csv"), delimiter=",", skip_header=1)[:, :4]


def layer(kind, **options):
    return {"class_name": kind, "config": {"name": kind.lower(), **options}}


def with_shape(shape, *first):
    """Return the file with rows of another shape, and layers in front of its first."""
    inside = {name: zipfile.ZipFile(SEQ).read(name) for name in zipfile.ZipFile(SEQ).namelist()}
    config = json.loads(inside["config.json"])
    layers = config["config"]["layers"]
    layers[0]["config"]["batch_shape"] = [None, *shape]
    config["config"]["layers"] = [layers[0], *first, *layers[1:]]
    inside["config.json"] = json.dumps(config).encode()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in inside.items():
            archive.writestr(name, data)
    return made.getvalue()


@pytest.mark.parametrize(
    ("shape", "first"),
    [
        ((2, 2), [layer("Flatten")]),
        ((4,), [layer("Reshape", target_shape=[2, 2]), layer("Dropout", rate=0.1), layer("Flatten")]),
        ((2, 2, 1), [layer("Activation", activation="linear"), layer("Reshape", target_shape=[-1])]),
        ((2, 2), [layer("Reshape", target_shape=[4, -1]), layer("Flatten")]),
    ],
)
def test_a_row_of_several_axes_is_flat_here(tmp_path, shape, first):
    (tmp_path / "m.keras").write_bytes(with_shape(shape, *first))
    model = clearprop.adopt(tmp_path / "m.keras")
    np.testing.assert_array_equal(model.predict_proba(X), clearprop.adopt(SEQ).predict_proba(X))


def test_a_scaling_of_all_its_numbers_is_folded(tmp_path):
    (tmp_path / "m.keras").write_bytes(with_shape((2, 2), layer("Rescaling", scale=0.5, offset=0.0), layer("Flatten")))
    found = clearprop.adopt(tmp_path / "m.keras").predict_proba(X)
    np.testing.assert_allclose(found, clearprop.adopt(SEQ).predict_proba(X / 2), rtol=1e-6)


@pytest.mark.parametrize(
    ("shape", "first", "error", "words"),
    [
        ((2, 2), [], ReaderCannot, r"layer 2 \(Dense.*along one axis of rows of shape \(2, 2\).*Flatten in front"),
        ((2, 2), [layer("Activation", activation="softmax")], ReaderCannot, r"layer 2 \(Activation.*along one axis"),
        ((4,), [layer("Reshape", target_shape=[3, -1])], ForeignFileError, r"cannot make \(3, -1\) of .* \(4,\)"),
        ((4,), [layer("Reshape", target_shape="4")], ReaderCannot, "how many inputs"),
        ((1 << 20, 1 << 20), [layer("Flatten")], ReaderCannot, "how many inputs there are, at most"),
    ],
)
def test_what_works_along_an_axis_is_refused_by_its_layer(tmp_path, shape, first, error, words):
    (tmp_path / "m.keras").write_bytes(with_shape(shape, *first))
    with pytest.raises(error, match=words):
        clearprop.adopt(tmp_path / "m.keras")
