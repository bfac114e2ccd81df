"""Foreign files are hostile input: each crafted one is refused in our words, soon, and in little memory."""

from __future__ import annotations

import json
import random
import tracemalloc
import warnings

import numpy as np
import pytest
from foreign_files import CASES, archive, corpus, seeds
from mutate_foreign import mutate

import clearprop
from clearprop.errors import ForeignFileError, ReaderCannot, UsageError
from clearprop.exchange.adopted import adopt_foreign
from clearprop.exchange.readers import Asked, read_data, take_apart
from clearprop.exchange.readers.hdf5 import SIGNATURE

CORPUS = corpus()
NAMES = ("sepal_length", "sepal_width", "petal_length", "petal_width", "age", "income", "smoker")
WORDS = Asked(activations="relu", ranges=dict.fromkeys(NAMES, (0.0, 8.0)))
MOST_BYTES = 400 << 20  # what a file that unpacks to 128 MB may take before it is refused


def taken(data: bytes, net: bool = False):
    """Return the network of a file, or the refusal."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return adopt_foreign(read_data(data, WORDS) if net else take_apart(data, WORDS))
        except (ReaderCannot, ForeignFileError, UsageError) as refusal:
            return refusal


def test_there_are_enough_of_them():
    assert len(CORPUS) >= 60


@pytest.mark.parametrize("name", CORPUS)
def test_it_is_refused_in_one_line_and_little_memory(name):
    tracemalloc.start()
    found = taken(CORPUS[name])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(found, (ReaderCannot, ForeignFileError, UsageError)), found
    assert str(found)
    assert "\n" not in str(found)
    assert len(str(found)) < 1000
    assert peak < MOST_BYTES


CUT = (
    "fann_sigmoid.net", "opencv_gaussian.xml", "torch_relu.safetensors", "torch_relu.onnx", "neuralnet_iris3.plain.rds",
)  # fmt: skip


@pytest.mark.parametrize("file", CUT)
def test_every_truncation_is_refused_or_sound(file):
    data = (CASES / file).read_bytes()
    for end in range(0, len(data), 7):
        found = taken(data[:end])
        assert isinstance(found, Exception) or all(np.isfinite(layer.W).all() for layer in found.layers)


def test_mutations_are_refused_or_sound():
    rng, files = random.Random(0), seeds()
    sound = 0
    for _ in range(1500):
        data = mutate(rng, rng.choice(files))
        found = taken(data)
        if isinstance(found, Exception):
            assert str(taken(data, net=True)).isprintable()
        if not isinstance(found, Exception):
            sound += 1
            assert all(np.isfinite(layer.W).all() and np.isfinite(layer.b).all() for layer in found.layers)
    assert 50 < sound < 1450


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    with (tmp_path / "large.net").open("wb") as file:
        file.truncate(1 << 31)
    with pytest.raises(ForeignFileError, match="at most"):
        clearprop.adopt(tmp_path / "large.net")


def test_names_of_a_file_are_spelled_out_in_messages():
    config = {"class_name": "Sequential", "config": {"layers": [
        {"class_name": "Dense\x1b[2J", "config": {"name": "a\nb\x1b[1m"}}]}}  # fmt: skip
    file = archive(
        {
            "config.json": json.dumps(config).encode(),
            "model.weights.h5": SIGNATURE + b"\0" * 5 + b"\x08\x08" + bytes(200),
        }
    )
    with pytest.raises(ReaderCannot, match=r"a\\nb\\x1b") as refusal:
        read_data(file, WORDS)
    assert str(refusal.value).isprintable()


def test_what_no_reader_foresaw_is_told_in_our_words(monkeypatch):
    monkeypatch.setattr("clearprop.exchange.readers.take_apart", lambda data, asked: {}["a\nkey"])
    with pytest.raises(ForeignFileError, match=r"damaged .KeyError.*please report it"):
        read_data(b"FANN", WORDS)
