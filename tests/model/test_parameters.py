"""Parameters: named views of one contiguous vector; where they come from."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from clearprop.errors import DataError, UsageError
from clearprop.model import Dense, Inputs, Network, Parameters, from_arrays, initial, mlp, parameter_shapes

NETWORK = Network(
    Inputs(2, (5, 3), embedding=(4, "one-hot")), (Dense(6, bias=False), Dense(2, "identity")), "squared_error"
)
SHAPES = {"E1": (5, 4), "W1": (9, 6), "W2": (6, 2), "b2": (2,)}


def test_shapes_and_order_follow_from_the_network():
    assert parameter_shapes(NETWORK) == SHAPES
    assert list(parameter_shapes(NETWORK)) == ["E1", "W1", "W2", "b2"]


def test_every_array_is_a_view_of_one_contiguous_vector():
    parameters = Parameters(SHAPES)
    assert parameters.vector.shape == (20 + 54 + 12 + 2,)
    assert parameters.vector.flags.c_contiguous
    for name, array in parameters.items():
        assert np.shares_memory(array, parameters.vector)
        assert array.shape == SHAPES[name]
        array[...] = len(name)
    parameters["W1"][0, 1] = 7
    assert parameters.vector[21] == 7


def test_flattening_and_unflattening_is_the_vector_itself():
    vector = np.arange(88.0)
    parameters = Parameters(SHAPES, vector)
    assert parameters.vector is vector
    assert np.array_equal(np.concatenate([array.ravel() for array in parameters.values()]), vector)
    assert np.array_equal(from_arrays(NETWORK, dict(parameters)).vector, vector)


def test_a_copy_is_apart():
    parameters = Parameters(SHAPES)
    copy = parameters.copy()
    copy["W1"][...] = 1
    assert not parameters.vector.any()


def test_it_is_a_mapping():
    parameters = Parameters(SHAPES)
    assert "W1" in parameters
    assert "b1" not in parameters
    assert parameters.get("b1") is None
    assert len(parameters) == 4
    assert "W1 (9, 6)" in repr(parameters)
    with pytest.raises(KeyError, match="did you mean 'W2'"):
        parameters["W22"]


def test_pickling_keeps_the_views():
    parameters = pickle.loads(pickle.dumps(Parameters(SHAPES, np.arange(88.0))))
    parameters["W1"][...] = 0
    assert not parameters.vector[20:74].any()
    assert parameters.vector[19] == 19


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Parameters(SHAPES, np.zeros(87)), DataError, r"must have shape \(88,\), got \(87,\)"),
        (lambda: from_arrays(NETWORK, {"W1": np.zeros((9, 6))}), DataError, "missing: E1, W2, b2"),
        (lambda: initial(NETWORK, 0, given={"W1": np.zeros((6, 9))}), DataError,
         r"W1 must have shape \(9, 6\), got \(6, 9\); clearprop stores weights as \(n_in, n_out\)"),
        (lambda: initial(NETWORK, 0, given={"b1": np.zeros(6)}), UsageError, "unknown parameter 'b1'"),
        (lambda: initial(NETWORK, 0, given={"W2": np.zeros(12)}), DataError, r"W2 must have shape \(6, 2\)"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_words(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_initial_values():
    parameters = initial(NETWORK, seed=3)
    assert not parameters["b2"].any()
    bound = np.sqrt(6 / 9)
    assert np.all(np.abs(parameters["W1"]) <= bound)
    assert parameters["E1"].any()
    given = initial(NETWORK, seed=3, given={"b2": [1, 2]})
    assert given["b2"].tolist() == [1, 2]
    assert np.array_equal(given["W1"], parameters["W1"])


def test_initial_values_depend_on_the_seed_and_the_layer_alone():
    def start(seed, *units, dtype=np.float64):
        layers = (*(Dense(n) for n in units), Dense(2, "identity"))
        return initial(Network(4, layers, "squared_error"), seed, dtype)

    assert np.array_equal(start(1, 5, 6).vector, start(1, 5, 6).vector)
    assert np.array_equal(start(1, 5, 6)["W1"], start(1, 5, 9)["W1"])
    assert not np.array_equal(start(1, 5)["W1"], start(2, 5)["W1"])
    assert not np.array_equal(start(1, 4, 4)["W1"], start(1, 4, 4)["W2"])
    assert np.array_equal(start(1, 5, dtype=np.float32).vector, start(1, 5).vector.astype(np.float32))


def test_parameters_are_equal_if_all_their_numbers_are():
    network = mlp(3, 4, 2)
    parameters = initial(network, 0)
    assert parameters == parameters.copy()
    changed = parameters.copy()
    changed["W2"][0, 0] += 1e-12
    assert parameters != changed
    assert parameters != Parameters({"W": (26,)}, parameters.vector)
    assert parameters != {"W1": 1}
