"""Checkpoints: a run that was cut, however, goes on to the bytes of the straight one."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from clearprop import TableRegressor
from clearprop.engines import open_session, present
from clearprop.equations import RULES, get_rule, get_schedule
from clearprop.errors import DataError, ModelFileError
from clearprop.estimators import InterruptedWarning
from clearprop.files import load_checkpoint
from clearprop.fitting import checkpoints
from clearprop.fitting.checkpoints import BEST, LAST, CheckpointPlan, Checkpoints, read_resumption
from clearprop.model import Dense, Network, Objective, initial
from clearprop.training import EpochEnded, Plan, Rows, RunStopped, Training

N_STEPS_PER_EPOCH = 5


def make_rows(dtype, seed: int = 0) -> Rows:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(40, 4)).astype(dtype)
    return Rows(X, (X[:, :1] * X[:, 1:2] + 0.1).astype(dtype))


def train(engine, rule, network, plan, rows, validation, checkpoints=None, found=None, pause_at=None):
    """Train on the given engine; return the bytes of everything a straight and a resumed run must share."""
    session = open_session(network, initial(network, 3, rows.X.dtype), rule, 5, engine=engine)
    if found is not None:
        session.set_state(found.state)
    ends = []

    def watch(event):
        if isinstance(event, RunStopped):
            state = session.get_state()
            records = [record.as_dict() | {"seconds": 0} for record in event.training.progress.records]
            slots = b"".join(state.slots[name].tobytes() for name in sorted(state.slots))
            ends.append(state.parameters.tobytes() + slots + json.dumps(records).encode())

    heard = (
        [watch] if checkpoints is None else [watch, Checkpoints(checkpoints.folder, checkpoints, network, rule, rows)]
    )
    progress = None if found is None else found.progress
    Training(session, network, rows, plan, validation, heard, progress, pause_at).run()
    return ends[0]


SCHEDULES = ("constant", "cosine", "plateau", "one_cycle")
TRIED = [name for name in present() if name != "jax"]  # it would compile thousands of times
CONFIGURATIONS = list(itertools.product(RULES, (0.0, 0.3), SCHEDULES, (None, 2), (True, False)))


def check_resumed(engine, dtype, configurations, folder) -> None:
    """Train each straight, and cut at another step of the first three epochs and resumed from the file."""
    for number, (name, dropout, schedule, patience, shuffle) in enumerate(configurations):
        layers = (Dense(6, "tanh", dropout=dropout), Dense(1, "identity", dropout=dropout))
        network = Network(4, layers, Objective("squared_error", l2=1e-3))
        rows, validation = make_rows(dtype), make_rows(dtype, seed=1)
        cut = 1 + (7 * number) % (3 * N_STEPS_PER_EPOCH)
        plan = Plan(
            n_epochs=4, batch_size=8, learning_rate=0.01, schedule=get_schedule(schedule), patience=patience,
            shuffle=shuffle, seed=number,
        )  # fmt: skip
        job = (engine, get_rule(name), network, plan, rows, validation)
        straight = train(*job)
        train(*job, checkpoints=CheckpointPlan(folder), pause_at=cut)
        assert train(*job, found=read_resumption(folder)) == straight, (name, dropout, schedule, patience, shuffle, cut)


@pytest.mark.parametrize("engine", TRIED)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_configurations_resume_to_the_same_bytes(engine, dtype, tmp_path):
    """Every fifth: each value of rule, dropout, schedule, early stopping and shuffle meets each of every other."""
    check_resumed(engine, dtype, CONFIGURATIONS[::5], tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("engine", TRIED)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_configuration_resumes_to_the_same_bytes(engine, dtype, tmp_path):
    check_resumed(engine, dtype, CONFIGURATIONS, tmp_path)


def test_another_engine_may_go_on_from_a_checkpoint(tmp_path):
    """A run of one engine continues on every other, to rounding."""
    network = Network(4, (Dense(6, "tanh", dropout=0.2), Dense(1, "identity")), "squared_error")
    rows, plan = make_rows("float64"), Plan(n_epochs=3, batch_size=8)
    train("numpy", get_rule("adam"), network, plan, rows, None, CheckpointPlan(tmp_path), pause_at=7)
    ends = {
        engine: train(engine, get_rule("adam"), network, plan, rows, None, found=read_resumption(tmp_path))
        for engine in present()
    }

    size = 8 * (4 * 6 + 6 + 6 + 1)
    expected = np.frombuffer(ends["numpy"][:size])
    for end in ends.values():
        np.testing.assert_allclose(np.frombuffer(end[:size]), expected, rtol=1e-9, atol=1e-12)


def test_last_and_best_are_kept(tmp_path):
    TableRegressor(hidden=(8,), n_epochs=4).fit("diabetes", checkpoints=CheckpointPlan(tmp_path))

    last, best = load_checkpoint(tmp_path / LAST), load_checkpoint(tmp_path / BEST)
    assert last.progress["epoch"] == 4
    assert best.progress["best"]["epoch"] == best.progress["epoch"] <= 4


def test_checkpoints_by_time_fall_into_epochs(tmp_path):
    model = TableRegressor(hidden=(8,), n_epochs=3)
    with pytest.warns(InterruptedWarning), pytest.raises(KeyboardInterrupt):
        model.fit("diabetes", checkpoints=CheckpointPlan(tmp_path, epochs=None, seconds=1e-9, pause_at=3))

    assert load_checkpoint(tmp_path / LAST).state.step == 3


def test_best_epochs_do_not_put_off_the_newest_state(tmp_path, monkeypatch):
    """Each epoch takes 6 s and is the best so far; the newest state is due every 10 s."""
    kept = []
    monkeypatch.setattr(checkpoints, "time", SimpleNamespace(perf_counter=lambda: 6 * len(kept)))

    def watch(event):
        if isinstance(event, EpochEnded):
            kept.append((event.improved, (tmp_path / LAST).exists()))

    rows, network, rule = make_rows("float64"), Network(4, (Dense(1, "identity"),), "squared_error"), get_rule("sgd")
    session = open_session(network, initial(network, 3), rule, 5, engine="numpy")
    listener = Checkpoints(tmp_path, CheckpointPlan(epochs=None, seconds=10), network, rule, rows)
    Training(session, network, rows, Plan(n_epochs=4, batch_size=40), listeners=[listener, watch]).run()
    assert kept == [(True, False), (True, False), (True, True), (True, True)]


def test_other_data_are_refused(tmp_path):
    TableRegressor(hidden=(8,), n_epochs=1).fit("diabetes", checkpoints=CheckpointPlan(tmp_path))

    with pytest.raises(DataError, match="same data"):
        TableRegressor(hidden=(8,), n_epochs=2, random_state=1).fit(
            "diabetes", checkpoints=CheckpointPlan(resume=read_resumption(tmp_path))
        )


def test_a_folder_without_checkpoints_is_named(tmp_path):
    with pytest.raises(ModelFileError, match="does not exist"):
        read_resumption(tmp_path)


TRAIN = [
    sys.executable, "-c", "from clearprop.cli import main; main()",
    "train", "digits", "--hidden", "32", "--epochs", "60", "--patience", "60", "--quiet",
    "--checkpoint-dir", "checkpoints",
]  # fmt: skip
RESUME = [*TRAIN[:3], "resume", "checkpoints", "--quiet"]


def start(command: list[str], folder: Path) -> subprocess.Popen:
    source = str(Path(__file__).parents[2] / "src")
    environment = os.environ | {"PYTHONPATH": source, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def wait_for_checkpoint(process: subprocess.Popen, folder: Path, seconds: float) -> None:
    """Wait for the first checkpoint, and then a while."""
    while not (folder / "checkpoints" / LAST).exists() and process.poll() is None:
        time.sleep(0.01)
    time.sleep(seconds)


def killed_and_resumed(folder: Path, rng: np.random.Generator, n_kills: int) -> bytes:
    """Kill a training n_kills times at random moments, each time resuming; return the final checkpoint's numbers."""
    for kill in range(n_kills):
        process = start(TRAIN if kill == 0 else RESUME, folder)
        wait_for_checkpoint(process, folder, rng.uniform(0.0, 0.3) + (1.5 if kill else 0.0))
        process.kill()
        process.communicate()
        load_checkpoint(folder / "checkpoints" / LAST)
    process = start(RESUME, folder)
    _, err = process.communicate()
    assert process.returncode == 0, err.decode()
    return final_numbers(folder)


def final_numbers(folder: Path) -> bytes:
    checkpoint = load_checkpoint(folder / "checkpoints" / LAST)
    slots = [checkpoint.state.slots[name].tobytes() for name in sorted(checkpoint.state.slots)]
    return checkpoint.state.parameters.tobytes() + b"".join(slots)


def straight_numbers(folder: Path) -> bytes:
    process = start(TRAIN, folder)
    _, err = process.communicate()
    assert process.returncode == 0, err.decode()
    return final_numbers(folder)


def kill_trainings(folder: Path, n_kills: int, seed: int) -> int:
    """Kill -9 a training n_kills times at random moments, resuming each time, from a new start whenever it ends.

    Every kill leaves a readable checkpoint; every run that came to its end has the bytes of the straight one.
    """
    rng = np.random.default_rng(seed)
    straight = in_a_child(folder / "straight")
    straight.join()
    expected = final_numbers(folder / "straight")
    n_done, run = 0, 0
    while n_done < n_kills:
        place = folder / f"run{run}"
        child = in_a_child(place)
        child.join(rng.uniform(0.005, 0.5))
        if child.is_alive():
            child.kill()
            child.join()
            n_done += 1
            if (place / "checkpoints" / LAST).exists():
                load_checkpoint(place / "checkpoints" / LAST)
        else:
            assert child.exitcode == 0
            assert final_numbers(place) == expected
            run += 1
    return n_done


def in_a_child(folder: Path) -> multiprocessing.Process:
    """Start a training, or go on with it, in a child process."""
    child = multiprocessing.get_context("forkserver").Process(target=train_or_resume, args=(folder,))
    child.start()
    return child


def train_or_resume(folder: Path) -> None:
    kept = folder / "checkpoints"
    plan = CheckpointPlan(kept, resume=read_resumption(kept) if (kept / LAST).exists() else None)
    model = TableRegressor(hidden=(16,), n_epochs=60, patience=60, dropout=0.1)
    model.fit("diabetes", checkpoints=plan)


def test_kill_9_and_resume_is_the_straight_run(tmp_path):
    for name in ("straight", "killed"):
        (tmp_path / name).mkdir()

    straight = straight_numbers(tmp_path / "straight")

    assert killed_and_resumed(tmp_path / "killed", np.random.default_rng(), 1) == straight


def test_a_few_kills_lose_nothing(tmp_path):
    assert kill_trainings(tmp_path, n_kills=5, seed=int.from_bytes(os.urandom(2))) == 5


@pytest.mark.soak
def test_a_thousand_kills_lose_nothing(tmp_path):
    assert kill_trainings(tmp_path, n_kills=1000, seed=0) == 1000


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_leaves_a_checkpoint_and_the_right_exit_code(tmp_path, number):
    command = [word if word not in ("60",) else "100000" for word in TRAIN]
    process = start(command, tmp_path)
    wait_for_checkpoint(process, tmp_path, 0.2)
    process.send_signal(number)
    process.communicate(timeout=60)

    assert process.returncode == 128 + number
    assert load_checkpoint(tmp_path / "checkpoints" / LAST).state.step > 0
    assert (tmp_path / "digits.safetensors").exists()
