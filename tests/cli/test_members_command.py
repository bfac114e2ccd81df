"""`clearprop train --members`: from a table to several networks in one file."""

from __future__ import annotations

from clearprop import load


def test_members_are_trained_shown_and_used(clearprop):
    told = clearprop("train", "wine", "--members", "3", "--epochs", "5", "--json", "--quiet", "--out", "m.safetensors")
    assert told.code == 0
    assert told.facts["members"] == 3
    assert told.facts["split"] == "3 members by folds, each validated on rows of its own"
    assert told.facts["parts"]["validation"]["rows"] == told.facts["training_rows"] == 142
    assert len(load("m.safetensors").members_) == 3
    assert clearprop("evaluate", "m.safetensors", "wine", "--json").facts["scores"]["accuracy"] > 0.9
    shown = clearprop("inspect", "m.safetensors")
    assert "members" in shown.out
    assert clearprop("report", "m.safetensors", "wine").code == 0
    assert clearprop("explain", "m.safetensors", "wine").code == 0


def test_the_validation_rows_of_several_are_called_what_they_are(clearprop):
    train = "train", "wine", "--epochs", "2", "--out", "m.safetensors"
    folds = clearprop(*train, "--members", "3").out
    assert "3 networks" in folds
    assert "out of fold" in folds
    assert "best epoch" not in folds
    assert "out of bag" in clearprop(*train, "--members", "3", "--by", "bootstrap").out
    assert "validation" in clearprop(*train, "--members", "1").out


def test_several_members_write_no_checkpoints(clearprop):
    told = clearprop("train", "wine", "--members", "2", "--checkpoint-dir", "c", "--quiet")
    assert told.code == 2
    assert "writes no checkpoints" in told.err
