"""A batch cut into shards: the same objective, and the same bits whoever shares the work."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from clearprop.engines import Order, Request, choose, open_session
from clearprop.engines.sharding.exchange import ALONE, told_by_all
from clearprop.engines.sharding.shards import Shards, objective_by_shards
from clearprop.engines.sharding.tree import add_up, middle, nodes_within, share_of
from clearprop.equations import RULES, get_rule
from clearprop.equations.step import Batch
from clearprop.equations.targets import as_rows
from clearprop.errors import EngineCannot, UsageError
from clearprop.model import initial
from crew import all_of
from sharded import CASES, data, network, trained

ENGINES_WITH_SHARDS = ("numpy", "native")
SIZES = (1, 2, 3, 4, 8)


@pytest.mark.parametrize("engine", ENGINES_WITH_SHARDS)
@pytest.mark.parametrize("name", CASES)
def test_any_number_of_processes_finds_the_same_bits(engine, name):
    alone = trained(engine, CASES[name], Shards(8))

    for size in SIZES[1:]:
        for found in all_of(size, lambda exchange: trained(engine, CASES[name], Shards(8, exchange))):
            assert [a.tobytes() for a in found] == [a.tobytes() for a in alone], size


@pytest.mark.parametrize("engine", ENGINES_WITH_SHARDS)
@pytest.mark.parametrize("count", [1, 2, 5, 8, 13, 16])
@pytest.mark.parametrize("name", ["adam", "dropout", "weights", "sum", "embedding", "stairs", "wide"])
def test_a_step_by_shards_is_the_step_of_the_whole_batch_to_rounding(engine, count, name):
    """In float64, where the batch is short of shards too."""
    made, rule, _, _ = CASES[name]
    X, Y, w = data(CASES[name])
    X, w = X.astype(np.float64), None if w is None else w.astype(np.float64)
    found = []
    for shards in (None, Shards(count)):
        session = choose(engine, Request(made, rule, "float64", shards=shards)).open(
            initial(made, seed=0, dtype=np.float64), 5
        )
        steps = session.run(X, Y, w, Order.of(np.arange(len(X)), 231), np.full(4, 0.01))
        found.append((steps.losses, steps.gradient_norms, session.get_state().parameters))
    for whole, cut in zip(*found, strict=True):
        np.testing.assert_allclose(cut, whole, rtol=1e-9, atol=1e-12)


def test_the_shards_of_a_batch_have_the_gradient_of_its_objective():
    """∂J/∂w by central differences of J over the whole batch, against the tree sum of eight shards."""
    made, rule, _, _ = CASES["weights"]
    X, Y, w = (array[:97] for array in data(CASES["weights"]))
    start = initial(made, seed=3, dtype=np.float64)
    w = w.astype(np.float64)
    session = open_session(made, start, rule, engine="numpy")

    def J(vector):
        session.set_state(replace(session.get_state(), parameters=vector))
        return session.gradients(X, Y, w)[0]

    def batch_of(part):
        return Batch(X[part].astype(np.float64), as_rows(Y[part], 4, np.float64, True), w[part], [None] * 4)

    at, _, g = objective_by_shards(Shards(8), made, batch_of, w, len(X))(start.vector)
    assert at == pytest.approx(J(start.vector), rel=1e-14)
    for i in np.random.default_rng(0).choice(start.vector.size, 40, replace=False):
        h = 1e-6 * np.eye(start.vector.size)[i]
        slope = (J(start.vector + h) - J(start.vector - h)) / 2e-6
        assert g[i] == pytest.approx(slope, rel=1e-5, abs=1e-9)


def test_products_in_bf16_are_shared():
    case = CASES["wide"][0], get_rule("adam"), "bf16", True
    alone = trained("native", case, Shards(8))
    for found in all_of(3, lambda exchange: trained("native", case, Shards(8, exchange))):
        assert [a.tobytes() for a in found] == [a.tobytes() for a in alone]
    whole = trained("native", case, None)
    np.testing.assert_allclose(alone[0], whole[0], rtol=1e-3)


@pytest.mark.parametrize("engine", ENGINES_WITH_SHARDS)
def test_a_step_that_is_not_finite_is_taken_by_nobody(engine):
    made, rule, _, _ = CASES["adam"]
    X, Y, _ = data(CASES["adam"])
    X[450, 3] = np.inf
    order = Order.of(np.arange(len(X)), 200)

    def run(exchange):
        session = choose(engine, Request(made, rule, "float32", shards=Shards(4, exchange))).open(
            initial(made, seed=0), 0
        )
        return len(session.run(X, Y, None, order, np.full(4, 0.01))), session.get_state().step

    assert [*all_of(3, run), run(ALONE)] == [(2, 2)] * 4


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_is_shared(rule):
    case = network(0.1), get_rule(rule), "float32", True
    alone = trained("auto", case, Shards(4))
    for found in all_of(2, lambda exchange: trained("auto", case, Shards(4, exchange))):
        assert [a.tobytes() for a in found] == [a.tobytes() for a in alone]


@pytest.mark.parametrize("count", [*range(1, 20), 64])
def test_shares_cover_the_tree(count):
    for size in range(1, count + 1):
        shares = [share_of(rank, size, count) for rank in range(size)]
        nodes = [node for share in shares for node in nodes_within(share, (0, count))]
        assert [s for lo, hi in nodes for s in range(lo, hi)] == list(range(count))
        assert all(hi > lo for lo, hi in shares)
        assert add_up((0, count), {node: float(sum(range(*node))) for node in nodes}.get) == sum(range(count))


def test_the_left_part_of_the_tree_is_a_power_of_two():
    assert [middle(0, n) for n in range(2, 10)] == [1, 2, 2, 4, 4, 4, 4, 8]
    assert middle(8, 13) == 12


def test_numbers_told_arrive_as_they_are():
    mine = [[0.1, -3.0], [1e300, 7.0], [0.0, 1e-300]]
    for told in all_of(3, lambda exchange: told_by_all(exchange, mine[exchange.rank])):
        np.testing.assert_array_equal(told, mine)


def test_more_processes_than_shards_are_refused():
    with pytest.raises(UsageError, match=r"4 processes need as many shards or more, there are 2"):
        all_of(4, lambda exchange: Shards(2, exchange))


def test_an_engine_without_shards_says_so():
    made = CASES["adam"][0]
    with pytest.raises(EngineCannot, match="shards"):
        choose("jax", Request(made, get_rule("adam"), "float32", shards=Shards(4)))
