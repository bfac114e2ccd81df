"""The contract on many steps: rules, orders, divergence, layers of their own settings, and chance."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import drawing
from clearprop.engines import Order, State
from clearprop.equations import RULES, get_rule
from clearprop.equations.dropout import dropout_mask
from clearprop.equations.optimizers import Lookahead
from clearprop.model import Dense, Network, Objective, Parameters
from engine_contract import (
    ELSEWHERE,
    MANY_STEPS,
    SEED,
    assert_same_state,
    assert_same_steps,
    epochs,
    error,
    opened,
    problem,
    rates,
    tolerance,
)

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
