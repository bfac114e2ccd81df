"""Search: reproducible, never worse than what was asked for on the folds, and the same after a kill."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from joblib import parallel_config

from clearprop import TableClassifier, TableRegressor, cross_validate, load, tune
from clearprop.errors import DataError, ModelFileError, UsageError
from clearprop.examination.baselines import row_losses
from clearprop.report import search_page
from clearprop.selection import search as searching
from clearprop.selection.mean import best_mean, clearly_less, losses_of, out_of_fold_losses

QUICK = {"n_epochs": 3}


def plain(found):
    return json.dumps(found.as_plain())


def test_a_search_is_the_same_again_and_keeps_what_was_given():
    model = TableRegressor(**QUICK, hidden=(5,))
    found = tune(model, "diabetes", trials=9, folds=2)
    assert plain(tune(model, "diabetes", trials=9, folds=2)) == plain(found)
    assert len(found.trials) == 10
    assert found.trials[0].settings == {}
    assert all("hidden" not in trial.settings for trial in found.trials)
    assert found.model.hidden == (5,)
    assert plain(tune(model.set_params(random_state=1), "diabetes", trials=9, folds=2)) != plain(found)


def test_the_best_third_goes_on_and_the_first_is_tried_on_every_fold():
    found = tune(TableRegressor(**QUICK, hidden=(5,)), "diabetes", trials=8, folds=3)
    assert [len(found.trials[0].losses), *sorted(len(trial.losses) for trial in found.trials[1:])] == [
        3, 1, 1, 1, 1, 1, 2, 2, 3
    ]  # fmt: skip
    first = sorted(trial.losses[0] for trial in found.trials[1:])
    assert sorted(trial.losses[0] for trial in found.trials[1:] if len(trial.losses) > 1) == first[:3]
    assert found.best.loss == min(trial.loss for trial in found.trials if len(trial.losses) == 3)


def test_what_was_asked_for_has_the_loss_of_its_cross_validation():
    model = TableClassifier(**QUICK, hidden=(5,), members=1)
    found = tune(model, "iris", trials=1, folds=3)
    alone = cross_validate(model, "iris", folds=3)
    losses = row_losses(alone.truth.values, alone.mean)
    expected = [losses[fold.held].mean() for fold in alone.folds]
    np.testing.assert_allclose(found.trials[0].losses, expected)


def test_the_winner_is_trained_as_asked_and_saved_with_its_search(tmp_path):
    found = tune(TableRegressor(**QUICK, members=2), "diabetes", trials=8, folds=2, test=0.2)
    model = found.model
    assert len(model.members_) == 2
    assert model.facts_.test.rows == 88
    for name, value in found.best.settings.items():
        assert model.get_params()[name] == value
    model.save(tmp_path / "m.safetensors")
    assert load(tmp_path / "m.safetensors").facts_.search == found.as_plain()


def test_the_rows_held_out_to_the_end_are_seen_by_no_trial(monkeypatch):
    seen = []
    loss = searching._tried
    monkeypatch.setattr(
        searching, "_tried", lambda model, table, fold, truth: seen.append(fold) or loss(model, table, fold, truth)
    )
    model = TableRegressor(**QUICK, hidden=(5,))
    tune(model, "diabetes", trials=2, folds=2, test=0.25)
    parts = model.prepare("diabetes", test=0.25).parts
    used = np.unique(np.concatenate([rows for fold in seen for rows in (fold.train, fold.held)]))
    np.testing.assert_array_equal(used, np.sort(np.concatenate([parts.train, parts.held])))


def test_a_trial_that_diverges_is_the_last(monkeypatch):
    monkeypatch.setattr(searching, "draw", lambda drawer, rate: {"learning_rate": 1e30, "l2": 0.1})
    found = tune(TableRegressor(**QUICK, hidden=(5,), on_divergence="raise"), "diabetes", trials=2, folds=2)
    assert found.best.number == 0
    assert found.as_plain()["trials"][1]["losses"][0] is None or found.trials[1].losses[0] > found.trials[0].losses[0]


def test_optuna_says_what_to_try_and_is_as_reproducible(tmp_path):
    model = TableRegressor(**QUICK, hidden=(5,))
    found = tune(model, "diabetes", trials=16, folds=2, sampler="optuna", journal=tmp_path / "j.json")
    assert plain(tune(model, "diabetes", trials=16, folds=2, sampler="optuna")) == plain(found)
    again = tune(model, "diabetes", trials=16, folds=2, sampler="optuna", journal=tmp_path / "j.json")
    assert plain(again) == plain(found)
    assert plain(tune(model, "diabetes", trials=16, folds=2)) != plain(found)


def test_a_search_goes_on_from_its_journal_without_trying_again(tmp_path, monkeypatch):
    model = TableRegressor(**QUICK, hidden=(5,))
    straight = tune(model, "diabetes", trials=8, folds=2, journal=tmp_path / "whole.json")
    kept = json.loads((tmp_path / "whole.json").read_text())
    (tmp_path / "half.json").write_text(json.dumps(kept | {"losses": kept["losses"][:7]}))
    tried = []
    loss = searching._tried
    monkeypatch.setattr(searching, "_tried", lambda *given: tried.append(given) or loss(*given))
    assert plain(tune(model, "diabetes", trials=8, folds=2, journal=tmp_path / "half.json")) == plain(straight)
    assert len(tried) == len(kept["losses"]) - 7
    assert (tmp_path / "half.json").read_bytes() == (tmp_path / "whole.json").read_bytes()


def test_later_folds_that_a_journal_knows_do_not_change_who_goes_on(tmp_path):
    model, journal = TableRegressor(**QUICK, hidden=(5,)), tmp_path / "j.json"
    straight = tune(model, "diabetes", trials=16, folds=3, journal=journal)
    assert plain(tune(model, "diabetes", trials=16, folds=3, journal=journal)) == plain(straight)
    kept = json.loads(journal.read_text())
    for n in range(1, len(kept["losses"]), 5):
        journal.write_text(json.dumps(kept | {"losses": kept["losses"][:n]}))
        assert plain(tune(model, "diabetes", trials=16, folds=3, journal=journal)) == plain(straight)


def test_the_journal_of_another_search_is_refused(tmp_path):
    model = TableRegressor(**QUICK, hidden=(5,))
    tune(model, "diabetes", trials=1, folds=2, journal=tmp_path / "j.json")
    with pytest.raises(DataError, match="another search"):
        tune(model, "diabetes", trials=1, folds=3, journal=tmp_path / "j.json")
    (tmp_path / "no.json").write_text("[1]")
    with pytest.raises(ModelFileError, match="no journal"):
        tune(model, "diabetes", trials=1, folds=2, journal=tmp_path / "no.json")


@pytest.mark.parametrize("backend", ["loky", "dask"])
def test_trials_run_side_by_side_with_the_same_result(backend):
    from distributed import Client, LocalCluster

    model = TableRegressor(**QUICK, hidden=(5,), n_threads=1)
    alone = tune(model, "diabetes", trials=4, folds=2)
    if backend == "loky":
        with parallel_config(backend="loky", n_jobs=2):
            assert plain(tune(model, "diabetes", trials=4, folds=2)) == plain(alone)
        return
    cluster = LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None)
    with cluster, Client(cluster), parallel_config(backend="dask"):
        assert plain(tune(model, "diabetes", trials=4, folds=2)) == plain(alone)


def test_what_cannot_be_searched_is_refused():
    for asked, said in (({"trials": 0}, "1 or more"), ({"budget": -1.0}, "above 0"), ({"sampler": "grid"}, "random")):
        with pytest.raises(UsageError, match=said):
            tune(TableRegressor(**QUICK), "diabetes", **asked)


def test_a_search_that_is_killed_ends_with_the_bytes_of_the_straight_run(tmp_path):
    def command(journal, out):
        words = ["tune", "iris", "--trials", "8", "--folds", "2", "--epochs", "3", "--journal", journal, "--out", out]
        words += ["--members", "2"]
        code = "import sys; from clearprop.cli import main; sys.argv[0] = 'clearprop'; main()"
        return subprocess.Popen(
            [sys.executable, "-c", code, *words, "--quiet"], cwd=tmp_path, stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip

    assert command("a.json", "a.safetensors").wait() == 0
    killed, journal = command("b.json", "b.safetensors"), Path(tmp_path / "b.json")
    while killed.poll() is None and not (journal.exists() and len(json.loads(journal.read_text())["losses"]) >= 3):
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    assert not (tmp_path / "b.safetensors").exists()
    assert command("b.json", "b.safetensors").wait() == 0
    assert (tmp_path / "b.safetensors").read_bytes() == (tmp_path / "a.safetensors").read_bytes()


@pytest.fixture
def taken(monkeypatch):
    """So few rows and epochs hardly ever speak clearly for a mean: let them."""
    monkeypatch.setattr(searching, "clearly_less", lambda losses, others: True)


def test_the_best_mean_of_several_trials_is_trained_member_by_member(taken):
    found = tune(TableRegressor(n_epochs=8, members=3, hidden=(5,)), "diabetes", trials=2, folds=2, test=0.2)
    variations = found.trials[3:]
    assert [trial.name for trial in variations] == [f"{found.best.name}.{k}" for k in range(1, 9)]
    assert ["random_state" in trial.settings for trial in variations] == [True] * 3 + [False] * 5
    assert 0 < found.mean.loss < 2 * found.best.loss
    assert len(found.mean.members) == len(found.model.members_) == 3
    assert found.mean.members[0] == found.best
    assert found.model.facts_.search == found.as_plain()
    assert found.as_plain()["mean"]["members"] == found.mean.counts
    assert found.model.numbers_.held.n_rows == 354  # every row was held out once
    assert found.model.facts_.test.rows == 88


def test_each_member_of_a_mean_is_the_one_of_a_model_with_its_settings(taken):
    found = tune(TableRegressor(n_epochs=8, members=3, hidden=(5,)), "diabetes", trials=2, folds=2)
    assert len(found.mean.counts) > 1
    for k, trial in enumerate(found.mean.members):
        settings = {name: value for name, value in trial.settings.items() if name != "random_state"}
        alone = TableRegressor(n_epochs=8, members=3, hidden=(5,)).set_params(**settings).fit("diabetes")
        np.testing.assert_array_equal(found.model.members_[k].vector, alone.members_[k].vector)


def test_a_mean_has_the_loss_of_the_mean_of_its_answers_and_no_trial_added_would_better_its_last_pick():
    rng = np.random.default_rng(0)
    Y = rng.standard_normal(50)
    answers = {k: np.split(Y + rng.standard_normal(50), 2) for k in range(5)}
    losses = [lambda answer, y=y: (answer - y) ** 2 for y in np.split(Y, 2)]

    def loss(*picks):
        return losses_of(picks, answers, losses).mean()

    assert best_mean(answers, losses, 2, 1) == (2,)
    assert loss(*best_mean(answers, losses, 2, 2)) == min(loss(2, k) for k in answers)
    assert loss(*best_mean(answers, losses, 2, 8)) < loss(2)
    np.testing.assert_allclose(
        loss(1, 1, 3), np.mean(((2 * np.concatenate(answers[1]) + np.concatenate(answers[3])) / 3 - Y) ** 2)
    )
    exact = {0: np.split(Y, 2), 1: np.split(Y + 1, 2)}
    assert best_mean(exact, losses, 0, 4) == (0, 0, 0, 0)


def test_what_a_mean_gains_is_judged_by_rows_it_was_not_chosen_by():
    """Of many trials of pure chance the best mean looks better by the rows it is chosen by, and is none."""
    rng = np.random.default_rng(0)
    Y = np.zeros(40)
    losses = [lambda answer: answer**2] * 2
    answers = {k: np.split(np.where(rng.random(40) < 0.5, 1.0, -1.0), 2) for k in range(40)}
    chosen = losses_of(best_mean(answers, losses, 0, 2), answers, losses)
    honest = out_of_fold_losses(answers, losses, 0, 2)
    assert len(honest) == len(Y)
    assert honest.mean() > chosen.mean() + 0.1


def test_a_mean_is_taken_only_for_a_gain_above_chance():
    losses = np.random.default_rng(0).standard_normal(100) ** 2
    noise = np.random.default_rng(1).standard_normal(100)
    assert clearly_less(losses - 1 + 0.1 * noise, losses)
    assert not clearly_less(losses, losses)
    assert not clearly_less(losses - 0.001 + noise - noise.mean(), losses)


def test_a_mean_in_which_a_member_diverges_is_not_taken(monkeypatch, taken):
    monkeypatch.setattr(searching, "train_mean", lambda *given: False)
    found = tune(TableRegressor(n_epochs=8, members=2, hidden=(5,)), "diabetes", trials=1, folds=2)
    assert found.mean is None
    assert len(found.model.members_) == 2


def test_a_mean_is_the_same_again_from_half_a_journal(tmp_path, taken):
    model = TableRegressor(n_epochs=8, members=2, hidden=(5,))
    straight = tune(model, "diabetes", trials=2, folds=2, journal=tmp_path / "whole.json")
    kept = json.loads((tmp_path / "whole.json").read_text())
    (tmp_path / "half.json").write_text(json.dumps(kept | {"losses": kept["losses"][:7]}))
    again = tune(model, "diabetes", trials=2, folds=2, journal=tmp_path / "half.json")
    assert plain(again) == plain(straight)
    assert straight.mean is not None
    for one, other in zip(again.model.members_, straight.model.members_, strict=True):
        np.testing.assert_array_equal(one.vector, other.vector)


def test_a_single_network_has_no_variations():
    found = tune(TableRegressor(n_epochs=8, members=1, hidden=(5,)), "diabetes", trials=1, folds=2)
    assert len(found.trials) == 2
    assert found.mean is None


def test_a_page_shows_every_trial(taken):
    found = tune(TableRegressor(n_epochs=8, members=2, hidden=(5,)), "diabetes", trials=2, folds=2)
    page = search_page(found, "diabetes")
    for trial in found.trials:
        assert f"<th>{trial.name}</th>" in page
    assert "<svg" in page
    assert re.findall(r'<tr class="best"><th>([0-9.]+)</th>', page) == [found.best.name]
    assert found.mean is not None
    assert "The best mean of several" in page
