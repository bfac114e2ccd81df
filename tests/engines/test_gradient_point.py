"""A rule whose gradient is not taken at the weights that predict: what a session, and a training, make of that."""

import dataclasses

import numpy as np
import pytest

from clearprop import MLPRegressor
from clearprop.engines import Order, Request, open_session, present
from clearprop.equations import get_rule
from clearprop.model import Dense, Network, Parameters, initial
from clearprop.training import Plan, Rows, Training

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
Y = np.column_stack([X[:, 0] * X[:, 1], np.sin(X[:, 2])])
RULE = get_rule("schedule_free_adamw", learning_rate=0.05)
TAKERS = sorted(
    name
    for name, engine in present().items()
    if not engine.why_not(Request(Network(3, (Dense(2, "identity"),), "squared_error"), RULE, "float64"))
)


def network(**layer):
    return Network(3, (Dense(5, "tanh", **layer), Dense(2, "identity")), "squared_error")


def opened(name, described, rule=RULE):
    return open_session(described, initial(described, 1), rule, 0, engine=name)


def steps(session, n, size=10):
    order = Order.of(np.arange(n * size) % len(X), size)
    return session.run(X, Y, None, order, np.full(n, RULE.learning_rate))


@pytest.mark.parametrize("name", TAKERS)
def test_a_step_sees_the_loss_beside_the_weights_that_predict(name):
    session = opened(name, network())
    steps(session, 5)
    state = session.get_state()
    beside = RULE.gradient_point(state.parameters, state.slots)
    session.set_state(dataclasses.replace(state, parameters=beside))
    J_beside, _ = session.gradients(X[:10], Y[:10])
    session.set_state(state)
    J, _ = session.gradients(X[:10], Y[:10])
    found = session.run(X, Y, None, Order.of(np.arange(10), 10), np.array([0.05]))

    assert found.losses[0] == pytest.approx(J_beside, rel=1e-12)
    assert abs(J - J_beside) > 1e-3 * J


@pytest.mark.parametrize("name", TAKERS)
def test_frozen_layers_keep_their_bytes(name):
    described = network(frozen=True)
    session = opened(name, described)
    steps(session, 50)
    after = Parameters(initial(described, 1).shapes, session.get_state().parameters)
    for kept in ("W1", "b1"):
        assert after[kept].tobytes() == initial(described, 1)[kept].tobytes()


@pytest.mark.parametrize("name", TAKERS)
def test_max_norm_holds_for_every_point(name):
    described = network(max_norm=0.4)
    session = opened(name, described)
    steps(session, 50)
    state = session.get_state()
    beside = RULE.gradient_point(state.parameters, state.slots)
    for vector in (state.parameters, state.slots["z"], beside):
        W = Parameters(initial(described, 1).shapes, vector)["W1"]
        assert np.linalg.norm(W, axis=0).max() <= 0.4 * (1 + 1e-12)


@pytest.mark.parametrize("name", TAKERS)
def test_a_divergence_is_found_where_the_gradient_was_taken(name):
    """The mean is the last to become infinite; what broke the step is the point beside it."""
    session = opened(name, network())
    steps(session, 1)
    state = session.get_state()
    slots = state.slots | {"z": np.full_like(state.slots["z"], 1e200)}
    session.set_state(dataclasses.replace(state, slots=slots))
    training = Training(session, network(), Rows(X, Y), Plan(batch_size=10, shuffle=False))
    progress = training.run()

    assert progress.stopped == "diverged"
    assert progress.divergence.quantity == "losses"
    assert session.get_state().parameters.tobytes() == state.parameters.tobytes()


def test_validation_and_the_best_weights_are_those_that_predict():
    described = network()
    session = opened("numpy", described)
    training = Training(session, described, Rows(X, Y), Plan(n_epochs=30, batch_size=10, patience=3), Rows(X, Y))
    best = training.run().best
    errors = np.sum((session.predict(X) - Y) ** 2, axis=1) / 2

    assert session.get_state().parameters.tobytes() == best.parameters.tobytes()
    assert best.value == pytest.approx(float(np.mean(errors)), rel=1e-12)


def test_an_estimator_learns_and_goes_on_with_it():
    """Warm starts go on from the memory; averaged weights are a mean of those that predict."""
    mlp = MLPRegressor(
        "squared_error", (16,), "tanh", solver="schedule_free_adamw", learning_rate_init=0.03, max_iter=1000,
        n_iter_no_change=50, tol=1e-3, random_state=0,
    )  # fmt: skip
    assert mlp.fit(X, Y).score(X, Y) > 0.9
    for _ in range(3):
        mlp.partial_fit(X, Y)
    assert mlp.score(X, Y) > 0.9
    averaged = MLPRegressor(**(mlp.get_params() | {"averaging": 0.9})).fit(X, Y)
    assert averaged.score(X, Y) > 0.9
