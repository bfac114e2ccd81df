"""A file that stays on disk, from the command line."""

from __future__ import annotations

TRAIN = ("train", "houses.csv", "--target", "price", "--hidden", "4", "--epochs", "2")


def test_a_streamed_training_scores_its_test_rows_as_one_in_memory(houses, clearprop):
    facts = [
        clearprop(*TRAIN, mode, "--out", f"model{mode}.safetensors", "--json").facts
        for mode in ("--stream", "--in-memory")
    ]

    streamed, in_memory = facts
    assert streamed["test"]["rows"] == in_memory["test"]["rows"] == 60
    assert streamed["training_rows"] == in_memory["training_rows"] == 204
    assert abs(streamed["test"]["scores"]["r2"] - in_memory["test"]["scores"]["r2"]) < 0.5


def test_a_model_trained_on_a_streamed_file_predicts_every_row_of_it(houses, clearprop):
    clearprop(*TRAIN, "--stream", "--out", "model.safetensors")
    result = clearprop("predict", "model.safetensors", "houses.csv")

    assert result.code == 0
    assert len(result.out.splitlines()) == 301
