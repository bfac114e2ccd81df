"""Rules of stopping: the loop asks them after every epoch and does as they say."""

from __future__ import annotations

import json

import pytest
from tests.training.test_loop import make_rows

from clearprop.engines import open_session
from clearprop.equations import get_rule
from clearprop.estimators import TableRegressor
from clearprop.model import initial, mlp
from clearprop.solvers import Limits, solve
from clearprop.training import EpochEnded, Plan, Rows, Stopped, Training, Verdict

NETWORK = mlp(5, 6, 3, output="softmax")


class Scripted:
    """Gives the verdicts it was given, and remembers what it was asked."""

    def __init__(self, *verdicts: Verdict) -> None:
        self.verdicts, self.seen = verdicts, []

    def after(self, record):
        self.seen.append(record.epoch)
        return self.verdicts[min(record.epoch, len(self.verdicts)) - 1]


def run(*rules, listeners=(), n_epochs=5):
    rows: Rows = make_rows()
    session = open_session(NETWORK, initial(NETWORK, 1), get_rule("sgd"), seed=7, engine="numpy")
    plan = Plan(n_epochs=n_epochs, batch_size=40, learning_rate=0.1)
    return Training(session, NETWORK, rows, plan, listeners=listeners, stopping=rules).run()


def test_a_rule_ends_the_run_with_its_reason():
    rule = Scripted(Verdict(), Verdict(Stopped.PATIENCE))
    progress = run(rule)

    assert progress.stopped is Stopped.PATIENCE
    assert rule.seen == [1, 2]


def test_a_rule_changes_the_rate_from_the_next_epoch_on():
    progress = run(Scripted(Verdict(learning_rate=0.05), Verdict()), n_epochs=3)

    assert [record.learning_rate for record in progress.records] == [0.1, 0.05, 0.05]


def test_the_first_rule_with_a_reason_gives_it_and_all_are_asked():
    first, second = Scripted(Verdict(Stopped.TIME)), Scripted(Verdict(Stopped.PATIENCE))

    assert run(first, second).stopped is Stopped.TIME
    assert second.seen == [1]


def test_a_listener_may_ask_for_the_end():
    def listen(event):
        if isinstance(event, EpochEnded):
            event.training.stop(Stopped.CALLBACK)

    progress = run(listeners=[listen])

    assert progress.stopped is Stopped.CALLBACK
    assert progress.epoch == 1


def test_a_solver_ends_for_the_same_reasons():
    def listen(event):
        if isinstance(event, EpochEnded):
            event.training.stop(Stopped.CALLBACK)

    plan = Plan(n_epochs=3, batch_size=120)
    for listeners, reason in (((), Stopped.EPOCHS), ((listen,), Stopped.CALLBACK)):
        session = open_session(NETWORK, initial(NETWORK, 1), get_rule("sgd"), seed=7, engine="numpy")
        training = Training(session, NETWORK, make_rows(), plan, listeners=listeners)
        solve(training, "lbfgs", Limits())
        assert training.progress.stopped is reason


@pytest.mark.parametrize("reason", list(Stopped))
def test_a_reason_is_its_word_wherever_it_is_kept(reason):
    assert json.loads(json.dumps(reason)) == reason.value
    assert Stopped(reason.value) is reason
    assert reason.says.endswith(".")


def test_the_facts_of_a_training_keep_the_word():
    model = TableRegressor(hidden=(2,), n_epochs=1).fit("diabetes")

    assert model.facts_.stopped is Stopped.EPOCHS
    assert type(model.facts_.as_plain()["stopped"]) is str
    assert model.facts_.as_plain()["stopped"] == "epochs"
