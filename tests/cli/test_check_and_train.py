"""What `check` and `verify` look at is the training that `train` would do, for every loss and either task."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from clearprop.cli._settings import build_estimator
from clearprop.cli.check import untrained
from clearprop.cli.config import TrainConfig, resolve
from clearprop.equations import LOSSES, get_loss
from clearprop.tables import read_table
from clearprop.training import TrainingStarted

OF_CLASSES = sorted(name for name in LOSSES if get_loss(name).of_classes)
OF_NUMBERS = sorted(name for name in LOSSES if not get_loss(name).of_classes)
CASES = [("numbers", name) for name in OF_NUMBERS] + [("classes", name) for name in OF_CLASSES]


@pytest.fixture
def table(tmp_path):
    """Write 90 rows with a category, missing cells, a positive number and one of two classes."""
    rng = np.random.default_rng(3)
    path = tmp_path / "t.csv"
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(("size", "town", "amount", "kind"))
        for i in range(90):
            size, town = rng.uniform(1, 9), rng.choice(["north", "south"])
            out.writerow(
                ("" if i % 11 == 0 else f"{size:.3f}", town, "" if i == 5 else f"{3 + size:.3f}", "ab"[size > 5])
            )
    return path


@pytest.mark.parametrize(("task", "loss"), CASES)
def test_check_looks_at_the_network_that_train_begins_with(table, task, loss):
    target = "amount" if task == "numbers" else "kind"
    given = {"target": target, "loss": loss, "hidden": (4,), "epochs": 1}
    network, parameters, rows, _ = untrained(str(table), given, 16)
    started = []

    def listen(event):
        if isinstance(event, TrainingStarted):
            training = event.training
            started.append((training.network, training.session.get_state().parameters.copy(), training.rows))

    settings: TrainConfig = resolve(None, given | {"data": str(table)})
    read = read_table(table)
    build_estimator(settings, read, quiet=True).fit(read, listeners=[listen], test=settings.test)
    trained, start, trained_on = started[0]

    assert network == trained
    np.testing.assert_array_equal(parameters.vector, start.astype(np.float64))
    np.testing.assert_array_equal(rows.X, trained_on.X[:16])
    np.testing.assert_array_equal(rows.Y, trained_on.Y[:16])


@pytest.mark.parametrize("loss", ["poisson", "gamma"])
def test_a_right_gradient_is_called_right(clearprop, loss):
    assert clearprop("check", "diabetes", "--loss", loss).code == 0


def test_verify_takes_rows_without_a_target_as_train_does(clearprop, table):
    assert clearprop("verify", table, "--target", "amount", "--hidden", "4", "--epochs", "8").code == 0


def test_ctrl_c_before_the_first_epoch_is_no_internal_error(clearprop, houses, tmp_path, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("clearprop.estimators.TableRegressor.prepare", interrupted)
    ended = clearprop("train", houses, "--target", "price", "--epochs", "2", "--quiet", "--out", "m.safetensors")

    assert ended.code == 130
    assert "interrupted" in ended.err
    assert not (tmp_path / "m.safetensors").exists()
