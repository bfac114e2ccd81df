"""Drawn networks, edges included: every engine against J written a third time, with no derivative in it.

`tests/complex_steps.py` is that computation. Each engine is held to it by itself, so no two are wrong together.
"""

from __future__ import annotations

import numpy as np
import pytest

import complex_steps
import drawn_networks
from clearprop.engines import Order, open_session
from clearprop.equations import get_rule

SOME, MANY = 200, 10_000
ALLOWED = 1e-9  # of the largest number expected, 1 at least: what a textbook formula in a loses near its ends
RATE = 0.01


def edged(seed):
    """Return a drawn network with parameters, rows, targets and weights, of which any may be nothing or 0."""
    drawn, rng = drawn_networks.draw(seed), np.random.default_rng((seed, 11))
    n = int(rng.choice([0, 1, 2, 5, 17, 64]))
    X, Y = drawn_networks.draw_rows(drawn.network, n, rng), drawn_networks.draw_targets(drawn.network, n, rng)
    weights = [None, rng.uniform(0.2, 3.0, n), rng.integers(0, 2, n).astype(float), np.zeros(n)][rng.integers(4)]
    if rng.random() < 0.2:
        X = X * 0
    vector = drawn.parameters.vector
    vector[rng.random(vector.size) < rng.choice([0.0, 0.0, 0.3, 1.0])] = 0
    return drawn.network, drawn.parameters, X, Y, weights


def differ(found, expected):
    """Return the largest difference, in units of the largest number expected and at least 1."""
    found, expected = np.asarray(found, float), np.asarray(expected, float)
    assert found.shape == expected.shape
    if not expected.size:
        return 0.0
    return np.abs(found - expected).max() / max(1.0, np.abs(expected).max())


@np.errstate(all="ignore")  # of the formulas in a; what is not finite there is no expectation
def compare(engine, seed):
    network, parameters, X, Y, weights = edged(seed)
    tensors = complex_steps.taken_apart(parameters, parameters.vector.astype(complex)[None])
    predicted = complex_steps.output(network, tensors, X, None)[0].real
    J, gradient = complex_steps.objective(network, parameters, X, Y, weights, seed)
    if not np.isfinite([J, *gradient, *predicted.ravel()]).all():
        return False
    session = open_session(network, parameters, get_rule("sgd"), seed, engine=engine.name, precision="float64")
    case = f"seed {seed}: {network}, {len(X)} rows, weights {weights}"
    found_J, found = session.gradients(X, Y, weights)
    assert differ(session.predict(X), predicted) <= ALLOWED, case
    assert differ(found_J, J) <= ALLOWED, case
    assert differ(found.vector, gradient) <= ALLOWED, case
    session.run(X, Y, weights, Order(np.arange(len(X)), np.array([0, len(X)])), np.array([RATE]))
    assert differ(session.get_state().parameters, parameters.vector - RATE * gradient) <= ALLOWED, case
    return True


@pytest.mark.parametrize(
    "seeds", [range(SOME), pytest.param(range(SOME, MANY), marks=pytest.mark.soak)], ids=["some", "many"]
)
def test_an_engine_agrees_with_the_third_computation(engine, seeds):
    compared = sum(compare(engine, seed) for seed in seeds)
    print(f"{engine.name}: {compared} of {len(seeds)} networks")
    assert compared > 0.9 * len(seeds)


def test_a_gradient_that_is_wrong_by_a_millionth_is_seen(engine, monkeypatch):
    right = complex_steps.objective

    def wrong(*given):
        J, gradient = right(*given)
        return J, gradient * (1 + 1e-6)

    monkeypatch.setattr(complex_steps, "objective", wrong)
    with pytest.raises(AssertionError, match="seed"):
        all(compare(engine, seed) for seed in range(20))
