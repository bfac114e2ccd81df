"""Before lm or trainbr begins what takes long, it says how long, how much memory, and what to do instead."""

from __future__ import annotations

import time
import tracemalloc
import warnings

import numpy as np
import pytest

from clearprop import MLPRegressor, mlp
from clearprop.engines import open_session
from clearprop.model import initial
from clearprop.solvers import Limits, cost, gauss_newton, minimise
from clearprop.solvers.least_squares import of_objective
from clearprop.solvers.problem import Problem
from clearprop.training import Rows


def problem_of(n_rows=400, units=40, n_in=10, solver="lm"):
    network = mlp(n_in, units, 1, hidden="tanh")
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, n_in))
    rows = Rows(X, np.sin(X[:, :1]))
    session = open_session(network, initial(network, 1), engine="numpy")
    return session, network, rows


@pytest.fixture(params=["normal", "products"])
def way(request, monkeypatch):
    """Let the problem above be solved by each of the ways of larger networks."""
    monkeypatch.setattr(gauss_newton, "STACKED_PARAMETERS", 100)
    if request.param == "products":
        monkeypatch.setattr(gauss_newton, "NORMAL_PARAMETERS", 100)
    return request.param


@pytest.mark.parametrize("solver", ["lm", "trainbr"])
def test_a_long_iteration_is_told_before_it_begins(monkeypatch, solver):
    monkeypatch.setattr(gauss_newton, "STACKED_PARAMETERS", 100)
    monkeypatch.setattr(cost, "LONG", 0.0)
    told = []

    def tell(message, *_, **__):
        told.append((str(message), len(iterations)))

    iterations = []
    monkeypatch.setattr(warnings, "warn", tell)
    session, network, rows = problem_of()
    minimise(session, network, rows, solver, Limits(n_iterations=2), lambda *found: iterations.append(found))
    ((message, before),) = told
    assert before == 0
    assert "481 parameters over 400 rows by normal equations" in message
    assert "GB" in message
    assert '"lbfgs"' in message
    assert len(iterations) == 2


def test_the_way_without_a_matrix_is_named(way, monkeypatch):
    monkeypatch.setattr(cost, "LONG", 0.0)
    session, network, rows = problem_of()
    with pytest.warns(cost.CostWarning, match={"normal": "normal equations", "products": "without a matrix"}[way]):
        minimise(session, network, rows, "lm", Limits(n_iterations=1))


def test_much_memory_is_told_too(way, monkeypatch):
    monkeypatch.setattr(cost, "LARGE", 1000)
    session, network, rows = problem_of()
    with pytest.warns(cost.CostWarning):
        minimise(session, network, rows, "lm", Limits(n_iterations=1))


def test_nothing_is_told_of_a_small_network():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        minimise(*problem_of(), "lm", Limits(n_iterations=2))


def test_the_memory_counted_is_no_less_than_what_is_taken(way):
    squares = of_objective(Problem(*problem_of(n_rows=3000)), "lm")
    w = squares.problem.start()
    counted = cost.cost_of(squares, w).n_bytes
    tracemalloc.start()
    model = gauss_newton.model_at(squares, w)
    model.step(1.0, model.lengths(), squares.residuals(w))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < counted


def test_the_time_measured_is_that_of_more_than_a_part(way, monkeypatch):
    """By a clock that goes on one second with every look at it: what is scaled is the part that was measured."""
    ticks = iter(range(1000))
    monkeypatch.setattr(time, "perf_counter", lambda: float(next(ticks)))
    squares = of_objective(Problem(*problem_of(n_rows=4000)), "lm")
    seconds = cost.cost_of(squares, squares.problem.start()).seconds
    assert seconds >= {"normal": 2 * 4000 / 831, "products": 400 * 4}[way]


def test_an_estimator_tells_its_user(monkeypatch):
    monkeypatch.setattr(gauss_newton, "STACKED_PARAMETERS", 10)
    monkeypatch.setattr(cost, "LONG", 0.0)
    _, _, rows = problem_of()
    model = MLPRegressor(hidden_layer_sizes=(4,), solver="lm", max_iter=500, tol=1e9)
    with pytest.warns(cost.CostWarning, match='"lm" solves for'):
        model.fit(rows.X, rows.Y[:, 0])
