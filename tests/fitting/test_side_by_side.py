"""Members side by side: the bits, events and endings of members one after the other."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import numpy as np
import pytest

from clearprop import TableClassifier, TableRegressor
from clearprop.engines import Order
from clearprop.fitting.fit import fit
from clearprop.fitting.members import train_members
from clearprop.fitting.start import first_parameters
from clearprop.training import (
    EpochEnded,
    OfSeveral,
    Rows,
    Stopped,
    TrainingEnded,
    TrainingStarted,
    chosen,
    show_progress_of,
)
from clearprop.training.progress_of_several import _FewLines

QUICK = {"hidden": (6,), "n_epochs": 4}


def job_of(kind=TableClassifier, data="iris", **settings):
    return kind(**QUICK | settings).prepare(data)


@pytest.mark.parametrize("by", ["folds", "seeds", "bootstrap"])
@pytest.mark.parametrize("engine", ["auto", "numpy"])
def test_the_bits_are_those_of_any_number_of_threads(by, engine):
    alone, two, five = (
        train_members(job_of(members=5, by=by, engine=engine, dropout=0.2, n_threads=n)) for n in (1, 2, 5)
    )
    for one, *others in zip(alone, two, five, strict=True):
        for other in others:
            np.testing.assert_array_equal(one.parameters.vector, other.parameters.vector)
            for name, slot in one.state.slots.items():
                np.testing.assert_array_equal(slot, other.state.slots[name])
            losses = [[record.validation_loss for record in fitted.progress.records] for fitted in (one, other)]
            assert losses[0] == losses[1]


def test_every_member_is_the_single_run_of_its_rows_and_its_seed():
    job = job_of(TableRegressor, "diabetes", members=4, n_epochs=60, patience=2, n_threads=4)
    found = train_members(job)
    assert len({fitted.progress.epoch for fitted in found}) > 1  # each stopped by its own fold
    for shares, fitted in zip(job.shares, found, strict=True):
        rows, seed = job.rows.take(shares.train), fitted.plan.seed
        single = replace(
            job, rows=rows, validation=job.rows.take(shares.held), start=first_parameters(job.network, rows, seed),
            plan=replace(job.plan, seed=seed), shares=(), row_numbers=None,
        )  # fmt: skip
        by_hand = fit(single)
        np.testing.assert_array_equal(fitted.parameters.vector, by_hand.parameters.vector)
        assert fitted.progress.epoch == by_hand.progress.epoch


def test_what_is_fitted_may_predict_on_all_threads_that_were_asked_for():
    job = job_of(members=2, n_threads=3)
    assert [fitted.choice.request.threads for fitted in train_members(job)] == [3, 3]


@pytest.mark.parametrize("weighted", [False, True])
def test_steps_of_chosen_rows_are_taken_over_the_rows_they_were_chosen_from(weighted):
    rng = np.random.default_rng(0)
    rows = Rows(rng.normal(size=(9, 2)), rng.normal(size=(9, 1)), np.arange(9.0) if weighted else None)
    places = np.array([7, 2, 2, 5])
    some = chosen(rows, places)
    assert (len(some), some.dtype) == (4, np.float64)
    given, order = some.for_steps(Order.of(np.array([3, 0, 1, 2]), 3))
    assert given is rows
    assert order.rows.tolist() == [5, 7, 2, 2]
    for one, other in ((some.in_memory(), rows.take(places)), (some.take(slice(1, 3)), rows.take(places[1:3]))):
        np.testing.assert_array_equal(one.X, other.X)
        np.testing.assert_array_equal(one.Y, other.Y)
        assert (one.weights is None) is not weighted
    np.testing.assert_array_equal(some.X, rows.X[places])


def test_a_listener_hears_one_training_after_the_other():
    heard = []
    train_members(job_of(members=3, n_threads=3), [heard.append])
    ends = [event.training for event in heard if isinstance(event, TrainingEnded)]
    started = [event.training for event in heard if isinstance(event, TrainingStarted)]
    assert len(ends) == 3
    assert started == ends
    order = [ends.index(event.training) for event in heard]
    assert order == sorted(order)


def test_a_listener_of_several_hears_one_event_at_a_time():
    under_way, heard = [], []

    def listen(event):
        assert not under_way
        under_way.append(event)
        heard.append(event)
        under_way.pop()

    train_members(job_of(members=6, n_threads=6), [OfSeveral(listen)])
    for training in {event.training for event in heard}:
        own = [event for event in heard if event.training is training]
        assert isinstance(own[0], TrainingStarted)
        assert [event.record.epoch for event in own if isinstance(event, EpochEnded)] == [1, 2, 3, 4]
        assert isinstance(own[-1], TrainingEnded)


def test_what_interrupts_one_member_ends_all_and_begins_no_other():
    def stop(event):
        if isinstance(event, EpochEnded) and event.record.epoch == 2:
            event.training.stop(Stopped.INTERRUPTED)

    found = train_members(job_of(members=20, n_epochs=10**6, patience=None, n_threads=2), [OfSeveral(stop)])
    assert 1 <= len(found) <= 2
    assert all(fitted.interrupted for fitted in found)


def test_an_error_of_one_member_ends_all():
    class Refused(Exception):
        pass

    def refuse(event):
        if isinstance(event, EpochEnded) and event.record.epoch == 3:
            raise Refused

    with pytest.raises(Refused):
        train_members(job_of(members=9, n_epochs=10**6, patience=None, n_threads=3), [OfSeveral(refuse)])


def test_a_line_now_and_then_says_how_far_all_members_are():
    stream, ticks = StringIO(), iter(range(0, 10**6, 3))
    train_members(job_of(members=3, n_threads=2), [OfSeveral(_FewLines(3, stream, lambda: next(ticks)))])
    lines = stream.getvalue().splitlines()
    assert lines[-1].startswith("3/3 members, 100%  loss ")
    assert len(lines) > 3


def test_one_bar_stands_for_all_members():
    class Terminal(StringIO):
        def isatty(self):
            return True

    stream = Terminal()
    train_members(job_of(members=3, n_threads=2), [show_progress_of(3, stream)])
    assert "3/3 members" in stream.getvalue()


def test_by_seeds_there_may_be_more_members_than_rows():
    rng = np.random.default_rng(0)
    data = {"a": rng.normal(size=30), "y": rng.normal(size=30)}
    assert len(train_members(job_of(TableRegressor, data, target="y", members=40, by="seeds"))) == 40
