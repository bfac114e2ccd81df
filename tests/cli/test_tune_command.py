"""`clearprop tune`: from a table to better settings and the model they train."""

from __future__ import annotations

from pathlib import Path

import pytest

from clearprop import load
from clearprop.selection import search as searching


def test_a_model_is_trained_with_the_best_settings_and_saved(clearprop, houses):
    told = clearprop(
        "tune", houses, "--target", "price", "--trials", "8", "--epochs", "3", "--folds", "2", "--hidden", "6",
        "--out", "m.safetensors", "--page", "tried.html", "--members", "2",
    )  # fmt: skip
    assert told.code == 0
    assert "16 trials" in told.out  # eight variations of the best among them
    assert "as asked" in told.out
    assert "wrote tried.html" in told.err
    assert Path("tried.html").read_text().startswith("<!doctype html>")
    assert "8 of 8 trainings done" in told.err
    model = load("m.safetensors")
    assert model.facts_.search["folds"] == 2
    assert model.facts_.test.rows == 60
    assert clearprop("report", "m.safetensors", houses).code == 0
    assert clearprop("inspect", "m.safetensors").code == 0


def test_json_has_every_trial_and_the_score_on_the_rows_held_out(clearprop):
    facts = clearprop(
        "tune", "iris", "--trials", "2", "--epochs", "2", "--folds", "2", "--json", "--quiet", "--hidden", "4"
    ).facts
    assert [trial["number"] for trial in facts["trials"]] == [0, 1, 2]
    assert facts["test"]["accuracy"] >= 0
    assert facts["model"] == "iris.safetensors"


def test_a_budget_ends_a_search(clearprop):
    facts = clearprop("tune", "iris", "--budget", "0.01s", "--epochs", "2", "--folds", "2", "--json", "--quiet").facts
    assert len(facts["trials"][0]["losses"]) == 2
    assert len(facts["trials"]) < 20


@pytest.mark.parametrize("budget", ["soon", "0s", "-3"])
def test_a_budget_that_is_no_time_is_refused(clearprop, budget):
    told = clearprop("tune", "iris", f"--budget={budget}")
    assert told.code == 2
    assert "such as 60s" in told.err


def test_the_trials_of_a_mean_are_said(clearprop, monkeypatch):
    monkeypatch.setattr(searching, "clearly_less", lambda losses, others: True)
    told = clearprop(
        "tune", "diabetes", "--trials", "1", "--epochs", "2", "--folds", "2", "--hidden", "4", "--members", "3"
    )
    assert "The best mean of several has" in told.err
    assert " as trial " in told.err
