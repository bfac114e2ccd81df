"""What a file that is none of ours is, told from its first bytes."""

from __future__ import annotations

_BEGINNINGS = {
    b"\x80\x02": "a Python pickle",
    b"\x80\x03": "a Python pickle",
    b"\x80\x04": "a Python pickle",
    b"\x80\x05": "a Python pickle",
    b"PK\x03\x04": "a zip archive (.keras, .npz, .pt and .xlsx files are such)",
    b"\x89HDF": "an HDF5 file (such as an older Keras model)",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"%PDF": "a PDF document",
    b"\x93NUMPY": "a NumPy array file",
    b"PAR1": "a Parquet table",
    b"\x1f\x8b": "a gzip archive",
    b"GGUF": "a GGUF model",
    b"SQLite f": "an SQLite database",
    b"\x7fELF": "a program",
    b"MZ": "a program",
}
_BEGINNINGS_OF_TEXT = {"{": "a JSON text", "[": "a JSON text", "<": "an HTML or XML text", "#!": "a script"}


def describe_foreign(beginning: bytes) -> str | None:
    """Return what kind of file begins like this (8 bytes are enough), or None if it is not known."""
    for known, kind in _BEGINNINGS.items():
        if beginning.startswith(known):
            return kind
    if len(beginning) < 8 or not all(byte in b"\t\r\n" or 32 <= byte < 127 for byte in beginning):
        return None
    text = beginning.decode("ascii")
    kinds = (kind for known, kind in _BEGINNINGS_OF_TEXT.items() if text.startswith(known))
    return next(kinds, "a text file (a table, perhaps)")
