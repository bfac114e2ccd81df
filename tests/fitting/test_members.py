"""Members: several networks, each on rows of its own, and their mean is the answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from clearprop import TableClassifier, TableRegressor, load
from clearprop.errors import DataError, ModelFileError, UsageError
from clearprop.files import load_model
from clearprop.fitting.fit import fit
from clearprop.fitting.held import held_answers
from clearprop.fitting.members import mean_outputs, out_of_fold
from clearprop.fitting.start import first_parameters
from clearprop.training import EpochEnded, Stopped, loss_and_metric

QUICK = {"hidden": (6,), "n_epochs": 5}


def prepared(kind=TableClassifier, data="iris", **settings):
    model = kind(**QUICK, **settings)
    return model, model.prepare(data)


@pytest.mark.parametrize("members", [2, 5])
def test_by_folds_every_row_is_held_out_once_and_trained_on_by_the_others(members):
    _, job = prepared(members=members)
    held = np.concatenate([shares.held for shares in job.shares])
    assert sorted(held) == [*range(150)]
    for shares in job.shares:
        assert sorted([*shares.train, *shares.held]) == [*range(150)]


def test_by_folds_every_class_has_its_share():
    _, job = prepared(members=5)
    for shares in job.shares:
        assert np.bincount(job.rows.Y[shares.held].astype(int)).tolist() == [10, 10, 10]


@pytest.mark.parametrize("by", ["folds", "seeds"])
def test_no_group_is_on_both_sides(by):
    data = {"a": np.arange(90.0) % 11, "g": np.arange(90) // 5, "y": np.arange(90.0) % 7}
    _, job = prepared(TableRegressor, data, members=4, target="y", group="g", by=by)
    groups = np.asarray(data["g"])
    for shares in job.shares:
        assert not {*groups[shares.train]} & {*groups[shares.held]}


def test_by_bootstrap_rows_are_drawn_again_and_the_others_are_held():
    _, job = prepared(members=3, by="bootstrap")
    for shares in job.shares:
        assert len(shares.train) == 150
        assert len(np.unique(shares.train)) < 150
        assert not {*shares.train} & {*shares.held}
    assert not np.array_equal(job.shares[0].train, job.shares[1].train)


def test_members_differ_and_their_mean_is_the_answer():
    model = TableClassifier(**QUICK, members=3).fit("iris")
    one, two, three = (member.vector for member in model.members_)
    assert not np.array_equal(one, two)
    assert not np.array_equal(two, three)
    X = model.encode("iris")[0]
    np.testing.assert_array_equal(model.predict_proba("iris"), mean_outputs(model.sessions(), X))
    outputs = [session.predict(X) for session in model.sessions()]
    np.testing.assert_allclose(model.predict_proba("iris"), np.mean(outputs, axis=0), rtol=1e-6)


def test_the_first_member_is_the_single_network_of_its_rows():
    model, job = prepared(TableRegressor, "diabetes", members=3)
    shares = job.shares[0]
    rows, held = job.rows.take(shares.train), job.rows.take(shares.held)
    start = first_parameters(job.network, rows, job.plan.seed)
    by_hand = fit(replace(job, rows=rows, validation=held, start=start, shares=(), row_numbers=None))
    np.testing.assert_array_equal(model.fit("diabetes").members_[0].vector, by_hand.parameters.vector)


def test_the_validation_score_is_that_of_the_rows_out_of_fold():
    model, job = prepared(TableRegressor, "diabetes", members=4)
    model.fit("diabetes")
    rows, outputs = out_of_fold(job, held_answers(job, model.sessions()))
    assert rows.tolist() == [*range(442)]
    for session, shares in zip(model.sessions(), job.shares, strict=True):
        np.testing.assert_array_equal(outputs[shares.held], session.predict(job.rows.X[shares.held]))
    part = model.facts_.parts["validation"]
    assert (part.loss, part.metric) == loss_and_metric(job.network, outputs, job.rows.Y)
    assert part.rows == model.facts_.training_rows == 442


def test_two_trainings_are_the_same_to_the_bit():
    first, second = (TableClassifier(**QUICK, members=3, dropout=0.2).fit("wine") for _ in range(2))
    for one, other in zip(first.members_, second.members_, strict=True):
        np.testing.assert_array_equal(one.vector, other.vector)


def test_several_members_come_back_from_a_file(tmp_path):
    model = TableClassifier(**QUICK, members=3).fit("iris", test=0.2)
    model.save(tmp_path / "m.safetensors")
    again = load(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(again.predict_proba("iris"), model.predict_proba("iris"))
    assert (again.facts_.members, len(again.members_)) == (3, 3)
    assert again.facts_.test.rows == 30


def test_a_file_that_says_another_number_of_members_is_refused(tmp_path):
    path = tmp_path / "m.safetensors"
    TableClassifier(**QUICK, members=3).fit("iris").save(path)
    data = path.read_bytes()
    path.write_bytes(data.replace(b'\\"members\\":3,\\"network', b'\\"members\\":2,\\"network'))
    assert path.read_bytes() != data
    with pytest.raises(ModelFileError, match=r"not expected member\.3"):
        load_model(path)


@pytest.mark.parametrize("to", ["onnx", "c", "numpy", "javascript", "sql"])
def test_the_mean_leaves_for_other_formats(to, tmp_path):
    exported = TableClassifier(**QUICK, members=3).fit("iris").export(tmp_path / f"m.{to}", to)
    checked = exported.check()
    assert checked[0].difference == 0
    for one in checked:
        assert one.why_not or one.difference < 1e-6


def test_a_signal_keeps_the_members_that_were_begun():
    def stop(event):
        if isinstance(event, EpochEnded) and len(seen) == 1 and event.record.epoch == 2:
            event.training.stop(Stopped.INTERRUPTED)
        if isinstance(event, EpochEnded) and event.record.epoch == 5:
            seen.append(event)

    seen = []
    model = TableClassifier(**QUICK, members=4)
    with pytest.warns(match="interrupted"), pytest.raises(KeyboardInterrupt):
        model.fit("iris", listeners=[stop])
    assert len(model.members_) == 2
    assert model.predict("iris").shape == (150,)


def test_the_time_is_that_of_all_members():
    model = TableClassifier(hidden=(6,), n_epochs=10**6, patience=None, members=3, max_seconds=0.2).fit("iris")
    assert 1 <= len(model.members_) <= 3
    assert model.facts_.seconds < 15


def test_what_several_members_cannot_do_is_refused_in_words(tmp_path):
    from clearprop.fitting.checkpoints import CheckpointPlan

    with pytest.raises(UsageError, match="writes no checkpoints"):
        TableClassifier(**QUICK, members=2).fit("iris", checkpoints=CheckpointPlan(tmp_path))
    with pytest.raises(UsageError, match="not by time"):
        TableRegressor("y", members=2, time="a").fit({"a": [*range(40)], "y": [*range(40)]})
    with pytest.raises(DataError, match="8 members need 16 rows or more, there are 10"):
        TableRegressor("y", members=8).fit({"a": [*range(10)], "y": [float(k % 4) for k in range(10)]})
    with pytest.raises(DataError, match="3 folds need 3 groups or more, there are 2"):
        TableRegressor("y", members=3, group="g").fit({"a": [*range(40)], "g": [0, 1] * 20, "y": [*range(40)]})


def test_the_report_of_several_members_judges_their_mean():
    from clearprop.examination import examine, part_again
    from clearprop.tables import read_table

    table = read_table("wine")
    model = TableClassifier(**QUICK, members=3).fit(table, test=0.2)
    found = examine(model, part_again(model, table))
    assert found.parts.held_are == "test"
    assert found.baselines[0].scores["accuracy"] == model.facts_.test.scores["accuracy"]
