"""A job is prepared, fit and kept: one path, whoever asks."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris, load_wine

from clearprop import MLPClassifier, MLPRegressor, TableClassifier, TableRegressor, load
from clearprop.engines import Choice
from clearprop.errors import DataError, UsageError
from clearprop.fitting import fit as fitting_module
from clearprop.fitting import job as job_module
from clearprop.fitting.facts import TrainingFacts
from clearprop.fitting.fit import fit
from clearprop.fitting.fitted import Standing
from clearprop.training import Stopped, Training

X, y = load_diabetes(return_X_y=True)


def test_a_job_trained_by_itself_gives_the_weights_of_the_estimator():
    model = TableRegressor(hidden=(6,), n_epochs=4)
    fitted = fit(model.prepare("diabetes"))
    np.testing.assert_array_equal(fitted.parameters.vector, model.fit("diabetes").parameters_.vector)


def test_preparing_and_training_leave_what_they_start_from_as_it_is():
    job = TableRegressor(hidden=(6,), n_epochs=3).prepare("diabetes")
    start, standing = job.start.vector.copy(), Standing()
    first, again = fit(job, standing), fit(job, standing)
    np.testing.assert_array_equal(job.start.vector, start)
    assert (standing.progress.epoch, standing.progress.records) == (0, [])
    np.testing.assert_array_equal(first.parameters.vector, again.parameters.vector)


def test_a_standing_is_gone_on_with_and_not_written_to():
    def trained(n_epochs, *standing):
        return fit(TableRegressor(hidden=(6,), n_epochs=n_epochs, validation=0.0).prepare("diabetes"), *standing)

    half = trained(3)
    reached = Standing(half.state, half.progress)
    rest = trained(6, reached)
    np.testing.assert_array_equal(rest.parameters.vector, trained(6).parameters.vector)
    assert (reached.progress.epoch, len(reached.progress.records)) == (3, 3)


ESTIMATORS = {
    "table by steps": lambda: TableRegressor(hidden=(4,), n_epochs=2).fit("diabetes"),
    "table by lbfgs": lambda: TableRegressor(hidden=(4,), n_epochs=2, optimizer="lbfgs").fit("diabetes"),
    "arrays by steps": lambda: MLPRegressor(hidden_layer_sizes=(4,), max_iter=500, tol=1e3, n_iter_no_change=1).fit(
        X, y
    ),
    "arrays by lbfgs": lambda: MLPRegressor(hidden_layer_sizes=(4,), solver="lbfgs", tol=1e9).fit(X, y),
}


@pytest.mark.parametrize("train", ESTIMATORS.values(), ids=ESTIMATORS)
def test_an_engine_is_chosen_once_in_a_fit(train, monkeypatch):
    asked = []
    choose = job_module.choose

    def counted(*request):
        asked.append(request)
        return choose(*request)

    monkeypatch.setattr(job_module, "choose", counted)
    monkeypatch.setattr("clearprop.engines.choice.choose", counted)
    train()
    assert len(asked) == 1


def test_the_session_that_predicts_is_of_the_engine_that_trained():
    for optimizer in ("adam", "lbfgs"):
        job = TableRegressor(hidden=(4,), n_epochs=2, optimizer=optimizer, engine="numpy").prepare("diabetes")
        fitted = fit(job)
        assert isinstance(fitted.choice, Choice)
        assert fitted.open().get_state().parameters.dtype == np.float32


def test_threads_count_in_the_fit_of_arrays(monkeypatch):
    seen = []
    monkeypatch.setattr(fitting_module, "at_most_threads", lambda n: seen.append(n) or _Nothing())
    MLPRegressor(hidden_layer_sizes=(4,), solver="lbfgs", tol=1e9, n_threads=1).fit(X, y)
    assert seen == [1]


class _Nothing:
    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


# The rows held out to the end


def test_held_out_rows_are_in_no_other_part():
    job = TableClassifier().prepare("iris", test=0.3)
    kept = {*job.parts.train.tolist(), *job.parts.held.tolist()}
    assert len(job.test) == 45
    assert len(kept) == 105
    whole = TableClassifier().prepare("iris")
    assert whole.test is None
    assert len(whole.parts.train) + len(whole.parts.held) == 150


def test_a_test_that_is_no_share_is_refused():
    with pytest.raises(UsageError, match=r"test must be a share of the rows in \[0, 1\), got 30"):
        TableClassifier().fit("iris", test=30)


def test_rows_and_targets_that_are_missing_are_not_held_out():
    data = {"a": [*range(40)], "y": ["p", "q", None, "p"] * 10}
    job = TableClassifier("y").prepare(data, test=0.2, rows=np.arange(20))
    assert len(job.test) == 3
    assert len(job.parts.train) + len(job.parts.held) == 12
    with pytest.raises(DataError, match="missing"):
        TableClassifier("y", missing_target="error").prepare(data, test=0.2)


# What is known of a training


def test_facts_come_back_from_a_file_and_carry_what_a_later_version_adds(tmp_path):
    model = TableClassifier(hidden=(4,), n_epochs=2).fit("iris", test=0.2)
    model.facts_ = TrainingFacts.of(model.facts_.as_plain() | {"moon": "full"})
    model.save(tmp_path / "m.safetensors")
    again = load(tmp_path / "m.safetensors").facts_
    assert again.as_kept() == model.facts_.as_kept()
    assert again.as_plain()["moon"] == "full"
    assert again.stopped is Stopped.EPOCHS
    assert again.test.scores == model.facts_.test.scores


def test_facts_are_not_written_to():
    facts = TableClassifier(hidden=(4,), n_epochs=1).fit("iris").facts_
    with pytest.raises(ValueError, match="frozen"):
        facts.epochs = 3


# Held-out rows of arrays


@pytest.mark.parametrize("source", [load_iris, load_wine])
def test_early_stopping_holds_out_every_class_in_its_share(source, monkeypatch):
    """Of three classes too, where scikit-learn draws without looking: there a class may be missing."""
    X, y = source(return_X_y=True)
    held = []

    class Seen(Training):
        def __init__(self, session, network, rows, plan, validation=None, *rest, **more):
            held.append(validation.Y)
            super().__init__(session, network, rows, plan, validation, *rest, **more)

    monkeypatch.setattr(fitting_module, "Training", Seen)
    model = MLPClassifier((4,), early_stopping=True, validation_fraction=0.2, tol=1.0, random_state=1)
    model.fit(X / X.max(axis=0), y)
    assert np.abs(np.bincount(held[0], minlength=3) - 0.2 * np.bincount(y)).max() <= 1


def test_a_class_of_one_row_is_no_reason_to_refuse_early_stopping():
    X, y = load_iris(return_X_y=True)
    y = np.where(np.arange(len(y)) == 7, 3, y)
    MLPClassifier((4,), early_stopping=True, tol=1.0, random_state=1).fit(X, y)
