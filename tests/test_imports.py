"""Importing clearprop is cheap: the heavy libraries come only when they are used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SRC = Path(__file__).parents[1] / "src"
HEAVY = (
    "numpy", "scipy", "sklearn", "pandas", "polars", "pyarrow", "duckdb", "matplotlib", "jinja2", "pydantic",
    "typer", "rich", "safetensors", "array_api_compat", "jax", "torch", "asyncio",
)  # fmt: skip
BEYOND_NUMPY = tuple(name for name in HEAVY if name not in ("numpy", "array_api_compat", "asyncio"))


def loaded_by(statement):
    code = f"import sys; sys.path.insert(0, {str(SRC)!r}); {statement}; print(*sys.modules)"
    return set(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split())


def test_import_clearprop_loads_no_library_at_all():
    assert not loaded_by("import clearprop") & set(HEAVY)


@pytest.mark.parametrize("room", ["equations", "model", "engines"])
def test_the_lower_rooms_need_numpy_alone(room):
    assert not loaded_by(f"import clearprop.{room}") & set(BEYOND_NUMPY)


def test_a_network_is_trained_with_numpy_alone():
    statement = (
        "import numpy as np; from clearprop.engines import Order, open_session; "
        "from clearprop.model import mlp, initial; from clearprop.equations import get_rule; n = mlp(3, 4, 2); "
        "s = open_session(n, initial(n, 0), get_rule('adam'), engine='numpy'); "
        "s.run(np.ones((4, 3)), np.ones((4, 2)), None, Order.of(np.arange(4), 2), np.full(2, 0.1))"
    )
    assert not loaded_by(statement) & set(BEYOND_NUMPY)


def test_the_command_line_starts_with_what_every_command_needs():
    """A command brings its own libraries when it runs: --help and --version wait for none of them."""
    assert loaded_by("import clearprop.cli.app") & set(HEAVY) <= {"numpy", "typer", "rich"}


def test_every_name_of_the_door_is_there():
    import clearprop

    assert sorted(clearprop.__all__) == dir(clearprop)
    for name in clearprop.__all__:
        assert getattr(clearprop, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Netwrok'"):
        _ = clearprop.Netwrok


def test_predicting_from_the_command_line_loads_what_answers_and_nothing_that_trains_or_writes_formats(tmp_path):
    """It is what scripts call again and again: most of its time would be the loading of libraries."""
    from clearprop import TableClassifier

    rows = {"x": [0.0, 1.0, 2.0, 3.0] * 5, "word": ["a", "b"] * 10, "y": ["no", "no", "yes", "yes"] * 5}
    TableClassifier("y", hidden=(3,), n_epochs=1, engine="numpy").fit(rows).save(tmp_path / "m.safetensors")
    (tmp_path / "rows.csv").write_text("x,word\n1,a\n2,b\n")
    command = ["predict", str(tmp_path / "m.safetensors"), str(tmp_path / "rows.csv"), "--out", str(tmp_path / "o.csv")]
    loaded = loaded_by(f"from clearprop.cli.app import app; app({command!r}, standalone_mode=False)")
    assert (tmp_path / "o.csv").read_text().startswith("prediction,")
    assert "duckdb" in loaded
    assert not loaded & {"sklearn", "scipy", "pandas", "polars", "pyarrow", "matplotlib", "jinja2", "asyncio"}
    trains = ("fitting.fit", "proofs", "solvers", "clinic", "explain", "exchange", "estimators.table.base")
    assert not loaded & {f"clearprop.{name}" for name in trains}


def test_an_estimator_loads_no_other_and_no_writer_of_formats():
    loaded = loaded_by("from clearprop import TableClassifier")
    assert not loaded & {"clearprop.estimators.classifier", "clearprop.exchange.scribes", "clearprop.exchange.runtimes"}
    loaded = loaded_by("from clearprop import MLPClassifier")
    assert not loaded & {"clearprop.estimators.table.base", "clearprop.exchange.scribes", "clearprop.exchange.runtimes"}
