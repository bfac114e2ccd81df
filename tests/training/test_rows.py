"""Rows of every kind, in memory, in a file and sparse, are the same rows to whoever computes with them."""

import numpy as np
import pytest
from scipy.sparse import csr_array, csr_matrix

from clearprop.engines import Order, open_session
from clearprop.equations import get_rule
from clearprop.model import initial, mlp
from clearprop.training import Plan, Rows, SparseRows, Training, evaluate, outputs, sparse_rows, store

RNG = np.random.default_rng(3)
X = np.where(RNG.random((50, 6)) < 0.3, RNG.standard_normal((50, 6)), 0.0).astype(np.float32)
PLAIN = Rows(X, RNG.integers(0, 3, 50), RNG.uniform(0.5, 2, 50).astype(np.float32))
KINDS = {
    "in memory": PLAIN,
    "in a file": store((PLAIN.take(slice(start, start + 20)) for start in (0, 20, 40)), 6),
    "sparse": SparseRows(csr_array(X), PLAIN.Y, PLAIN.weights),
    "sparse, of the older kind": SparseRows(csr_matrix(X), PLAIN.Y, PLAIN.weights),
}
NETWORK = mlp(6, 5, 3, hidden="tanh", output="softmax")


@pytest.fixture(params=KINDS)
def rows(request, monkeypatch):
    monkeypatch.setattr(sparse_rows, "DENSE_BYTES", 6 * 4 * 16)
    return KINDS[request.param]


def assert_same(found, expected):
    assert type(found) is Rows
    for name in ("X", "Y", "weights"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
        assert getattr(found, name).dtype == getattr(expected, name).dtype


def test_they_are_as_many_and_of_one_precision(rows):
    assert len(rows) == 50
    assert rows.X.shape == (50, 6)
    assert rows.X.dtype == np.float32


@pytest.mark.parametrize("chosen", [slice(3, 40, 5), np.array([4, 4, 0, 49]), np.zeros(0, int)], ids=str)
def test_some_of_them(rows, chosen):
    assert_same(rows.take(chosen).in_memory(), PLAIN.take(chosen))


def test_all_of_them_in_memory_in_float64_and_in_blocks(rows):
    assert_same(rows.in_memory(), PLAIN)
    assert_same(rows.in_float64(), Rows(X.astype(float), PLAIN.Y, PLAIN.weights.astype(float)))
    blocks = list(rows.blocks(20))
    assert max(map(len, blocks)) <= 20
    assert_same(Rows(*(np.concatenate([getattr(b, n) for b in blocks]) for n in ("X", "Y", "weights"))), PLAIN)


def test_no_rows_are_one_block_without_any(rows):
    (block,) = rows.take(slice(0, 0)).blocks()
    assert block.X.shape == (0, 6)


@pytest.mark.parametrize("batch_size", [7, 30])
def test_the_rows_of_steps_are_in_the_steps_order_and_at_least_of_the_first(rows, batch_size):
    order = Order.of(RNG.permutation(50), batch_size)
    near, steps = rows.for_steps(order)
    assert 1 <= len(steps) <= len(order)
    for step in range(len(steps)):
        assert_same(near.take(steps.batch(step)), PLAIN.take(order.batch(step)))


def test_sparse_rows_of_many_steps_are_dense_no_more_than_fit(monkeypatch):
    monkeypatch.setattr(sparse_rows, "DENSE_BYTES", 6 * 4 * 16)
    near, steps = KINDS["sparse"].for_steps(Order.of(np.arange(50), 7))
    assert (len(near), len(steps)) == (14, 2)
    assert max(len(block) for block in KINDS["sparse"].blocks()) == 16


def test_they_are_trained_on_and_measured_to_the_same_bits(rows):
    def trained(on):
        session = open_session(NETWORK, initial(NETWORK, 0, np.float32), get_rule("adam"))
        progress = Training(session, NETWORK, on, Plan(n_epochs=3, batch_size=8, learning_rate=0.01), on).run()
        losses = [(r.loss, r.metric, r.validation_loss) for r in progress.records]
        return session, session.get_state().parameters.tobytes(), losses

    session, *found = trained(rows)
    _, *expected = trained(PLAIN)
    assert found == expected
    np.testing.assert_array_equal(outputs(session, rows), session.predict(X))
    assert evaluate(session, NETWORK, rows) == evaluate(session, NETWORK, PLAIN)
