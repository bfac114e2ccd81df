"""Checkpoints: a model between two steps, and all that is needed to go on."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from clearprop.engines import State
from clearprop.equations.optimizers import Rule
from clearprop.errors import ModelFileError
from clearprop.files._format import read_file, write_file
from clearprop.files.container import DOUBLE, Array
from clearprop.files.descriptions import Json, rule_from_json, rule_to_json
from clearprop.model import Network, Parameters, parameter_shapes
from clearprop.paths import PathLike

_SLOT, _VECTOR = "slot.", "vector."


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """What a checkpoint holds.

    Attributes
    ----------
    network : Network
    rule : Rule
        The update rule whose memory the state holds.
    state : State
        Parameters, slots and step counter of the session.
    progress : dict
        Where training stands (epoch, batch, history, patience ...): plain data, of `clearprop.training`.
    vectors : dict of str to array (n,)
        Further parameter vectors, such as those of the best epoch; names of small letters and underscores.
    table, facts
        As in `ModelFile`.
    records : float64 array (n_rows, n_columns) or None
        Further numbers, such as the history; any of them may be NaN or infinite.
    """

    network: Network
    rule: Rule
    state: State
    progress: Json = field(default_factory=dict)
    vectors: dict[str, Array] = field(default_factory=dict)
    table: Json | None = None
    facts: Json = field(default_factory=dict)
    records: Array | None = None


def save_checkpoint(path: PathLike, checkpoint: Checkpoint) -> None:
    """Write a checkpoint, atomically.

    Parameters
    ----------
    path : str or Path
    checkpoint : Checkpoint

    Raises
    ------
    UsageError
        If it holds what the format cannot: parameters that are not finite, data that are not plain.
    WriteError
        If the system refuses; what stood there before is whole.
    """
    state = checkpoint.state
    parameters = Parameters(parameter_shapes(checkpoint.network), state.parameters)
    extras = {_SLOT + name: slot for name, slot in state.slots.items()}
    extras |= {_VECTOR + name: vector for name, vector in checkpoint.vectors.items()}
    fields: Json = {
        "rule": rule_to_json(checkpoint.rule),
        "step": state.step,
        "progress": checkpoint.progress,
        "vectors": sorted(checkpoint.vectors),
    }
    if checkpoint.records is not None:
        extras[DOUBLE] = np.asarray(checkpoint.records, np.float64)
        fields["records"] = list(extras[DOUBLE].shape)
    write_file(path, checkpoint.network, parameters, checkpoint.table, checkpoint.facts, fields, extras)


def load_checkpoint(path: PathLike) -> Checkpoint:
    """Read a checkpoint.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Checkpoint

    Raises
    ------
    ModelFileError
        If it is not a sound clearprop checkpoint; the message says what was expected, what came and what to do.
    """
    contents = read_file(path)
    entry, form = contents.entry, contents.entry.checkpoint
    if form is None:
        raise ModelFileError(f"{path}: this is a finished model, not a checkpoint; there is nothing to resume.")
    slots = _with_prefix(_SLOT, contents.extras)
    state = State(contents.parameters.vector, slots, form.step)
    vectors = _with_prefix(_VECTOR, contents.extras)
    return Checkpoint(
        contents.network, rule_from_json(form.rule), state, form.progress, vectors, entry.table, entry.facts,
        contents.extras.get(DOUBLE),
    )  # fmt: skip


def _with_prefix(prefix: str, arrays: dict[str, Array]) -> dict[str, Array]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
