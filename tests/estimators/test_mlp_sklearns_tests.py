"""scikit-learn's own tests of its MLP, with the import replaced by ours, run as the file they are."""

import subprocess
import sys
from pathlib import Path

import sklearn.neural_network

import clearprop

THEIRS = "from sklearn.neural_network import MLPClassifier, MLPRegressor"
OURS = "from clearprop import MLPClassifier, MLPRegressor"

LEFT_OUT = {
    "test_gradient": "calls the private method _loss_grad_lbfgs with scikit-learn's work buffers",
    "test_nonfinite_params": "expects scikit-learn's text; ours is a ValueError too, and names layer, row and step",
}
"""Each stands in docs/scikit-learn.md, and has a test of ours in its place."""

CONFTEST = """
import pytest

@pytest.fixture
def global_random_seed():
    return 42
"""


def test_scikit_learns_own_tests_pass_with_the_import_swapped(tmp_path):
    text = (Path(sklearn.neural_network.__file__).parent / "tests" / "test_mlp.py").read_text(encoding="utf-8")
    assert THEIRS in text
    assert all(f"def {name}(" in text for name in LEFT_OUT)
    (tmp_path / "test_swapped.py").write_text(text.replace(THEIRS, OURS), encoding="utf-8")
    (tmp_path / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")

    left_out = [f"--deselect=test_swapped.py::{name}" for name in LEFT_OUT]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *left_out, "test_swapped.py"]
    source = str(Path(clearprop.__file__).parents[1])
    run = subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": source}, capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-2000:]
    assert f"{len(LEFT_OUT)} deselected" in run.stdout
    assert "skipped" not in run.stdout


def test_docs_name_what_is_left_out():
    page = (Path(__file__).parents[2] / "docs" / "scikit-learn.md").read_text(encoding="utf-8")
    for name in LEFT_OUT:
        assert name in page
