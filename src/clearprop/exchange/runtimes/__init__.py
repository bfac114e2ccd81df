"""Runtimes: whoever is at hand to run the golden rows of an export."""

from clearprop.exchange.runtimes.c import COMPILED
from clearprop.exchange.runtimes.databases import DUCKDB, SQLITE
from clearprop.exchange.runtimes.node import NODE
from clearprop.exchange.runtimes.pmml import PMML4S
from clearprop.exchange.runtimes.python import FILE, ONNXRUNTIME, PROGRAM
from clearprop.exchange.runtimes.runtime import Checked, Runtime, check

__all__ = ["RUNTIMES", "Checked", "Runtime", "check"]

RUNTIMES: dict[str, tuple[Runtime, ...]] = {
    "onnx": (ONNXRUNTIME,),
    "c": (COMPILED,),
    "c-fixed": (COMPILED,),
    "numpy": (FILE,),
    "pmml": (PMML4S,),
    "javascript": (NODE,),
    "sql": (DUCKDB, SQLITE),
}
"""By format, who can run it; the program itself can always be."""

RUNTIMES = {format: (PROGRAM, *runtimes) for format, runtimes in RUNTIMES.items()}
