"""The index of a pandas data frame inside a file: pandas writes it as a column, and it is no feature."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence

from clearprop.tables.columns.names import UNNAMED
from clearprop.tables.sources.options import Options


def without_index(names: Sequence[str], about: bytes | str | None, options: Options) -> tuple[list[str], list[str]]:
    """Return the names of columns that are no index, and a note for each that is.

    The target is kept in any case, and what `kinds`, `keep` or `only` names.

    Parameters
    ----------
    about : bytes or str, optional
        What pandas wrote about the frame: the value of the key "pandas" in the metadata of the file. A first column
        called as pandas calls one without a name in a CSV file is an index too.
    """
    index = _index_columns(about) | ({UNNAMED} & set(names[:1]))
    index -= {options.target, *options.kinds, *options.keep, *options.only}
    kept = [name for name in names if name not in index]
    if not kept:
        return list(names), []
    said = 'Column "{0}" is the index of a pandas data frame: it was left out; --keep {1} keeps it.'
    return kept, [said.format(name, shlex.quote(name)) for name in names if name in index]


def _index_columns(about: bytes | str | None) -> set[str]:
    try:
        found = json.loads(about or "{}").get("index_columns", [])
    except (ValueError, AttributeError):
        return set()
    return {name for name in found if isinstance(name, str)} if isinstance(found, list) else set()
