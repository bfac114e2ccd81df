"""Scripted divergences: the cause is named, and the one change that is proposed ends it."""

from __future__ import annotations

import numpy as np
import pytest

from clearprop.clinic.autopsy import autopsy_of
from clearprop.engines import open_session
from clearprop.equations import get_rule
from clearprop.errors import UsageError
from clearprop.model import Dense, Network, Objective, initial, mlp
from clearprop.training import Plan, Rows, Training

NAMES = ["age", "income", "rooms", "floor"]


def run(network, X, Y, learning_rate=0.01, weights_scale=1.0):
    parameters = initial(network, 1)
    parameters.vector[...] *= weights_scale
    session = open_session(network, parameters, get_rule("sgd"), seed=3, engine="numpy")
    training = Training(session, network, Rows(X, Y), Plan(n_epochs=60, batch_size=16, learning_rate=learning_rate))
    training.run()
    return training


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((64, 4))
    return X, X[:, :1] - X[:, 1:2]


def regression(**options):
    return mlp(4, 8, 1, hidden="relu", **options)


def test_a_learning_rate_too_large(data):
    training = run(regression(), *data, learning_rate=30.0)
    found = autopsy_of(training, NAMES)

    assert (found.cause.name, found.cause.parameter) == ("learning_rate", "learning_rate")
    assert run(regression(), *data, learning_rate=float(found.cause.instead)).progress.stopped == "epochs"


def test_an_unscaled_input_is_named_by_its_column(data):
    X, Y = data
    X = X * [1, 1e4, 1, 1]
    found = autopsy_of(run(regression(), X, Y), NAMES)

    assert (found.cause.name, found.cause.parameter) == ("unscaled_input", "income")
    assert run(regression(), (X - X.mean(axis=0)) / X.std(axis=0), Y).progress.stopped == "epochs"


def test_a_huge_target(data):
    X, Y = data
    found = autopsy_of(run(regression(), X, 1e6 * Y), NAMES)

    assert found.cause.name == "huge_target"
    scale = float(found.cause.instead.removeprefix("y / "))
    assert run(regression(), X, 1e6 * Y / scale).progress.stopped == "epochs"


def test_a_huge_penalty(data):
    found = autopsy_of(run(regression(l2=500.0), *data), NAMES)

    assert (found.cause.name, found.cause.parameter) == ("huge_penalty", "l2")
    assert run(regression(l2=float(found.cause.instead)), *data).progress.stopped != "diverged"


def test_exp_that_overflows(data):
    X, Y = data
    layers = (Dense(8, "tanh"), Dense(1, "exp"))
    network = Network(4, layers, Objective("squared_error"))
    found = autopsy_of(run(network, X, 30 + Y, learning_rate=0.5), NAMES)

    assert (found.cause.name, found.divergence.quantity) == ("exp_overflow", "a2")
    softer = Network(4, (layers[0], Dense(1, "softplus")), Objective("squared_error"))
    assert run(softer, X, Y + 30, learning_rate=0.01).progress.stopped == "epochs"


def test_weights_that_were_wrong_from_the_start(data):
    found = autopsy_of(run(regression(), *data, weights_scale=1e200), NAMES)

    assert found.cause.name == "first_weights"
    assert found.divergence.step == 0


@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_an_input_that_is_not_finite(data, value):
    X, Y = data
    X[17, 2] = value
    found = autopsy_of(run(regression(), X, Y), NAMES)

    assert (found.cause.name, found.cause.parameter, found.divergence.row) == ("broken_input", "rooms", 17)
    assert not np.isfinite(found.features["rooms"])


def test_a_replay_from_the_last_good_state_reproduces_it(data):
    network = mlp(4, 8, 1, hidden="relu", dropout=0.3)
    training = run(network, *data, learning_rate=30.0)
    found = autopsy_of(training)
    session = open_session(network, initial(network, 9), get_rule("sgd"), seed=3, engine="numpy")
    before = session.get_state()

    assert found.replay(session) == found.divergence == training.progress.divergence
    assert np.array_equal(session.get_state().parameters, before.parameters)


def test_the_report_says_where_why_and_what_to_do(data):
    text = str(autopsy_of(run(regression(), *data, learning_rate=30.0), NAMES))

    assert "Likely cause: the learning rate is too large" in text
    assert "Change learning_rate: 30 → 0.001." in text
    assert "income" in text


def test_a_sound_run_has_nothing_to_examine(data):
    with pytest.raises(UsageError, match="did not diverge"):
        autopsy_of(run(regression(), *data))
