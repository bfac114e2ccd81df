"""The safetensors container, read strictly: 8 bytes length, a JSON header, then the bytes of the tensors.

The header is checked in full before a single tensor byte is read, and the arrays are filled in place: reading takes
as much memory as the file is long, and no more code than this. Writing is left to the safetensors library.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from io import BufferedIOBase
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from safetensors.numpy import save

from clearprop.errors import ModelFileError, UsageError
from clearprop.files.descriptions import validate
from clearprop.files.foreign import describe_foreign
from clearprop.files.strict_json import parse, shown

Array = NDArray[Any]
Shapes = Mapping[str, tuple[int, ...]]

MAX_FILE_BYTES = 1 << 34
MAX_HEADER_BYTES = 1 << 23  # room for a table of some 20,000 columns
ENTRY = "clearprop"
RUN_ENTRY = "clearprop.run"
DOUBLE = "records"  # the one tensor of a checkpoint that is F64 beside parameters in F32 too
_KINDS = {
    ENTRY: "a clearprop model or checkpoint",
    RUN_ENTRY: "a recorded run, which `clearprop replay` reads",
}

_DTYPES: dict[str, np.dtype[Any]] = {"F32": np.dtype(np.float32), "F64": np.dtype(np.float64)}
_Count = Annotated[int, Field(ge=0)]


class _TensorForm(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    dtype: str
    shape: Annotated[list[_Count], Field(max_length=2)]
    data_offsets: Annotated[list[_Count], Field(min_length=2, max_length=2)]


@dataclass(frozen=True, eq=False)
class Header:
    """What stands before the tensor bytes.

    Attributes
    ----------
    entry : str
        The text of the metadata entry "clearprop".
    tensors : dict of str to form
        dtype, shape and data_offsets, by name.
    start, n_bytes : int
        Where the tensor bytes begin, and how many there are.
    """

    entry: str
    tensors: dict[str, _TensorForm]
    start: int
    n_bytes: int


def to_bytes(entry: str, tensors: Mapping[str, Array], kind: str = ENTRY) -> bytes:
    """Return the file as bytes: the tensors, and one metadata entry."""
    if len(entry.encode()) > MAX_HEADER_BYTES // 2:
        raise UsageError(
            f"description, table and facts take {len(entry.encode())} bytes as JSON, at most {MAX_HEADER_BYTES // 2} "
            "are kept in a model file; leave out columns, or shorten the history or the lists of categories."
        )
    data: bytes = save(dict(tensors), metadata={kind: entry})
    return data


def read_header(file: BufferedIOBase, kind: str = ENTRY) -> Header:
    """Return the header, checked as far as it can be without the description of the network.

    Parameters
    ----------
    file : binary file
    kind : str
        The metadata entry it must have: `ENTRY` for a model or a checkpoint, `RUN_ENTRY` for a recorded run.

    Raises
    ------
    ModelFileError
        If the file is too large, no safetensors file, not ours, or its header is not strict.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if size > MAX_FILE_BYTES:
        raise ModelFileError(f"the file has {size} bytes; at most {MAX_FILE_BYTES} are read.")
    beginning = file.read(8)
    length = int.from_bytes(beginning, "little")
    if size < 10 or not 2 <= length <= min(MAX_HEADER_BYTES, size - 8):
        raise ModelFileError(_no_header(beginning, size, length))
    text = file.read(length)
    data: dict[str, Any] = parse(_unpadded(text), "the safetensors header")
    entry = _entry(data.pop("__metadata__", None), list(data), kind)
    tensors = {name: validate(_TensorForm, form, f"tensor {shown(name)}") for name, form in data.items()}
    return Header(entry, tensors, 8 + length, size - 8 - length)


def check_tensors(header: Header, shapes: Shapes, doubles: frozenset[str] = frozenset({DOUBLE})) -> np.dtype[Any]:
    """Check names, precision, shapes and places of the tensors against the shapes they must have.

    Returns the precision of all but those that are always `doubles`.

    Raises
    ------
    ModelFileError
        At the first that does not fit.
    """
    _check_names(header, shapes)
    dtype = _common_dtype(header, doubles)
    for name, shape in shapes.items():
        came = tuple(header.tensors[name].shape)
        if came != shape:
            raise ModelFileError(f"{name} must have shape {shape} by the network's description, got {came}.")
    _check_places(header)
    return dtype


def read_tensors(file: BufferedIOBase, header: Header, arrays: Mapping[str, Array]) -> None:
    """Fill the arrays, contiguous and of the shapes that `check_tensors` found right, from the file.

    Raises
    ------
    ModelFileError
        If the file ends early.
    """
    for name, array in arrays.items():
        file.seek(header.start + header.tensors[name].data_offsets[0])
        room = array.reshape(-1).view(np.uint8).data
        while room:
            n_read = file.readinto(room)
            if not n_read:
                raise ModelFileError(f"the file ends within {name}; it was cut while being read.")
            room = room[n_read:]


def _no_header(beginning: bytes, size: int, length: int) -> str:
    foreign = describe_foreign(beginning)
    if foreign:
        return f"this is {foreign}, not a clearprop model; clearprop reads only the .safetensors files it wrote."
    if size < 10:
        return f"the file has only {size} bytes: it is empty or cut off; restore it from a copy."
    if 2 <= length <= MAX_HEADER_BYTES:
        return f"the header should have {length} bytes, but only {size - 8} follow: the file is cut off."
    return (
        f"the header should have 2 to {MAX_HEADER_BYTES} bytes, but says {length}: "
        "this is not a clearprop model, or it is damaged."
    )


def _unpadded(text: bytes) -> bytes:
    """Return the header without the spaces that align the tensors; any other blank is refused by its first byte."""
    text = text.rstrip(b" ")
    if not (text.startswith(b"{") and text.endswith(b"}")):
        raise ModelFileError("the safetensors header must be one JSON object, followed by nothing but spaces.")
    return text


def _entry(metadata: Any, names: list[str], kind: str) -> str:
    found = metadata if isinstance(metadata, dict) else {}
    other = next((entry for entry in _KINDS if entry != kind and entry in found), None)
    if other is not None and kind not in found:
        raise ModelFileError(f"this is {_KINDS[other]}, not {_KINDS[kind]}.")
    if kind not in found:
        raise ModelFileError(
            f"this is a safetensors file of another program: it has no metadata entry {kind!r} "
            f"(its tensors: {_some(names)}); clearprop reads only the files it wrote."
        )
    if list(found) != [kind] or not isinstance(found[kind], str):
        raise ModelFileError(f"the metadata must hold one text, {kind!r}, got {_some(list(found))}.")
    return str(found[kind])


def _check_names(header: Header, shapes: Shapes) -> None:
    missing = [name for name in shapes if name not in header.tensors]
    unknown = [name for name in header.tensors if name not in shapes]
    if missing or unknown:
        raise ModelFileError(
            "the tensors must be those of the network's description: "
            f"missing {_some(missing)}; not expected {_some(unknown)}."
        )


def _some(names: list[str]) -> str:
    first = ", ".join(shown(name) for name in names[:5]) or "none"
    return first + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _common_dtype(header: Header, doubles: frozenset[str]) -> np.dtype[Any]:
    for name in sorted(doubles & header.tensors.keys()):
        if header.tensors[name].dtype != "F64":
            raise ModelFileError(f"{name} must be F64, got {shown(header.tensors[name].dtype)}.")
    names = sorted({tensor.dtype for name, tensor in header.tensors.items() if name not in doubles})
    if len(names) != 1 or names[0] not in _DTYPES:
        raise ModelFileError(f"all tensors must be F32, or all F64, got {_some(names)}.")
    return _DTYPES[names[0]]


def _check_places(header: Header) -> None:
    """Check that the tensors lie end to end and fill the rest of the file."""
    position = 0
    for name, tensor in sorted(header.tensors.items(), key=lambda item: (item[1].data_offsets, item[0])):
        begin, end = tensor.data_offsets
        n_bytes = math.prod(tensor.shape) * _DTYPES[tensor.dtype].itemsize
        if (begin, end) != (position, position + n_bytes):
            raise ModelFileError(f"{name} must lie at bytes {position} to {position + n_bytes}, got {begin} to {end}.")
        position = end
    if position != header.n_bytes:
        raise ModelFileError(
            f"the tensors should take {position} bytes, but {header.n_bytes} follow the header: "
            "the file is cut off or was appended to; restore it from a copy."
        )
