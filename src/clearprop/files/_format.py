"""The one writer and the one loader behind model files and checkpoints."""

from __future__ import annotations

import io
import math
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from clearprop.errors import ModelFileError, UsageError, cut
from clearprop.files.atomic import write_atomically
from clearprop.files.container import DOUBLE, Array, Header, Shapes, check_tensors, read_header, read_tensors, to_bytes
from clearprop.files.descriptions import Json, network_from_json, network_to_json, rule_from_json
from clearprop.files.entry import EntryForm, fingerprint, read_entry, write_entry
from clearprop.model import Network, Parameters, parameter_shapes
from clearprop.paths import PathLike, fault_of

Read = TypeVar("Read")

MOST_SAID = 500  # characters of a refusal: a hostile file does not fill the screen


@dataclass(frozen=True, eq=False)
class Contents:
    """A file, read and found sound: extras are a checkpoint's other tensors, members all networks but the first."""

    network: Network
    parameters: Parameters
    extras: dict[str, Array]
    entry: EntryForm
    members: tuple[Parameters, ...] = ()


@dataclass(frozen=True, eq=False)
class _Plan:
    """All that stands before the tensor bytes, found sound."""

    header: Header
    entry: EntryForm
    entry_data: Json
    network: Network
    shapes: Shapes
    extra_shapes: Shapes
    dtype: np.dtype[Any]


def write_file(
    path: PathLike,
    network: Network,
    parameters: Parameters,
    table: Json | None,
    facts: Json,
    checkpoint: Json | None = None,
    extras: Mapping[str, Array] | None = None,
    members: Sequence[Parameters] = (),
) -> None:
    """Write a model file or checkpoint; what could not be read back is not written."""
    for member in (parameters, *members):
        _require_finite(member, UsageError)
    others = {member_name(k): member.vector for k, member in enumerate(members, start=2)}
    tensors = {name: as_written(array) for name, array in {**parameters, **(extras or {}), **others}.items()}
    fields: Json = {"network": network_to_json(network), "table": table, "facts": facts}
    if checkpoint is not None:
        fields["checkpoint"] = checkpoint
    if members:
        fields["members"] = 1 + len(members)
    data = to_bytes(write_entry(fields, tensors), tensors)
    try:
        _examine(io.BytesIO(data))
    except (ModelFileError, UsageError) as error:
        raise UsageError(f"{path} was not written, because it could not be read again: {error}") from None
    write_atomically(path, data)


def as_written(array: Array) -> Array:
    """Return the array with its bytes as they lie in the file, which is what the fingerprint is of."""
    return np.ascontiguousarray(array, array.dtype.newbyteorder("<"))


def read_file(path: PathLike) -> Contents:
    """Read a model file or checkpoint.

    Raises
    ------
    ModelFileError
        Whatever is wrong with it.
    """
    return read_by(path, read_contents)


def read_by(path: PathLike, read: Callable[[BufferedIOBase], Read]) -> Read:
    """Return what a reader makes of a file; whatever is wrong with it is said with its path.

    Raises
    ------
    ModelFileError
    """
    fault = fault_of(path)
    if fault is not None:
        raise ModelFileError(fault)
    try:
        with open_regular(path) as file:
            return read(file)
    except (ModelFileError, UsageError) as error:
        raise ModelFileError(f"{path}: {cut(str(error), MOST_SAID)}") from None
    except OSError as error:
        reason = error.strerror or error
        raise ModelFileError(f"{path} could not be read: {reason}; check its name and place.") from None
    except MemoryError:
        raise ModelFileError(f"{path} does not fit into memory; free some, or take a larger machine.") from None


def read_contents(file: BufferedIOBase) -> Contents:
    """Read a model file or checkpoint from an open file; ModelFileError or UsageError if it is not sound."""
    plan = _examine(file)
    parameters = Parameters(dict(plan.shapes), dtype=plan.dtype)
    extras: dict[str, Array] = {
        name: np.empty(shape, np.float64 if name == DOUBLE else plan.dtype) for name, shape in plan.extra_shapes.items()
    }
    tensors = {**parameters, **extras}
    read_tensors(file, plan.header, tensors)
    if fingerprint(plan.entry_data, tensors) != plan.entry.sha256:
        raise ModelFileError("the contents do not have the SHA-256 noted in the file: it was altered or damaged.")
    names = [member_name(k) for k in range(2, (plan.entry.members or 1) + 1)]
    members = tuple(Parameters(dict(plan.shapes), extras.pop(name)) for name in names)
    for member in (parameters, *members):
        _require_finite(member, ModelFileError)
    return Contents(plan.network, parameters, extras, plan.entry, members)


def member_name(k: int) -> str:
    """Return the name of the tensor that holds all parameters of member k, 2 for the second."""
    return f"member.{k}"


def _examine(file: BufferedIOBase) -> _Plan:
    """Check all that stands before the tensor bytes: only then is memory for them taken."""
    header = read_header(file)
    entry, entry_data = read_entry(header.entry)
    network = network_from_json(entry.network)
    shapes = parameter_shapes(network)
    extra_shapes = _extra_shapes(entry, sum(math.prod(shape) for shape in shapes.values()))
    dtype = check_tensors(header, {**shapes, **extra_shapes})
    return _Plan(header, entry, entry_data, network, shapes, extra_shapes, dtype)


def _extra_shapes(entry: EntryForm, n_parameters: int) -> Shapes:
    members: dict[str, tuple[int, ...]] = {member_name(k): (n_parameters,) for k in range(2, (entry.members or 1) + 1)}
    if entry.checkpoint is None:
        return members
    names = [f"slot.{name}" for name in rule_from_json(entry.checkpoint.rule).slots]
    names += [f"vector.{name}" for name in entry.checkpoint.vectors]
    shapes: dict[str, tuple[int, ...]] = members | dict.fromkeys(names, (n_parameters,))
    if entry.checkpoint.records is not None:
        shapes[DOUBLE] = tuple(entry.checkpoint.records)
    return shapes


def open_regular(path: PathLike) -> BufferedIOBase:
    """Open a file, but no folder, device or pipe, which might never end."""
    if not stat.S_ISREG(Path(path).stat().st_mode):
        raise ModelFileError("this is not a regular file; give the name of a .safetensors file.")
    return open(path, "rb")


def _require_finite(parameters: Parameters, error: type[Exception]) -> None:
    if np.all(np.isfinite(parameters.vector)):
        return
    name = next(name for name in parameters if not np.all(np.isfinite(parameters[name])))
    raise error(f"{name} must hold finite numbers only, but holds NaN or infinity; train again with a smaller rate.")
