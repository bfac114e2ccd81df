"""SIGTERM and SIGINT at random moments of a training: how long until the checkpoint is written, and until the end.

    python benchmarks/signals.py FOLDER [--signals 20] [--engines native,numpy] [--tasks mnist,connections] [--seed 0]

FOLDER holds ``mnist/train-*-ubyte.gz`` and ``kddcup99_10percent/kddcup99_10percent.csv.gz``. `clearprop train` runs
as a process: on MNIST, 784-256-128-10, and on half a million connections with 41 columns, streamed from disk. After its
first checkpoint and a random while it gets one of the two signals. Every run has to end with exit code 143 or 130, and
with a checkpoint, younger than the signal, that loads.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from mnist import read_mnist

import clearprop
from clearprop.files import load_checkpoint
from clearprop.fitting.checkpoints import LAST

LONGEST_WAIT = 2.0  # seconds of training before the signal: several epochs on MNIST
GOAL = 2.0  # seconds
ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(clearprop.__file__).parents[1])}


def mnist_options(folder: Path, work: Path) -> list[str]:
    rows = read_mnist(folder / "mnist", "train")
    np.savez(work / "mnist.npz", X=rows.X, y=rows.Y)
    return [str(work / "mnist.npz"), "--hidden", "256,128"]


def connections_options(folder: Path, work: Path) -> list[str]:
    table = folder / "kddcup99_10percent" / "kddcup99_10percent.csv.gz"
    return [str(table), "--target", "label", "--hidden", "128,64", "--stream"]


TASKS = {"mnist": mnist_options, "connections": connections_options}


def one_signal(command: list[str], work: Path, number: signal.Signals, wait: float) -> tuple[float, float]:
    """Return the seconds from the signal to the checkpoint, and to the end of the process."""
    with tempfile.TemporaryDirectory(dir=work) as folder:
        last = Path(folder) / "checkpoints" / LAST
        process = subprocess.Popen(
            command, cwd=folder, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        while not last.exists() and process.poll() is None:
            time.sleep(0.01)
        time.sleep(wait)
        sent = time.time()
        process.send_signal(number)
        _, told = process.communicate()
        ended = time.time() - sent
        assert process.returncode == 128 + number, (process.returncode, told.decode())
        assert load_checkpoint(last).state.step > 0
        written = last.stat().st_mtime - sent
        assert written > 0, "the checkpoint is older than the signal"
        return written, ended


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--signals", type=int, default=20)
    parser.add_argument("--engines", default="native,numpy")
    parser.add_argument("--tasks", default="mnist,connections")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    print("| task | engine | signals | slowest checkpoint | slowest end | within two seconds |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as work:
        for task in options.tasks.split(","):
            data = TASKS[task](options.folder.resolve(), Path(work))
            for engine in options.engines.split(","):
                command = [sys.executable, "-c", "from clearprop.cli import main; main()", "train", *data]
                command += ["--engine", engine, "--epochs", "100000", "--patience", "100000", "--quiet"]
                command += ["--checkpoint-dir", "checkpoints"]
                found = [
                    one_signal(command, Path(work), number, rng.uniform(0, LONGEST_WAIT))
                    for _ in range(options.signals // 2)
                    for number in (signal.SIGTERM, signal.SIGINT)
                ]
                written, ended = np.array(found).T
                good = f"{int(np.sum(ended <= GOAL))} of {len(found)}"
                print(f"| {task} | {engine} | {len(found)} | {written.max():.2f} s | {ended.max():.2f} s | {good} |")


if __name__ == "__main__":
    main()
