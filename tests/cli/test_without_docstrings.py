"""Under `python -OO`, which leaves out docstrings and asserts, commands say and do the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import clearprop

ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(clearprop.__file__).parents[1]), "COLUMNS": "100"}


def ran(folder, *words, flags=()):
    return subprocess.run(
        [sys.executable, *flags, "-m", "clearprop", *words], capture_output=True, text=True, cwd=folder, env=ENVIRONMENT
    )


@pytest.mark.parametrize("command", [(), ("train",), ("verify",)])
def test_the_help_is_the_same(tmp_path, command):
    plain, optimised = ran(tmp_path, *command, "--help"), ran(tmp_path, *command, "--help", flags=("-OO",))
    assert plain.stdout == optimised.stdout
    assert "Train a network" in plain.stdout or command == ("verify",)


def test_a_training_is_the_same(tmp_path):
    words = ("train", "iris", "--epochs", "3", "--quiet", "--json")
    plain, optimised = ran(tmp_path, *words), ran(tmp_path, *words, flags=("-OO",))
    assert optimised.returncode == 0, optimised.stderr
    timed = ('"seconds": ', '"wall"')
    assert [part for part in plain.stdout.split(", ") if not part.startswith(timed)] == [
        part for part in optimised.stdout.split(", ") if not part.startswith(timed)
    ]
