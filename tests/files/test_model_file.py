"""What is saved comes back the same, byte for byte, and other tools can open it."""

import json

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file

from clearprop.engines import open_session
from clearprop.equations.optimizers import SGD
from clearprop.errors import ModelFileError, UsageError
from clearprop.files import ModelFile, load_model, save_model
from clearprop.model import Dense, Inputs, Network, Objective, Parameters, initial, mlp

NETWORK = Network(
    Inputs(2, categories=(3, 4), embedding=("one-hot", 2)),
    (Dense(5, "gelu", dropout=0.1), Dense(3, "softmax", bias=False)),
    Objective("cross_entropy", l2=1e-4),
)
TABLE = {"columns": [{"name": "Größe", "kind": "numeric", "mean": 0.1, "scale": 1e-300}], "π": None}
FACTS = {"seed": 7, "labels": ["a", "ß", "\N{SNAKE}"], "history": [[0, 0.1], [1, -0.0]], "interrupted": False}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_model_comes_back_the_same(tmp_path, dtype):
    parameters = initial(NETWORK, seed=3, dtype=dtype)
    save_model(tmp_path / "m.safetensors", ModelFile(NETWORK, parameters, TABLE, FACTS))
    model = load_model(tmp_path / "m.safetensors")
    assert (model.network, model.table, model.facts) == (NETWORK, TABLE, FACTS)
    assert model.parameters.vector.dtype == dtype
    assert model.parameters.shapes == parameters.shapes
    assert model.parameters.vector.tobytes() == parameters.vector.tobytes()


@pytest.mark.parametrize(
    "stored",
    [lambda v: v.astype(">f8"), lambda v: np.repeat(v, 2)[::2], lambda v: np.frombuffer(v.tobytes(), v.dtype)],
    ids=["big-endian", "strided", "read-only"],
)
def test_a_vector_may_lie_in_memory_as_it_likes(tmp_path, stored):
    parameters = initial(NETWORK, seed=3)
    save_model(tmp_path / "m", ModelFile(NETWORK, Parameters(parameters.shapes, stored(parameters.vector))))
    assert np.array_equal(load_model(tmp_path / "m").parameters.vector, parameters.vector)


def test_a_loaded_model_predicts_the_same_bits(tmp_path):
    network, X = mlp(4, 6, 2), np.random.default_rng(0).normal(size=(9, 4))
    parameters = initial(network, seed=1)
    save_model(tmp_path / "m", ModelFile(network, parameters))
    again = load_model(tmp_path / "m").parameters
    outputs = [open_session(network, p, SGD(), 0, engine="numpy").predict(X).tobytes() for p in (parameters, again)]
    assert outputs[0] == outputs[1]


def test_saving_twice_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        save_model(tmp_path / name, ModelFile(NETWORK, initial(NETWORK, seed=3), TABLE, FACTS))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_any_safetensors_tool_opens_the_file(tmp_path):
    parameters = initial(NETWORK, seed=3)
    save_model(tmp_path / "m.safetensors", ModelFile(NETWORK, parameters, TABLE, FACTS))
    tensors = load_file(tmp_path / "m.safetensors")
    assert {name: tensor.shape for name, tensor in tensors.items()} == parameters.shapes
    assert all(np.array_equal(tensors[name], parameters[name]) for name in parameters)
    with safe_open(tmp_path / "m.safetensors", "numpy") as file:
        entry = json.loads(file.metadata()["clearprop"])
    assert entry["schema_version"] == "1.0"
    assert (entry["table"], entry["facts"]) == (TABLE, FACTS)


def test_the_loaded_parameters_can_be_changed(tmp_path):
    save_model(tmp_path / "m", ModelFile(NETWORK, initial(NETWORK, seed=3)))
    parameters = load_model(tmp_path / "m").parameters
    parameters["W1"][...] = 0
    assert not parameters.vector[parameters.slices["W1"]].any()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_parameters_that_are_not_finite_are_not_saved(tmp_path, value):
    parameters = initial(NETWORK, seed=3)
    parameters["W2"][1, 1] = value
    with pytest.raises(UsageError, match="W2 must hold finite numbers"):
        save_model(tmp_path / "m", ModelFile(NETWORK, parameters))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"history": [0.1, float("nan")]}, r"facts\.history\[1\] is nan"),
        ({"labels": {1, 2}}, r"facts\.labels must be plain data .* got set"),
        ({"labels": {3: "c"}}, "keys of .*labels must be strings, got 3"),
        ({"name": "\ud800"}, r"facts\.name .* not valid Unicode"),
        ({"seed": 10**50}, "an integer has 51 digits"),
        ({"history": ["x" * 1000] * 5000}, "shorten the history"),
        ({"history": [0] * 300_000}, "shorten the history|more than 250000 values"),
    ],
)
def test_facts_that_json_cannot_hold_are_refused_before_anything_is_written(tmp_path, facts, message):
    with pytest.raises(UsageError, match=message):
        save_model(tmp_path / "m", ModelFile(NETWORK, initial(NETWORK, seed=3), None, facts))
    assert not list(tmp_path.iterdir())


def test_facts_nested_without_end_are_refused(tmp_path):
    facts = {}
    facts["self"] = facts
    with pytest.raises(UsageError, match="nested more than 16 deep"):
        save_model(tmp_path / "m", ModelFile(NETWORK, initial(NETWORK, seed=3), None, facts))


def test_a_folder_a_missing_file_and_a_device_are_refused(tmp_path):
    for path in (tmp_path, tmp_path / "none", "/dev/zero"):
        with pytest.raises(ModelFileError, match=r"not a regular file|could not be read"):
            load_model(path)
