"""A disk that is full, or a limit on the size of files, ends a command in one clear line; nothing is half written."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import clearprop
from clearprop import TableClassifier, load
from clearprop.files import load_model

ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(clearprop.__file__).parents[1])}
LIMIT = 2000  # bytes: less than any of these files has

COMMANDS = {
    "train": ("train", "iris", "--epochs", "2", "--quiet", "--out", "new.safetensors"),
    "checkpoints": ("train", "iris", "--epochs", "2", "--quiet", "--checkpoint-dir", "new", "--out", "n.safetensors"),
    "predict": ("predict", "m.safetensors", "iris", "--out", "new.csv"),
    "report": ("report", "m.safetensors", "iris", "--out", "new.html"),
    "explain": ("explain", "m.safetensors", "iris", "--out", "new.html"),
    "derive": ("derive", "m.safetensors", "--out", "new.html"),
    "export": ("export", "m.safetensors", "--out", "new.js"),
}


def limited(folder, *words):
    """Run a command that may write no file of more than LIMIT bytes."""

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT))

    return subprocess.run(
        [sys.executable, "-B", "-m", "clearprop", *words], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True,
        preexec_fn=limit,  # no threads run here
    )  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_a_file_that_does_not_fit_is_told_of_and_what_stood_there_is_whole(tmp_path, name):
    TableClassifier(n_epochs=2).fit("iris").save(tmp_path / "m.safetensors")
    words = COMMANDS[name]
    out = tmp_path / words[-1]
    if name in ("train", "checkpoints"):
        out.write_bytes((tmp_path / "m.safetensors").read_bytes())
    else:
        out.write_text("of before; clearprop: made by clearprop export")
    before = out.read_bytes()
    ended = limited(tmp_path, *words)
    assert ended.returncode == 4, ended.stderr
    assert "Traceback" not in ended.stderr
    assert "could not be written" in ended.stderr
    assert "too large" in ended.stderr
    assert out.read_bytes() == before
    assert not [*tmp_path.glob(".*.tmp"), *tmp_path.glob("new/.*.tmp")]


def test_a_model_that_found_no_room_once_is_saved_where_there_is(tmp_path):
    assert limited(tmp_path, *COMMANDS["train"]).returncode == 4
    ended = subprocess.run(
        [sys.executable, "-m", "clearprop", *COMMANDS["train"]], cwd=tmp_path, env=ENVIRONMENT, capture_output=True
    )
    assert ended.returncode == 0
    assert load(tmp_path / "new.safetensors").facts_.epochs == 2
    load_model(tmp_path / "new.safetensors")


@pytest.mark.soak
@pytest.mark.parametrize("name", COMMANDS)
def test_a_disk_of_its_own_that_is_full_is_told_of_and_keeps_what_stood_there(tmp_path, name):
    """A file system in memory of 64 kB, filled to the last 4 kB, in a mount namespace of its own."""
    assert shutil.which("unshare"), "this soak needs unshare"
    TableClassifier(n_epochs=2).fit("iris").save(tmp_path / "m.safetensors")
    (tmp_path / "disk").mkdir()
    out = COMMANDS[name][-1]
    script = (
        "mount -t tmpfs -o size=64k tmpfs disk && cd disk && cp ../m.safetensors . && "
        f'{{ [ {name} = train ] && cp m.safetensors {out} || echo "of before; made by clearprop export" > {out}; }} && '
        f"sha256sum {out} > ../before; head -c 1000000 /dev/zero > filler 2>/dev/null; "
        '"$@"; code=$?; sha256sum ' + out + " > ../after; ls -A > ../left; exit $code"
    )
    command = ["unshare", "-rm", "sh", "-c", script, "sh", sys.executable, "-B", "-m", "clearprop", *COMMANDS[name]]
    ended = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True)
    assert ended.returncode == 4, ended.stderr
    assert "Traceback" not in ended.stderr
    assert "could not be written" in ended.stderr
    assert (tmp_path / "before").read_text() == (tmp_path / "after").read_text()
    assert not [line for line in (tmp_path / "left").read_text().splitlines() if line.endswith(".tmp")]
