"""The training loop keeps its promises: order, slices, stopping, divergence, interruption, continuation."""

from __future__ import annotations

import copy
import os
import signal
from dataclasses import replace

import numpy as np
import pytest

from clearprop.engines import Order, open_session
from clearprop.equations import get_rule, get_schedule
from clearprop.errors import UsageError
from clearprop.model import initial, mlp
from clearprop.training import EpochEnded, Plan, Rows, StepsDone, Training, TrainingEnded, TrainingStarted
from clearprop.training import loop as loop_module
from clearprop.training.order import Epochs

NETWORK = mlp(5, 16, 3, output="softmax", dropout=0.2, l2=1e-3)


def make_rows(n: int = 120, seed: int = 0) -> Rows:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 5))
    return Rows(X, np.argmax(X[:, :3] + 0.1 * rng.normal(size=(n, 3)), axis=1))


def make_training(plan: Plan, rule: str = "adam", network=NETWORK, **arguments) -> Training:
    session = open_session(network, initial(network, 1), get_rule(rule), seed=7, engine="numpy")
    return Training(session, network, make_rows(), plan, **arguments)


def test_training_lowers_the_loss():
    progress = make_training(Plan(n_epochs=30, batch_size=16, learning_rate=0.01)).run()

    assert progress.stopped == "epochs"
    assert progress.records[-1].loss < 0.5 * progress.records[0].loss
    assert progress.records[-1].metric > 0.9


def test_the_slicing_changes_nothing(monkeypatch):
    """History and weights do not depend on how many steps fit between two looks at the clock."""
    whole = make_training(Plan(n_epochs=4, batch_size=16))
    whole.run()
    monkeypatch.setattr(loop_module, "SLICE_SECONDS", 1e-9)
    sliced = make_training(Plan(n_epochs=4, batch_size=16))
    sliced.run()

    assert whole.session.get_state().parameters.tobytes() == sliced.session.get_state().parameters.tobytes()
    for a, b in zip(whole.progress.records, sliced.progress.records, strict=True):
        assert (a.loss, a.penalty, a.gradient_norm) == (b.loss, b.penalty, b.gradient_norm)


def test_the_training_metric_can_be_left_out_and_changes_nothing_else():
    measured, unmeasured = (make_training(Plan(n_epochs=3, training_metric=wanted)) for wanted in (True, False))
    measured.run(), unmeasured.run()

    assert [record.metric for record in unmeasured.progress.records] == [None] * 3
    assert measured.session.get_state().parameters.tobytes() == unmeasured.session.get_state().parameters.tobytes()


def test_thousands_of_short_epochs():
    """A slice ends with its epoch; the plan for the next one does not grow without bound."""
    training = make_training(Plan(n_epochs=1500, batch_size=120, patience=None))
    assert training.run().stopped == "epochs"


@pytest.mark.parametrize("schedule", ["constant", "cosine", "plateau"])
@pytest.mark.parametrize("stop_after_steps", [3, 8, 11])
def test_a_run_that_was_cut_continues_to_the_same_bits(monkeypatch, schedule, stop_after_steps):
    """Interrupt in the middle of an epoch, move progress and state to a new session, and continue."""
    monkeypatch.setattr(loop_module, "SLICE_SECONDS", 1e-9)
    plan = Plan(n_epochs=3, batch_size=16, schedule=get_schedule(schedule), patience=2)
    straight = make_training(plan)
    straight.run()

    def interrupt(event):
        if isinstance(event, StepsDone) and event.training.session.get_state().step == stop_after_steps:
            os.kill(os.getpid(), signal.SIGINT)

    first = make_training(plan, listeners=[interrupt])
    assert first.run().stopped == "interrupted"
    second = make_training(plan, progress=copy.deepcopy(first.progress))
    second.session.set_state(first.session.get_state())
    second.run()

    assert second.session.get_state().parameters.tobytes() == straight.session.get_state().parameters.tobytes()
    assert [r.loss for r in second.progress.records] == [r.loss for r in straight.progress.records]


def test_every_epoch_has_an_order_of_its_own_that_the_seed_alone_decides():
    orders = []
    for seed in (0, 0, 1):
        epochs = Epochs(120, Plan(n_epochs=2, batch_size=16, seed=seed))
        orders.append((epochs.of(0).rows, epochs.of(1).rows))

    assert np.array_equal(orders[0], orders[1])
    assert not np.array_equal(orders[0][0], orders[0][1])
    assert not np.array_equal(orders[0][0], orders[2][0])
    assert np.array_equal(np.sort(orders[0][0]), np.arange(120))


def test_events_come_in_order():
    seen: list[type] = []
    make_training(Plan(n_epochs=2, batch_size=60), listeners=[lambda event: seen.append(type(event))]).run()

    assert (seen[0], seen[-1]) == (TrainingStarted, TrainingEnded)
    assert seen.count(EpochEnded) == 2
    assert StepsDone in seen


def test_listeners_are_told_of_the_end_when_one_of_them_fails():
    seen = []

    def fail(event):
        if isinstance(event, EpochEnded):
            raise OSError("disk full")

    listeners = [lambda event: seen.append(type(event)), fail]
    with pytest.raises(OSError, match="disk full"):
        make_training(Plan(n_epochs=2, batch_size=60), listeners=listeners).run()
    assert (seen[0], seen[-1]) == (TrainingStarted, TrainingEnded)


def test_the_best_weights_on_the_validation_rows_are_restored():
    plan = Plan(n_epochs=60, batch_size=8, learning_rate=0.05, patience=5)
    training = make_training(plan, network=mlp(5, 64, 3, output="softmax"), validation=make_rows(40, seed=9))
    progress = training.run()

    losses = [record.validation_loss for record in progress.records]
    assert progress.stopped == "patience"
    assert progress.best.epoch == 1 + int(np.argmin(losses))
    assert len(losses) == progress.best.epoch + 5
    assert np.array_equal(training.session.get_state().parameters, progress.best.parameters)


def test_without_validation_rows_the_last_weights_stay():
    training = make_training(Plan(n_epochs=3, batch_size=16))
    kept = []
    training.listeners = (lambda event: kept.append(training.session.get_state().parameters),)
    training.run()

    assert np.array_equal(kept[-2], kept[-1])


def test_divergence_is_caught_before_the_weights_change():
    """A huge learning rate throws the weights far out; the step after that is refused and located."""
    network = mlp(5, 16, 3, hidden="relu")
    session = open_session(network, initial(network, 1), get_rule("sgd"), seed=7, engine="numpy")
    rows = make_rows()
    rows = Rows(rows.X, np.eye(3)[rows.Y])
    training = Training(session, network, rows, Plan(n_epochs=5, batch_size=16, learning_rate=1e200))
    progress = training.run()

    found = progress.divergence
    state = session.get_state()
    assert progress.stopped == "diverged"
    assert np.isfinite(state.parameters).all()
    assert found.step == state.step == 1
    assert found.quantity in ("z1", "z2", "a2", "losses")
    assert found.row in Epochs(len(training.rows), training.plan).of(0).batch(1)
    assert "learning rate" in str(found)


def test_divergence_restores_the_best_epoch():
    """Diverging in a later epoch gives back the weights of the best one."""
    network = mlp(5, 16, 3)
    rows = make_rows()
    rows = Rows(rows.X, np.eye(3)[rows.Y])
    session = open_session(network, initial(network, 1), get_rule("sgd"), seed=7, engine="numpy")
    plan = Plan(n_epochs=50, batch_size=16, learning_rate=0.05, schedule=get_schedule("exponential", decay=30.0))
    training = Training(session, network, rows, plan)
    progress = training.run()

    assert progress.stopped == "diverged"
    assert np.array_equal(session.get_state().parameters, progress.best.parameters)


def test_time_limit_ends_the_run():
    progress = make_training(Plan(n_epochs=10**6, batch_size=16, max_seconds=0.05, patience=None)).run()

    assert progress.stopped == "time"


def test_the_validation_metric_can_be_monitored():
    plan = Plan(n_epochs=8, batch_size=16, learning_rate=0.01, monitor="validation_metric")
    progress = make_training(plan, validation=make_rows(40, seed=9)).run()

    metrics = [record.validation_metric for record in progress.records]
    assert progress.best.epoch == 1 + int(np.argmax(metrics))


@pytest.mark.parametrize("monitor", ["validation_loss", "validation_metric"])
def test_validation_rows_cannot_be_monitored_where_there_are_none(monitor):
    with pytest.raises(UsageError, match="needs validation rows"):
        make_training(Plan(monitor=monitor))


def test_a_validation_loss_that_is_no_number_is_never_the_best(monkeypatch):
    measured = iter([(float("nan"), 0.5), (3.0, 0.5), (float("nan"), 0.5), (2.0, 0.5)])
    monkeypatch.setattr(loop_module, "evaluate", lambda *_: next(measured))
    progress = make_training(Plan(n_epochs=4, patience=3), validation=make_rows(40, seed=9)).run()

    assert (progress.best.epoch, progress.best.value, progress.stopped) == (4, 2.0, "epochs")


def test_a_signal_leaves_the_handlers_as_they_were():
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    def interrupt(event):
        if isinstance(event, EpochEnded):
            os.kill(os.getpid(), signal.SIGTERM)

    progress = make_training(Plan(n_epochs=5, batch_size=16), listeners=[interrupt]).run()

    assert (progress.stopped, progress.signal_number) == ("interrupted", signal.SIGTERM)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_run_that_goes_on_forgets_the_signal_that_ended_it_before():
    def interrupt(event):
        if isinstance(event, EpochEnded):
            os.kill(os.getpid(), signal.SIGTERM)

    plan = Plan(n_epochs=2, batch_size=16)
    progress = make_training(plan, listeners=[interrupt]).run()
    assert (progress.stopped, progress.epoch) == ("interrupted", 1)
    make_training(plan, progress=progress).run()
    assert (progress.stopped, progress.signal_number) == ("epochs", None)


def test_a_handler_outside_python_is_left_alone(monkeypatch):
    """Python tells of a handler that C code has installed by None, and cannot put it back."""
    monkeypatch.setattr(signal, "getsignal", lambda number: None)
    touched = []
    monkeypatch.setattr(signal, "signal", lambda *arguments: touched.append(arguments))
    assert make_training(Plan(n_epochs=1)).run().stopped == "epochs"
    assert touched == []


def test_weighted_rows_count_in_the_history_by_their_weight():
    """Rows of weight 0 change neither the weights nor the history."""
    rows = make_rows()
    weights = np.where(np.arange(120) < 60, 1.0, 0.0)
    network = mlp(5, 8, 3, output="softmax")
    results = []
    for chosen in (Rows(rows.X, rows.Y, weights), Rows(rows.X[:60], rows.Y[:60], None)):
        session = open_session(network, initial(network, 1), get_rule("sgd"), seed=7, engine="numpy")
        plan = Plan(n_epochs=3, batch_size=len(chosen), shuffle=False, learning_rate=0.1)
        progress = Training(session, network, chosen, plan).run()
        results.append((session.get_state().parameters, [record.loss for record in progress.records]))

    np.testing.assert_allclose(results[0][0], results[1][0], rtol=1e-12)
    np.testing.assert_allclose(results[0][1], results[1][1], rtol=1e-12)


def test_order_cuts_rows_into_batches():
    order = Order.of(np.arange(10), 4)

    assert [list(order.batch(s)) for s in range(len(order))] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert [list(order.steps(1, 3).batch(s)) for s in range(2)] == [[4, 5, 6, 7], [8, 9]]


def test_a_last_step_too_far_is_a_divergence():
    """The step itself is finite and so are its weights; only their outputs are not, and no step comes to find it."""
    plan = Plan(n_epochs=1, batch_size=120, learning_rate=1e200)
    training = make_training(plan, "sgd", network=mlp(5, 16, 3, output="softmax"))

    progress = training.run()

    assert progress.stopped == "diverged"
    assert progress.best is None
    assert progress.divergence is not None
    assert progress.divergence.epoch == 2


def test_a_run_cut_between_the_last_step_of_an_epoch_and_its_end_goes_on_to_the_same_bits():
    """Where a checkpoint by the clock was the last thing written before the process died."""
    plan = Plan(n_epochs=3, batch_size=40, schedule=get_schedule("cosine"))
    straight, cut = make_training(plan), make_training(plan)
    straight.run()

    def die(event):
        if isinstance(event, StepsDone) and cut.progress.epoch == 1 and cut.progress.step == cut.steps_per_epoch:
            raise KeyError

    cut.listeners = (die,)
    with pytest.raises(KeyError):
        cut.run()
    assert cut.progress.step == cut.steps_per_epoch
    rest = make_training(plan, progress=cut.progress)
    rest.session.set_state(cut.session.get_state())
    rest.run()

    assert rest.session.get_state().parameters.tobytes() == straight.session.get_state().parameters.tobytes()
    told = [[replace(record, seconds=0.0) for record in one.progress.records] for one in (rest, straight)]
    assert told[0] == told[1]
