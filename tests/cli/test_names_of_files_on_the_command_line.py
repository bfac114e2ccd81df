"""Files that cannot be read or written are refused before any work is done, in the right words."""

from __future__ import annotations

import os

import pytest

QUICK = ("--epochs", "2", "--hidden", "4", "--quiet")


@pytest.fixture
def model(clearprop):
    assert clearprop("train", "iris", *QUICK, "--out", "m.safetensors").code == 0
    return "m.safetensors"


OUTPUTS = {
    "train": ("train", "iris", *QUICK, "--out"),
    "train --report": ("train", "iris", *QUICK, "--report"),
    "predict": ("predict", "m.safetensors", "iris", "--out"),
    "report": ("report", "m.safetensors", "iris", "--out"),
    "explain": ("explain", "m.safetensors", "iris", "--out"),
    "derive": ("derive", "m.safetensors", "--out"),
    "export": ("export", "m.safetensors", "--out"),
}


@pytest.mark.parametrize("command", OUTPUTS)
@pytest.mark.parametrize(
    ("place", "says"), [("/dev/null", "a device"), ("round", "leads round in a circle"), ("x" * 300, "longer")]
)
def test_what_cannot_hold_an_output_is_refused_by_every_command(clearprop, model, tmp_path, command, place, says):
    os.symlink("circle", tmp_path / "round")
    os.symlink("round", tmp_path / "circle")
    result = clearprop(*OUTPUTS[command], place)
    assert result.code == 2
    assert says in result.err
    assert "Saved" not in result.err


@pytest.mark.parametrize("place", ["round", "file", "file/inside", "a\0b"])
def test_a_folder_for_checkpoints_that_cannot_be_is_refused_before_training(clearprop, tmp_path, place):
    os.symlink("circle", tmp_path / "round")
    os.symlink("round", tmp_path / "circle")
    (tmp_path / "file").write_text("")
    result = clearprop("train", "iris", *QUICK, "--checkpoint-dir", place)
    assert result.code == 2
    assert "--checkpoint-dir" in result.err
    assert not (tmp_path / "iris.safetensors").exists()


@pytest.mark.parametrize(("name", "says"), [(".", "is a folder"), ("round", "circle"), ("nowhere", "gone")])
def test_a_configuration_that_is_no_file_is_told_of(clearprop, tmp_path, name, says):
    os.symlink("circle", tmp_path / "round")
    os.symlink("round", tmp_path / "circle")
    os.symlink("gone", tmp_path / "nowhere")
    result = clearprop("train", "--config", name)
    assert result.code == 4
    assert says in result.err


MEANT = {
    'hidden = "32,16"': "In TOML: hidden = [32, 16]",
    'hidden = ["32", "16"]': "In TOML: hidden = [32, 16]",
    'hidden = "none"': "In TOML: hidden = []",
    'epochs = "5"': "In TOML: epochs = 5",
    'dropout = "0.1,0.2"': "In TOML: dropout = [0.1, 0.2]",
    'shuffle = "no"': "In TOML: shuffle = false",
    'na = "x"': 'In TOML: na = ["x"]',
    'kind = "a=category"': 'In TOML: kind = ["a=category"]',
    'max_bad = "1%"': "In TOML: max_bad = 0.01",
    'learning_rate = "0.01"': "In TOML: learning_rate = 0.01",
}


@pytest.mark.parametrize("line", MEANT)
def test_a_value_spelled_as_on_the_command_line_is_shown_as_toml_has_it(clearprop, tmp_path, line):
    (tmp_path / "c.toml").write_text(f'data = "iris"\n{line}\n')
    result = clearprop("train", "--config", "c.toml")
    assert result.code == 4
    assert line.split(":")[0] in result.err
    assert MEANT[line] in result.err


@pytest.mark.parametrize("line", ['epochs = "many"', 'shuffle = "perhaps"', "l2 = -1", 'hidden = "big"'])
def test_a_value_that_means_nothing_gets_no_such_advice(clearprop, tmp_path, line):
    (tmp_path / "c.toml").write_text(f'data = "iris"\n{line}\n')
    assert "In TOML" not in clearprop("train", "--config", "c.toml").err
