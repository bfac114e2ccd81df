"""The contract on what comes through the door: nothing at all, odd arrays, and what is no number.

Every engine gives the same answer to the same values in whatever array they come, or the same refusal.
"""

from __future__ import annotations

import numpy as np
import pytest

import odd_arrays
from clearprop.engines import Order, State
from clearprop.equations import get_rule
from clearprop.errors import ClearpropError, DataError
from clearprop.model import Dense, Inputs, Network, Objective, initial, mlp
from engine_contract import (
    MANY_STEPS,
    assert_same_state,
    assert_same_steps,
    assert_same_trace,
    opened,
    problem,
    rates,
    tolerance,
)

# Nothing at all


PENALTIES = (
    {},
    {"l2": 0.3},
    {"l1": 0.1, "l2": 0.2, "penalize_bias": True, "reduction": "sum"},
    {"l2": 1.0, "penalty_per_row": True},
)


@pytest.mark.parametrize("penalty", PENALTIES, ids=str)
@pytest.mark.parametrize("inputs", [4, Inputs(2, (3, 4), embedding=(2, "one-hot"))], ids=str)
def test_no_rows_leave_the_penalty(engine, dtype, penalty, inputs):
    network, parameters, X, Y = problem(Objective("squared_error", **penalty), inputs=inputs, dropout=0.3)
    session, reference = opened(engine, network, parameters, dtype=dtype)
    session.gradients(X, Y)  # what a batch before it left behind must not be seen
    assert session.predict(X[:0]).shape == (0, 2)
    assert_same_trace(session.trace(X[:0], Y[:0]), reference.trace(X[:0], Y[:0]), tolerance(engine, dtype), dtype)
    J, gradient = session.gradients(X[:0], Y[:0], np.zeros(0))
    assert J == session.trace(X[:0], Y[:0]).R
    assert not gradient.vector.any() or penalty.get("l2")
    assert session.predict(X).shape == (40, 2)


def test_no_rows_of_class_indices(engine, dtype):
    network, parameters, X, Y = problem("cross_entropy", n_out=3, output="softmax")
    session, _ = opened(engine, network, parameters, dtype=dtype)
    session.gradients(X, Y)
    assert session.gradients(X[:0], np.zeros(0, int))[0] == 0
    assert session.trace(X[:0], np.zeros(0, int)).losses.shape == (0,)


CUTS = ([0, 0, 7, 7, 7, 30, 40, 40], [0, 40, 40], [0, 0, 0], [0], [5, 5, 9], [40, 40])
TAKEN = {
    "sgd": get_rule("sgd"),
    "adam": get_rule("adam", clip_norm=1.0, weight_decay=0.1),
    "rmsprop": get_rule("rmsprop"),
    "lookahead": get_rule("lookahead", rule=get_rule("momentum"), period=2),
    "muon": get_rule("muon"),
}


@pytest.mark.parametrize("cuts", CUTS, ids=str)
@pytest.mark.parametrize("rule", TAKEN)
def test_a_step_without_rows_is_a_step(engine, dtype, rule, cuts):
    network, parameters, X, Y = problem(Objective("squared_error", l2=0.1), dropout=0.2)
    session, reference = opened(engine, network, parameters, TAKEN[rule], dtype=dtype)
    order = Order(np.arange(40)[::-1].copy(), np.array(cuts))
    allowed = MANY_STEPS * tolerance(engine, dtype)
    for weights in (None, np.linspace(0, 1, 40)):
        found = session.run(X, Y, weights, order, rates(order))
        assert_same_steps(found, reference.run(X, Y, weights, order, rates(order)), allowed)
        assert len(found) == len(cuts) - 1
    assert_same_state(session.get_state(), reference.get_state(), allowed)


def test_steps_without_rows_on_a_network_of_any_size_and_among_large_batches(engine, dtype):
    network = mlp(150, 140, 3, hidden="tanh", output="identity", l2=0.1)
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((9000, 150)).astype(np.float32), rng.standard_normal((9000, 3)).astype(np.float32)
    session, reference = opened(engine, network, initial(network, 0), dtype=dtype)
    order = Order(np.arange(9000), np.array([0, 0, 8500, 8500, 9000, 9000]))
    found, expected = (s.run(X, Y, None, order, rates(order)) for s in (session, reference))
    assert_same_steps(found, expected, MANY_STEPS * tolerance(engine, dtype))


@pytest.mark.parametrize(
    "describe",
    [
        lambda: Network(0, (Dense(1, "identity"),), "squared_error"),
        lambda: Network(Inputs(2, (0,)), (Dense(1, "identity"),), "squared_error"),
        lambda: Network(Inputs(2, (3,), embedding=0), (Dense(1, "identity"),), "squared_error"),
        lambda: Network(2, (), "squared_error"),
        lambda: Network(2, (Dense(0, "identity"),), "squared_error"),
        lambda: Network(2, (Dense(0, "tanh"), Dense(1, "identity")), "squared_error"),
    ],
    ids=["columns", "codes", "numbers of an embedding", "layers", "outputs", "units"],
)
def test_a_network_of_no_columns_codes_layers_or_units_is_not_described(describe):
    """So no engine meets one."""
    with pytest.raises(ClearpropError):
        describe()


# Odd arrays


WAYS = {**odd_arrays.WAYS, "memory-mapped": None, "objects": lambda a: a.astype(object)}
FLOATS = {"float16": np.float16, "float32": np.float32, "float64": np.float64, "long double": np.longdouble}
INTEGERS = {kind: np.dtype(kind) for kind in ("int8", "int32", "int64", "uint8", "uint16", "uint64")}


@pytest.fixture(params=WAYS)
def way(request, tmp_path):
    return WAYS[request.param] or (lambda array: odd_arrays.mapped(array, tmp_path))


def doors(session, X, Y, w, order, learning_rates):
    """Return what every door answers, as bytes."""
    trace, (J, gradient) = session.trace(X, Y, w), session.gradients(X, Y, w)
    steps = session.run(X, Y, w, order, learning_rates)
    arrays = [session.predict(X), *trace.arrays().values(), gradient.vector, *vars(steps).values()]
    state = session.get_state()
    return [np.float64(J).tobytes(), *(np.asarray(a, float).tobytes() for a in [*arrays, state.parameters])]


@pytest.mark.parametrize("kind", FLOATS)
def test_rows_in_any_array_are_the_same_rows(engine, dtype, way, kind):
    """The numbers are such as float16 holds, so that every kind holds the same ones."""
    network, parameters, X, Y = problem(dropout=0.2)
    X, Y, w = (np.float16(np.round(a * 8) / 8) for a in (X, Y, np.linspace(0.25, 2, 40)))
    order = Order.of(np.arange(40)[::-1], 7)
    expected, found = (opened(engine, network, parameters, get_rule("adam"), dtype=dtype)[0] for _ in range(2))
    plain = doors(expected, *(a.astype(dtype) for a in (X, Y, w)), order, rates(order))
    given = [way(a.astype(FLOATS[kind])) for a in (X, Y, w)]
    before = [np.array(a, float) for a in given]
    assert doors(found, *given, order, way(rates(order))) == plain
    assert all(map(np.array_equal, (np.array(a, float) for a in given), before))


@pytest.mark.parametrize("way", [name for name in WAYS if name != "objects"], indirect=True)
@pytest.mark.parametrize("kind", INTEGERS)
def test_class_indices_and_orders_of_any_integers_are_the_same(engine, way, kind):
    network, parameters, X, Y = problem("cross_entropy", n_out=3, output="softmax")
    classes, order = Y.argmax(axis=1), Order.of(np.random.default_rng(0).permutation(40), 9)
    expected, found = (opened(engine, network, parameters, get_rule("adam"))[0] for _ in range(2))
    plain = doors(expected, X, classes, None, order, rates(order))
    given = Order(way(order.rows.astype(INTEGERS[kind])), way(order.cuts.astype(INTEGERS[kind])))
    assert doors(found, X, way(classes.astype(INTEGERS[kind])), None, given, rates(order)) == plain


def test_a_state_in_any_array_is_the_same_state(engine, dtype, way):
    network, parameters, X, Y = problem()
    session, _ = opened(engine, network, parameters, get_rule("adam"), dtype=dtype)
    order = Order.of(np.arange(40), 10)
    session.run(X, Y, None, order, rates(order))
    state = session.get_state()
    other, _ = opened(engine, network, parameters, get_rule("adam"), dtype=dtype)
    w, slots = np.asarray(way(state.parameters)), {n: np.asarray(way(slot)) for n, slot in state.slots.items()}
    other.set_state(State(w, slots, np.int64(state.step)))
    assert_same_state(other.get_state(), state, 0.0)


def test_what_is_beyond_the_precision_is_infinite_without_a_warning(engine, recwarn):
    network, parameters, X, Y = problem()
    session, _ = opened(engine, network, parameters, dtype="float32")
    X = X.astype(np.float64)
    X[3] = 1e300
    order = Order.of(np.arange(40), 40)
    assert np.isfinite(session.predict(X)).sum() == 2 * 39
    assert len(session.run(X, Y, None, order, rates(order))) in (0, 1)
    assert not recwarn.list


# What is refused


WRONG_CLASSES = {
    "below 0": np.array([-1, 0]),
    "as many as there are": np.array([0, 3]),
    "huge": np.array([0, 4 * 10**18]),
    "huge without a sign": np.array([0, 2**64 - 1], np.uint64),
    "small and below 0": np.array([0, -1], np.int8),
    "truths": np.array([True, False]),
    "floats": np.array([0.0, 1.0]),
    "objects": np.array([0, 1], object),
    "words": np.array(["0", "1"]),
    "beyond any integer": np.array([0, 2**70], object),
}


@pytest.mark.parametrize("wrong", WRONG_CLASSES)
@pytest.mark.parametrize("rule", ["sgd", "muon"])
@pytest.mark.parametrize("door", ["trace", "gradients", "run"])
def test_no_class_index_gets_in_that_is_none(engine, door, rule, wrong):
    network, parameters, X, _ = problem("cross_entropy", n_out=3, output="softmax", rows=2)
    session, _ = opened(engine, network, parameters, get_rule(rule))
    before = session.get_state()
    order = Order.of(np.arange(2), 1)
    more = (None, order, rates(order)) if door == "run" else ()
    with pytest.raises(DataError, match="class indices"):
        getattr(session, door)(X, WRONG_CLASSES[wrong], *more)
    assert_same_state(session.get_state(), before, 0.0)


def test_the_message_names_the_row_of_the_table(engine):
    network, parameters, X, Y = problem("cross_entropy", n_out=3, output="softmax")
    session, _ = opened(engine, network, parameters)
    classes = Y.argmax(axis=1)
    classes[17] = 3
    elsewhere, there = Order(np.array([5, 30]), np.array([0, 2])), Order(np.array([5, 17]), np.array([0, 2]))
    assert len(session.run(X, classes, None, elsewhere, np.ones(1))) == 1
    with pytest.raises(DataError, match=r"needs class indices 0 \.\. 2; row 17 has 3"):
        session.run(X, classes, None, there, np.ones(1))


ROWS, CUTS_OF = np.arange(6), np.array([0, 3, 6])
WRONG_ORDERS = {
    "a row below 0": (np.array([0, -1, 2, 3, 4, 5]), CUTS_OF),
    "a row too many": (ROWS + 35, CUTS_OF),
    "a huge row": (np.array([0, 4 * 10**18, 2, 3, 4, 5]), CUTS_OF),
    "a huge row without a sign": (np.array([0, 2**64 - 1, 2, 3, 4, 5], np.uint64), CUTS_OF),
    "a small row below 0": (ROWS.astype(np.int8) - 1, CUTS_OF),
    "floats": (ROWS.astype(float), CUTS_OF),
    "truths": (np.ones(6, bool), CUTS_OF),
    "a table": (ROWS.reshape(2, 3), CUTS_OF),
    "words": (ROWS.astype(str), CUTS_OF),
    "cuts that fall": (ROWS, np.array([0, 4, 3])),
    "cuts that fall without a sign": (ROWS, np.array([0, 4, 3], np.uint8)),
    "a cut below 0": (ROWS, np.array([-1, 3, 6])),
    "a cut too far": (ROWS, np.array([0, 3, 7])),
    "no cuts": (ROWS, np.zeros(0, int)),
    "cuts that are floats": (ROWS, np.array([0.0, 3.0, 6.0])),
}


@pytest.mark.parametrize("wrong", WRONG_ORDERS)
@pytest.mark.parametrize("rule", ["sgd", "muon"])
def test_no_order_gets_in_that_is_none(engine, rule, wrong):
    network, parameters, X, Y = problem()
    session, _ = opened(engine, network, parameters, get_rule(rule))
    before = session.get_state()
    with pytest.raises(DataError, match="order"):
        session.run(X, Y, None, Order(*WRONG_ORDERS[wrong]), np.full(2, 0.1))
    assert_same_state(session.get_state(), before, 0.0)


NO_NUMBERS = {
    "words": lambda a: a.astype(str),
    "complex": lambda a: a.astype(complex),
    "dates": lambda a: a.astype(int).astype("M8[D]"),
    "objects": lambda a: np.full(a.shape, "a", object),
    "masked": lambda a: np.ma.masked_less(a, np.median(a)),
    "rows of two lengths": lambda a: [[0.0], [1.0, 2.0]],
    "a dictionary": lambda a: {"x": 1},
    "one number": lambda a: 3.0,
    "a cube": lambda a: a.reshape(*a.shape, 1, 1),
    "bytes": lambda a: b"1234",
}


@pytest.mark.parametrize("wrong", NO_NUMBERS)
@pytest.mark.parametrize("which", ["X", "Y", "weights"])
def test_nothing_gets_in_that_is_no_table_of_numbers(engine, which, wrong):
    network, parameters, X, Y = problem()
    session, _ = opened(engine, network, parameters)
    order = Order.of(np.arange(40), 10)
    given = {"X": X, "Y": Y, "weights": np.linspace(0.5, 1, 40)}
    given[which] = NO_NUMBERS[wrong](given[which])
    doors = [lambda: session.trace(*given.values()), lambda: session.gradients(*given.values())]
    doors += [lambda: session.run(*given.values(), order, rates(order))]
    doors += [lambda: session.predict(given["X"])] if which == "X" else []
    for door in doors:
        with pytest.raises(DataError, match=which):
            door()


@pytest.mark.parametrize(
    "wrong", [np.ones(3), np.ones((4, 1)), 0.1, [0.1, np.nan, 0.1, 0.1], [0.1, 0.1, np.inf, 0.1]], ids=str
)
def test_no_learning_rate_gets_in_that_is_none(engine, wrong):
    network, parameters, X, Y = problem()
    session, _ = opened(engine, network, parameters)
    with pytest.raises(DataError, match="learning rate"):
        session.run(X, Y, None, Order.of(np.arange(40), 10), wrong)
