"""What cannot be folded exactly is refused with the foreign layer's number, and what would help."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

import clearprop
from clearprop.adopting import AdoptedWarning
from clearprop.errors import ForeignFileError, ReaderCannot, UsageError

CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        (("9", "9"), "layer 1 of FANN has the activation GAUSSIAN_STEPWISE.*FANN_GAUSSIAN"),
        (("5", "3"), "layer 1 of FANN mixes activations .*one for each layer"),
    ],
)
def test_it_names_the_layer_and_what_would_help(codes, words, tmp_path):
    text = (CASES / "fann_sigmoid.net").read_text()
    for code in codes:
        text = text.replace("(5, 3, ", f"(5, {code} , ", 1)
    (tmp_path / "m.net").write_text(text.replace(" , ", ", "))
    with pytest.raises(ReaderCannot, match=words):
        clearprop.adopt(tmp_path / "m.net")


def test_the_nearest_function_is_taken_where_that_is_asked_for():
    with pytest.warns(AdoptedWarning, match="hundredths"):
        model = clearprop.adopt(CASES / "fann_sigmoid_stepwise.net", nearest=True)
    rows = np.genfromtxt(CASES / "fann_sigmoid_stepwise.csv", delimiter=",", skip_header=1)
    away = np.abs(model.predict(rows[:, :4]) - rows[:, 4:]).max()
    assert 1e-4 < away < 0.07


def test_a_state_dict_asks_for_activations_and_for_an_order():
    with pytest.raises(UsageError, match="2 dense layers and no activations"):
        clearprop.adopt(CASES / "torch_relu.safetensors")


def test_an_order_that_shapes_leave_open_is_asked_for(tmp_path):
    square = {f"{name}.{part}": np.eye(3) if part == "weight" else np.zeros(3)
              for name in ("first", "second") for part in ("weight", "bias")}  # fmt: skip
    save_file(square, tmp_path / "s.safetensors")
    with pytest.raises(ReaderCannot, match=r"2 orders fit .*order="):
        clearprop.adopt(tmp_path / "s.safetensors", activations="relu")
    model = clearprop.adopt(tmp_path / "s.safetensors", activations="relu", order=["second", "first"])
    assert model.network_.sizes == (3, 3, 3)


def test_own_act_fct_of_neuralnet_is_asked_for():
    with pytest.raises(ReaderCannot, match=r'layer 1 of neuralnet.*activations="softplus"'):
        clearprop.adopt(CASES / "neuralnet_custom.rds")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\x80\x04\x95", "Python pickle, which can run any program"),
        (b"\xac\xed\x00\x05sr", "Java serialisation"),
        (b"FANN_FIX_2.0\nnum_layers=3\n", "floating point"),
        (b"a,b\n1,2\n", "text file.*clearprop reads networks of"),
    ],
)
def test_files_of_other_kinds_are_named(data, words, tmp_path):
    (tmp_path / "f").write_bytes(data)
    with pytest.raises(ReaderCannot, match=words):
        clearprop.adopt(tmp_path / "f")


def test_a_folder_and_a_missing_file_are_told(tmp_path):
    with pytest.raises(ForeignFileError, match="regular file"):
        clearprop.adopt(tmp_path)
    with pytest.raises(ForeignFileError, match="could not be read"):
        clearprop.adopt(tmp_path / "none")


def test_an_object_of_no_tool_is_named():
    with pytest.raises(UsageError, match="got dict"):
        clearprop.adopt({})
