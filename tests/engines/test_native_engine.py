"""What only the native engine promises; what all engines promise is in test_contract*.py."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from clearprop.engines import Order, Request, Session, State, choose, exactly_threads, open_session
from clearprop.engines.native.core import core, native_missing
from clearprop.engines.native.engine import NativeEngine
from clearprop.equations.optimizers import Adam, Rule, get_rule
from clearprop.errors import DataError, EngineCannot, UsageError
from clearprop.model import Dense, Inputs, Network, Objective, initial, mlp

pytestmark = pytest.mark.skipif(bool(native_missing()), reason="the native engine was not built: no C++ compiler")

WIDE = mlp(40, 300, 260, 10, hidden="tanh", output="softmax", dropout=0.2, l2=1e-4)
SMALL = mlp(20, 32, 32, 2, output="softmax", dropout=0.2, l1=1e-4)
CLIPPED = Adam(clip_norm=1.0)


def problem(network: Network, n: int, dtype: type = np.float32) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return random rows, classes and weights for a classifier."""
    rng = np.random.default_rng(5)
    X = rng.standard_normal((n, network.inputs.n_columns)).astype(dtype)
    return X, rng.integers(0, network.n_out, n), rng.uniform(0.5, 2, n).astype(dtype)


def session(network: Network, dtype: type = np.float32, rule: Rule = CLIPPED, engine="native", threads=None) -> Session:
    request = Request(network, rule, dtype, threads)
    return choose(engine, request).open(initial(network, 3, dtype), seed=7)


def trained_state(network: Network, n: int = 200, batch_size: int = 96, dtype: type = np.float32, **how) -> State:
    X, Y, w = problem(network, n, dtype)
    opened = session(network, dtype, **how)
    order = Order.of(np.arange(n, dtype=np.int64)[::-1], batch_size)
    opened.run(X, Y, w, order, np.full(len(order), 1e-2))
    return opened.get_state()


@pytest.mark.parametrize("network", [SMALL, WIDE])
@pytest.mark.parametrize("n_threads", [2, 3, 5])
def test_any_number_of_threads_gives_the_same_bits(network: Network, n_threads: int):
    found = []
    for n in (1, n_threads):
        with exactly_threads(n):
            found.append(trained_state(network, n=2000, batch_size=900))
    alone, together = found
    assert alone.parameters.tobytes() == together.parameters.tobytes()
    assert all(alone.slots[name].tobytes() == together.slots[name].tobytes() for name in alone.slots)


@pytest.mark.parametrize("network", [SMALL, WIDE])
def test_the_steps_of_one_call_and_of_many_are_the_same_bits(network: Network):
    X, Y, w = problem(network, 300)
    order = Order.of(np.arange(300, dtype=np.int64), 64)
    at_once, one_by_one = session(network), session(network)
    at_once.run(X, Y, w, order, np.full(len(order), 1e-2))
    for s in range(len(order)):
        one_by_one.run(X, Y, w, order.steps(s, s + 1), np.full(1, 1e-2))
    assert at_once.get_state().parameters.tobytes() == one_by_one.get_state().parameters.tobytes()


@pytest.mark.parametrize("network", [SMALL, WIDE])
def test_the_bits_of_a_step_do_not_depend_on_what_the_session_did_before(network: Network):
    X, Y, w = problem(network, 9000)
    order = Order(np.arange(9000, dtype=np.int64), np.array([0, 8500, 9000]))
    used, fresh = session(network), session(network)
    used.run(X, Y, w, order, np.full(2, 1e-2))
    fresh.run(X, Y, w, order.steps(0, 1), np.full(1, 1e-2))
    again = session(network)
    again.set_state(fresh.get_state())
    again.run(X, Y, w, Order(order.rows[8500:], np.array([0, 500])), np.full(1, 1e-2))
    assert again.get_state().parameters.tobytes() == used.get_state().parameters.tobytes()


@pytest.mark.parametrize("instruction_set", NativeEngine.instruction_sets())
@pytest.mark.parametrize("network", [SMALL, WIDE])
def test_every_instruction_set_agrees_with_the_reference(instruction_set: str, network: Network):
    """To rounding only: the sums run in another order, and the sets differ in the width of a vector."""
    X, Y, w = problem(network, 70, np.float64)
    parameters = initial(network, 3)
    reference = open_session(network, parameters, Adam(), seed=7, engine="numpy").trace(X, Y, w)
    trace = NativeEngine(instruction_set).open(Request(network, Adam(), "float64"), parameters, seed=7).trace(X, Y, w)
    for name, expected in reference.arrays().items():
        np.testing.assert_allclose(trace[name], expected, rtol=1e-11, atol=1e-13, err_msg=name)


@pytest.mark.parametrize("n", [1, 2, 5, 63, 700])
def test_prediction_of_any_number_of_rows_agrees_with_the_reference(n: int):
    X, _, _ = problem(WIDE, n, np.float64)
    parameters = initial(WIDE, 3)
    expected = open_session(WIDE, parameters, Adam(), seed=7, engine="numpy").predict(X)
    np.testing.assert_allclose(
        open_session(WIDE, parameters, Adam(), seed=7, engine="native").predict(X), expected, rtol=1e-11
    )


def test_a_state_survives_the_way_through_the_core():
    state = trained_state(WIDE)
    other = session(WIDE)
    other.set_state(state)
    again = other.get_state()
    assert again.step == state.step
    assert again.parameters.tobytes() == state.parameters.tobytes()
    assert all(again.slots[name].tobytes() == state.slots[name].tobytes() for name in ("m", "v"))


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")  # from JAX, where other tests have loaded it
def test_other_threads_of_python_go_on_while_the_core_computes():
    """Without the interpreter's lock: held, it would let nobody in between the first step and the last."""
    X, Y, w = problem(WIDE, 2000)
    opened, order = session(WIDE, threads=1), Order.of(np.arange(100_000) % 2000, 250)
    started, ended, naps = threading.Event(), threading.Event(), 0

    def train():
        started.set()
        opened.run(X, Y, w, order, np.full(len(order), 1e-3))
        ended.set()

    worker = threading.Thread(target=train)
    worker.start()
    started.wait()
    while not ended.wait(0.001):
        naps += 1
    worker.join()
    assert naps > 20


@pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")  # jax's, where another test has started it
def test_a_forked_child_computes_on_its_own():
    """The threads do not survive a fork; the child must not wait for them."""
    import multiprocessing

    expected = trained_state(WIDE, 2000, 900, threads=2)
    context = multiprocessing.get_context("fork")
    with context.Pool(1) as pool:
        found = pool.apply_async(trained_state, (WIDE, 2000, 900), {"threads": 2}).get(timeout=60)
    assert found.parameters.tobytes() == expected.parameters.tobytes()


@dataclass(frozen=True, kw_only=True)
class Novel(Adam):
    """A rule of a user's own, under a name that the core knows."""

    name: ClassVar[str] = "adam"
    twist: float = 1.0

    def update(self, w, g, slots, t, learning_rate):
        moved, slots = super().update(w, g, slots, t, learning_rate)
        return w + self.twist * (moved - w), slots


STEPPED = {
    "muon": get_rule("muon"),
    "schedule_free_adamw": get_rule("schedule_free_adamw", weight_decay=0.1),
    "lookahead": get_rule("lookahead", rule=get_rule("muon"), period=3),
    "a user's own": Novel(twist=0.5, clip_norm=0.1),
}


@pytest.mark.parametrize("name", STEPPED)
def test_a_rule_the_core_does_not_know_is_taken_step_by_step(name: str):
    rule = STEPPED[name]
    assert choose("auto", Request(WIDE, rule, "float64")).name == "native"
    expected = trained_state(WIDE, 300, 64, np.float64, rule=rule, engine="numpy")
    found = [trained_state(WIDE, 300, 64, np.float64, rule=rule, threads=n) for n in (1, 2)]

    assert found[0].parameters.tobytes() == found[1].parameters.tobytes()
    np.testing.assert_allclose(found[0].parameters, expected.parameters, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("name", STEPPED)
def test_steps_one_by_one_want_as_many_targets_and_weights_as_rows(name: str):
    X, Y, w = problem(SMALL, 20)
    opened, order = session(SMALL, rule=STEPPED[name]), Order.of(np.arange(10), 5)
    for targets, weights in ((Y[:15], w), (Y, w[:15])):
        with pytest.raises(DataError, match="X has 20 rows"):
            opened.run(X, targets, weights, order, np.full(2, 0.1))


def test_the_reason_for_a_slower_engine_is_told(monkeypatch: pytest.MonkeyPatch):
    request = Request(SMALL, Adam(), "float32")
    assert choose("auto", request).name == "native"
    assert choose("auto", request).slower is None
    monkeypatch.setattr(core, "LOSSES", {})
    assert choose("auto", request).name == "numpy"
    assert choose("auto", request).slower == "the engine 'native' cannot do the loss 'cross_entropy'"
    assert choose("numpy", request).slower is None  # as it was asked for
    with pytest.raises(EngineCannot, match=r"cross_entropy'\. Or use engine=.auto.\."):
        choose("native", request)


@pytest.mark.parametrize(("extension", "reason"), [("None", "compiler"), ("object()", "other sources")])
def test_a_missing_or_stale_extension_is_said_plainly_and_numpy_takes_over(extension: str, reason: str):
    """In an interpreter of its own: the engines are listed when they are imported."""
    program = f"""
import sys
sys.modules["clearprop.engines.native._native"] = {extension}
from clearprop.engines import ENGINES, Request, choose, present
from clearprop.equations.optimizers import Adam
from clearprop.errors import EngineCannot
from clearprop.model import mlp
request = Request(mlp(2, 1), Adam(), "float32")
assert next(iter(present())) == "numpy"
assert {reason!r} in ENGINES["native"].missing()
assert ENGINES["native"].instruction_sets() == ()
assert choose("auto", request).name == "numpy"
assert {reason!r} in choose("auto", request).slower
try:
    choose("native", request)
except EngineCannot as error:
    assert {reason!r} in str(error)
else:
    raise AssertionError("not refused")
"""
    subprocess.run(
        [sys.executable, "-c", program], check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )


def test_a_divergence_stops_before_the_update():
    X, Y, _ = problem(SMALL, 64)
    X[40] = np.inf
    opened = session(SMALL)
    steps = opened.run(X, Y, None, Order.of(np.arange(64, dtype=np.int64), 16), np.full(4, 1e-3))
    assert len(steps) == 2
    assert opened.get_state().step == 2
    assert np.all(np.isfinite(opened.get_state().parameters))


@pytest.mark.parametrize("name", ["adagrad", "rmsprop", "adam", "nadam"])
def test_a_rule_without_epsilon_keeps_the_padding_out(name: str):
    """0 / 0 happens beyond the last column of a panel; it must not reach a number that is there."""
    network = mlp(5, 3, 1, hidden="tanh")
    X, Y = np.random.default_rng(0).standard_normal((2, 30, 5))
    opened = open_session(
        network, initial(network, 1), get_rule(name, epsilon=0.0, learning_rate=1e-3), seed=0, engine="native"
    )
    order = Order.of(np.arange(30, dtype=np.int64), 10)
    assert len(opened.run(X, Y[:, 0], None, order, np.full(3, 1e-3))) == 3
    assert np.all(np.isfinite(opened.get_state().parameters))


def test_training_through_step_is_refused_for_the_reason_the_equations_give():
    network = Network(2, (Dense(1, "step"),), "squared_error")
    opened = open_session(network, initial(network, 0), Adam(), seed=0, engine="native")
    assert opened.predict(np.ones((3, 2))).shape == (3, 1)
    with pytest.raises(UsageError, match="derivative is 0 everywhere"):
        opened.gradients(np.ones((3, 2)), np.ones(3))


def test_codes_and_rows_that_do_not_exist_are_refused():
    network = Network(Inputs(1, (3,), 2), (Dense(1, "identity"),), Objective("squared_error"))
    opened = open_session(network, initial(network, 0), Adam(), seed=0, engine="native")
    with pytest.raises(DataError, match="codes 0"):
        opened.predict(np.array([[0.0, 3.0]]))
    order = Order.of(np.array([0, 2], dtype=np.int64), 1)
    with pytest.raises(DataError, match="rows 0"):
        opened.run(np.zeros((2, 2)), np.zeros(2), None, order, np.ones(2))


def test_a_run_looks_at_the_codes_and_weights_of_its_own_rows():
    """A slice of an epoch costs what its rows cost, however many there are; and the message names the table's row."""
    network = Network(Inputs(1, (3,), 2), (Dense(1, "identity"),), Objective("squared_error"))
    opened = open_session(network, initial(network, 0), Adam(), seed=0, engine="native")
    X, weights = np.zeros((6, 2)), np.ones(6)
    X[4, 1] = 3
    weights[5] = -1

    def run(*rows):
        return opened.run(X, np.zeros(6), weights, Order.of(np.array(rows, dtype=np.int64), 2), np.ones(1))

    assert len(run(2, 0)) == 1
    with pytest.raises(DataError, match="row 4 has 3"):
        run(1, 4)
    with pytest.raises(DataError, match="row 5 has -1"):
        run(3, 5)


def test_no_thread_at_all_is_refused():
    with pytest.raises(UsageError, match="threads must be 1 or more"):
        Request(SMALL, Adam(), "float32", threads=0)
