"""Readers: from a file or an object of another tool to a `Foreign` network, one file for each tool."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from clearprop.errors import ClearpropError, ForeignFileError, ReaderCannot, UsageError
from clearprop.exchange.foreign import Foreign
from clearprop.exchange.readers import fann, keras, onnx, opencv, pmml, r, sklearn, skops, state_dict, torch, weka
from clearprop.exchange.readers.asked import Asked
from clearprop.exchange.readers.bounded import Archive, read_bytes, spelled
from clearprop.files.foreign import describe_foreign

_OBJECTS = (
    (keras.takes, keras.read_object),  # first: a model of Keras is a module of PyTorch too, where that computes it
    (torch.takes, torch.read_object),
    (sklearn.takes, sklearn.read_object),
)
_KNOWN = (
    "PyTorch (an nn.Sequential, or a state_dict in safetensors), scikit-learn (in memory, or .skops), Keras (in "
    "memory, .keras or .h5), ONNX, PMML, FANN, OpenCV, R (.rds, .RData or dput) and Weka (text)"
)


def read(source: Any, asked: Asked) -> Foreign:
    """Return the network of a file's path or of an object in memory.

    Raises
    ------
    ReaderCannot
        If clearprop cannot do what the network does, or knows no such tool.
    ForeignFileError
        If the file is damaged.
    """
    if isinstance(source, str | Path):
        return read_data(read_bytes(source), asked)
    for takes, read_object in _OBJECTS:
        if takes(source):
            return read_object(source, asked)
    raise UsageError(f"expected a path, or a network of {_KNOWN}, got {type(source).__name__}.")


def read_data(data: bytes, asked: Asked) -> Foreign:
    """Return the network of a file's bytes, whose beginning says what it is.

    Raises
    ------
    ReaderCannot
        If clearprop cannot do what the network does.
    ForeignFileError
        If the file is damaged; also where it is in a way that its reader did not foresee.
    """
    try:
        return take_apart(data, asked)
    except ClearpropError as error:
        if str(error).isprintable():
            raise
        raise type(error)(spelled(str(error))) from None
    except (MemoryError, RecursionError):
        raise ForeignFileError("the file needs more memory to be read than there is.") from None
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
        said = f"{type(error).__name__}: {' '.join(str(error).split())[:120]}"
        raise ForeignFileError(f"the file is damaged ({said}); if its tool reads it, please report it.") from None


def take_apart(data: bytes, asked: Asked) -> Foreign:
    """Return the network of a file's bytes; what its reader did not foresee is an error of Python's."""
    if data.startswith(fann.BEGINS):
        return fann.read(data, asked)
    if data.startswith((b"%YAML", b"<?xml", b"\xef\xbb\xbf<?xml", b"<opencv_storage", b"<PMML")) or opencv.is_json(
        data
    ):
        return pmml.read(data, asked) if pmml.is_pmml(data) else opencv.read(data, asked)
    if r.is_r(data):
        return r.read(data, asked)
    if data.startswith(b"PK"):
        return _read_archive(Archive(data, "the file"), asked)
    if data.startswith(b"\x89HDF\r\n\x1a\n"):
        return keras.read_h5(data, asked)
    if weka.is_weka(data):
        return weka.read(data, asked)
    if data[8:9] == b"{" and 2 <= int.from_bytes(data[:8], "little") <= len(data):
        return state_dict.read(data, asked)
    if onnx.is_onnx(data):
        return onnx.read(data, asked)
    raise ReaderCannot(f"{_kind(data)}; clearprop reads networks of {_KNOWN}.")


def _read_archive(archive: Archive, asked: Asked) -> Foreign:
    if "schema.json" in archive.names:
        return skops.read(archive, asked)
    if "config.json" in archive.names and "model.weights.h5" in archive.names:
        return keras.read_archive(archive, asked)
    if any(name.endswith("data.pkl") for name in archive.names):
        raise ReaderCannot(
            "this is a file of torch.save: a pickle, which can run any program when it is read; load it in PyTorch and "
            "give the module to clearprop.adopt, or save its state_dict with safetensors."
        )
    raise ForeignFileError(
        "this zip archive is none of a tool that clearprop knows (.skops has a schema.json, .keras a config.json)."
    )


def _kind(data: bytes) -> str:
    if data.startswith(b"\xac\xed"):
        return "this is a Java serialisation (such as .model of Weka), which can run any program when it is read"
    kind = describe_foreign(data[:8])
    if kind == "a Python pickle":
        return "this is a Python pickle, which can run any program when it is read"
    return f"this is {kind or 'of no known kind'}" if data else "the file is empty"


__all__ = ["Asked", "ForeignFileError", "read", "read_data", "take_apart"]
