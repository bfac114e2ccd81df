"""Labels of a text file that differ by the blanks around them only: they are kept apart, as those of a frame are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clearprop.tables.sources import sql


@dataclass(frozen=True)
class Written:
    """The cells c0, c1, ... of a text file as they are written, and what stands for a missing one among blanks."""

    relation: str
    missing: Sequence[str]

    def there(self, column: str) -> str:
        """Return SQL for whether a cell is not missing."""
        known = f"[{', '.join(map(sql.text, self.missing))}]"  # IN would be planned as a join, one a column
        longest = max(map(len, self.missing))
        return f"(length(trim({column})) > {longest} OR NOT list_contains({known}, trim({column})))"


def keep_blanks(connection: sql.Connection, staged: str, written: Written, names: Mapping[int, str]) -> list[str]:
    """Write cells with their blanks into the relation `staged` where these tell labels apart; return notes on them.

    Parameters
    ----------
    names : mapping of int to str
        The columns of labels in it, by their place.
    """
    apart = _apart(connection, written, list(names))
    if not apart:
        return []
    cells = ", ".join(f"CASE WHEN {written.there(f'c{i}')} THEN c{i} END AS c{i}" for i in apart)
    connection.execute(f"CREATE TABLE padded AS SELECT {cells} FROM {written.relation}")
    replaced = ", ".join(f"padded.c{i} AS c{i}" for i in apart)
    query = f"SELECT {staged}.* REPLACE ({replaced}) FROM {staged} POSITIONAL JOIN padded"
    connection.execute(f"CREATE TABLE replaced AS {query}")
    connection.execute(f"DROP TABLE {staged}; DROP TABLE padded; ALTER TABLE replaced RENAME TO {staged}")
    return [kept_apart(names[i]) for i in apart]


def kept_apart(name: str) -> str:
    """Return the note on a column in which blanks tell labels apart."""
    return f'Column "{name}": labels that differ by the blanks around them only are kept apart; strip them if not.'


def _apart(connection: sql.Connection, written: Written, indices: Sequence[int]) -> list[int]:
    """Return the columns in which two cells differ by blanks only."""
    if not indices:
        return []
    flags = ", ".join(f"bool_or(c{i} <> trim(c{i}))" for i in indices)
    found = connection.execute(f"SELECT {flags} FROM {written.relation}").fetchone()
    padded = [i for i, some in zip(indices, found, strict=True) if some]
    differ = "SELECT count(DISTINCT c{i}) > count(DISTINCT trim(c{i})) FROM {relation} WHERE {there}"
    queries = {i: differ.format(i=i, relation=written.relation, there=written.there(f"c{i}")) for i in padded}
    return [i for i, query in queries.items() if connection.execute(query).fetchone()[0]]
