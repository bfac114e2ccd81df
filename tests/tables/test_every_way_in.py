"""A frame and the CSV, Parquet and JSON lines that its library writes are read alike, or the reader says why not.

And labels of a target are what they were, in value and type, as far as the format holds them.
"""

from __future__ import annotations

from itertools import count

import duckdb
import numpy as np
import pytest

from clearprop.errors import ClearpropError
from clearprop.tables import read_table
from clearprop.tables.encodings import ClassTarget
from clearprop.tables.sources import sql
from drawn_frames import WAYS, draw_frame, write
from drawn_labels import expected, same

OFFLINE = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}


@pytest.fixture(autouse=True)
def one_duckdb(monkeypatch):
    """Every read has a database of its own still, but within one duckdb: to start one takes longer than to read."""
    whole, numbers = duckdb.connect(config=OFFLINE), count()

    def connect(*_):
        own, called = whole.cursor(), f"own{next(numbers)}"
        own.execute(f"ATTACH ':memory:' AS {called}; USE {called}; SET TimeZone = 'UTC'")
        own.execute("SET enable_progress_bar = false")
        return own

    monkeypatch.setattr(sql, "connect", connect)
    yield
    whole.close()


def disagreements(seed, folder):
    """Return what is read in two ways without a word, for each column and way, and labels that have changed."""
    frame, drawn = draw_frame(seed)
    target = list(drawn)[seed % len(drawn)]
    direct = read(frame, target)
    found = [f"{seed} frame: {drawn[target]}: {problem}" for problem in lost(direct, target, frame, "", None)]
    for way in WAYS:
        path = folder / f"t.{way}"
        if not write(frame, way, path):
            continue
        table = read(path, target)
        for name in drawn:
            first, second = only(direct, name), only(table, name)
            problem = None if first is None or second is None else differ(*first, *second)
            if problem and not said(name, *first[1:], *second[1:]):
                found.append(f"{seed} {way}: {drawn[name]}: {problem}")
        found += [f"{seed} {way}: {drawn[target]}: {problem}" for problem in lost(table, target, frame, way, path)]
    return found


def read(source, target):
    """Return the table, or the sentence that refuses it."""
    try:
        return read_table(source, target=target)
    except ClearpropError as error:
        return str(error)


def only(table, name):
    return None if isinstance(table, str) else (table.columns.get(name), table.notes)


def said(name, *notes):
    return any(f'"{name}"' in note for some in notes for note in some)


def lost(table, name, frame, way, path):
    """Return the first label of a target that does not come back as it was, through the data of a model file too."""
    if isinstance(table, str) or any(note.startswith(f'Target "{name}"') for note in table.notes):
        return []
    wanted = expected(frame, name, way, path)
    wanted = wanted if table.origin is None else [wanted[row] for row in table.origin]
    found = labels_of(table.with_classes(name).column(name))
    if found is None:
        return []
    wrong = [pair for pair in zip(wanted, found, strict=True) if not same(*pair)]
    return [f"the label {wrong[0][0]!r} comes back as {wrong[0][1]!r}"] if wrong else []


def labels_of(column):
    """Return the labels as a model gives them back, None where they are missing; None if no model would take them."""
    there = np.flatnonzero(~column.missing)
    labels = [None] * len(column)
    try:
        target = ClassTarget.learn(column.take(there)) if len(there) else None
    except ClearpropError:
        return None
    if target is not None:
        kept = ClassTarget.model_validate_json(target.model_dump_json())
        for row, label in zip(there, kept.decode(kept.encode(column.take(there))), strict=True):
            labels[row] = label
    return labels


def differ(first, _, second, __):
    if first is None or second is None:
        return "left out" if first is not second else ""
    if first.missing.all() and second.missing.all():
        return ""
    if first.kind != second.kind and len(first.counts()[0]) == len(second.counts()[0]) == 1:
        return ""  # one label alone says nothing of its kind, nor to a network
    if first.kind != second.kind:
        return f"{first.kind} {first.cells()[:4]} and {second.kind} {second.cells()[:4]}"
    if (first.missing != second.missing).any():
        return f"missing cells differ: {first.cells()[:9]} and {second.cells()[:9]}"
    there = ~first.missing
    if first.kind == "category":
        same = [str(cell) for cell in first.cells()] == [str(cell) for cell in second.cells()]
    else:
        same = np.allclose(
            first.values[there], second.values[there], rtol=1e-6, atol=1e-6 if first.kind == "date" else 0
        )
    return "" if same else f"values differ: {first.cells()[:5]} and {second.cells()[:5]}"


@pytest.mark.parametrize("seed", range(0, 500, 25))
def test_every_way_in_comes_to_the_same_columns(tmp_path, seed):
    assert [problem for k in range(seed, seed + 25) for problem in disagreements(k, tmp_path)] == []


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1000, 11_000, 100))
def test_every_way_in_comes_to_the_same_columns_ten_thousand_times(tmp_path, seed):
    assert [problem for k in range(seed, seed + 100) for problem in disagreements(k, tmp_path)] == []
