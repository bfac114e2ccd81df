"""Commands as processes, and signals sent to them at drawn moments.

    PYTHONPATH=src python tests/cli/signalled.py EMPTY_FOLDER 500 [SEED]

sends so many, counts aloud, and stops at the first that is not answered in order.
"""

from __future__ import annotations

import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

import clearprop
from clearprop.files import load_model
from clearprop.recording import load_recording

ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(clearprop.__file__).parents[1])}
CASES = Path(__file__).parents[1] / "adopt" / "cases"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LONGEST = 1800  # seconds: of a command that has all but no processor to itself
PYTHON_ITSELF = "init_import_site"
"""What stands on stderr where the interpreter had not yet begun with the program."""

QUICK = ["--effort", "quick", "--epochs", "4"]
COMMANDS = {
    "train": ["train", "iris", "--epochs", "40", "--report", "new.html", "--out", "new.safetensors"],
    "train with checkpoints": ["train", "digits", "--epochs", "8", "--checkpoint-dir", "new", "--out", "n.safetensors"],
    "train by a solver": ["train", "diabetes", "--optimizer", "lbfgs", "--epochs", "60", "--out", "new.safetensors"],
    "train with all effort": ["train", "diabetes", "--effort", "best", "--epochs", "6", "--out", "new.safetensors"],
    "train members": ["train", "wine", *QUICK, "--members", "4", "--by", "bootstrap", "--out", "new.safetensors"],
    "train on": ["train", "iris", "--start-from", "m.safetensors", "--epochs", "40", "--out", "new.safetensors"],
    "train and record": ["train", "iris", *QUICK, "--record", "new_run.safetensors", "--out", "new.safetensors"],
    "train and record a page": ["train", "iris", *QUICK, "--record", "new.html", "--out", "new.safetensors"],
    "find-lr": ["train", "iris", "--find-lr"],
    "predict": ["predict", "m.safetensors", "iris", "--interval", "0.8", "--out", "new.csv"],
    "evaluate": ["evaluate", "m.safetensors", "iris", "--json"],
    "cv": ["cv", "iris", *QUICK, "--out", "new.csv"],
    "tune": ["tune", "iris", *QUICK, "--trials", "3", "--journal", "new.json", "--out", "new.safetensors"],
    "compare": ["compare", "iris", *QUICK, "--folds", "2", "--out", "new.html"],
    "report": ["report", "m.safetensors", "iris", "--out", "new.html"],
    "inspect": ["inspect", "m.safetensors"],
    "explain": ["explain", "m.safetensors", "iris", "--out", "new.html"],
    "derive": ["derive", "m.safetensors", "--out", "new.html"],
    "check": ["check", "iris"],
    "export": ["export", "m.safetensors", "--out", "new.py"],
    "import": ["import", "theirs.safetensors", "--activations", "relu", "--out", "new.safetensors"],
    "record": ["record", "run.safetensors", "--out", "new.html"],
    "replay": ["replay", "run.safetensors", "--step", "3", "--row", "5"],
    "resume": ["resume", "runs", "--out", "new.safetensors"],
    "verify": ["verify", "iris", "--epochs", "3"],
    "worksheet": ["worksheet", "--sizes", "2-3-2", "--out", "new.html"],
    "grade": ["grade", "sheet.html", "answers.csv"],
    "diagnose": ["diagnose", "m.safetensors", "iris", "mine.npz"],
    "studio": ["studio", "iris", "--no-browser"],
    "about": ["about"],
}
UNTIL_STOPPED = {"studio": 8.0}
"""Commands that end by a signal only, and seconds within which one is sent."""


@dataclass(frozen=True)
class End:
    """How a command ended."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def before_the_program(self) -> bool:
        """Whether the signal met the interpreter before the first line of ours."""
        return -self.code in SIGNALS or PYTHON_ITSELF in self.err or "importlib._bootstrap" in self.err


def prepare(folder: Path) -> None:
    """Leave what some commands need: a model, checkpoints, a recording, a sheet with answers, gradients, a network."""
    for words in (
        ["train", "iris", "--epochs", "2", "--quiet", "--out", "m.safetensors", "--checkpoint-dir", "runs"],
        ["train", "iris", *QUICK, "--quiet", "--out", "other.safetensors", "--record", "run.safetensors"],
        ["worksheet", "--out", "sheet.html", "--template", "answers.csv"],
    ):
        end = run(words, folder)
        assert end.code == 0, end.err
    shutil.copy(CASES / "torch_relu.safetensors", folder / "theirs.safetensors")
    with (folder / "answers.csv").open("r+", newline="", encoding="utf-8") as answers:
        cells = next(csv.reader(answers))
        answers.seek(0)
        csv.writer(answers).writerows([cells, ["somebody", *["1"] * (len(cells) - 1)]])
        answers.truncate()
    model = clearprop.load(folder / "m.safetensors")
    np.savez(folder / "mine.npz", dW1=model.trace("iris")["dW1"])


def run(words: list[str], folder: Path, number: signal.Signals | None = None, delay: float = 0.0) -> End:
    """Run a command; after a delay send it a signal."""
    started = time.perf_counter()
    process = begin(words, folder)
    if number is not None:
        time.sleep(delay)
        process.send_signal(number)
    out, err = process.communicate(timeout=LONGEST)
    return End(process.returncode, out, err, time.perf_counter() - started)


def begin(words: list[str], folder: Path) -> subprocess.Popen[str]:
    """Begin a command."""
    return subprocess.Popen(
        [sys.executable, "-m", "clearprop", *words], cwd=folder, env=ENVIRONMENT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=_as_from_a_terminal,  # no threads
    )  # fmt: skip


def _as_from_a_terminal() -> None:
    """Let no signal be ignored, as nohup and a shell's & would have it."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)


def check_end(end: End, number: signal.Signals, folder: Path) -> None:
    """Check that a signal ended a command as it should, or came too late, and left nothing half done."""
    if end.before_the_program:
        assert not [made for made in folder.glob("new*") if made.is_file()]
        return
    assert end.code in (0, 128 + number), (end.code, end.err)
    assert "Traceback" not in end.err
    assert "internal error" not in end.err
    assert "Exception ignored" not in end.err
    assert not list(folder.glob(".*.tmp")), "a half-written file was left"
    for model in (*folder.glob("n*.safetensors"), *folder.glob("new/*.safetensors")):
        (load_recording if model.name == "new_run.safetensors" else load_model)(model)
    for page in folder.glob("new*.html"):
        assert page.read_text("utf-8").rstrip().endswith("</html>")
    if "Saved" in end.err:
        assert list(folder.glob("n*.safetensors"))


def send_signals(
    folder: Path, n_signals: int, seed: int, tell: Callable[[str], None] = lambda line: None
) -> dict[str, int]:
    """Send so many signals at drawn moments of drawn commands; return how often each came to an end by its signal."""
    prepare(folder)
    rng = np.random.default_rng(seed)
    lasting: dict[str, float] = {}
    ended = dict.fromkeys(COMMANDS, 0)
    for sent in range(1, n_signals + 1):
        name = str(rng.choice(list(COMMANDS)))
        if name not in lasting:
            lasting[name] = UNTIL_STOPPED.get(name) or _lasts(name, folder)
        for made in (*folder.glob("n*"), *folder.glob("new/*")):
            if made.is_file():
                made.unlink()
        number = SIGNALS[rng.integers(len(SIGNALS))]
        end = run(COMMANDS[name], folder, number, float(rng.uniform(0.0, 1.05 * lasting[name])))
        check_end(end, number, folder)
        ended[name] += end.code != 0
        tell(f"{sent}: {name}, {number.name}, code {end.code}, before our first line: {end.before_the_program}")
    return ended


def _lasts(name: str, folder: Path) -> float:
    """Return the seconds that a command takes, which must end in order without a signal."""
    end = run(COMMANDS[name], folder)
    assert end.code == 0, (name, end.code, end.err)
    return end.seconds


if __name__ == "__main__":
    print(send_signals(Path(sys.argv[1]), int(sys.argv[2]), int((*sys.argv[3:], "0")[0]), partial(print, flush=True)))
