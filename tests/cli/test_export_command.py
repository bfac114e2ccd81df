"""clearprop export: one command from a model file to a file of another format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clearprop import MLPClassifier
from clearprop.exchange import SCRIBES


@pytest.fixture
def model(clearprop, houses):
    """Train a model on the table of houses."""
    assert clearprop("train", houses, "--target", "price", "--epochs", 2, "--out", "m.safetensors").code == 0
    return "m.safetensors"


def test_a_model_leaves_and_is_checked(clearprop, model, tmp_path):
    result = clearprop("export", model, "--out", "m.onnx", "--check")

    assert result.code == 0, result.err
    assert (tmp_path / "m.onnx").exists()
    assert "onnxruntime" in result.out
    assert "Wrote m.onnx: ONNX" in result.err


@pytest.mark.parametrize("to", SCRIBES)
def test_every_format_by_name(clearprop, model, tmp_path, to):
    result = clearprop("export", model, "--to", to, "--out", f"a-model{SCRIBES[to].endings[0]}", "--json")

    if to == "pmml":
        assert result.code == 0 or "PMML 4.4 has no activation" in result.err
        return
    assert result.code == 0, result.err
    assert result.facts["format"] == to
    assert all((tmp_path / file).exists() for file in result.facts["files"])
    assert result.facts["golden_rows"] > 10


def test_a_check_that_cannot_be_run_is_named(clearprop, model, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)
    result = clearprop("export", model, "--out", "m.c", "--check", "--json")

    assert result.code == 0
    checks = {one["runtime"]: one for one in result.facts["checks"]}
    assert checks["C compiler"]["why_not"] == "there is no cc or gcc or clang"
    assert checks["NumPy, step by step"]["difference"] < 1e-6


def test_a_model_of_arrays_leaves_too(clearprop, tmp_path):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 3))
    MLPClassifier((4,), tol=9, n_iter_no_change=1).fit(X, X[:, 0] > 0).save(tmp_path / "a.safetensors")

    assert clearprop("export", "a.safetensors", "--out", "a.mjs", "--check").code == 0


def test_what_a_format_lacks_is_said_before_a_file_is_written(clearprop, houses, tmp_path):
    clearprop("train", houses, "--target", "price", "--epochs", 1, "--activation", "gelu", "--out", "m.safetensors")

    result = clearprop("export", "m.safetensors", "--out", "m.pmml")

    assert result.code == 2
    assert "PMML 4.4 cannot hold this model: PMML 4.4 has no activation 'gelu'" in result.err
    assert "these can: onnx, c, c-fixed, numpy, sql, javascript" in result.err
    assert not (tmp_path / "m.pmml").exists()


def test_an_unknown_ending_or_format_is_refused(clearprop, model):
    assert clearprop("export", model, "--out", "m.exe").code == 2
    assert "did you mean 'onnx'" in clearprop("export", model, "--to", "onx", "--out", "m.exe").err
    assert clearprop("export", model, "--out", model).code == 2


def test_an_interval_leaves_beside_the_number(clearprop):
    clearprop("train", "diabetes", "--epochs", "3", "--hidden", "5", "--quiet")
    told = clearprop("export", "diabetes.safetensors", "--out", "m.sql", "--interval", "0.9")
    assert "--interval 0.9 --check" in told.err
    assert "holds the true one with probability 0.9" in told.err
    assert '"predicted progression low"' in Path("m.sql").read_text()
    assert clearprop("export", "diabetes.safetensors", "--out", "m.sql", "--interval", "0.9", "--check").code == 0
