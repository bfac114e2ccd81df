"""An engine that errs on purpose steps along the wrong gradient, and along no other."""

from __future__ import annotations

import numpy as np
import pytest

from clearprop.engines import Order, Request
from clearprop.equations import get_rule
from clearprop.model import initial, mlp
from clearprop.proofs.diagnose import diagnose
from clearprop.proofs.mistaken import mistaken
from clearprop.proofs.mistakes import MISTAKES
from clearprop.proofs.planted import FaultyEngine

NETWORK = mlp(3, 4, 2, hidden="tanh", output="softmax", l2=0.01)
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(12, 3)), RNG.integers(0, 2, 12)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: one.name)
def test_a_step_follows_the_gradient_with_the_mistake_in_it(mistake):
    engine, request = FaultyEngine(mistake), Request(NETWORK, get_rule("sgd"), "float64")
    assert engine.missing() is None
    assert engine.why_not(request) is None
    start = initial(NETWORK, seed=2)
    session = engine.open(request, start, 0)
    trace = session.trace(X, Y)
    session.run(X, Y, None, Order.of(np.arange(12), 12), np.array([0.5]))
    moved = start.over((start.vector - session.get_state().parameters) / 0.5)
    wrong = mistaken(trace, (mistake,))
    for name in moved:
        assert np.allclose(moved[name], wrong[f"d{name}"], rtol=1e-9, atol=1e-12), name


def test_the_finder_names_the_mistake_in_the_step_that_was_taken():
    mistake = next(one for one in MISTAKES if one.name == "wrong_sign")
    start = initial(NETWORK, seed=2)
    session = FaultyEngine(mistake).open(Request(NETWORK, get_rule("sgd"), "float64"), start, 0)
    session.run(X, Y, None, Order.of(np.arange(12), 12), np.array([1.0]))
    followed = start.over(start.vector - session.get_state().parameters)
    assert diagnose(NETWORK, start, X, Y, dict(followed)).findings[0].mistakes == ("wrong_sign",)
