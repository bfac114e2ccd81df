"""The worked numbers: nudges are true, sums are complete, and what is cut is one term."""

from __future__ import annotations

import json

import numpy as np
import pytest

from clearprop import mlp
from clearprop.errors import DataError, UsageError
from clearprop.explain import trace
from clearprop.explain.nudges import nudged_biases, nudged_weights
from clearprop.explain.worked_numbers import Most, neighbours, worked_numbers
from clearprop.model import Names, initial
from drawn_networks import draw

DRAWN = range(40)


def objective(drawn, name, where, step):
    parameters = drawn.parameters.copy()
    parameters[name][where] += step
    return trace(drawn.network, parameters, drawn.X, drawn.Y, drawn.weights).J


def test_a_nudge_changes_the_objective_by_what_it_says():
    for seed in DRAWN:
        drawn = draw(seed)
        found = trace(drawn.network, drawn.parameters, drawn.X, drawn.Y, drawn.weights)
        steps = np.array([-0.3, 0.2])
        for l in range(1, drawn.network.L + 1):
            inputs, units = np.arange(drawn.network.sizes[l - 1])[-2:], np.arange(drawn.network.sizes[l])[:2]
            change = nudged_weights(found, l, inputs, units, steps)
            assert change.shape == (len(inputs), len(units), 2)
            for k, step in enumerate(steps):
                expected = objective(drawn, f"W{l}", (inputs[-1], units[-1]), step) - found.J
                assert np.isclose(change[-1, -1, k], expected, rtol=1e-9, atol=1e-12)


def test_a_nudged_bias_does_too():
    for seed in DRAWN:
        drawn = draw(seed)
        found = trace(drawn.network, drawn.parameters, drawn.X, drawn.Y, drawn.weights)
        for l in range(1, drawn.network.L + 1):
            if f"b{l}" in drawn.parameters:
                change = nudged_biases(found, l, np.array([0]), np.array([0.25]))
                expected = objective(drawn, f"b{l}", 0, 0.25) - found.J
                assert np.isclose(change[0, 0], expected, rtol=1e-9, atol=1e-12)


def wide():
    rng = np.random.default_rng(0)
    network = mlp(30, 20, 15, 4, hidden="tanh", output="softmax", l2=0.01)
    return network, initial(network, 0), rng.normal(size=(9, 30)), rng.integers(0, 4, 9)


def test_what_is_shown_and_what_is_cut_add_up_to_z():
    data = worked_numbers(*wide(), most=Most(units=5))
    below = data["input"]
    for layer in data["layers"]:
        z = np.array(below) @ np.array(layer["W"]) + np.array(layer["restZ"]) + np.array(layer["b"])
        assert np.allclose(z, layer["z"], atol=1e-6)
        below = layer["a"]


def test_what_is_shown_and_what_is_cut_add_up_to_delta():
    data = worked_numbers(*wide(), most=Most(units=3))
    for layer, above in zip(data["layers"], data["layers"][1:], strict=False):
        u = np.array(above["delta"]) @ np.array(above["W"]).T + np.array(layer["restU"])
        assert np.allclose(u * np.array(layer["slope"]), layer["delta"], atol=1e-7)


def test_the_shown_units_are_those_that_matter_most():
    network, parameters, X, Y = wide()
    X[:, 7] = 100.0
    data = worked_numbers(network, parameters, X, Y, most=Most(units=1))
    assert data["units"][0] == ["x7"]


def test_the_numbers_are_those_of_the_rows_that_are_shown():
    network, parameters, X, Y = wide()
    data = worked_numbers(network, parameters, X, Y, row=7, most=Most(rows=4))
    assert data["rows"] == ["row 5", "row 6", "row 7", "row 8"]
    assert data["rows"][data["row"]] == "row 7"
    assert np.isclose(data["J"], trace(network, parameters, X[5:9], Y[5:9]).J, rtol=1e-7)


@pytest.mark.parametrize(("row", "n", "expected"), [(0, 3, [0, 1, 2]), (1, 2, [0, 1]), (4, 9, [3, 4, 5, 6, 7, 8])])
def test_neighbours_stay_within_the_data(row, n, expected):
    assert neighbours(row, n, 6).tolist() == expected


def test_names_follow_their_rows_and_units():
    network, parameters, X, Y = wide()
    names = Names(outputs=tuple("abcd"), rows=tuple(f"customer {i}" for i in range(9)))
    data = worked_numbers(network, parameters, X, Y, row=2, names=names, most=Most(rows=1))
    assert data["rows"] == ["customer 2"]
    assert data["units"][-1] == list("abcd")


def test_every_drawn_network_becomes_strict_json():
    for seed in DRAWN:
        drawn = draw(seed)
        json.dumps(worked_numbers(drawn.network, drawn.parameters, drawn.X, drawn.Y, drawn.weights), allow_nan=False)


def test_a_row_that_is_not_there_is_refused():
    with pytest.raises(DataError, match=r"row 9: expected 0 to 8"):
        worked_numbers(*wide(), row=9)


@pytest.mark.parametrize("nothing", [{"rows": 0}, {"units": 0}], ids=str)
def test_nothing_to_show_is_refused(nothing):
    with pytest.raises(UsageError, match="must be 1 or more"):
        Most(**nothing)
