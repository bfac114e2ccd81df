"""A frame and the CSV, Parquet and JSON lines that its library writes are read alike, or the reader says why not."""

from __future__ import annotations

import numpy as np
import pytest

from clearprop.errors import ClearpropError
from clearprop.tables import read_table
from drawn_frames import WAYS, draw_frame, write


def disagreements(seed, folder):
    """Return what is read in two ways without a word, for each column and way."""
    frame, drawn = draw_frame(seed)
    direct, found = read(frame), []
    for way in WAYS:
        path = folder / f"t.{way}"
        if not write(frame, way, path):
            continue
        for name in drawn:
            first, second = only(direct, name), only(read(path), name)
            problem = None if first is None or second is None else differ(*first, *second)
            if problem and not said(name, *first[1:], *second[1:]):
                found.append(f"{seed} {way}: {drawn[name]}: {problem}")
    return found


def read(source):
    """Return the table, or the sentence that refuses it."""
    try:
        return read_table(source)
    except ClearpropError as error:
        return str(error)


def only(table, name):
    return None if isinstance(table, str) else (table.columns.get(name), table.notes)


def said(name, *notes):
    return any(f'"{name}"' in note for some in notes for note in some)


def differ(first, _, second, __):
    if first is None or second is None:
        return "left out" if first is not second else ""
    if first.missing.all() and second.missing.all():
        return ""
    if first.kind != second.kind and len(set(map(str, first.cells()))) == len(set(map(str, second.cells()))) == 1:
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
def test_every_way_in_comes_to_the_same_columns_ten_thousand_times(tmp_path):
    problems = [problem for k in range(1000, 11_000) for problem in disagreements(k, tmp_path)]
    assert problems == []
