"""How a missing cell is spelled, and the two words of a boolean."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

NA = ("", "NA", "N/A", "n/a", "na", "NaN", "nan", "-nan", "NAN", "NULL", "null", "None", "<NA>", "#N/A", "NaT", "?")
NA_OF_PROGRAMS = (
    "-", "--", "---", "\u2013", "\u2014", ".", "..", "*", "\\N", "n.a.", "N.A.", "n.d.", "NONE", "none", "nil", "NIL",
    "missing", "Missing", "MISSING", "unknown", "Unknown", "(null)", "(blank)", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?",
    "#NUM!", "#NULL!", "1.#QNAN", "1.#IND", "-1.#IND", "-1.#QNAN",
)  # fmt: skip
"""What else programs write for a missing cell: among numbers and dates, where it can mean nothing else."""

DOUBTFUL = ("None", "NA")
"""What is missing in a column of labels, and may be one: no symptom, and a country among others of two letters."""

AROUND = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""The blanks that are no part of a cell where they stand around it, as duckdb trims them."""

BOOLEANS = (("false", "true"), ("no", "yes"), ("f", "t"), ("n", "y"))

_MISSING_TYPES = ("NAType", "NaTType")  # of pandas


def is_missing(cell: Any) -> bool:
    """Return whether a Python object stands for a missing cell: None, a NaN of any kind, or what pandas has for it."""
    if cell is None:
        return True
    if isinstance(cell, str | int | date | timedelta) and type(cell).__name__ not in _MISSING_TYPES:
        return False
    if isinstance(cell, np.datetime64 | np.timedelta64):
        return bool(np.isnat(cell))
    if isinstance(cell, Decimal):
        return cell.is_nan()
    if isinstance(cell, float | np.floating):
        return bool(cell != cell)
    return type(cell).__name__ in _MISSING_TYPES
