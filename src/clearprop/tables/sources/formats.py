"""Which format a file has, and who reads it: told by how it begins, and by its name only where that does not tell.

To add a format, write its reader in a file of its own and add a line to `FORMATS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from clearprop.tables.sources.arff import looks_like_arff, read_arff
from clearprop.tables.sources.arrow import read_arrow, read_orc
from clearprop.tables.sources.avro import read_avro
from clearprop.tables.sources.delimited import read_csv
from clearprop.tables.sources.excel import is_workbook, read_excel
from clearprop.tables.sources.foreign import refuse_foreign
from clearprop.tables.sources.idx import is_idx, read_idx
from clearprop.tables.sources.json_files import looks_like_json, read_json
from clearprop.tables.sources.matlab import read_matlab
from clearprop.tables.sources.netcdf import read_netcdf
from clearprop.tables.sources.numpy_files import holds_arrays, read_numpy
from clearprop.tables.sources.options import Options
from clearprop.tables.sources.parquet import read_parquet
from clearprop.tables.sources.peek import first_bytes
from clearprop.tables.sources.statistics import is_portable, read_sas, read_sas_transport, read_spss, read_stata
from clearprop.tables.sources.svmlight import looks_like_svmlight, read_svmlight
from clearprop.tables.table import Table

_SAS = bytes.fromhex("000000000000000000000000c2ea8160b31411cfbd92080009c7318c181f1011")


@dataclass(frozen=True)
class Format:
    """A format of files.

    Attributes
    ----------
    name : str
    read : function of a path and options
        Returns the table.
    endings : tuple of str
        What names of such files end in.
    magic : tuple of bytes
        How such files begin.
    looks : function of the first bytes of a file
        Whether it is one, where more than its first bytes must be looked at.
    """

    name: str
    read: Callable[[Path, Options], Table]
    endings: tuple[str, ...] = ()
    magic: tuple[bytes, ...] = ()
    looks: Callable[[bytes], bool] = lambda head: False


TEXT = Format("delimited text", read_csv, (".csv", ".tsv", ".txt", ".dat", ".data", ".tab"))
PARQUET = Format("Parquet", read_parquet, (".parquet", ".pq"), (b"PAR1",))

FORMATS = (
    PARQUET,
    Format("JSON", read_json, (".json", ".jsonl", ".ndjson"), looks=looks_like_json),
    Format("NumPy", read_numpy, (".npy", ".npz"), (b"\x93NUMPY",), holds_arrays),
    Format("Excel", read_excel, (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), (b"\xd0\xcf\x11\xe0",), is_workbook),
    Format(
        "Feather or Arrow", read_arrow, (".feather", ".arrow", ".arrows", ".ipc"), (b"ARROW1", b"FEA1", b"\xff" * 4)
    ),
    Format("ORC", read_orc, (".orc",), (b"ORC",)),
    Format("Avro", read_avro, (".avro",), (b"Obj\x01",)),
    Format("SPSS", read_spss, (".sav", ".zsav", ".por"), (b"$FL2", b"$FL3"), is_portable),
    Format("Stata", read_stata, (".dta",), (b"<stata_dta>",)),
    Format("SAS transport", read_sas_transport, (".xpt",), (b"HEADER RECORD*******LIB",)),
    Format("SAS", read_sas, (".sas7bdat",), (_SAS,)),
    Format("MATLAB", read_matlab, (".mat",), (b"MATLAB 5.0 MAT-file",)),
    Format("netCDF 3", read_netcdf, (".nc", ".cdf"), (b"CDF\x01", b"CDF\x02")),
    Format("IDX", read_idx, (".idx",), looks=is_idx),
    Format("ARFF", read_arff, (".arff",), looks=looks_like_arff),
    Format("svmlight", read_svmlight, (".svm", ".svmlight", ".libsvm"), looks=looks_like_svmlight),
)


def format_of(path: Path) -> Format:
    """Return the format of a file.

    Raises
    ------
    DataError
        If it is of a kind that holds no table, or none that can be read; the message names the kind.
    """
    head = first_bytes(path)
    for format in FORMATS:
        if head.startswith(format.magic) or format.looks(head):
            return format
    refuse_foreign(path, head)
    ending = suffix_of(path)
    return next((format for format in FORMATS if ending in format.endings), TEXT)


def stays_on_disk(path: Path) -> bool:
    """Return whether a file can be streamed: text with delimiters, or Parquet."""
    return format_of(path) in (TEXT, PARQUET)


def suffix_of(path: Path) -> str:
    """Return what the name ends in, ".gz" aside: ".csv", ".parquet"."""
    return Path(path.name.removesuffix(".gz")).suffix.lower()
