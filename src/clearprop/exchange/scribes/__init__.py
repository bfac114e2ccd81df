"""Scribes: one file for each format, from a program to text or bytes."""

from clearprop.exchange.scribes import c, fixed, javascript, numpy, onnx, pmml, sql
from clearprop.exchange.scribes.draft import Draft, Scribe

__all__ = ["SCRIBES", "Draft", "Scribe"]

SCRIBES: dict[str, Scribe] = {
    module.SCRIBE.name: module.SCRIBE for module in (onnx, c, fixed, numpy, pmml, sql, javascript)
}
"""Every format by the name that `--to` takes."""
