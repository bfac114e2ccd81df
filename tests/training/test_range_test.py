"""The learning-rate range test, on problems whose largest stable rate is known."""

import numpy as np
import pytest

from clearprop.engines import open_session
from clearprop.equations import get_rule
from clearprop.errors import UsageError
from clearprop.model import Dense, Network, initial, mlp
from clearprop.training import Plan, Rows, StepsDone, Training, store
from clearprop.training.range_test import range_test, smoothed

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 4))


def opened(network, rule="sgd"):
    return open_session(network, initial(network, 1), get_rule(rule), seed=0, engine="numpy")


def linear_problem(scale=1.0):
    network = Network(4, (Dense(1, "identity", bias=False),), "squared_error")
    return opened(network), Rows(scale * X, scale * X @ np.ones((4, 1)))


@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0])
def test_the_suggested_rate_is_stable_and_of_the_size_of_the_largest_stable_one(scale):
    """Gradient descent on a quadratic is stable below 2 / λ."""
    session, rows = linear_problem(scale)
    limit = 2 / np.linalg.eigvalsh(rows.X.T @ rows.X / len(rows)).max()
    found = range_test(session, rows, Plan(batch_size=200), lowest=1e-8, highest=1e4, n_steps=400)
    assert limit / 100 < found.suggested < limit
    assert found.steepest < 2 * limit
    assert found.learning_rates[-1] < 100 * limit, "it should have stopped once J blew up"


def test_the_session_is_as_before():
    session = opened(mlp(4, 5, 1), "adam")
    before = session.get_state()
    range_test(session, Rows(X, X[:, :1]), Plan(batch_size=32))
    after = session.get_state()
    assert after.step == before.step
    np.testing.assert_array_equal(after.parameters, before.parameters)
    for name, slot in before.slots.items():
        np.testing.assert_array_equal(after.slots[name], slot)


def test_it_depends_on_the_seed_alone():
    tests = [range_test(opened(mlp(4, 5, 1)), Rows(X, X[:, :1]), Plan(batch_size=32, seed=seed)) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(tests[0].losses, tests[1].losses)
    assert not np.array_equal(tests[0].losses[:9], tests[2].losses[:9])


@pytest.mark.parametrize("order", [{}, {"shuffle": False}, {"block_rows": 50}], ids=str)
@pytest.mark.parametrize("on_disk", [False, True], ids=["in memory", "on disk"])
def test_its_batches_are_those_of_the_training(order, on_disk, monkeypatch):
    monkeypatch.setattr("clearprop.training.loop.SLICE_SECONDS", 1e-9)  # an event after every step
    plan = Plan(batch_size=40, n_epochs=3, learning_rate=1e-300, **order)
    rows = Rows(X, X[:, :1])
    trained = []

    def watch(event):
        if isinstance(event, StepsDone):
            trained.append(event.loss)

    network = mlp(4, 5, 1)
    Training(opened(network), network, rows, plan, listeners=[watch]).run()
    rows = store(rows.blocks(70), 4) if on_disk else rows
    found = range_test(opened(network), rows, plan, n_steps=15, lowest=1e-301, highest=1e-300)
    np.testing.assert_allclose(found.losses, trained, rtol=1e-12)


def test_the_mean_has_no_bias_at_the_start():
    np.testing.assert_allclose(smoothed(np.full(7, 3.0)), 3.0)
    assert smoothed(np.array([1.0, 2.0]))[1] == pytest.approx((0.95 * 1 + 2) / 1.95)


@pytest.mark.parametrize("options", [{"lowest": 0.0}, {"lowest": 1.0, "highest": 0.1}, {"n_steps": 3}], ids=str)
def test_an_empty_range_is_refused(options):
    session, rows = linear_problem()
    with pytest.raises(UsageError, match="a range test needs"):
        range_test(session, rows, Plan(batch_size=10), **options)


def test_a_start_that_is_not_finite_is_refused():
    session, rows = linear_problem(1e200)
    with pytest.raises(UsageError, match="not finite before the first step"):
        range_test(session, rows, Plan(batch_size=10))
