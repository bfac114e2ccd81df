"""What the files of the engines' contract share: tolerances, problems, and how two engines are compared."""

from __future__ import annotations

import numpy as np
import pytest

import drawing
from clearprop.engines import Order, Request, choose, open_session
from clearprop.equations import get_rule
from clearprop.errors import EngineCannot
from clearprop.model import Parameters, parameter_shapes

REFERENCE = "numpy"
TOLERANCE = {
    ("numpy", "float64"): 0.0,  # the reference
    ("numpy", "float32"): 2e-5,  # rounding unit 6e-8, times sums of up to 20 terms and three layers of conditioning
}
ELSEWHERE = {
    "float64": 1e-12,  # rounding unit 1.1e-16: another order of summation, another exp
    "float32": 2e-5,  # as numpy in float32
}
MANY_STEPS = 200  # a dozen updates pass every error on, and adam divides by small numbers

SEED = 20


def tolerance(engine, dtype):
    return TOLERANCE.get((engine.name, dtype), ELSEWHERE[dtype])


def able(engine, network, rule=None, dtype="float64"):
    """Return the engine; or, where it says that it cannot and duly refuses, the one that engine="auto" takes."""
    request = Request(network, rule or get_rule("sgd"), dtype)
    reason = engine.why_not(request)
    if reason is None:
        return engine
    assert engine.name != REFERENCE, f"the reference must do everything, but: {reason}"
    with pytest.raises(EngineCannot, match=engine.name):
        engine.open(request, Parameters(parameter_shapes(network)), SEED)
    return choose("auto", request).engine


def opened(engine, network, parameters, rule=None, seed=SEED, dtype="float64"):
    """Return (session, reference session), the first of another engine where this one cannot."""
    rule = rule or get_rule("sgd")
    rounded = Parameters(parameters.shapes, parameters.vector.astype(dtype))
    exact = Parameters(rounded.shapes, rounded.vector.astype(np.float64))
    session = able(engine, network, rule, dtype).open(Request(network, rule, dtype), rounded, seed)
    return session, open_session(network, exact, rule, seed, engine=REFERENCE)


def error(found, expected):
    """Return the largest difference in units of the largest number expected.

    A sum that cancels keeps the rounding of its terms, which are of order 1 here: hence the floor.
    """
    found, expected = np.asarray(found, np.float64), np.asarray(expected, np.float64)
    assert found.shape == expected.shape
    if not expected.size:
        return 0.0
    return float(np.max(np.abs(found - expected)) / max(np.max(np.abs(expected)), 0.1))


def assert_same_trace(found, expected, allowed, dtype):
    assert found.arrays().keys() == expected.arrays().keys()
    for name, array in expected.arrays().items():
        assert error(found[name], array) <= allowed, name
        assert found[name].dtype == dtype or name in ("Y", "weights", "losses"), name
    for name in ("J", "D", "R"):
        assert error(getattr(found, name), getattr(expected, name)) <= allowed, name
    assert found.step == expected.step


def assert_same_state(found, expected, allowed):
    assert found.step == expected.step
    assert found.slots.keys() == expected.slots.keys()
    assert error(found.parameters, expected.parameters) <= allowed
    for name, slot in expected.slots.items():
        assert error(found.slots[name], slot) <= allowed, name


def assert_same_steps(found, expected, allowed):
    assert len(found) == len(expected)
    for name in ("losses", "penalties", "gradient_norms"):
        assert error(getattr(found, name), getattr(expected, name)) <= allowed, name


def problem(loss="squared_error", rows=40, n_out=2, seed=SEED, **description):
    """Return a network of three layers, its parameters, and rows: (network, parameters, X, Y)."""
    rng = np.random.default_rng(seed)
    network = drawing.network(5, 6, 4, n_out, objective=loss, **description)
    name = network.objective.loss.name
    return (
        network,
        drawing.parameters(network, rng),
        drawing.columns(network.inputs, rng, rows).astype(np.float32),
        drawing.targets(name, rng, rows, n_out).astype(np.float32),
    )


def epochs(rows, batch_size, n):
    shuffled = [np.random.default_rng(epoch).permutation(rows) for epoch in range(n)]
    return [Order.of(order, batch_size) for order in shuffled]


def rates(order, first=0.05):
    """A learning rate of its own for each step."""
    return first / (1 + np.arange(len(order)))
