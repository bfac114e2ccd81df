"""The contract on states, and on what every engine refuses, in the same words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import drawing
from clearprop.engines import Order, Request, State, choose, present
from clearprop.equations import get_rule
from clearprop.errors import DataError, EngineCannot, UsageError
from clearprop.model import Inputs
from engine_contract import (
    ELSEWHERE,
    SEED,
    assert_same_state,
    assert_same_trace,
    error,
    opened,
    problem,
)

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
