"""`clearprop train --record` and `clearprop replay`."""

from __future__ import annotations

import numpy as np
import pytest

import clearprop as package

QUICK = ("--epochs", "4", "--hidden", "5", "--quiet")


@pytest.fixture
def run(clearprop):
    """Record a small training."""
    result = clearprop("train", "iris", *QUICK, "--record", "run.safetensors")
    assert result.code == 0
    assert "clearprop replay run.safetensors" in result.err
    return "run.safetensors"


def test_a_row_at_the_last_step_is_what_the_trained_model_makes_of_it(clearprop, run):
    """The model of the last epoch is the best one here: its trace is the oracle."""
    number = clearprop("replay", run, "--json").facts["rows"][3]
    shown = clearprop("replay", run, "--row", number, "--json").facts
    model = package.load("iris.safetensors")
    X, Y, _ = model.encode("iris")
    expected = package.explain.trace(model.network_, model.parameters_, X[[number]], Y[[number]])
    assert {"z1", "a2", "delta2", "dW1", "db2"} <= shown["arrays"].keys()
    for name, array in shown["arrays"].items():
        assert np.allclose(array, expected[name], rtol=1e-5, atol=1e-7), name


def test_a_step_shows_every_number_and_writes_it(clearprop, run, tmp_path):
    number = clearprop("replay", run, "--json").facts["rows"][0]
    result = clearprop("replay", run, "--step", "7", "--row", number, "--out", "step.npz")
    assert result.code == 0
    for word in ("After 7 steps", "delta2", "dW1", "epoch 2, step 3 of 4"):
        assert word in result.out
    assert np.load(tmp_path / "step.npz", allow_pickle=False)["z1"].shape == (1, 5)


def test_the_batch_of_a_step_is_shown(clearprop, run):
    facts = clearprop("replay", run, "--step", "2", "--batch", "--json").facts
    assert len(facts["arrays"]["X"]) == 32


def test_check_takes_every_step_again(clearprop, run):
    result = clearprop("replay", run, "--check", "--json")
    assert result.code == 0
    assert result.facts["different"] is None


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--step", "99", "--row", "1"), 3, "from step 0 to 16"),
        (("--row", "9999"), 3, "is not among"),
        (("--row", "1", "--batch"), 2, "exclude each other"),
    ],
)
def test_what_is_not_there_is_named(clearprop, run, arguments, code, words):
    result = clearprop("replay", run, *arguments)
    assert result.code == code
    assert words in result.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--record", "run.txt"), "something.safetensors"),
        (("--record", "iris.safetensors"), "write one of them elsewhere"),
        (("--record", "no/run.safetensors"), "there is no folder"),
        (("--record", "run.safetensors", "--members", "2"), "members=1"),
        (("--record", "run.safetensors", "--optimizer", "lbfgs"), "takes none"),
    ],
)
def test_a_recording_that_cannot_be_is_refused_before_training(clearprop, arguments, words):
    result = clearprop("train", "iris", *QUICK, *arguments)
    assert result.code == 2
    assert words in result.err


def test_a_run_that_diverges_is_recorded_all_the_same(clearprop):
    told = ("--optimizer", "sgd", "--learning-rate", "1e30", "--on-divergence", "restore_best")
    result = clearprop("train", "diabetes", *QUICK, *told, "--record", "run.safetensors")
    assert result.code == 5
    assert clearprop("replay", "run.safetensors", "--json").facts["stopped"] == "DIVERGED"


def test_numbers_of_one_target_are_replayed_too(clearprop):
    clearprop("train", "diabetes", *QUICK, "--record", "run.safetensors")
    assert clearprop("replay", "run.safetensors", "--check", "--json").facts["different"] is None


def test_a_model_is_no_recording_and_a_recording_no_model(clearprop, run):
    assert "not a recorded run" in clearprop("replay", "iris.safetensors").err
    assert "not a clearprop model" in clearprop("inspect", run).err


def test_a_run_is_recorded_as_a_page_too(clearprop, tmp_path):
    result = clearprop("train", "iris", *QUICK, "--record", "run.html")
    assert "open run.html in a browser" in result.err
    assert (tmp_path / "run.html").stat().st_size < 5_000_000


def test_record_makes_a_page_of_chosen_rows(clearprop, run, tmp_path):
    number = clearprop("replay", run, "--json").facts["rows"][5]
    facts = clearprop("record", run, "--row", number, "--notation", "ng", "--out", "page.html", "--json").facts
    page = (tmp_path / "page.html").read_text("utf-8")
    assert facts["bytes"] == len(page.encode())
    assert f"row {number}" in page
    assert clearprop("record", run, "--notation", "greek").code == 2


def test_a_step_alone_is_not_left_out_in_silence(clearprop, tmp_path):
    run = clearprop("replay", tmp_path / "run.safetensors", "--step", "3")
    assert run.code == 2
    assert "--step 3 needs --row or --batch" in run.err


def test_a_page_is_no_run_and_says_where_the_run_is(clearprop):
    clearprop("train", "iris", "--hidden", "4", "--epochs", "2", "--record", "run.html", "--quiet")
    told = clearprop("replay", "run.html")
    assert told.code == 4
    assert "a page to look at" in told.err


def test_a_column_of_weights_lies_on_its_side(clearprop, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    train = "train", "diabetes", "--hidden", "24", "--epochs", "2", "--record", "run.safetensors", "--quiet"
    assert clearprop(*train).code == 0
    row = clearprop("replay", "run.safetensors", "--json").facts["rows"][0]
    shown = clearprop("replay", "run.safetensors", "--step", "2", "--row", str(row)).out
    assert "]]ᵀ" in shown
    assert all(len(line) <= 80 for line in shown.splitlines())
