"""Drawn networks, rules, precisions, threads, orders and arrays: the native engine against the reference.

`make sanitize` runs this, and the contract, with a core under the address and undefined-behaviour sanitizers.
"""

from __future__ import annotations

import numpy as np
import pytest

import drawn_networks
import odd_arrays
from clearprop.engines import Order, exactly_threads, open_session
from clearprop.engines.native.core import native_missing
from clearprop.equations import RULES, get_rule

pytestmark = pytest.mark.skipif(bool(native_missing()), reason="the native engine was not built: no C++ compiler")

SOME = 60
ALLOWED = {"float64": 1e-9, "float32": 2e-3, "bf16": np.inf}  # of a number of order 1, after activations such as exp
STEPS = {"float64": 1e-6, "float32": 0.02, "bf16": np.inf}  # a rule may divide what differs by what is small


def rows_of(network, rng):
    """Return X, Y and weights of many rows, of few, or of none."""
    n = int(rng.choice([0, 1, 2, 5, 17, 64, 300, 1500]))
    X, Y = drawn_networks.draw_rows(network, n, rng), drawn_networks.draw_targets(network, n, rng)
    if network.takes_classes and rng.random() < 0.5:
        Y = Y.argmax(axis=1).astype(rng.choice(["i1", "i4", "i8", "u1", "u8"]))
    weights = [None, rng.uniform(0.2, 3.0, n), rng.integers(0, 2, n).astype(float), np.zeros(n)][rng.integers(4)]
    return X.astype(np.float32), Y, weights


def order_of(n, rng):
    """Return an order of some of the rows, some of them twice, in steps of any length, 0 included."""
    rows = rng.integers(0, n, int(rng.integers(0, 2 * n + 1))) if n else np.zeros(0, np.int64)
    cuts = np.sort(rng.integers(0, len(rows) + 1, int(rng.integers(1, 8))))
    return Order(rows.astype(np.int64), cuts.astype(np.int64))


def odd(array, rng):
    """Return the values in an array of another kind; an empty list has no columns."""
    way = odd_arrays.WAYS[str(rng.choice(list(odd_arrays.WAYS)))]
    return array if array is None or not len(array) else way(array)


def same(found, expected, allowed):
    """Whether the numbers agree, and what is not finite in one is not in the other."""
    found, expected = np.asarray(found, float), np.asarray(expected, float)
    there = np.isfinite(expected)
    close = np.abs(found - expected)[there] <= allowed * np.maximum(1, np.abs(expected[there]))
    return allowed == np.inf or (np.array_equal(np.isfinite(found), there) and bool(close.all()))


def compare(seed):
    rng = np.random.default_rng((seed, 7))
    drawn = drawn_networks.draw(seed)
    network, rule = drawn.network, get_rule(str(rng.choice(sorted(RULES))))
    precision, threads = str(rng.choice(["float64", "float64", "float32", "bf16"])), int(rng.integers(1, 4))
    X, Y, weights = rows_of(network, rng)
    order = order_of(len(X), rng)
    rates = np.full(len(order), 1e-3)

    as_precise = "float32" if precision == "float32" else "float64"  # an exp of an exp leaves no digit of float32
    reference = open_session(network, drawn.parameters, rule, seed, engine="numpy", precision=as_precise)
    with exactly_threads(threads):
        session = open_session(network, drawn.parameters, rule, seed, engine="native", precision=precision)
    given = [odd(array, rng) for array in (X, Y, weights)]
    case = f"seed {seed}: {network}, {rule.name}, {precision}, {threads} threads, {len(X)} rows"

    assert same(session.predict(given[0]), reference.predict(X), ALLOWED[precision]), case
    (J, gradient), (J_there, gradient_there) = session.gradients(*given), reference.gradients(X, Y, weights)
    assert same(J, J_there, ALLOWED[precision]), case
    assert same(gradient.vector, gradient_there.vector, ALLOWED[precision]), case
    assert set(session.trace(*given).arrays()) == set(reference.trace(X, Y, weights).arrays()), case
    steps = session.run(*given, Order(odd(order.rows, rng), odd(order.cuts, rng)), rates)
    steps_there = reference.run(X, Y, weights, order, rates)
    if precision != "bf16":
        assert len(steps) == len(steps_there), case
    n = min(len(steps), len(steps_there))
    assert same(steps.losses[:n], steps_there.losses[:n], STEPS[precision]), case
    assert np.isfinite(session.get_state().parameters).all(), case


@pytest.mark.parametrize(
    "seeds", [range(SOME), pytest.param(range(SOME, 3000), marks=pytest.mark.soak)], ids=["some", "many"]
)
def test_the_native_engine_agrees_with_the_reference_on_drawn_cases(seeds):
    for seed in seeds:
        compare(seed)
