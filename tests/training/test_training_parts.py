"""Rows, plan, metrics, history and the progress display."""

from __future__ import annotations

import io
import itertools
import sys

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, r2_score

from clearprop.engines import open_session
from clearprop.equations import get_rule
from clearprop.errors import DataError, UsageError
from clearprop.model import Dense, Network, initial, mlp
from clearprop.solvers import Limits, solve
from clearprop.training import (
    Plan,
    Progress,
    Rows,
    Training,
    as_columns,
    check_rows,
    evaluate,
    metric,
    predict,
    progress_bar,
    show_progress,
)
from clearprop.training.evaluate import loss_and_metric


def test_rows_with_a_number_that_is_not_finite_are_refused_with_row_and_column():
    X = np.zeros((4, 3))
    X[2, 1] = np.inf

    with pytest.raises(DataError, match="row 2, column 1 holds inf"):
        check_rows(Rows(X, np.zeros(4)), mlp(3, 1))


def test_targets_are_checked_before_training():
    with pytest.raises(DataError, match=r"0 \.\. 2.*row 1 has 3"):
        check_rows(Rows(np.zeros((2, 3)), np.array([0, 3])), mlp(3, 3, output="softmax"))


def test_negative_weights_are_refused():
    with pytest.raises(DataError, match="row 1 has -1"):
        check_rows(Rows(np.zeros((2, 3)), np.zeros(2), np.array([1.0, -1.0])), mlp(3, 1))


def test_no_rows_are_refused():
    with pytest.raises(DataError, match="at least one"):
        check_rows(Rows(np.zeros((0, 3)), np.zeros(0)), mlp(3, 1))


@pytest.mark.parametrize(
    "wrong", [{"n_epochs": 0}, {"batch_size": 0}, {"learning_rate": 0.0}, {"patience": 0}, {"monitor": "validation"}]
)
def test_a_plan_refuses_what_makes_no_sense(wrong):
    with pytest.raises(UsageError):
        Plan(**wrong)


def test_metrics_agree_with_scikit_learn():
    rng = np.random.default_rng(0)
    w = rng.uniform(size=50)
    Y, a = rng.normal(size=(50, 2)), rng.normal(size=(50, 2))
    classes, p = rng.integers(0, 3, 50), rng.uniform(size=(50, 3))

    assert metric(mlp(4, 2), a, Y, w) == pytest.approx(r2_score(Y, a, sample_weight=w))
    expected = accuracy_score(classes, p.argmax(axis=1), sample_weight=w)
    assert metric(mlp(4, 3, output="softmax"), p, classes, w) == pytest.approx(expected)


def test_accuracy_of_labels_wants_every_label_right():
    network = mlp(4, 2, output="sigmoid")

    assert metric(network, np.array([[0.9, 0.1], [0.9, 0.9]]), np.array([[1, 0], [1, 0]])) == 0.5


@pytest.mark.parametrize("n_rows", [0, 1, 7])
@pytest.mark.parametrize("output", ["softmax", "identity"])
def test_the_loss_is_the_same_however_few_rows_are_looked_at_at_a_time(output, n_rows, monkeypatch):
    """With ten thousand classes, the one-hot rows of all targets at once would not fit into memory."""
    network, rng = mlp(2, 3, output=output), np.random.default_rng(0)
    a, weights = rng.uniform(0.1, 1, (n_rows, 3)), rng.uniform(0.5, 1, n_rows)
    Y = rng.integers(0, 3, n_rows) if output == "softmax" else rng.normal(size=(n_rows, 3))
    at_once = loss_and_metric(network, a, Y, weights)
    monkeypatch.setattr(sys.modules["clearprop.training.evaluate"], "CHUNK_NUMBERS", 6)
    np.testing.assert_allclose(loss_and_metric(network, a, Y, weights), at_once, rtol=1e-15, atol=0)


def test_evaluate_is_the_data_term_without_dropout():
    network = Network(4, (Dense(8, "tanh"), Dense(1, "identity", dropout=0.5)), "squared_error")
    session = open_session(network, initial(network, 0), get_rule("sgd"), 0, engine="numpy")
    rng = np.random.default_rng(0)
    rows = Rows(rng.normal(size=(20, 4)), rng.normal(size=20))

    D, _ = evaluate(session, network, rows)

    assert D == pytest.approx(np.mean(0.5 * (session.predict(rows.X)[:, 0] - rows.Y) ** 2))


def test_predict_in_chunks_is_predict():
    network = mlp(3, 4, 2)
    session = open_session(network, initial(network, 0), get_rule("sgd"), 0, engine="numpy")
    X = np.random.default_rng(0).normal(size=(20_000, 3))

    np.testing.assert_allclose(predict(session, X), session.predict(X), rtol=1e-12, atol=1e-15)


def run_with(stream) -> None:
    network = mlp(3, 4, 2)
    rng = np.random.default_rng(0)
    session = open_session(network, initial(network, 0), get_rule("sgd"), 0, engine="numpy")
    rows = Rows(rng.normal(size=(30, 3)), rng.normal(size=(30, 2)))
    training = Training(session, network, rows, Plan(n_epochs=3, batch_size=10), rows, [show_progress(stream)])
    progress = training.run()
    assert len(as_columns(progress.records)["loss"]) == 3


def test_without_a_terminal_a_short_training_is_one_plain_line():
    stream = io.StringIO()
    run_with(stream)

    lines = stream.getvalue().splitlines()
    assert [line.split()[1] for line in lines] == ["3/3"]
    assert "\x1b" not in stream.getvalue()


def lines_of(seconds_per_slice: float, n_epochs: int) -> list[str]:
    """Return the plain lines of a training by a clock that goes on so much with every look at it."""
    stream, ticks = io.StringIO(), itertools.count(0.0, seconds_per_slice)
    network = mlp(3, 4, 2)
    session = open_session(network, initial(network, 0), get_rule("sgd"), 0, engine="numpy")
    rows = Rows(np.eye(3), np.eye(3)[:, :2])
    plan = Plan(n_epochs=n_epochs, batch_size=1)
    Training(session, network, rows, plan, listeners=[progress_bar._Lines(stream, lambda: next(ticks))]).run()
    return stream.getvalue().splitlines()


def test_without_a_terminal_there_is_a_line_every_few_seconds_and_one_of_the_last_epoch():
    lines = lines_of(seconds_per_slice=0.4, n_epochs=40)

    assert 2 < len(lines) < 20
    assert lines[-1].startswith("epoch 40/40  loss")
    assert len({line.split()[1] for line in lines}) == len(lines)


def test_an_epoch_that_takes_long_tells_how_far_it_is():
    lines = lines_of(seconds_per_slice=60.0, n_epochs=2)

    assert any("step" in line and "J" in line for line in lines)
    assert lines[-1].startswith("epoch 2/2  loss")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_there_is_a_bar():
    stream = Terminal()
    run_with(stream)

    assert "epoch 3/3" in stream.getvalue()
    assert "━" in stream.getvalue()


def test_the_bar_stands_where_a_solver_stands_and_begins_where_a_run_goes_on():
    network, bar = mlp(3, 4, 2), show_progress(Terminal())
    session = open_session(network, initial(network, 0), get_rule("sgd"), 0, engine="numpy")
    rows = Rows(np.eye(3), np.eye(3)[:, :2])
    shown = []

    def watch(event):
        shown.append(bar._bar.shown.tasks[0].completed)

    plan, progress = Plan(n_epochs=4, batch_size=1), Progress(epoch=1)
    training = Training(session, network, rows, plan, listeners=[bar, watch], progress=progress)
    solve(training, "lbfgs", Limits(gradient=0.0))
    assert shown == [3, 6, 9, 12, 12, 12]
