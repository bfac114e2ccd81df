"""The index of a pandas data frame inside a file: pandas writes it as a column, and it is no feature."""

from __future__ import annotations

import json
from collections.abc import Sequence


def without_index(names: Sequence[str], about: bytes | str | None, target: str | None) -> tuple[list[str], list[str]]:
    """Return the names of columns that are no index, and a note for each that is; a target is kept in any case.

    Parameters
    ----------
    about : bytes or str, optional
        What pandas wrote about the frame: the value of the key "pandas" in the metadata of the file.
    """
    index = _index_columns(about) - {target}
    kept = [name for name in names if name not in index]
    notes = [
        f'Column "{name}" is the index of a pandas data frame; it was left out.' for name in names if name in index
    ]
    return (kept, notes) if kept else (list(names), [])


def _index_columns(about: bytes | str | None) -> set[str]:
    try:
        found = json.loads(about or "{}").get("index_columns", [])
    except (ValueError, AttributeError):
        return set()
    return {name for name in found if isinstance(name, str)} if isinstance(found, list) else set()
