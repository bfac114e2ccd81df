"""Tables with every kind of column, and rows that no training has seen."""

from __future__ import annotations

import numpy as np

from clearprop.tables import Column, Table

CITIES = ("Zürich", "o, k", 'a "quote"', "back\\slash", "a?b??=c", "{x} %d 'y'", "kyiv")
DAY = 86400.0


def training_table(rng, n_rows=120, kinds="nhbdce", gaps=True, target="classes"):
    """Return a table of n: numbers, h: heavy tails, b: booleans, d: dates, c: one-hot, e: embedded categories."""
    columns = {}
    for place, kind in enumerate(kinds):
        column = _column(rng, f"{kind}{place} x", kind, n_rows)
        columns[column.name] = _with_gaps(rng, column) if gaps and rng.random() < 0.7 else column
    return Table("drawn", columns | {"y": _target(rng, n_rows, target)}, n_rows, "y")


def strange_rows(rng, table, n_rows=200):
    """Return rows of the same columns with unseen labels, gaps, ±1e12 and dates before 1970."""
    rows = rng.integers(len(table), size=n_rows)
    columns = {name: _strange(rng, column.take(rows)) for name, column in table.columns.items() if name != "y"}
    return Table("strange", columns, n_rows)


def _column(rng, name, kind, n):
    if kind == "n":
        return Column(name, "number", rng.normal(rng.normal(scale=100), 10.0 ** rng.integers(-3, 4), n))
    if kind == "h":
        return Column(name, "number", rng.lognormal(1, 3, n) * rng.choice([-1, 1], n))
    if kind == "b":
        return Column(name, "boolean", rng.integers(2, size=n).astype(float), ("no", "yes"))
    if kind == "d":
        span = DAY * 10.0 ** rng.integers(0, 4)
        return Column(name, "date", 1e9 + np.floor(rng.random(n) * span / 3600) * 3600)
    labels = CITIES if kind == "c" else tuple(f"label {k}" for k in range(60))
    return Column(name, "category", rng.integers(len(labels), size=n).astype(np.int32), labels)


def _with_gaps(rng, column):
    gone = rng.random(len(column)) < 0.2
    gone[:2] = False
    values = np.where(gone, -1 if column.kind == "category" else np.nan, column.values)
    return Column(column.name, column.kind, values.astype(column.values.dtype), column.labels)


def _strange(rng, column):
    gone = rng.random(len(column)) < 0.1
    if column.kind == "category":
        labels = (*column.labels, "never seen", "a b c")
        codes = np.where(rng.random(len(column)) < 0.1, len(column.labels), column.values)
        return Column(column.name, "category", np.where(gone, -1, codes).astype(np.int32), labels)
    values = np.where(gone, np.nan, column.values)
    if column.kind != "boolean":
        values[rng.random(len(values)) < 0.05] = 1e12
        values[rng.random(len(values)) < 0.05] = -1e12
    if column.kind == "date":
        values[rng.random(len(values)) < 0.2] -= 2e9
    return Column(column.name, column.kind, values, column.labels)


def _target(rng, n, kind):
    if kind == "numbers":
        return Column("y", "number", rng.normal(1000, 200, n))
    n_classes = 2 if kind == "two" else 3
    return Column("y", "category", rng.integers(n_classes, size=n).astype(np.int32), ("Ä b", "b", "c'\"")[:n_classes])
