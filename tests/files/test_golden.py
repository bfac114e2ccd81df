"""Old model files always load, and predict what they always did. See tests/golden/README.md."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from clearprop.engines import open_session
from clearprop.equations.activations import ACTIVATIONS
from clearprop.equations.losses import LOSSES
from clearprop.equations.optimizers import get_rule
from clearprop.files import load_checkpoint, load_model
from clearprop.tables import Column, Schema, Table
from clearprop.tables.encodings import NumberTarget
from clearprop.uncertainty import cv_plus

FOLDER = Path(__file__).parents[1] / "golden"
SUMS = dict(reversed(line.split()) for line in (FOLDER / "SHA256SUMS").read_text().splitlines())


def test_the_list_names_every_file_and_no_other():
    assert set(SUMS) == {path.name for path in FOLDER.glob("*.safetensors")}
    assert len(SUMS) >= 12


@pytest.mark.parametrize("name", SUMS)
def test_a_golden_file_was_never_changed(name):
    assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == SUMS[name]


@pytest.mark.parametrize("name", SUMS)
def test_a_golden_file_loads_and_predicts_what_it_always_did(name):
    model = load_model(FOLDER / name)
    golden = model.facts["golden"]
    X, members = np.array(golden["X"]), (model.parameters, *model.members)
    single = model.parameters.vector.dtype == np.float32
    sessions = [open_session(model.network, member, get_rule("sgd"), 0, engine="numpy") for member in members]
    prediction = sum(session.predict(X) for session in sessions) / len(sessions)
    np.testing.assert_allclose(prediction, golden["prediction"], rtol=1e-5 if single else 1e-12, atol=1e-14)
    column = model.table["columns"][1]
    assert column.get("beside", column)["name"] == "色"


@pytest.mark.parametrize("name", [name for name in SUMS if "checkpoint" in name])
def test_a_golden_checkpoint_can_be_continued(name):
    checkpoint = load_checkpoint(FOLDER / name)
    parameters = load_model(FOLDER / name).parameters
    session = open_session(checkpoint.network, parameters, checkpoint.rule, 7, engine="numpy")
    session.set_state(checkpoint.state)
    assert session.get_state().step == 5
    assert np.array_equal(checkpoint.vectors["best"], parameters.vector)


def test_golden_records_come_back_to_the_bit():
    records = load_checkpoint(FOLDER / "1.1-checkpoint-records.safetensors").records
    assert records.tobytes() == np.array([[1.0, 0.5, np.nan], [2.0, 0.25, np.inf]]).tobytes()


def test_the_golden_errors_of_held_out_rows_make_the_interval_they_always_made():
    target = NumberTarget.model_validate_json(
        json.dumps(load_model(FOLDER / "1.4-held-errors.safetensors").table["target"])
    )
    assert target.held.errors == ((0.0, 0.25, 0.5), (0.125, 1.0))
    low, high = cv_plus(
        np.array([[1.0], [1.5]]), [np.array(one) for one in target.held.errors], target.held.n_rows, 0.5
    )
    assert (low, high) == (0.75, 1.5)


def test_the_golden_bins_encode_as_they_always_did():
    model = load_model(FOLDER / "1.5-bins.safetensors")
    schema = Schema.from_dict(model.table)
    cells = model.facts["cells"]
    columns = {one.name: Column(one.name, one.reads, np.array(cells[one.name])) for one in schema.columns}
    np.testing.assert_array_equal(schema.encode(Table("golden", columns, 12)), model.facts["golden"]["X"])


def test_the_golden_files_cover_every_activation_and_loss_of_their_time():
    networks = [load_model(FOLDER / name).network for name in SUMS]
    activations = {layer.activation for network in networks for layer in network.layers}
    losses = {network.objective.loss.name for network in networks}
    assert len(activations) >= 14
    assert len(losses) >= 11
    assert activations <= set(ACTIVATIONS)
    assert losses <= set(LOSSES)
