"""Trace: every array under its name, consistent with the equations it shows."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest

import drawing
from clearprop.engines import open_session
from clearprop.equations import get_rule
from clearprop.model import Inputs, Objective


@pytest.fixture(scope="module")
def trace():
    rng = np.random.default_rng(1)
    network = drawing.network(
        0, 5, 4, 2,
        objective=Objective("squared_error", l2=0.1),
        inputs=Inputs(2, (3,), embedding=2), dropout=0.3,
    )  # fmt: skip
    session = open_session(network, drawing.parameters(network, rng), get_rule("sgd"), 1, engine="numpy")
    return session.trace(drawing.columns(network.inputs, rng, 6), rng.standard_normal((6, 2)), rng.uniform(0, 1, 6))


def test_every_array_has_its_name_and_shape(trace):
    shapes = {name: array.shape for name, array in trace.arrays().items()}
    assert shapes == {
        "X": (6, 3), "Y": (6, 2), "weights": (6,), "losses": (6,),
        "E1": (3, 2), "W1": (4, 5), "b1": (5,), "W2": (5, 4), "b2": (4,), "W3": (4, 2), "b3": (2,),
        "z1": (6, 5), "z2": (6, 4), "z3": (6, 2),
        "a0": (6, 4), "a1": (6, 5), "a2": (6, 4), "a3": (6, 2),
        "mask0": (6, 4), "mask1": (6, 5), "mask2": (6, 4),
        "delta1": (6, 5), "delta2": (6, 4), "delta3": (6, 2),
        "dW1": (4, 5), "db1": (5,), "dW2": (5, 4), "db2": (4,), "dW3": (4, 2), "db3": (2,), "dE1": (3, 2),
    }  # fmt: skip


def test_the_equations_hold_between_them(trace):
    t = trace
    np.testing.assert_allclose(t["z2"], (t["a1"] * t["mask1"]) @ t["W2"] + t["b2"], rtol=1e-14)
    np.testing.assert_allclose(t["a2"], np.tanh(t["z2"]), rtol=1e-14)
    upstream = (t["delta3"] @ t["W3"].T) * t["mask2"]
    np.testing.assert_allclose(t["delta2"], upstream * (1 - t["a2"] ** 2), rtol=1e-14)
    np.testing.assert_allclose(t["dW2"], (t["a1"] * t["mask1"]).T @ t["delta2"] + 0.1 * t["W2"], rtol=1e-14)
    np.testing.assert_allclose(t["db2"], t["delta2"].sum(axis=0), rtol=1e-14)
    assert pytest.approx(np.sum(t["weights"] * t["losses"]) / np.sum(t["weights"])) == t.D
    assert t.J == t.D + t.R


def test_the_gradient_is_its_arrays_by_the_parameters_names(trace):
    assert list(trace.gradient) == list(trace.parameters)
    for name, gradient in trace.gradient.items():
        assert np.array_equal(gradient, trace[f"d{name}"])


def test_an_unknown_array_is_named_with_the_nearest(trace):
    with pytest.raises(KeyError, match="did you mean 'delta1'"):
        trace["delt1"]


def test_it_is_frozen_and_pickles(trace):
    with pytest.raises(dataclasses.FrozenInstanceError):
        trace.step = 5
    again = pickle.loads(pickle.dumps(trace))
    assert all(np.array_equal(again[name], array) for name, array in trace.arrays().items())


def test_saving_writes_every_array(trace, tmp_path):
    trace.save(str(tmp_path / "trace.npz"))
    with np.load(tmp_path / "trace.npz", allow_pickle=False) as saved:
        assert set(saved) == set(trace.arrays())
        assert np.array_equal(saved["delta2"], trace["delta2"])
