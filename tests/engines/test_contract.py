"""The contract every engine keeps: the numbers of the reference, which is the numpy engine in float64.

An engine joins by its name in `ENGINES`. Here: what one pass over rows computes. What steps do stands in
`test_contract_steps.py`, states and refusals in `test_contract_state.py`, odd arrays in `test_contract_arrays.py`.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import drawing
from clearprop.equations import LOSSES, get_loss, get_rule
from clearprop.equations.stages import Embedding, Numbers, OneHot, Staircase
from clearprop.model import Inputs, Network, Objective
from engine_contract import (
    ELSEWHERE,
    MANY_STEPS,
    SEED,
    able,
    assert_same_state,
    assert_same_steps,
    assert_same_trace,
    epochs,
    error,
    opened,
    problem,
    rates,
    tolerance,
)

# What one pass computes


WAYS = tuple(itertools.product(("mean", "sum"), ("none", "positive", "zeros"), (1, 3)))


@pytest.mark.parametrize("loss", sorted(LOSSES))
@pytest.mark.parametrize("hidden", drawing.TRAINABLE)
def test_predict_trace_and_gradients_for_every_activation_loss_reduction_and_weights(engine, dtype, hidden, loss):
    """Every pair of output and loss meets every reduction and weighting, spread over the hidden activations."""
    outputs = [output for output, of in drawing.pairs() if of == loss]
    cases = [
        (output, *way)
        for output in outputs
        for way in sorted(WAYS, key=lambda way, output=output: drawing.seed(hidden, output, loss, way))[:5]
    ]
    for output, reduction, weighting, n_out in cases:
        if output == "softmax" and n_out == 1:
            continue  # a is 1 whatever z is, where log(1 − a) has no value
        rng = np.random.default_rng(drawing.seed(hidden, output, loss, reduction, weighting, n_out))
        objective = Objective(loss, reduction=reduction)
        network = drawing.network(4, 3, n_out, hidden=hidden, output=output, objective=objective)
        session, reference = opened(engine, network, drawing.parameters(network, rng), dtype=dtype)
        X = drawing.columns(network.inputs, rng, 6).astype(np.float32)
        Y = drawing.targets(loss, rng, 6, n_out).astype(np.float32)
        w = drawing.weights(weighting, rng, 6)
        w = None if w is None else w.astype(np.float32)
        case = f"{hidden}, {output}, {loss}, {reduction}, {weighting}, {n_out}"

        expected = reference.trace(X, Y, w)
        allowed = tolerance(engine, dtype) * turns(expected)
        assert error(session.predict(X), expected.a[-1]) <= allowed, case
        assert_same_trace(session.trace(X, Y, w), expected, allowed, dtype)
        J, gradient = session.gradients(X, Y, w)
        assert error(J, expected.J) <= allowed, case
        assert error(gradient.vector, expected.gradient.vector) <= allowed, case


def turns(trace):
    """Return the largest z below a sine, of which only the digits behind its whole turns count; 1 at the least."""
    return max(
        [1.0, *(np.abs(z).max() for z, f in zip(trace.z[1:], trace.network.f[1:], strict=True) if f.name == "sin")]
    )


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_rows_of_targets_that_do_not_add_up_to_one_weigh_as_much_as_they_hold(engine, dtype, smoothing):
    """The short delta of cross-entropy after softmax is a Σ y − y, whatever Σ y is; for 1 it is a − y."""
    objective = Objective(get_loss("cross_entropy", label_smoothing=smoothing))
    network, parameters, X, Y = problem(objective, n_out=3, output="softmax")
    Y = (Y * np.linspace(0, 3, len(Y))[:, None]).astype(np.float32)
    session, reference = opened(engine, network, parameters, dtype=dtype)
    found = session.trace(X, Y)
    assert_same_trace(found, reference.trace(X, Y), tolerance(engine, dtype), dtype)
    if not smoothing:
        expected = (found.a[-1] * Y.sum(axis=1, keepdims=True) - Y) / len(Y)
        np.testing.assert_allclose(found.delta[-1], expected, atol=1e-6)


@pytest.mark.parametrize(
    "layer", [{}, {"bias": False}, {"dropout": 0.4}, {"dropout": 0.2, "bias": False}], ids=lambda layer: f"{layer}"
)
@pytest.mark.parametrize("penalty", [{}, {"l2": 0.1}, {"l1": 0.1}, {"l1": 0.1, "l2": 0.2, "penalize_bias": True}])
def test_biases_dropout_and_penalties(engine, dtype, layer, penalty):
    network, parameters, X, Y = problem(Objective("squared_error", **penalty), **layer)
    session, reference = opened(engine, network, parameters, dtype=dtype)
    assert_same_trace(session.trace(X, Y), reference.trace(X, Y), tolerance(engine, dtype), dtype)


@pytest.mark.parametrize("weighting", ["none", "positive", "zeros"])
def test_a_penalty_per_row_is_divided_by_the_weight_of_the_batch(engine, dtype, weighting):
    rng = np.random.default_rng(SEED)
    network, parameters, X, Y = problem(Objective("squared_error", l1=0.3, l2=0.2, penalty_per_row=True))
    w = drawing.weights(weighting, rng, len(X))
    w = None if w is None else w.astype(np.float32)
    total = len(X) if w is None else float(w.astype(np.float64).sum())
    objective = Objective("squared_error", l1=0.3 / total, l2=0.2 / total)
    divided = Network(network.inputs, network.layers, objective)
    session, _ = opened(engine, network, parameters, dtype=dtype)
    _, reference = opened(engine, divided, parameters, dtype=dtype)
    assert_same_trace(session.trace(X, Y, w), reference.trace(X, Y, w), tolerance(engine, dtype), dtype)


@pytest.mark.parametrize(
    "inputs",
    [
        Inputs(2, (3, 4)),
        Inputs(0, (5,)),
        Inputs(0, (5, 2), embedding=2),
        Inputs(3, (4, 6, 2), embedding=(2, "one-hot", 1)),
        Inputs(stages=[Staircase(5)]),
        Inputs(stages=[Numbers(2), Staircase(4), Numbers(1), Staircase(3), OneHot(3), Embedding(4, 2)]),
    ],
    ids=repr,
)
def test_categories_one_hot_and_embedded(engine, dtype, inputs):
    network, parameters, X, Y = problem(inputs=inputs, dropout=0.3)
    session, reference = opened(engine, network, parameters, dtype=dtype)
    allowed = tolerance(engine, dtype)
    assert error(session.predict(X), reference.predict(X)) <= allowed
    assert_same_trace(session.trace(X, Y), reference.trace(X, Y), allowed, dtype)


@pytest.mark.parametrize("rows", [1, 2, 7, 64, 301])
def test_any_number_of_rows(engine, dtype, rows):
    network, parameters, X, Y = problem(rows=rows)
    session, reference = opened(engine, network, parameters, dtype=dtype)
    assert_same_trace(session.trace(X, Y), reference.trace(X, Y), tolerance(engine, dtype), dtype)


@pytest.mark.parametrize("sizes", [(1, 1), (3, 1, 2), (17, 33, 9, 5), (4, 70, 3), (2, 3, 4, 3, 4, 3, 2)])
def test_any_layer_sizes(engine, dtype, sizes):
    rng = np.random.default_rng(SEED)
    network = drawing.network(*sizes)
    session, reference = opened(engine, network, drawing.parameters(network, rng), dtype=dtype)
    X = rng.standard_normal((11, sizes[0])).astype(np.float32)
    Y = rng.standard_normal((11, sizes[-1])).astype(np.float32)
    assert_same_trace(session.trace(X, Y), reference.trace(X, Y), tolerance(engine, dtype), dtype)


def test_predict_has_no_dropout(engine, dtype):
    network, parameters, X, _ = problem(dropout=0.5)
    plain, *_ = problem()
    engine = able(engine, network, dtype=dtype)
    session, _ = opened(engine, network, parameters, dtype=dtype)
    without, _ = opened(engine, plain, parameters, dtype=dtype)
    assert np.array_equal(session.predict(X), without.predict(X))


def test_gradients_are_those_of_the_trace(engine, dtype):
    network, parameters, X, Y = problem(Objective("huber", l1=0.1, l2=0.1), dropout=0.3)
    session, _ = opened(engine, network, parameters, dtype=dtype)
    trace, (J, gradient) = session.trace(X, Y), session.gradients(X, Y)
    assert error(J, trace.J) <= ELSEWHERE[dtype]
    assert error(gradient.vector, trace.gradient.vector) <= ELSEWHERE[dtype]
    assert list(gradient) == list(parameters)


def test_looking_changes_nothing(engine, dtype):
    network, parameters, X, Y = problem(dropout=0.3)
    session, _ = opened(engine, network, parameters, get_rule("adam"), dtype=dtype)
    before = session.get_state()
    session.predict(X), session.trace(X, Y), session.gradients(X, Y)
    assert_same_state(session.get_state(), before, 0.0)


def test_arrays_of_any_layout_and_precision_are_taken(engine, dtype):
    network, parameters, X, Y = problem()
    session, _ = opened(engine, network, parameters, dtype=dtype)
    expected = session.trace(X, Y)
    for convert in (np.float64, np.asfortranarray, lambda A: np.repeat(A, 2, axis=0)[::2], np.ndarray.tolist):
        assert_same_trace(session.trace(convert(X), convert(Y)), expected, 0.0, dtype)


# Targets and weights


@pytest.mark.parametrize("loss", ["cross_entropy", "focal"])
def test_class_indices_are_one_hot_rows(engine, dtype, loss):
    network, parameters, X, Y = problem(loss, n_out=3, output="softmax")
    session, _ = opened(engine, network, parameters, dtype=dtype)
    indices = Y.argmax(axis=1)
    for integers in (indices, indices.astype(np.int32), indices.astype(np.uint8)):
        assert_same_trace(session.trace(X, integers), session.trace(X, Y), 0.0, dtype)
    J, gradient = session.gradients(X, indices)
    J_rows, gradient_rows = session.gradients(X, Y)
    assert error(J, J_rows) <= ELSEWHERE[dtype]
    assert error(gradient.vector, gradient_rows.vector) <= ELSEWHERE[dtype]


def test_runs_on_class_indices_and_on_probability_rows(engine, dtype):
    network, parameters, X, Y = problem("cross_entropy", n_out=3, output="softmax")
    order = epochs(40, 16, 1)[0]
    for rows in (Y, Y.argmax(axis=1), (0.8 * Y + 0.2 / 3).astype(np.float32)):
        session, reference = opened(engine, network, parameters, dtype=dtype)
        found = session.run(X, rows, None, order, rates(order))
        expected = reference.run(X, rows, None, order, rates(order))
        assert_same_steps(found, expected, MANY_STEPS * tolerance(engine, dtype))


def test_a_vector_of_targets_is_one_column(engine, dtype):
    network, parameters, X, Y = problem(n_out=1)
    session, _ = opened(engine, network, parameters, dtype=dtype)
    assert_same_trace(session.trace(X, Y[:, 0]), session.trace(X, Y), 0.0, dtype)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_a_row_of_weight_k_counts_as_k_rows(engine, dtype, reduction):
    network, parameters, X, Y = problem(Objective("squared_error", reduction=reduction), rows=9)
    session, _ = opened(engine, network, parameters, dtype=dtype)
    k = np.array([1, 2, 0, 3, 1, 0, 5, 1, 2])
    J, gradient = session.gradients(X, Y, k)
    J_copies, gradient_copies = session.gradients(np.repeat(X, k, axis=0), np.repeat(Y, k, axis=0))
    assert error(J, J_copies) <= ELSEWHERE[dtype]
    assert error(gradient.vector, gradient_copies.vector) <= ELSEWHERE[dtype]


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_rows_without_any_weight_leave_the_penalty(engine, dtype, reduction):
    objective = Objective("squared_error", l2=0.5, reduction=reduction)
    network, parameters, X, Y = problem(objective)
    session, _ = opened(engine, network, parameters, dtype=dtype)
    J, gradient = session.gradients(X, Y, np.zeros(len(X)))
    assert J == session.trace(X, Y, np.zeros(len(X))).R
    assert error(gradient["W2"], 0.5 * parameters["W2"]) <= ELSEWHERE[dtype]
    assert not gradient["b2"].any()


def test_no_weights_are_weights_of_one(engine, dtype):
    network, parameters, X, Y = problem()
    session, _ = opened(engine, network, parameters, dtype=dtype)
    assert_same_trace(session.trace(X, Y), session.trace(X, Y, np.ones(len(X))), 0.0, dtype)
