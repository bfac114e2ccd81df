"""Model files: a network, its parameters, its table and the facts of its training."""

from __future__ import annotations

from dataclasses import dataclass, field

from clearprop.files._format import read_file, write_file
from clearprop.files.descriptions import Json
from clearprop.model import Network, Parameters
from clearprop.paths import PathLike


@dataclass(frozen=True, eq=False)
class ModelFile:
    """What a model file holds.

    Attributes
    ----------
    network : Network
    parameters : Parameters
        float32 or float64, all finite.
    table : dict or None
        How rows of a table become rows of X, and outputs answers: plain data, of `clearprop.tables`.
    facts : dict
        What is known of the training (seed, versions, split, metrics, history ...): plain data.
    members : tuple of Parameters
        Of the further networks, where the answer is the mean of several.
    """

    network: Network
    parameters: Parameters
    table: Json | None = None
    facts: Json = field(default_factory=dict)
    members: tuple[Parameters, ...] = ()


def save_model(path: PathLike, model: ModelFile) -> None:
    """Write a model file, atomically.

    Parameters
    ----------
    path : str or Path
    model : ModelFile

    Raises
    ------
    UsageError
        If the model holds what the format cannot: parameters that are not finite, data that are not plain.
    WriteError
        If the system refuses; what stood there before is whole.
    """
    write_file(path, model.network, model.parameters, model.table, model.facts, members=model.members)


def load_model(path: PathLike) -> ModelFile:
    """Read a model file. A checkpoint is one too: the model of that moment is returned.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    ModelFile

    Raises
    ------
    ModelFileError
        If it is not a sound clearprop model; the message says what was expected, what came and what to do.
    """
    contents = read_file(path)
    return ModelFile(
        contents.network, contents.parameters, contents.entry.table, contents.entry.facts, contents.members
    )
