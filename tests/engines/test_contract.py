"""The contract every engine keeps: the numbers of the reference, which is the numpy engine in float64.

An engine joins by its name in `ENGINES`. What it says it cannot do (`why_not`) is left out, and must be refused by
`open`; the reference itself may leave out nothing.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

import drawing
from clearprop.engines import ENGINES, Order, Request, State, choose, open_session, present
from clearprop.equations import LOSSES, RULES, get_loss, get_rule
from clearprop.equations.dropout import dropout_mask
from clearprop.equations.optimizers import Lookahead
from clearprop.errors import DataError, EngineCannot, UsageError
from clearprop.model import Dense, Inputs, Network, Objective, Parameters

REFERENCE = "numpy"
DTYPES = ("float64", "float32")

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


@pytest.fixture(params=sorted(present()))
def engine(request):
    return ENGINES[request.param]


@pytest.fixture(params=DTYPES)
def dtype(request):
    return request.param


def tolerance(engine, dtype):
    return TOLERANCE.get((engine.name, dtype), ELSEWHERE[dtype])


def opened(engine, network, parameters, rule=None, seed=SEED, dtype="float64"):
    """Return (session, reference session); skip where the engine says that it cannot."""
    rule = rule or get_rule("sgd")
    rounded = Parameters(parameters.shapes, parameters.vector.astype(dtype))
    request = Request(network, rule, dtype)
    reason = engine.why_not(request)
    if reason is not None:
        assert engine.name != REFERENCE, f"the reference must do everything, but: {reason}"
        with pytest.raises(EngineCannot, match=engine.name):
            engine.open(request, rounded, seed)
        pytest.skip(f"{engine.name}: {reason}")
    exact = Parameters(rounded.shapes, rounded.vector.astype(np.float64))
    return engine.open(request, rounded, seed), open_session(network, exact, rule, seed, engine=REFERENCE)


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


# What one pass computes


WAYS = tuple(itertools.product(("mean", "sum"), ("none", "positive", "zeros"), (1, 3)))


@pytest.mark.parametrize("loss", sorted(LOSSES))
@pytest.mark.parametrize("hidden", drawing.TRAINABLE)
def test_predict_trace_and_gradients_for_every_activation_loss_reduction_and_weights(engine, dtype, hidden, loss):
    """Every pair of output and loss meets every reduction and weighting, spread over the hidden activations."""
    allowed = tolerance(engine, dtype)
    outputs = [output for output, of in drawing.pairs() if of == loss]
    cases = [
        (output, *way)
        for output in outputs
        for way in sorted(WAYS, key=lambda way, output=output: drawing.seed(hidden, output, loss, way))[:5]
    ]
    for number, (output, reduction, weighting, n_out) in enumerate(cases):
        if output == "softmax" and n_out == 1:
            continue  # a is 1 whatever z is, where log(1 − a) has no value
        rng = np.random.default_rng(drawing.seed(hidden, output, loss, reduction, weighting, n_out))
        objective = Objective(loss, reduction=reduction)
        network = drawing.network(4, 3, n_out, hidden=hidden, output=output, objective=objective)
        if number and engine.why_not(Request(network, get_rule("sgd"), dtype)):
            continue
        session, reference = opened(engine, network, drawing.parameters(network, rng), dtype=dtype)
        X = drawing.columns(network.inputs, rng, 6).astype(np.float32)
        Y = drawing.targets(loss, rng, 6, n_out).astype(np.float32)
        w = drawing.weights(weighting, rng, 6)
        w = None if w is None else w.astype(np.float32)
        case = f"{hidden}, {output}, {loss}, {reduction}, {weighting}, {n_out}"

        expected = reference.trace(X, Y, w)
        assert error(session.predict(X), expected.a[-1]) <= allowed, case
        assert_same_trace(session.trace(X, Y, w), expected, allowed, dtype)
        J, gradient = session.gradients(X, Y, w)
        assert error(J, expected.J) <= allowed, case
        assert error(gradient.vector, expected.gradient.vector) <= allowed, case


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


# Many steps


@pytest.mark.parametrize("rule", sorted(RULES))
@pytest.mark.parametrize("weighting", ["none", "zeros"])
def test_a_run_is_the_reference_run_for_every_rule(engine, dtype, rule, weighting):
    network, parameters, X, Y = problem(Objective("squared_error", l2=0.01), dropout=0.2)
    session, reference = opened(engine, network, parameters, get_rule(rule), dtype=dtype)
    w = drawing.weights(weighting, np.random.default_rng(SEED), len(X))
    w = None if w is None else w.astype(np.float32)
    allowed = MANY_STEPS * tolerance(engine, dtype)
    for order in epochs(len(X), 16, 4):
        found = session.run(X, Y, w, order, rates(order))
        assert_same_steps(found, reference.run(X, Y, w, order, rates(order)), allowed)
    assert_same_state(session.get_state(), reference.get_state(), allowed)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_run_for_every_loss_with_every_option_of_the_rule_switched_on(engine, dtype, rule):
    allowed = MANY_STEPS * tolerance(engine, dtype)
    options = get_rule(rule, weight_decay=0.1, clip_norm=0.5, clip_value=0.2)
    for output, loss in drawing.pairs():
        if output not in ("identity", "exp", "softplus", "sigmoid", "softmax"):
            continue
        objective = Objective(loss, l1=0.01, l2=0.02, penalize_bias=True)
        network, parameters, X, Y = problem(objective, n_out=3, output=output, dropout=0.2)
        layers = (
            Dense(6, "tanh", learning_rate=0.5, max_norm=0.8),
            Dense(4, "relu", bias=False),
            Dense(3, output, frozen=True),
        )
        network = Network(network.inputs, layers, objective)
        parameters = drawing.parameters(network, np.random.default_rng(SEED))
        session, reference = opened(engine, network, parameters, options, dtype=dtype)
        for order in epochs(len(X), 16, 2):
            found = session.run(X, Y, None, order, rates(order))
            assert_same_steps(found, reference.run(X, Y, None, order, rates(order)), allowed)
        assert error(session.get_state().parameters, reference.get_state().parameters) <= allowed, (output, loss)


@pytest.mark.parametrize("inner", ["sgd", "amsgrad", "radam", "rprop"])
def test_lookahead_goes_around_other_rules(engine, dtype, inner):
    """Weight decay stays outside of what is pulled back; amsgrad has three slots of its own."""
    network, parameters, X, Y = problem()
    rule = Lookahead(rule=get_rule(inner), period=3, share=0.3, weight_decay=0.1, clip_norm=0.5)
    session, reference = opened(engine, network, parameters, rule, dtype=dtype)
    for order in epochs(len(X), 8, 2):
        assert_same_steps(
            session.run(X, Y, None, order, rates(order)),
            reference.run(X, Y, None, order, rates(order)),
            tolerance(engine, dtype) * MANY_STEPS,
        )
    assert_same_state(session.get_state(), reference.get_state(), tolerance(engine, dtype) * MANY_STEPS)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_either_engine_continues_the_other_ones_run(engine, dtype, rule):
    network, parameters, X, Y = problem(dropout=0.2)
    first, second = epochs(len(X), 16, 2)
    session, reference = opened(engine, network, parameters, get_rule(rule), dtype=dtype)
    _, straight = opened(engine, network, parameters, get_rule(rule), dtype=dtype)
    for order in (first, second):
        straight.run(X, Y, None, order, rates(order))
    session.run(X, Y, None, first, rates(first))
    reference.run(X, Y, None, first, rates(first))
    states = session.get_state(), reference.get_state()
    for continued, state in ((reference, states[0]), (session, states[1])):
        continued.set_state(state)
        continued.run(X, Y, None, second, rates(second))
        assert_same_state(continued.get_state(), straight.get_state(), MANY_STEPS * tolerance(engine, dtype))


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_run_in_pieces_has_the_bits_of_the_run_in_one(engine, dtype, rule):
    network, parameters, X, Y = problem(dropout=0.2)
    order = epochs(len(X), 7, 1)[0]
    whole, _ = opened(engine, network, parameters, get_rule(rule), dtype=dtype)
    steps = whole.run(X, Y, None, order, rates(order))

    first, _ = opened(engine, network, parameters, get_rule(rule), dtype=dtype)
    losses = [first.run(X, Y, None, order.steps(0, 2), rates(order)[:2]).losses]
    second, _ = opened(engine, network, parameters, get_rule(rule), dtype=dtype)
    second.set_state(first.get_state())
    losses.append(second.run(X, Y, None, order.steps(2, len(order)), rates(order)[2:]).losses)
    assert np.array_equal(np.concatenate(losses), steps.losses)
    found, expected = second.get_state(), whole.get_state()
    assert found.parameters.tobytes() == expected.parameters.tobytes()
    assert all(found.slots[name].tobytes() == slot.tobytes() for name, slot in expected.slots.items())


def test_an_order_may_leave_out_and_repeat_rows(engine, dtype):
    network, parameters, X, Y = problem()
    session, reference = opened(engine, network, parameters, dtype=dtype)
    order = Order(np.array([3, 3, 39, 0, 7, 7, 7, 1]), np.array([0, 1, 4, 8]))
    found = session.run(X, Y, None, order, rates(order))
    assert_same_steps(found, reference.run(X, Y, None, order, rates(order)), MANY_STEPS * tolerance(engine, dtype))
    assert session.get_state().step == 3


def test_an_empty_order_takes_no_step(engine, dtype):
    network, parameters, X, Y = problem()
    session, _ = opened(engine, network, parameters, dtype=dtype)
    assert len(session.run(X, Y, None, Order.of(np.array([], int), 8), np.array([]))) == 0
    assert session.get_state().step == 0


def test_losses_are_those_before_each_update(engine, dtype):
    network, parameters, X, Y = problem(Objective("squared_error", l2=0.1))
    session, _ = opened(engine, network, parameters, dtype=dtype)
    trace = session.trace(X, Y)
    order = Order.of(np.arange(len(X)), len(X))
    steps = session.run(X, Y, None, order, np.array([0.1]))
    found = steps.losses[0], steps.penalties[0], steps.gradient_norms[0]
    expected = trace.J, trace.R, np.linalg.norm(trace.gradient.vector)
    assert error(found, expected) <= ELSEWHERE[dtype]


# Divergence


def test_stops_before_the_step_whose_objective_is_not_finite(engine, dtype):
    network, parameters, X, Y = problem()
    X, Y = X.astype(dtype), Y.astype(dtype)
    Y[20] = 0.6 * np.sqrt(np.finfo(dtype).max) * np.finfo(dtype).max ** 0.3
    order, learning_rates = Order.of(np.arange(40), 8), np.full(5, 0.1)
    session, _ = opened(engine, network, parameters, get_rule("momentum"), dtype=dtype)
    steps = session.run(X, Y, None, order, learning_rates)
    assert len(steps) == 2
    assert np.all(np.isfinite(steps.losses))

    clean, _ = opened(engine, network, parameters, get_rule("momentum"), dtype=dtype)
    clean.run(X, Y, None, order.steps(0, 2), learning_rates[:2])
    assert_same_state(session.get_state(), clean.get_state(), 0.0)


def test_stops_before_the_step_whose_gradient_alone_is_not_finite(engine, dtype):
    """The row's first input meets weights of 0, so J is finite; dW1 = xᵀ delta is not."""
    network, parameters, X, Y = problem(Objective("absolute", reduction="sum"))
    parameters["W1"][0] = 0
    X = X.astype(dtype)
    X[20, 0] = 0.9 * np.finfo(dtype).max
    w = np.where(np.arange(40) == 20, 1e6, 1.0)
    session, _ = opened(engine, network, parameters, dtype=dtype)
    order = Order.of(np.arange(40), 8)
    before = session.get_state()
    assert len(session.run(X, Y, w, order.steps(2, 3), np.array([0.1]))) == 0
    assert_same_state(session.get_state(), before, 0.0)


def test_a_large_but_finite_gradient_is_no_divergence(engine, dtype):
    """Its squares overflow in float32; its norm does not."""
    network, parameters, X, Y = problem("absolute")
    parameters["W1"][0] = 0
    X[:, 0] = 1e25
    session, _ = opened(engine, network, parameters, dtype=dtype)
    order = Order.of(np.arange(40), 40)
    steps = session.run(X, Y, None, order, np.array([0.0]))
    assert len(steps) == 1
    assert np.isfinite(steps.gradient_norms[0])


# Layers


def test_frozen_layers_keep_their_bits(engine, dtype):
    rng = np.random.default_rng(SEED)
    network = Network(5, (Dense(4, "tanh", frozen=True, max_norm=0.1), Dense(2, "identity")), "squared_error")
    parameters = drawing.parameters(network, rng)
    session, _ = opened(engine, network, parameters, get_rule("adam", weight_decay=0.1), dtype=dtype)
    X, Y = rng.standard_normal((8, 5)), rng.standard_normal((8, 2))
    session.run(X, Y, None, Order.of(np.arange(8), 4), np.full(2, 0.1))
    after = Parameters(parameters.shapes, session.get_state().parameters)
    for name in ("W1", "b1"):
        assert np.array_equal(after[name], parameters[name].astype(dtype))
    assert not np.any(after["W2"] == parameters["W2"].astype(dtype))


def test_a_learning_rate_factor_scales_the_layers_step(engine, dtype):
    rng = np.random.default_rng(SEED)
    network = Network(5, (Dense(4, "tanh", learning_rate=0.25), Dense(2, "identity")), "squared_error")
    parameters = drawing.parameters(network, rng)
    session, _ = opened(engine, network, parameters, dtype=dtype)
    X, Y = rng.standard_normal((8, 5)), rng.standard_normal((8, 2))
    _, gradient = session.gradients(X, Y)
    session.run(X, Y, None, Order.of(np.arange(8), 8), np.array([0.1]))
    after = Parameters(parameters.shapes, session.get_state().parameters)
    for name, factor in (("W1", 0.25), ("b1", 0.25), ("W2", 1.0), ("b2", 1.0)):
        assert error(after[name], parameters[name] - 0.1 * factor * gradient[name]) <= ELSEWHERE[dtype], name


def test_max_norm_bounds_every_units_incoming_weights(engine, dtype):
    network, parameters, X, Y = problem(max_norm=0.5)
    session, reference = opened(engine, network, parameters, dtype=dtype)
    order = Order.of(np.arange(40), 10)
    for one in (session, reference):
        one.run(X, Y, None, order, np.full(4, 0.5))
    after = Parameters(parameters.shapes, session.get_state().parameters)
    norms = np.concatenate([np.linalg.norm(after[name].astype(float), axis=0) for name in ("W1", "W2", "W3")])
    assert np.max(norms) <= 0.5 * (1 + 1e-6)
    assert np.max(norms) >= 0.49
    assert_same_state(session.get_state(), reference.get_state(), MANY_STEPS * tolerance(engine, dtype))


@pytest.mark.parametrize(
    "clipping", [{"clip_norm": 0.1}, {"clip_value": 0.01}, {"clip_norm": 0.05, "clip_value": 0.02}], ids=repr
)
def test_clipping_comes_before_the_rule_and_after_the_recorded_norm(engine, dtype, clipping):
    network, parameters, X, Y = problem()
    session, reference = opened(engine, network, parameters, get_rule("sgd", **clipping), dtype=dtype)
    trace = reference.trace(X, Y)
    steps = session.run(X, Y, None, Order.of(np.arange(40), 40), np.array([1.0]))
    reference.run(X, Y, None, Order.of(np.arange(40), 40), np.array([1.0]))
    moved = session.get_state().parameters.astype(float) - parameters.vector.astype(dtype)
    assert error(steps.gradient_norms[0], np.linalg.norm(trace.gradient.vector)) <= ELSEWHERE[dtype]
    assert np.linalg.norm(moved) <= clipping.get("clip_norm", np.inf) * (1 + 1e-5)
    assert np.max(np.abs(moved)) <= clipping.get("clip_value", np.inf) * (1 + 1e-4)
    assert_same_state(session.get_state(), reference.get_state(), MANY_STEPS * tolerance(engine, dtype))


# Chance


def test_dropout_masks_are_the_documented_ones_in_every_engine(engine, dtype):
    network, parameters, X, Y = problem(dropout=0.4)
    session, _ = opened(engine, network, parameters, seed=2**63 + 5, dtype=dtype)
    parameters = session.get_state().parameters
    for step in (0, 1, 1000, 2**32 - 1):
        session.set_state(State(parameters, step=step))
        trace = session.trace(X, Y)
        for l, n in enumerate((5, 6, 4)):
            assert np.array_equal(trace.mask[l], dropout_mask(2**63 + 5, step, l, (40, n), 0.4, dtype))
        assert trace.mask[3] is None


def test_every_step_and_every_seed_drops_other_units(engine, dtype):
    network, parameters, X, Y = problem(dropout=0.4)
    session, _ = opened(engine, network, parameters, seed=1, dtype=dtype)
    other, _ = opened(engine, network, parameters, seed=2, dtype=dtype)
    masks = [session.trace(X, Y)["mask0"], other.trace(X, Y)["mask0"]]
    session.run(X, Y, None, Order.of(np.arange(40), 40), np.array([0.1]))
    masks.append(session.trace(X, Y)["mask0"])
    assert not any(np.array_equal(one, two) for one, two in itertools.combinations(masks, 2))


# State, and what is refused


def test_state_is_a_copy_both_ways(engine, dtype):
    network, parameters, X, Y = problem()
    session, _ = opened(engine, network, parameters, get_rule("adam"), dtype=dtype)
    state = session.get_state()
    session.run(X, Y, None, Order.of(np.arange(40), 10), np.full(4, 0.1))
    assert np.array_equal(state.parameters, parameters.vector.astype(dtype))
    session.set_state(state)
    state.parameters[...] = np.nan
    assert np.array_equal(session.get_state().parameters, parameters.vector.astype(dtype))
    assert session.get_state().parameters.dtype == dtype


def test_a_state_of_another_network_or_rule_is_refused(engine, dtype):
    network, parameters, *_ = problem()
    session, _ = opened(engine, network, parameters, get_rule("adam"), dtype=dtype)
    state = session.get_state()
    for wrong in (
        State(state.parameters[:-1], state.slots, 0),
        State(state.parameters, {"v": state.slots["v"]}, 0),
        State(state.parameters, {**state.slots, "m": state.slots["m"][:1]}, 0),
    ):
        with pytest.raises(DataError):
            session.set_state(wrong)
    assert_same_state(session.get_state(), state, 0.0)


def test_weights_that_are_no_weights_are_refused_with_their_row(engine):
    network, parameters, X, Y = problem()
    session, _ = opened(engine, network, parameters)
    for bad in (-1.0, np.nan, np.inf):
        w = np.ones(len(X))
        w[5] = bad
        with pytest.raises(DataError, match="weights must be finite and 0 or more; row 5"):
            session.gradients(X, Y, w)


@pytest.mark.parametrize(
    ("X", "Y", "weights", "message"),
    [
        (np.zeros((3, 4)), np.zeros((3, 2)), None, r"X must have shape \(batch, 5\), got \(3, 4\)"),
        (np.zeros(5), np.zeros((1, 2)), None, r"X must have shape"),
        (np.zeros((3, 5)), np.zeros((3, 3)), None, r"Y must have shape \(batch, 2\), got \(3, 3\)"),
        (np.zeros((3, 5)), np.zeros((2, 2)), None, r"X has 3 rows, but Y has 2"),
        (np.zeros((3, 5)), np.zeros((3, 2)), np.ones(2), r"weights have shape \(2,\)"),
    ],
)
def test_rows_that_do_not_fit_are_refused_in_words(engine, X, Y, weights, message):
    network, parameters, *_ = problem()
    session, _ = opened(engine, network, parameters)
    for look in (session.trace, session.gradients):
        with pytest.raises(DataError, match=message):
            look(X, Y, weights)


def test_codes_out_of_range_are_refused_with_their_row_and_column(engine):
    network, parameters, X, _ = problem(inputs=Inputs(2, (3, 4), embedding=(2, "one-hot")))
    session, _ = opened(engine, network, parameters)
    for bad in (4.0, -1.0, 0.5, np.nan):
        X[7, 3] = bad
        with pytest.raises(DataError, match=r"column 3 .* 0 \.\. 3; row 7"):
            session.predict(X)


def test_classes_out_of_range_are_refused_with_their_row(engine):
    network, parameters, X, Y = problem("cross_entropy", n_out=3, output="softmax")
    session, _ = opened(engine, network, parameters)
    classes = Y.argmax(axis=1)
    for bad in (3, -1):
        classes[5] = bad
        with pytest.raises(DataError, match=rf"class indices 0 \.\. 2; row 5 has {bad}"):
            session.trace(X, classes)


def test_one_learning_rate_per_step_is_needed(engine):
    network, parameters, X, Y = problem()
    session, _ = opened(engine, network, parameters)
    with pytest.raises(DataError, match="learning rate"):
        session.run(X, Y, None, Order.of(np.arange(40), 10), np.full(3, 0.1))


def test_step_predicts_but_is_not_trained_through(engine):
    network = drawing.network(5, 3, 2, hidden="step")
    session, reference = opened(engine, network, drawing.parameters(network, np.random.default_rng(SEED)))
    X = np.random.default_rng(SEED).standard_normal((4, 5))
    assert error(session.predict(X), reference.predict(X)) <= ELSEWHERE["float64"]
    with pytest.raises(UsageError, match="derivative is 0 everywhere"):
        session.gradients(X, np.zeros((4, 2)))


def test_what_an_engine_cannot_do_it_refuses_by_name(engine):
    network, parameters, *_ = problem()
    request = Request(network, get_rule("sgd"), "float32", device="abacus:0")
    for refuse in (lambda: engine.open(request, parameters, SEED), lambda: choose(engine.name, request)):
        with pytest.raises(EngineCannot, match=f"'{engine.name}' cannot do .*abacus:0"):
            refuse()


def test_a_session_computes_in_the_precision_asked_for_whatever_the_parameters_come_in(engine, dtype):
    network, parameters, X, Y = problem()
    request, rounded = Request(network, get_rule("sgd"), dtype), parameters.vector.astype(dtype)
    session, own = engine.open(request, parameters, SEED), engine.open(request, parameters.over(rounded), SEED)
    assert session.predict(X).dtype == dtype
    assert session.rounding == np.finfo(dtype).eps
    assert_same_trace(session.trace(X, Y), own.trace(X, Y), 0.0, dtype)


def test_auto_takes_the_first_that_can():
    network, *_ = problem()
    request = Request(network, get_rule("sgd"), "float32")
    assert choose("auto", request).engine is next(iter(present().values()))
    with pytest.raises(UsageError, match="did you mean 'numpy'"):
        choose("numpi", request)
    with pytest.raises(EngineCannot, match=r"no engine can do this: .*'abacus:0'"):
        choose("auto", replace(request, device="abacus:0"))
    with pytest.raises(UsageError, match="unknown precision 'float16'"):
        Request(network, get_rule("sgd"), np.float16)
