"""`verify` compares bytes: cut and straight, on any number of threads."""

from __future__ import annotations

import numpy as np


def test_a_batch_solver_is_verified_but_not_cut(clearprop):
    result = clearprop("verify", "wine", "--optimizer", "lbfgs", "--epochs", "3", "--threads", "1,2,4")
    assert result.code == 0
    cut = clearprop("verify", "wine", "--optimizer", "lbfgs", "--resume-at", "2")
    assert cut.code == 2
    assert "cut between two steps" in cut.err


def test_verify_proves_resume_and_threads(clearprop):
    result = clearprop("verify", "iris", "--resume-at", "3,7", "--threads", "1,2", "--epochs", "3", "--json")

    assert result.code == 0
    assert result.facts["passed"]
    assert [run["run"] for run in result.facts["runs"]] == [
        "straight", "cut after step 3, resumed", "cut after step 7, resumed", "1 thread", "2 threads",
    ]  # fmt: skip


def test_verify_takes_the_arguments_of_train(clearprop):
    """All that change the training, and none of those about files, progress and the clock."""
    import inspect

    from clearprop.cli import train, verify

    of_train, of_verify = (set(inspect.signature(module.command).parameters) for module in (train, verify))
    assert of_train - of_verify == {
        "data", "out", "report", "checkpoint_dir", "checkpoint_epochs", "checkpoint_seconds", "stream", "config",
        "print_config", "find_lr", "plot", "quiet", "max_seconds", "record", "record_mb",
    }  # fmt: skip


def test_verify_trains_as_train_does(clearprop):
    """On the same rows: those held out are left out here too."""
    options = ("--l2", "0.1", "--test", "0.5", "--epochs", "3", "--batch-size", "16")
    n_rows = clearprop("train", "iris", *options, "--json").facts["training_rows"]
    steps = {run["steps"] for run in clearprop("verify", "iris", *options, "--json").facts["runs"]}
    assert steps == {3 * -(-n_rows // 16)}


def test_verify_works_as_it_stands(clearprop):
    assert clearprop("verify", "iris", "--resume-at", "7").code == 0


def test_verify_says_when_there_is_nothing_to_cut(clearprop):
    result = clearprop("verify", "iris", "--resume-at", "100000", "--epochs", "1")

    assert result.code == 2
    assert "steps only" in result.err


def test_verify_notices_runs_that_differ(clearprop, monkeypatch):
    """A resumed run that lost the optimizer's memory is found out."""
    from dataclasses import replace

    from clearprop.cli import _verification

    original = _verification.read_resumption

    def forgetful(folder):
        found = original(folder)
        slots = {name: np.zeros_like(slot) for name, slot in found.state.slots.items()}
        return replace(found, state=replace(found.state, slots=slots))

    monkeypatch.setattr(_verification, "read_resumption", forgetful)
    result = clearprop("verify", "iris", "--resume-at", "7", "--json")

    assert result.code == 1
    assert not result.facts["passed"]
