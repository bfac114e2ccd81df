"""Several processes, here threads, train one network: its bits, its endings, its checkpoints."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_digits

from clearprop import MLPClassifier, TableClassifier, TableRegressor
from clearprop.engines.sharding.exchange import ALONE
from clearprop.errors import DataError, UsageError
from clearprop.fitting.checkpoints import CheckpointPlan, read_resumption
from clearprop.fitting.recorded import recorder_for
from clearprop.fitting.shards import suitable_shards
from clearprop.fitting.sharing import exchange_of, joined, shared
from clearprop.fitting.sharing_cost import Cost, costs
from clearprop.training import EpochEnded, StepsDone, Stopped
from crew import all_of

X, y = load_digits(return_X_y=True)
X = X / 16
QUICK = {"hidden": (12,), "batch_size": 256, "n_epochs": 4, "engine": "native"}


def table(**settings):
    return TableClassifier(**QUICK | settings)


def ending(model):
    facts = model.facts_.but(seconds=0.0)
    history = {name: values for name, values in facts.history.items() if name != "seconds"}
    return model.parameters_.vector.tobytes(), history, facts.stopped, facts.epochs


@pytest.mark.parametrize(
    "settings", [{}, {"engine": "numpy"}, {"dropout": 0.2, "averaging": 0.5, "clip_norm": 0.1}], ids=str
)
def test_a_table_is_fitted_by_any_number_of_processes_to_the_same_bits(settings):
    alone = ending(table(shards=4, **settings).fit("digits"))
    assert suitable_shards(256) == 4
    for size in (1, 2, 3, 4):
        assert all_of(size, lambda exchange: ending(table(**settings).fit("digits", comm=exchange))) == [alone] * size


@pytest.mark.parametrize("settings", [{}, {"early_stopping": True, "solver": "sgd"}], ids=str)
def test_arrays_are_fitted_by_any_number_of_processes_to_the_same_bits(settings):
    def fitted(exchange=None):
        model = MLPClassifier((9,), max_iter=3, tol=1.0, n_iter_no_change=1, batch_size=512, random_state=4, **settings)
        weights = np.linspace(0.5, 2, len(X))
        model.set_params(shards=8 if exchange is None else None).fit(X, y, weights, comm=exchange)
        return b"".join(array.tobytes() for array in (*model.coefs_, *model.intercepts_)), model.loss_curve_

    for size in (2, 3):
        assert all_of(size, fitted) == [fitted()] * size


def test_shards_change_rounding_and_the_order_and_not_what_is_learned():
    cut, whole = (table(n_epochs=60, hidden=(32,), shards=shards).fit("digits") for shards in (4, None))
    scores = [model.facts_.history["validation_metric"][-1] for model in (cut, whole)]
    assert min(scores) > 0.9


def test_a_listener_of_one_process_stops_all():
    def fitted(exchange):
        def stop(event):
            if isinstance(event, EpochEnded) and exchange.rank == 1 and event.record.epoch == 2:
                event.training.stop(Stopped.CALLBACK)

        return ending(table(n_epochs=50).fit("digits", listeners=[stop], comm=exchange))[2:]

    assert all_of(3, fitted) == [(Stopped.CALLBACK, 2)] * 3


def test_the_clock_of_one_process_stops_all(monkeypatch):
    def fitted(exchange):
        def late(event):
            if isinstance(event, StepsDone) and exchange.rank == 2 and event.training.progress.epoch == 1:
                event.training.plan = late_plan(event.training.plan)

        return ending(table(n_epochs=500, patience=None).fit("digits", listeners=[late], comm=exchange))[2]

    def late_plan(plan):
        return replace(plan, max_seconds=1e-9)

    assert all_of(3, fitted) == [Stopped.TIME] * 3


@pytest.mark.parametrize("row", [7, 600, 1390])
def test_a_divergence_names_the_row_wherever_it_lies(row):
    from dataclasses import replace

    from clearprop.fitting.fit import fit
    from clearprop.fitting.sharing import shared_job

    job = TableRegressor(hidden=(8,), batch_size=256, shards=4, validation=0.0, certify=False, n_epochs=3).prepare(
        "digits"
    )
    bad = job.rows.X.copy()
    bad[row, 5] = 3e38
    rows = replace(job.rows, X=bad)

    def diverged(exchange):
        found = fit(shared_job(replace(job, rows=rows), exchange)).progress
        return found.stopped, found.divergence.row, str(found.divergence)

    told = all_of(3, diverged)
    assert told[0][:2] == (Stopped.DIVERGED, row)
    assert told == [told[0]] * 3


@pytest.mark.parametrize(("first", "second"), [(3, 1), (1, 4), (2, 3)])
def test_a_resumed_run_on_another_number_of_processes_ends_in_the_same_bits(first, second, tmp_path):
    straight = ending(table(shards=4).fit("digits"))
    cut = CheckpointPlan(tmp_path, pause_at=9)
    all_of(first, lambda exchange: cut_short(table(), cut, exchange))
    found = read_resumption(tmp_path)
    assert found.about["shards"] == 4
    rest = CheckpointPlan(resume=found)
    ends = all_of(second, lambda exchange: ending(table().fit("digits", comm=exchange, checkpoints=rest)))
    assert ends == [straight] * second


def cut_short(model, cut, exchange=ALONE):
    model.train(model.prepare("digits", in_parts=True, exchange=exchange), checkpoints=cut)


def test_a_run_goes_on_with_as_many_shards_as_it_began_with(tmp_path):
    cut_short(table(shards=2), CheckpointPlan(tmp_path, pause_at=5))
    with pytest.raises(UsageError, match=r"began with shards=2, and cannot go on with shards=None.*Pass shards=2"):
        table().fit("digits", checkpoints=CheckpointPlan(resume=read_resumption(tmp_path)))


def test_processes_that_prepare_different_trainings_are_named():
    def fitted(exchange):
        with pytest.raises(UsageError, match=r"process 1 has other training rows than process 0.*random_state"):
            table(n_epochs=3).fit(
                "digits", comm=exchange, sample_weight=np.full(1797, 2.0 if exchange.rank == 1 else 1)
            )

    all_of(2, fitted)


def test_an_error_that_all_meet_is_raised_by_all():
    def fitted(exchange):
        with pytest.raises(DataError, match=r"nowhere\.csv"):
            table().fit("nowhere.csv", comm=exchange)

    all_of(2, fitted)


def test_what_one_process_does_by_itself_is_refused():
    exchange = all_of(1, lambda member: member)[0]
    for settings, words in (
        ({"optimizer": "lbfgs", "batch_size": None}, "lbfgs.*one process"),
        ({"members": 3, "batch_size": 256}, "members=1"),
    ):
        with pytest.raises(UsageError, match=words):
            shared(TableClassifier(**settings).recipe(), exchange)


@pytest.mark.parametrize(("batch_size", "shards"), [(None, 16), (32, 1), (128, 2), (300, 4), (1024, 16), (10**6, 16)])
def test_shards_are_a_power_of_two_that_leaves_64_rows_each(batch_size, shards):
    assert suitable_shards(batch_size) == shards


def test_a_batch_grows_with_its_shards_where_it_is_left_out_and_is_refused_where_it_is_too_small():
    assert TableClassifier(shards=8).prepare("digits").plan.batch_size == 512
    with pytest.raises(UsageError, match=r"shards must have 64 rows or more.*batch_size=512, or shards=2"):
        TableClassifier(shards=8, batch_size=128).prepare("digits")


def test_no_recording_replays_batches_that_are_cut():
    with pytest.raises(UsageError, match="leave shards out"):
        recorder_for(table(shards=4).prepare("digits"))


def test_of_no_communicator_there_is_one_process():
    exchange = exchange_of(None)
    assert (exchange.size, exchange.rank) == (1, 0)
    with pytest.raises(KeyError), joined(None):
        raise KeyError


def test_the_rows_that_make_sharing_worth_while_follow_from_what_was_measured():
    cost = Cost((20, 64, 64, 2), 5634, row=2e-7, sum=4e-6)
    assert cost.rows == 180  # 180 rows take 36 µs, and 36 of 40 are nine tenths
    for found in all_of(2, lambda exchange: costs(exchange, "native")):
        assert [one.n_parameters for one in found] == [5634, 235146, 557063]
        assert all(one.row > 0 and one.sum > 0 and one.rows >= 0 for one in found)
