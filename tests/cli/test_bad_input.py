"""Bad input gives one clear line and the plan's exit code, and damages nothing."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest


def test_a_missing_target_is_asked_for_as_the_command_line_spells_it(clearprop, houses):
    result = clearprop("train", houses)
    assert result.code == 2
    assert "--target COLUMN" in result.err
    assert '"rooms", "age", "town", "price"' in result.err


QUICK = ("--epochs", "5", "--hidden", "8", "--quiet")


BAD_INPUT = {
    "a missing file": (["train", "nofile.csv", "--target", "y"], 3, "no file nofile.csv"),
    "a missing target": (["train", "houses.csv", "--target", "prize"], 3, 'did you mean "price"'),
    "no target": (["train", "houses.csv"], 2, "target"),
    "an unknown activation": (["train", "iris", "--activation", "rellu"], 2, "did you mean 'relu'"),
    "an unknown optimizer": (["train", "iris", "--optimizer", "adamm"], 2, "did you mean 'adam'"),
    "a loss for numbers": (["train", "iris", "--loss", "poisson"], 2, "is for numbers"),
    "class weights for numbers": (
        ["train", "diabetes", "--class-weight", "balanced"],
        2,
        "class_weight has no meaning",
    ),
    "an unknown solver": (["train", "iris", "--optimizer", "lbgfs"], 2, "did you mean 'lbfgs'"),
    "a rate for a solver": (["train", "iris", "--optimizer", "lbfgs", "--learning-rate", "1"], 2, "takes no steps"),
    "an unknown engine": (["train", "iris", "--engine", "numpi"], 2, "did you mean 'numpy'"),
    "an unknown option": (["train", "iris", "--epoch", "3"], 2, "--epochs"),
    "sizes that are none": (["train", "iris", "--hidden", "big"], 2, "256,128"),
    "no configuration": (["train", "--config", "no.toml"], 4, "does not exist"),
    "an unknown key": (["train", "--config", "typo.toml"], 4, "did you mean 'epochs'"),
    "a value that does not fit": (["train", "--config", "value.toml"], 4, "dropout"),
    "no data": (["train"], 2, "data is missing"),
    "an option out of range": (["train", "iris", "--dropout", "1.5"], 2, "--dropout 1.5"),
    "a choice that is none": (["train", "iris", "--task", "words"], 2, "--task 'words'"),
    "no folder for the model": (["train", "iris", "--out", "no/m.safetensors"], 2, "no folder no"),
    "a folder for predictions": (["predict", "no.safetensors", "iris", "--out", "."], 2, "is a folder"),
    "a model without its ending": (["train", "iris", "--out", "m.bin"], 2, "something.safetensors"),
    "a model over its data": (["train", "word.csv", "--target", "y", "--out", "word.csv"], 2, "something.safetensors"),
    "predictions over their data": (["predict", "no.safetensors", "one.csv", "--out", "./one.csv"], 2, "would be lost"),
    "a network for a model": (["check", "no.safetensors", "iris", "--hidden", "3"], 2, "--hidden has no meaning"),
    "a model that is no file": (["predict", "no.safetensors", "iris"], 4, "no.safetensors"),
    "a truncated model": (["predict", "truncated.safetensors", "iris"], 4, "cut off"),
    "an altered model": (["predict", "altered.safetensors", "iris"], 4, "altered or damaged"),
    "a foreign model": (["inspect", "foreign.safetensors"], 4, "foreign.safetensors"),
    "a word among numbers": (["train", "word.csv", "--target", "y"], 3, 'word.csv:12, column "x"'),
    "a ragged line": (["train", "ragged.csv", "--target", "y"], 3, "ragged.csv:5"),
    "an empty file": (["train", "empty.csv", "--target", "y"], 3, "empty"),
    "one class": (["train", "one.csv", "--target", "y"], 3, "one class only"),
    "nothing but missing cells": (["train", "missing.csv", "--target", "y"], 3, "no value in any training row"),
    "infinity": (["train", "infinite.csv", "--target", "y"], 3, 'column "x"'),
}


@pytest.fixture
def bad_files(tmp_path, houses):
    """Write everything the bad commands read."""
    ys = ["ab"[i % 2] for i in range(60)]
    xs = [f"{i / 7:.3f}" for i in range(60)]

    def write(name: str, x: list[str], y: list[str] = ys) -> None:
        (tmp_path / name).write_text("x,y\n" + "".join(f"{a},{b}\n" for a, b in zip(x, y, strict=True)))

    write("word.csv", [*xs[:10], "4O", *xs[11:]])
    write("one.csv", xs, ["a"] * 60)
    write("missing.csv", [""] * 60)
    write("infinite.csv", [*xs[:10], "inf", *xs[11:]])
    write("ragged.csv", [*xs[:3], "1,2", *xs[4:]])
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "typo.toml").write_text('data = "iris"\nepoch = 3\n')
    (tmp_path / "value.toml").write_text('data = "iris"\ndropout = 1.5\n')
    sound = (Path(__file__).parents[1] / "golden" / "1.0-classes.safetensors").read_bytes()
    (tmp_path / "truncated.safetensors").write_bytes(sound[:-8])
    (tmp_path / "altered.safetensors").write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]))
    (tmp_path / "foreign.safetensors").write_bytes(b"PK\x03\x04 a zip file, really")


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_gives_one_clear_line_and_the_right_code(clearprop, bad_files, name):
    arguments, code, words = BAD_INPUT[name]

    result = clearprop(*arguments)

    assert result.code == code, result.err
    assert words in result.err
    assert "Traceback" not in result.err
    assert result.out == ""


def test_an_error_is_one_object_with_json(clearprop):
    result = clearprop("train", "nofile.csv", "--target", "y", "--json")

    assert result.facts["error"]["exit_code"] == 3
    assert "nofile.csv" in result.facts["error"]["message"]


def test_debug_shows_where(clearprop):
    result = clearprop("train", "iris", "--activation", "rellu", "--debug")

    assert "Traceback" in result.err
    assert result.code == 2


def test_a_failed_run_leaves_the_old_model_alone(clearprop, tmp_path):
    clearprop("train", "iris", *QUICK, "--out", "m.safetensors")
    before = (tmp_path / "m.safetensors").read_bytes()

    clearprop("train", "iris", "--activation", "rellu", "--out", "m.safetensors")

    assert (tmp_path / "m.safetensors").read_bytes() == before


def test_wrong_columns_at_predict_time_are_named(clearprop, houses, tmp_path):
    clearprop("train", houses, "--target", "price", *QUICK, "--out", "m.safetensors")
    (tmp_path / "other.csv").write_text(houses.read_text().replace("rooms", "room_count"))

    result = clearprop("predict", "m.safetensors", "other.csv")

    assert result.code == 3
    assert "rooms" in result.err


def test_columns_are_matched_by_name(clearprop, houses, tmp_path):
    """Another order of the columns, and no target, give the same predictions."""
    clearprop("train", houses, "--target", "price", *QUICK, "--out", "m.safetensors")
    rows = list(csv.DictReader(houses.read_text().splitlines()))
    with (tmp_path / "other.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["town", "age", "rooms"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)

    assert clearprop("predict", "m.safetensors", "other.csv").out == clearprop("predict", "m.safetensors", houses).out
