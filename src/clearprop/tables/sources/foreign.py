"""Files that hold no table, or none that is read here, told by how they begin."""

from __future__ import annotations

from pathlib import Path

from clearprop.errors import DataError

_EXPORT = "save the table in it as CSV or Parquet"
_UNPACK = "unpack it first"
_R = "write the data frame with write.csv(d, 'd.csv', row.names = FALSE)"

FOREIGN: tuple[tuple[bytes, str, str], ...] = (
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file (also netCDF 4, MATLAB 7.3 and Keras)", _EXPORT),
    (b"MATLAB 7.3 MAT-file", "a MATLAB 7.3 file", "save it with save(..., '-v7')"),
    (b"CDF\x05", "a netCDF file with 64-bit data", "save it as netCDF 3 or CSV"),
    (b"SQLite format 3\0", "an SQLite database", "export one of its tables as CSV"),
    (b"RDX2\n", "an R workspace (.RData)", _R),
    (b"RDX3\n", "an R workspace (.RData)", _R),
    (b"RDA2\n", "an R workspace (.RData)", _R),
    (b"RDA3\n", "an R workspace (.RData)", _R),
    (b"X\n\0\0\0\x02", "an R object (.rds)", _R),
    (b"X\n\0\0\0\x03", "an R object (.rds)", _R),
    (b"A\n2\n", "an R object (.rds)", _R),
    (b"A\n3\n", "an R object (.rds)", _R),
    (b"structure(list(", "an R expression (dput)", _R),
    *((b"\x80" + bytes([protocol]), "a Python pickle, which is a program", _EXPORT) for protocol in range(2, 6)),
    (b"PK\x03\x04", "a zip archive, or a damaged Excel file", "unpack it, or save it anew"),
    (b"BZh", "a bzip2 file", _UNPACK),
    (b"\xfd7zXZ\0", "an xz file", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a zstd file", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (b"%PDF", "a PDF", _EXPORT),
    (b"{\\rtf", "a document (RTF)", _EXPORT),
    (b"\x89PNG\r\n", "a picture (PNG)", "a table of pixels can be saved with np.save"),
    (b"\xff\xd8\xff", "a picture (JPEG)", "a table of pixels can be saved with np.save"),
    (b"GIF8", "a picture (GIF)", "a table of pixels can be saved with np.save"),
    (b"\x7fELF", "a program", "name the file that holds the table"),
    (b"MZ\x90", "a program", "name the file that holds the table"),
    (b"<!do", "a page of HTML", "was the download refused? Fetch the table itself"),
    (b"<!DO", "a page of HTML", "was the download refused? Fetch the table itself"),
    (b"<htm", "a page of HTML", "was the download refused? Fetch the table itself"),
    (b"<?xml", "an XML file", _EXPORT),
    (b"version https://git-lfs", "a pointer of Git LFS, not the file", "fetch the file with git lfs pull"),
)


def refuse_foreign(path: Path, head: bytes) -> None:
    """Raise a DataError that names what a file is, if it begins as one of these does."""
    for magic, what, advice in FOREIGN:
        if head.startswith(magic):
            raise DataError(f"{path.name} is {what}; {advice}.")
