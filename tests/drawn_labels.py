"""What the labels of a column must be by each way in: by the libraries themselves, Python's csv and its json."""

from __future__ import annotations

import csv
import datetime
import json
import re
from decimal import Decimal
from numbers import Real

import numpy as np
import pandas as pd
import polars as pl

PLAIN = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
WORDS = {"", "NA", "N/A", "n/a", "na", "NaN", "nan", "-nan", "NAN", "NULL", "null", "None", "<NA>", "#N/A", "NaT", "?"}


def expected(frame, name, way, path):
    """Return the labels of a column as Python's own readers see them, None where a cell is missing."""
    if way == "csv":
        with path.open(newline="", encoding="utf-8") as file:
            return as_text_file([row[name] for row in csv.DictReader(file)])
    if way == "jsonl":
        with path.open(encoding="utf-8") as file:
            return [json.loads(line, parse_float=number).get(name) for line in file]
    return cells_of(frame, name)


def number(text):
    """Return a number of JSON exactly: as a float only if that is it."""
    return float(text)


def as_text_file(texts):
    """Return labels as a file of text has them: numbers if all are plainly numbers, else text."""
    stripped = [text.strip(" ") for text in texts]
    present = [text for text in stripped if text]
    if all(text in WORDS or PLAIN.fullmatch(text) for text in present) and not set(present) <= WORDS:
        whole = all(text in WORDS or "." not in text for text in present)
        return [None if text in WORDS else int(text) if whole else float(text) for text in stripped]
    return [text or None for text in stripped]


def cells_of(frame, name):
    """Return the cells of a frame as its library gives them."""
    if isinstance(frame, pd.DataFrame):
        cells = frame[name].astype(object).tolist()
    elif isinstance(frame, pl.DataFrame):
        cells = frame[name].to_list()
    else:
        cells = frame[name].to_pylist()
    return [None if missing(cell) else cell for cell in cells]


def missing(cell):
    return cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float) and cell != cell)


def same(one, other):
    """Return whether two cells are the same in value and type; moments and numbers of any library may be."""
    one, other = (cell.item() if isinstance(cell, np.generic) and cell.dtype.kind in "biufSU" else cell
                  for cell in (one, other))  # fmt: skip
    if missing(one) or missing(other):
        return missing(one) and missing(other)
    kinds = kind(one), kind(other)
    if kinds[0] != kinds[1]:
        return False
    if kinds[0] == "moment":
        return pd.Timestamp(one) == pd.Timestamp(other)
    if kinds[0] == "span":
        return pd.Timedelta(one) == pd.Timedelta(other)
    return bool(one == other)


def kind(cell):
    """Return what a cell is, whatever library holds it."""
    if isinstance(cell, bool):
        return "bool"
    if isinstance(cell, np.datetime64 | datetime.date):
        return "moment"
    if isinstance(cell, np.timedelta64 | datetime.timedelta):
        return "span"
    if isinstance(cell, Real | Decimal):
        return "number"
    return type(cell).__name__
