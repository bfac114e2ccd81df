"""Two trainings by the same settings on the same rows make the same file; a file keeps no times."""

from __future__ import annotations

import json
import signal
import warnings

import numpy as np
import pytest

from clearprop import MLPClassifier, MLPRegressor, TableClassifier, TableRegressor, load
from clearprop.cli import _training
from clearprop.estimators import InterruptedWarning
from clearprop.files import load_model
from clearprop.fitting.checkpoints import CheckpointPlan, read_resumption

QUICK = ("--epochs", "4", "--hidden", "8", "--quiet")


@pytest.mark.parametrize("options", [(), ("--optimizer", "lbfgs"), ("--engine", "numpy"), ("--threads", "1")])
def test_the_same_command_makes_the_same_file_whatever_it_is_called(clearprop, tmp_path, options):
    for name in ("one", "two"):
        made = clearprop("train", "iris", *QUICK, *options, "--out", f"{name}.safetensors", "--checkpoint-dir", name)
        assert made.code == 0, made.err
    assert (tmp_path / "one.safetensors").read_bytes() == (tmp_path / "two.safetensors").read_bytes()


@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_estimators_on_arrays_make_the_same_file(tmp_path, kind):
    X, y = np.random.default_rng(0).normal(size=(80, 3)), np.arange(80) % 2
    for name in ("one", "two"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            kind(hidden_layer_sizes=(4,), max_iter=5, early_stopping=True, random_state=0).fit(X, y).save(
                tmp_path / name
            )
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize("kind", [TableClassifier, TableRegressor])
def test_estimators_on_tables_make_the_same_file(tmp_path, kind):
    table = {"a": np.arange(90.0), "y": np.arange(90) % 3}
    for name in ("one", "two"):
        kind("y", hidden=(4,), n_epochs=3).fit(table).save(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_times_are_told_by_the_command_and_unknown_to_the_file(clearprop, tmp_path):
    facts = clearprop("train", "iris", *QUICK, "--json").facts
    assert facts["seconds"] > 0
    assert "seconds" not in json.dumps(load_model(tmp_path / "iris.safetensors").facts).replace("max_seconds", "")
    assert load(tmp_path / "iris.safetensors").facts_.seconds is None
    for words in (("inspect", "iris.safetensors"), ("report", "iris.safetensors", "iris", "--out", "r.html")):
        assert clearprop(*words).code == 0
    page = (tmp_path / "r.html").read_text()
    assert "epochs on the" in page
    assert "None" not in page.split("<pre")[0]


LONG = ("train", "iris", "--epochs", "30", "--patience", "30", "--hidden", "8", "--quiet", "--checkpoint-dir", "runs")


@pytest.mark.parametrize(
    "options",
    [(), ("--dropout", "0.3", "--optimizer", "muon"), ("--averaging", "0.9"), ("--test", "0.3", "--engine", "numpy")],
    ids=" ".join,
)
def test_a_resumed_run_makes_the_file_of_the_straight_run(clearprop, tmp_path, monkeypatch, options):
    """Every byte of it, the certificate included."""
    assert clearprop(*LONG, *options, "--out", "straight.safetensors").code == 0
    obey = _training._obey_signals

    def cut(event):
        obey(event)
        training = event.training
        if training.progress.epoch == 11 and training.progress.stopped is None:
            training.progress.signal_number = signal.SIGTERM
            training.stop("interrupted")

    monkeypatch.setattr(_training, "_obey_signals", cut)
    assert clearprop(*LONG, *options, "--out", "cut.safetensors").code == 143
    monkeypatch.setattr(_training, "_obey_signals", obey)
    assert clearprop("resume", "runs", "--out", "resumed.safetensors", "--quiet").code == 0
    assert load_model(tmp_path / "cut.safetensors").facts["epochs"] < 30
    straight, resumed = ((tmp_path / f"{name}.safetensors").read_bytes() for name in ("straight", "resumed"))
    assert resumed == straight


@pytest.mark.parametrize("kind", [TableClassifier, TableRegressor])
def test_an_estimator_cut_in_the_middle_of_an_epoch_and_resumed_makes_the_file_of_the_straight_run(tmp_path, kind):
    table = {"a": np.arange(90.0), "y": np.arange(90) % 3}
    settings = {"hidden": (4,), "n_epochs": 6, "dropout": 0.2, "batch_size": 8}
    kind("y", **settings).fit(table).save(tmp_path / "straight")
    with pytest.warns(InterruptedWarning), pytest.raises(KeyboardInterrupt):
        kind("y", **settings).fit(table, checkpoints=CheckpointPlan(tmp_path / "runs", pause_at=23))
    rest = CheckpointPlan(resume=read_resumption(tmp_path / "runs"))
    kind("y", **settings).fit(table, checkpoints=rest).save(tmp_path / "resumed")
    assert (tmp_path / "resumed").read_bytes() == (tmp_path / "straight").read_bytes()
