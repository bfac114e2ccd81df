"""What the network answers over one or two columns: the numbers are the network's own."""

from __future__ import annotations

import base64

import numpy as np
import pandas as pd
import pytest

from clearprop.errors import UsageError
from clearprop.fitting.streaming import open_table
from clearprop.studio import Asked, Studio
from clearprop.studio.plane import choices, plane
from clearprop.studio.run import Run

SETTINGS = {"hidden": (5,), "activation": "tanh", "optimizer": "adam", "batch_size": 32, "l2": 0.01}


def frame(n=120, classes=True):
    rng = np.random.default_rng(0)
    made = pd.DataFrame({"x": rng.normal(size=n) * 40, "y": rng.normal(size=n), "kind": rng.choice(["a", "b"], n)})
    made.loc[::17, "y"] = np.nan
    score = made["x"] / 40 + made["y"].fillna(0) + (made["kind"] == "a")
    made["t"] = np.where(score > 0.5, "yes", "no") if classes else 300 + 20 * score
    return made


def trained(classes):
    """Return a run to its end, and its table."""
    asked = Asked(**SETTINGS, learning_rate=0.02, epochs=8)
    data = frame(classes=classes)
    run = Run(open_table(data, False), "t", asked)
    run.finish()
    return run, data


@pytest.mark.parametrize("columns", [("x",), ("x", "y")])
@pytest.mark.parametrize("classes", [True, False])
def test_the_values_are_the_models_own_answers_to_such_rows(classes, columns):
    run, data = trained(classes)
    made = plane(run, run.last, columns, row=2)
    base = data.iloc[int(run.now.recorder.about.row_numbers[run.rows[2]])]
    mesh = np.meshgrid(*made.axes)
    rows = pd.DataFrame({name: [base[name]] * mesh[0].size for name in ("x", "y", "kind")})
    for name, places in zip(columns, mesh, strict=True):
        rows[name] = places.ravel()
    X = run.now.job.schema.encode(open_table(rows, False), np.float32)
    outputs = run.answers(run.last, X)
    expected = np.hstack([1 - outputs, outputs]) if classes else run.now.job.schema.target.answer(outputs)
    np.testing.assert_allclose(made.values.reshape(expected.shape), expected, rtol=1e-6, atol=1e-6)
    assert made.labels == (("no", "yes") if classes else ("t",))
    assert np.ptp(made.values) > 0


def test_every_moment_has_its_own_answers():
    run, _ = trained(True)
    early, late = (plane(run, step, ("x",), 0).values for step in (0, run.last))
    assert np.abs(early - late).max() > 0.05
    np.testing.assert_array_equal(plane(run, 0, ("x",), 0).values, early)


def test_dots_are_training_rows_in_the_units_of_the_table():
    run, data = trained(False)
    made = plane(run, 0, ("x", "y"), 0)
    known = data[["x", "y", "t"]].dropna().to_numpy()
    assert len(made.dots) > 50
    assert all(np.isclose(known, dot).all(axis=1).any() for dot in made.dots)
    low, high = made.axes[0][[0, -1]]
    assert low < made.dots[:, 0].min() <= made.dots[:, 0].max() < high


@pytest.mark.parametrize("asked", [((), 0), (("kind",), 0), (("x", "y", "x2"), 0), (("x",), 99), (("x",), -1)])
def test_what_cannot_be_drawn_is_refused(asked):
    run, _ = trained(True)
    assert choices(run) == ["x", "y"]
    with pytest.raises(UsageError, match=r"columns of numbers|row must be"):
        plane(run, 0, *asked)


def test_json_holds_every_value():
    studio = Studio.on(open_table("iris", False), "species", Asked(epochs=2))
    found = studio.plane(0, ["petal length (cm)", "petal width (cm)"], 0)
    values = np.frombuffer(base64.b64decode(found["values"]), "<f4")
    assert len(values) == len(found["axes"][0]) * len(found["axes"][1]) * len(found["labels"])
    np.testing.assert_allclose(values.reshape(-1, 3).sum(axis=1), 1, atol=1e-5)
