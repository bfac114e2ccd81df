"""Scores are told with what makes them untrue: rows that were trained on, a target that is far off."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest

from clearprop import TableClassifier, TableRegressor, load
from clearprop.fitting import seen as sketches
from clearprop.fitting.seen import seen_among, sketch_of
from clearprop.training import Rows

SEEN = "the model was trained on"


def frame(n=300, seed=0):
    rng = np.random.default_rng(seed)
    made = pd.DataFrame({"a": rng.normal(size=n), "b": rng.choice(["u", "v"], n)})
    return made.assign(y=2 * made.a + (made.b == "u"), label=np.where(made.a > 0, "yes", "no"))


@pytest.mark.parametrize("target", ["y", "label"])
def test_a_few_of_the_training_rows_in_another_file_are_told_of(clearprop, tmp_path, target):
    frame().to_csv("all.csv", index=False)
    frame(seed=1).head(20).to_csv("new.csv", index=False)
    assert clearprop("train", "all.csv", "--target", target, "--epochs", "2", "--test", "0", "--quiet").code == 0
    frame().head(20).to_csv("some.csv", index=False)
    frame().sample(frac=1, random_state=3).head(20).assign(more=1).to_csv("shuffled.csv", index=False)
    for name in ("some.csv", "shuffled.csv", "all.csv"):
        told = clearprop("evaluate", "all.safetensors", name).err
        assert SEEN in told, name
        assert "clearprop report" in told
        assert SEEN in clearprop("evaluate", "all.safetensors", name, "--json").err
    assert SEEN not in clearprop("evaluate", "all.safetensors", "new.csv").err


def test_rows_held_out_to_the_end_were_not_trained_on(clearprop, tmp_path):
    frame().to_csv("all.csv", index=False)
    assert clearprop("train", "all.csv", "--target", "y", "--epochs", "2", "--quiet").code == 0
    model = load(tmp_path / "all.safetensors")
    test = model.prepare("all.csv", None, test=0.2).test
    pd.DataFrame({name: test.column(name).cells() for name in test.names}).to_csv("test.csv", index=False)
    assert SEEN not in clearprop("evaluate", "all.safetensors", "test.csv").err


def test_of_very_many_rows_some_are_known(monkeypatch):
    monkeypatch.setattr(sketches, "KEPT", 200)
    rng = np.random.default_rng(0)
    rows, others = (Rows(rng.normal(size=(2000, 3)), np.zeros(2000)) for _ in range(2))
    sketch = sketch_of(rows)
    assert len(sketch) == 200 * 8
    found = seen_among(sketch, rows.take(slice(0, 1000)))
    assert 60 < found.n_told < 140
    assert found.n_seen == found.n_told
    assert seen_among(sketch, others).n_seen == 0


def test_a_sketch_holds_a_hash_of_the_bytes_of_each_row():
    """Files keep sketches: what is hashed, and how it is written, stays."""
    X, Y = np.asfortranarray(np.arange(12, dtype=np.float32).reshape(4, 3)), np.array([0, 1, 0, 1])
    texts = [X[i].tobytes() + Y[i].tobytes() for i in range(4)]
    hashes = sorted(hashlib.blake2b(text, digest_size=4).hexdigest() for text in texts)
    assert sketch_of(Rows(X, Y)) == "".join(hashes)
    assert seen_among("".join(hashes), Rows(X[:1], Y[:1])).n_seen == 1
    assert seen_among("".join(hashes), Rows(X[:0], Y[:0])).n_told == 0


def test_a_file_of_before_without_a_sketch_is_told_by_its_name(clearprop, tmp_path):
    assert clearprop("train", "iris", "--epochs", "2", "--quiet").code == 0
    model = load(tmp_path / "iris.safetensors")
    model.facts_ = model.facts_.but(seen="")
    model.save(tmp_path / "old.safetensors")
    assert f"{SEEN} most of these rows" in clearprop("evaluate", "old.safetensors", "iris").err


@pytest.mark.parametrize("far", [1e9, -1e30, 1e140])
def test_a_target_far_off_is_told_of_with_its_line(clearprop, tmp_path, far):
    made = frame()
    made.loc[7, "y"] = far
    made.to_csv("far.csv", index=False)
    made.head(20).to_csv("few.csv", index=False)
    trained = clearprop("train", "far.csv", "--target", "y", "--epochs", "2", "--quiet")
    assert trained.code in (0, 5)
    assert f'the target "y" is {far:g} at far.csv:9' in trained.err
    assert '"huber"' in trained.err
    clean = frame(seed=2)
    clean.to_csv("clean.csv", index=False)
    trained = clearprop("train", "clean.csv", "--target", "y", "--epochs", "2", "--quiet")
    assert "while half of its values" not in trained.err
    assert f"is {far:g} at few.csv:9" in clearprop("evaluate", "clean.safetensors", "few.csv").err


@pytest.mark.parametrize("draw", ["lognormal", "pareto", "poisson", "standard_cauchy"])
def test_heavy_tails_are_not_far_off(draw):
    rng = np.random.default_rng(0)
    drawn = {
        "lognormal": lambda n: rng.lognormal(0, 2, n),
        "pareto": lambda n: rng.pareto(1.5, n),
        "poisson": lambda n: rng.poisson(0.02, n),
        "standard_cauchy": rng.standard_cauchy,
    }[draw](2000)
    model = TableRegressor("y", n_epochs=1).fit({"a": rng.normal(size=2000), "y": drawn})
    assert not any("while half" in note for note in model.facts_.notes)


@pytest.mark.parametrize("value", [1.0, 0.0, -7e12, 0.1, 1e-320, 1e140])
@pytest.mark.parametrize("n_epochs", [1, 3, 200])
def test_a_target_of_one_value_is_predicted_whatever_was_learned(value, n_epochs):
    rng = np.random.default_rng(0)
    rows = {"a": rng.normal(size=60), "b": rng.normal(size=60)}
    model = TableRegressor("y", n_epochs=n_epochs).fit(rows | {"y": np.full(60, value)})
    np.testing.assert_allclose(model.predict(rows), value, rtol=1e-7, atol=1e-7)
    assert any("in every training row" in note for note in model.facts_.notes)


def test_a_value_that_training_did_not_have_still_scores(tmp_path):
    rng = np.random.default_rng(0)
    rows = {"a": rng.normal(size=60), "y": np.ones(60)}
    model = TableRegressor("y", n_epochs=3).fit(rows)
    judged = model.evaluate(rows | {"y": np.r_[np.ones(59), 5.0]})
    assert judged.scores["mae"] == pytest.approx(4 / 60)
    model.save(tmp_path / "m.safetensors")
    assert load(tmp_path / "m.safetensors").predict(rows)[0] == pytest.approx(1.0)


def test_a_classifier_keeps_a_sketch_too():
    assert len(TableClassifier(n_epochs=1).fit("iris").facts_.seen) % 8 == 0
