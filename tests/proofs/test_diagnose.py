"""The mistake finder names what was planted, here in gradients written by hand and in drawn ones."""

from __future__ import annotations

import numpy as np
import pytest

import mistake_cases
from clearprop.errors import DataError, UsageError
from clearprop.explain import trace
from clearprop.model import Dense, Inputs, Network, Parameters, initial, mlp
from clearprop.proofs.diagnose import diagnose
from clearprop.proofs.mistakes import MISTAKES

NETWORK = mlp(4, 5, 3, hidden="tanh", output="softmax", l2=0.1)


def by_hand(parameters: Parameters, X, Y, mistake=""):
    """Return delta and gradients of NETWORK, written out as a student would."""
    W1, b1, W2, b2 = (parameters[name] for name in ("W1", "b1", "W2", "b2"))
    m = len(X)
    a1 = np.tanh(X @ W1 + b1)
    e = np.exp(a1 @ W2 + b2)
    a2 = e / e.sum(axis=1, keepdims=True)

    delta2 = (a2 - Y) / (1 if mistake == "not_averaged" else m)
    if mistake == "wrong_sign":
        delta2 = -delta2
    slope = 1 - (np.tanh(a1) if mistake == "derivative_at_a" else a1) ** 2
    delta1 = delta2 @ W2.T * (1 if mistake == "derivative_missing" else slope)
    l2 = {"penalty_averaged": 0.1 / m, "penalty_missing": 0.0, "penalty_doubled": 0.2}.get(mistake, 0.1)
    mean = np.mean if mistake == "db_averaged" else np.sum
    gradients = {
        "dW1": X.T @ delta1 + l2 * W1,
        "db1": mean(delta1, axis=0) + (0.1 * b1 if mistake == "bias_penalty" else 0),
        "dW2": a1.T @ delta2 + l2 * W2,
        "db2": mean(delta2, axis=0) + (0.1 * b2 if mistake == "bias_penalty" else 0),
    }
    return {1: delta1, 2: delta2}, gradients


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    parameters = initial(NETWORK, 0)
    parameters.vector[...] = 0.5 * rng.standard_normal(parameters.vector.size)
    return parameters, rng.standard_normal((8, 4)), np.eye(3)[rng.integers(0, 3, 8)]


def test_right_gradients_are_called_right(data):
    delta, gradients = by_hand(*data)
    diagnosis = diagnose(NETWORK, *data, my_gradients=gradients, my_delta=delta)

    assert diagnosis.correct
    assert diagnosis.findings == ()
    assert str(diagnosis).startswith("correct")


def test_one_right_gradient_agrees(data):
    _, gradients = by_hand(*data)
    diagnosis = diagnose(NETWORK, *data, my_gradients={"dW1": gradients["dW1"]})

    assert str(diagnosis) == "correct: dW1 agrees with the derivative of J."


@pytest.mark.parametrize(
    "mistake",
    [
        "not_averaged", "wrong_sign", "derivative_missing", "derivative_at_a", "db_averaged", "bias_penalty",
        "penalty_averaged", "penalty_missing", "penalty_doubled",
    ],
)  # fmt: skip
def test_a_mistake_made_by_hand_is_named(data, mistake):
    _, gradients = by_hand(*data, mistake)
    first = diagnose(NETWORK, *data, my_gradients=gradients).findings[0]

    assert (first.mistakes, first.equivalent) == ((mistake,), ())
    assert first.residual < 1e-12


def test_one_wrong_delta_is_enough(data):
    delta, _ = by_hand(*data, "derivative_missing")
    diagnosis = diagnose(NETWORK, *data, my_delta=[None, delta[1], delta[2]])

    assert diagnosis.findings[0].mistakes == ("derivative_missing",)
    assert diagnosis.differences["delta2"] < 1e-12
    assert "BP2" in str(diagnosis)


@pytest.mark.parametrize("n_mistakes", [1, 2])
def test_drawn_mistakes_are_named_first(n_mistakes):
    for seed in range(15):
        planted, diagnosis = mistake_cases.planted(seed, n_mistakes)
        first = diagnosis.findings[0]

        assert planted == first.mistakes or planted in first.equivalent, f"{seed}: {planted} {first}"


def test_the_gradients_of_embeddings_are_compared_too():
    inputs = Inputs(1, categories=(3, 4), embedding=(2, "one-hot"))
    network = Network(inputs, (Dense(5, "tanh"), Dense(2, "identity")), "squared_error")
    rng, parameters = np.random.default_rng(0), initial(network, 0)
    X, Y = np.column_stack([rng.normal(size=9), rng.integers(0, 3, 9), rng.integers(0, 4, 9)]), rng.normal(size=(9, 2))
    right = trace(network, parameters, X, Y).gradient
    assert diagnose(network, parameters, X, Y, right).correct
    summed = {name: 9 * values for name, values in right.items()}
    assert diagnose(network, parameters, X, Y, {"E1": summed["E1"]}).findings[0].mistakes == ("not_averaged",)
    assert diagnose(network, parameters, X, Y, summed).findings[0].mistakes == ("not_averaged",)


def test_a_difference_nobody_knows_is_not_explained_away(data):
    _, gradients = by_hand(*data)
    gradients["dW1"][2, 3] += 0.7
    diagnosis = diagnose(NETWORK, *data, my_gradients=gradients)

    assert not diagnosis.correct
    assert not diagnosis.findings[0].explains
    assert "No mistake of the catalogue" in str(diagnosis)


def test_what_does_not_fit_is_refused_by_name(data):
    with pytest.raises(UsageError, match="nothing to compare"):
        diagnose(NETWORK, *data)
    with pytest.raises(UsageError, match="dW7"):
        diagnose(NETWORK, *data, my_gradients={"W7": np.zeros((4, 5))})
    with pytest.raises(DataError, match=r"dW1 must have shape \(4, 5\), got \(5, 5\)"):
        diagnose(NETWORK, *data, my_gradients={"W1": np.zeros((5, 5))})


def test_a_transposed_gradient_is_known_by_its_numbers(data):
    _, gradients = by_hand(*data)
    turned = diagnose(NETWORK, *data, my_gradients=gradients | {"dW1": gradients["dW1"].T})
    both = diagnose(NETWORK, *data, my_gradients={name: np.atleast_2d(g).T.squeeze() for name, g in gradients.items()})
    wrong = diagnose(NETWORK, *data, my_gradients={"dW1": 8 * (gradients["dW1"].T - 0.1 * data[0]["W1"].T)})

    assert not turned.correct
    assert turned.findings[0].mistakes == both.findings[0].mistakes == ("dW_transposed",)
    assert "dW1 is transposed" in str(turned)
    assert "dW1 and dW2 are transposed" in str(both)
    assert wrong.findings[0].explains
    assert {"dW_transposed", "not_averaged", "penalty_missing"} == set(wrong.findings[0].mistakes)


def test_deltas_with_samples_in_columns_are_called_transposed(data):
    delta, _ = by_hand(*data)
    assert "delta1 and delta2 are transposed" in str(
        diagnose(NETWORK, *data, my_delta={l: d.T for l, d in delta.items()})
    )


@pytest.mark.parametrize(("hidden", "slope"), [("tanh", lambda z: 1 - z**2), ("sigmoid", lambda z: z * (1 - z))])
def test_a_derivative_that_is_written_in_z_is_named(hidden, slope):
    network, rng = mlp(3, 4, 2, hidden=hidden, output="identity"), np.random.default_rng(1)
    parameters, X, Y = initial(network, 1), rng.standard_normal((7, 3)), rng.standard_normal((7, 2))
    seen = trace(network, parameters, X, Y)
    delta1 = seen.delta[2] @ parameters["W2"].T * slope(seen.z[1])

    assert diagnose(network, parameters, X, Y, my_delta={1: delta1}).findings[0].mistakes == ("derivative_in_z",)


def test_what_is_no_number_is_called_that(data):
    _, gradients = by_hand(*data)
    gradients["dW2"][1, 2], gradients["db1"][:] = np.nan, np.inf
    diagnosis = diagnose(NETWORK, *data, my_gradients=gradients)

    assert not diagnosis.correct
    assert "dW2 is nan at [1, 2]" in str(diagnosis)
    assert "db1 is inf at [0] and in 4 other places" in str(diagnosis)


@pytest.mark.parametrize(
    ("output", "loss", "has_half"), [("identity", "squared_error", True), ("softmax", "cross_entropy", False)]
)
def test_a_half_is_missed_only_where_the_loss_has_one(output, loss, has_half):
    network, rng = mlp(3, 4, 3, output=output, loss=loss), np.random.default_rng(2)
    parameters, X, Y = initial(network, 1), rng.standard_normal((7, 3)), np.eye(3)[rng.integers(0, 3, 7)]
    right = trace(network, parameters, X, Y).gradient
    doubled = diagnose(network, parameters, X, Y, {name: 2 * g for name, g in right.items()})

    assert doubled.findings[0].mistakes == ("twice",)
    assert ("½" in str(doubled)) == has_half


def test_two_mistakes_in_one_layer_of_many_are_found_there():
    network, rng = mlp(3, 4, 4, 2, hidden="tanh", output="identity", l2=0.2), np.random.default_rng(3)
    parameters, X, Y = initial(network, 1), rng.standard_normal((7, 3)), rng.standard_normal((7, 2))
    seen = trace(network, parameters, X, Y)
    delta1 = seen.delta[2] @ parameters["W2"].T  # without f′, in this layer alone
    mine = dict(seen.gradient.items()) | {"W1": X.T @ delta1, "b1": delta1.sum(axis=0)}  # and without the penalty
    first = diagnose(network, parameters, X, Y, mine).findings[0]

    assert (set(first.mistakes), first.layer) == ({"derivative_missing", "penalty_missing"}, 1)
    assert first.says.startswith("in layer 1 alone, ")


def test_every_mistake_has_a_name_of_its_own_and_an_equation():
    assert len({mistake.name for mistake in MISTAKES}) == len(MISTAKES)
    assert all(":" in mistake.equation or "=" in mistake.equation for mistake in MISTAKES)
