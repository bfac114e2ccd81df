"""A recorded run on disk: states at some of its steps, the rows it trained on, and what every step found."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass, field
from io import BufferedIOBase
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from clearprop.engines import State
from clearprop.equations.optimizers import Rule
from clearprop.errors import ModelFileError, UsageError
from clearprop.files._format import as_written, read_by
from clearprop.files.atomic import write_atomically
from clearprop.files.container import RUN_ENTRY, Array, Header, check_tensors, read_header, read_tensors, to_bytes
from clearprop.files.descriptions import (
    Json,
    network_from_json,
    network_to_json,
    rule_from_json,
    rule_to_json,
    validate,
)
from clearprop.files.entry import check_version, fingerprint
from clearprop.files.strict_json import canonical, parse, plain
from clearprop.model import Network, parameter_shapes
from clearprop.paths import PathLike

RUN_VERSION = (1, 0)
CURVE = ("step", "J", "R", "gradient norm")
"""The columns of `RunFile.curve`."""
_SLOT = "slot."
_DOUBLES = frozenset({"curve", "epochs", "row_numbers"})
_Count = Annotated[int, Field(ge=0, lt=1 << 40)]


@dataclass(frozen=True, eq=False, kw_only=True)
class RunFile:
    """A recorded run.

    Attributes
    ----------
    network : Network
    rule : Rule
    states : tuple of State
        What the session knew between two steps; their step counters ascend.
    X, Y, weights : array
        The rows, as `clearprop.training.Rows` has them; Y may be (n,), class indices among them, weights None.
    row_numbers : int array (n,)
        What the user calls each row.
    curve : float64 array (n_steps, 4)
        The columns `CURVE`, of every step, or of every k-th.
    epochs : float64 array (n_epochs, n_columns)
        The history.
    about : dict
        Plain data: the plan, the engine, names, what the columns of `epochs` are.
    """

    network: Network
    rule: Rule
    states: tuple[State, ...]
    X: Array
    Y: Array
    weights: Array | None
    row_numbers: Array
    curve: Array
    epochs: Array
    about: Json = field(default_factory=dict)


class _RunForm(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    schema_version: str
    network: Json
    rule: Json
    steps: Annotated[list[_Count], Field(min_length=1)]
    rows: Annotated[list[_Count], Field(min_length=2, max_length=2)]
    targets: Literal["rows", "numbers", "classes"]
    weighted: bool
    curve: _Count
    epochs: Annotated[list[_Count], Field(min_length=2, max_length=2)]
    about: Json
    sha256: str


def save_run(path: PathLike, run: RunFile) -> int:
    """Write a recorded run, atomically; return its bytes.

    Raises
    ------
    UsageError
        If it holds what the format cannot.
    WriteError
        If the system refuses; what stood there before is whole.
    """
    tensors = {name: as_written(array) for name, array in _tensors(run).items()}
    entry = plain(_entry(run), "the run")
    data = to_bytes(canonical(entry | {"sha256": fingerprint(entry, tensors)}), tensors, RUN_ENTRY)
    try:
        _examine(io.BytesIO(data))
    except (ModelFileError, UsageError) as error:
        raise UsageError(f"{path} was not written, because it could not be read again: {error}") from None
    write_atomically(path, data)
    return len(data)


def load_run(path: PathLike) -> RunFile:
    """Read a recorded run, as strictly as a model.

    Raises
    ------
    ModelFileError
        If it is not a sound one; the message says what was expected, what came and what to do.
    """
    return read_by(path, _read)


def _entry(run: RunFile) -> Json:
    return {
        "schema_version": ".".join(map(str, RUN_VERSION)),
        "network": network_to_json(run.network),
        "rule": rule_to_json(run.rule),
        "steps": [state.step for state in run.states],
        "rows": list(run.X.shape),
        "targets": "rows" if run.Y.ndim == 2 else "numbers" if run.Y.dtype.kind == "f" else "classes",
        "weighted": run.weights is not None,
        "curve": len(run.curve),
        "epochs": list(run.epochs.shape),
        "about": run.about,
    }


def _tensors(run: RunFile) -> dict[str, Array]:
    """Return the arrays; rows and targets in the precision of the parameters, in which the network took them."""
    dtype = run.states[0].parameters.dtype
    tensors = {
        "parameters": np.stack([state.parameters for state in run.states]),
        "X": run.X.astype(dtype, copy=False),
        "Y": run.Y.astype(dtype, copy=False),
        "row_numbers": run.row_numbers.astype(np.float64),
        "curve": run.curve.astype(np.float64).reshape(-1, len(CURVE)),
        "epochs": run.epochs.astype(np.float64),
    }
    if run.weights is not None:
        tensors["weights"] = run.weights.astype(dtype, copy=False)
    slots = {_SLOT + name: np.stack([state.slots[name] for state in run.states]) for name in run.rule.slots}
    return tensors | slots


def _examine(file: BufferedIOBase) -> tuple[Header, _RunForm, Json, dict[str, Array]]:
    """Check all that stands before the tensor bytes; return it with arrays for them."""
    header = read_header(file, RUN_ENTRY)
    data = parse(header.entry, f"the entry {RUN_ENTRY!r}")
    if not isinstance(data, dict):
        raise ModelFileError(f"the entry {RUN_ENTRY!r} must be a JSON object.")
    newer = check_version(data.get("schema_version"), RUN_VERSION)
    known = {name: value for name, value in data.items() if name in _RunForm.model_fields} if newer else data
    form = validate(_RunForm, known, RUN_ENTRY)
    if sorted(set(form.steps)) != form.steps:
        raise ModelFileError("steps must ascend.")
    shapes = _shapes(form)
    dtype = check_tensors(header, shapes, _DOUBLES)
    arrays = {name: np.empty(shape, np.float64 if name in _DOUBLES else dtype) for name, shape in shapes.items()}
    return header, form, data, arrays


def _shapes(form: _RunForm) -> dict[str, tuple[int, ...]]:
    network = network_from_json(form.network)
    n_rows, n_columns = form.rows
    if n_columns != network.inputs.n_columns:
        raise ModelFileError(f"rows have {n_columns} columns; the network takes {network.inputs.n_columns}.")
    of_states = (len(form.steps), sum(map(math.prod, parameter_shapes(network).values())))
    shapes: dict[str, tuple[int, ...]] = {
        "parameters": of_states,
        "X": (n_rows, n_columns),
        "Y": (n_rows, network.n_out) if form.targets == "rows" else (n_rows,),
        "row_numbers": (n_rows,),
        "curve": (form.curve, len(CURVE)),
        "epochs": (form.epochs[0], form.epochs[1]),
    }
    if form.weighted:
        shapes["weights"] = (n_rows,)
    return shapes | {_SLOT + name: of_states for name in rule_from_json(form.rule).slots}


def _read(file: BufferedIOBase) -> RunFile:
    header, form, data, arrays = _examine(file)
    read_tensors(file, header, arrays)
    if fingerprint(data, arrays) != form.sha256:
        raise ModelFileError("the contents do not have the SHA-256 noted in the file: it was altered or damaged.")
    if not (np.isfinite(arrays["X"]).all() and np.isfinite(arrays["Y"]).all()):
        raise ModelFileError("X and Y must hold finite numbers only.")
    rule = rule_from_json(form.rule)
    states = tuple(
        State(arrays["parameters"][k], {name: arrays[_SLOT + name][k] for name in rule.slots}, step)
        for k, step in enumerate(form.steps)
    )
    Y, numbers = arrays["Y"], arrays["row_numbers"]
    network = network_from_json(form.network)
    return RunFile(
        network=network,
        rule=rule,
        states=states,
        X=arrays["X"],
        Y=_classes(Y, network) if form.targets == "classes" else Y,
        weights=arrays.get("weights"),
        row_numbers=_whole(numbers, "row_numbers"),
        curve=arrays["curve"],
        epochs=arrays["epochs"],
        about=form.about,
    )


def _classes(Y: Array, network: Network) -> Array:
    classes = _whole(Y, "Y")
    if ((classes < 0) | (classes >= network.n_out)).any():
        raise ModelFileError(f"Y must hold classes 0 to {network.n_out - 1}.")
    return classes


def _whole(array: Array, name: str) -> Array:
    if not (np.isfinite(array).all() and (np.abs(array) < 1 << 53).all() and (array == np.floor(array)).all()):
        raise ModelFileError(f"{name} must hold whole numbers.")
    return array.astype(np.int64)
