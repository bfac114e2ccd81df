"""What commands print: numbers as short as they can be, and an end that a reader may call."""

from __future__ import annotations

import csv
import errno
import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from clearprop import load
from clearprop.cli.output import print_table
from clearprop.tables.sinks.cells import as_written


@pytest.fixture
def model(clearprop):
    clearprop("train", "iris", "--epochs", "3", "--hidden", "4", "--quiet", "--out", "m.safetensors")
    return load("m.safetensors")


@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_numbers_are_the_shortest_text_that_reads_back_to_the_same(precision):
    drawn = np.random.default_rng(0).lognormal(0, 9, 2000).astype(precision)
    values = np.concatenate([drawn, np.array([0, 0.1, -1 / 3, 1e-45, 3e38], dtype=precision)])

    texts = [repr(number) for number in as_written(values)]

    assert np.array(texts).astype(precision).tobytes() == values.tobytes()
    shortest = [np.format_float_scientific(value, unique=True, trim="-") for value in values]
    digits = [np.format_float_scientific(float(text), unique=True, trim="-") for text in texts]
    assert digits == shortest


def test_predictions_read_back_to_the_bit_and_are_short(clearprop, model):
    rows = list(csv.reader(io.StringIO(clearprop("predict", "m.safetensors", "iris").out)))
    columns = clearprop("predict", "m.safetensors", "iris", "--json").facts["columns"]

    probabilities = model.predict_proba("iris")
    assert probabilities.dtype == np.float32
    assert np.array([row[1:] for row in rows[1:]], dtype=np.float32).tobytes() == probabilities.tobytes()
    assert max(len(cell) for row in rows[1:] for cell in row[1:]) <= len("1.2345678e-12")
    assert np.array(list(columns.values())[1:], dtype=np.float32).T.tobytes() == probabilities.tobytes()


@pytest.mark.parametrize("arguments", [("predict", "m.safetensors", "iris"), ("inspect", "iris"), ("--help",)])
def test_a_reader_that_leaves_ends_a_command_quietly(model, arguments):
    """As any tool that SIGPIPE ends: nothing on stderr, and 141, which is what a shell says of one."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    reader, writer = os.pipe()
    os.close(reader)

    ended = subprocess.run(
        [sys.executable, "-c", "from clearprop.cli import main; main()", *arguments],
        stdout=writer, stderr=subprocess.PIPE, env=environment, check=False, text=True,
    )  # fmt: skip
    os.close(writer)

    assert ended.returncode == 141
    assert [line for line in ended.stderr.splitlines() if not line.startswith("Next: ")] == []


def test_a_folder_that_may_not_be_written_into_is_told_before_the_training(clearprop, monkeypatch, tmp_path):
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    result = clearprop("train", "iris", "--out", "m.safetensors")
    assert (result.code, result.out) == (2, "")
    assert "nothing may be written into the folder" in result.err


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", [("inspect", "iris", "--json"), ("derive", "2-1"), ("--help",)])
def test_a_full_disk_is_told_in_one_line(arguments):
    with FULL.open("w") as nowhere:
        ended = run_in_process(*arguments, stdout=nowhere)
    assert ended.returncode == 4
    told = [line for line in ended.stderr.splitlines() if not line.startswith("Next: ")]
    assert told == [f"clearprop: the output could not be read or written: {os.strerror(errno.ENOSPC)}."]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_what_goes_into_a_file_is_utf_8_whatever_the_console_speaks(encoding):
    ended = run_in_process("derive", "2-3-1", stdout=subprocess.PIPE, PYTHONIOENCODING=encoding)
    assert ended.returncode == 0
    assert "δ[1] = (δ[2] W[2]ᵀ) ⊙ f[1]′(z[1])" in ended.stdout


def run_in_process(*arguments, stdout, **variables):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | variables
    return subprocess.run(
        [sys.executable, "-c", "from clearprop.cli import main; main()", *arguments],
        stdout=stdout, stderr=subprocess.PIPE, env=environment, check=False, encoding="utf-8",
    )  # fmt: skip


def test_columns_left_out_for_one_reason_are_one_note(clearprop):
    trained = clearprop("train", "digits", "--epochs", "1", "--hidden", "4")
    looked_at = clearprop("inspect", "digits")

    notes = [line for line in trained.err.splitlines() if line.startswith("note: ")]
    said = [line for line in looked_at.out.splitlines() if "left out of training" in line]
    assert len(notes) == len(said) == 1
    assert notes[0] == f"note: {said[0]}"
    assert (
        '3 columns are left out of training, as each of them has the same value in every training row: "pix' in said[0]
    )


@pytest.mark.parametrize("command", ["train", "check", "verify", "derive"])
def test_help_lists_every_name_an_option_takes(clearprop, command):
    """They come from the tables of names: a new entry is listed without another line of code."""
    from clearprop.cli._known_names import KNOWN

    helped = clearprop(command, "--help").out
    listed = " ".join(helped[helped.index("•") :].split())
    options = [name for name in KNOWN if f"--{name}: " in listed]

    assert options
    for name in options:
        assert f"--{name}: {KNOWN[name]()}" in listed
    assert ("--optimizer: " in listed) == (command in ("train", "verify"))


def test_a_narrow_table_breaks_between_words_and_never_in_one(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    heads = ("model", "log_loss", "95 % interval", "more")
    rows = [
        ["HistGradientBoosting", 0.0732, "-0.052 .. 0.065", "東京都 .. 大阪府"],
        ["linear", 0.06, "0.1 .. 0.2", "a .. b"],
    ]
    print_table("three", heads, rows)
    shown = capsys.readouterr().out
    assert all(len(line) <= 60 for line in shown.splitlines())
    for word in ("HistGradientBoosting", "log_loss", "-0.052", "東京都"):
        assert word in shown
