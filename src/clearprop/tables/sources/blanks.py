"""Labels of a text file that differ by the blanks around them only, and words among them that were read as missing.

In quotes blanks are meant, and labels kept apart as those of a frame are; without them they become one. Both are said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clearprop.tables.columns.cells import missing_words
from clearprop.tables.columns.spellings import DOUBTFUL
from clearprop.tables.sources import sql
from clearprop.tables.sources.dialect import Dialect
from clearprop.tables.sources.readings import boolean_labels

_CHUNK = 1 << 20  # characters


@dataclass(frozen=True)
class Written:
    """The cells c0, c1, ... of a text file as they are written, and what stands for a missing one among blanks."""

    dialect: Dialect
    relation: str
    missing: Sequence[str]

    def there(self, column: str) -> str:
        """Return SQL for whether a cell is not missing."""
        return is_there(column, self.missing)


def is_there(column: str, missing: Sequence[str]) -> str:
    """Return SQL for whether a cell is none of these words, blanks around it aside."""
    known = f"[{', '.join(map(sql.text, missing))}]"  # IN would be planned as a join, one a column
    return f"(length(trim({column})) > {max(map(len, missing))} OR NOT list_contains({known}, trim({column})))"


def keep_blanks(
    connection: sql.Connection, staged: str, written: Written, names: dict[int, str]
) -> list[tuple[int, str]]:
    """Write cells of columns of labels into the relation `staged` with the blanks that tell them apart.

    Parameters
    ----------
    names : dict of int to str
        The columns of labels, by their place.

    Returns
    -------
    list of (int, str)
        Columns, and what is to be said of each.
    """
    padded, words = _looked_at(connection, written, list(names))
    found = [(i, pair) for i in padded if (pair := _pair(connection, written, i))]
    quoted = {i for i, (label, _) in found if in_quotes(written.dialect, label)}
    if quoted:
        cells = ", ".join(f"CASE WHEN {written.there(f'c{i}')} THEN c{i} END AS c{i}" for i in quoted)
        connection.execute(f"CREATE TABLE padded AS SELECT {cells} FROM {written.relation}")
        replaced = ", ".join(f"padded.c{i} AS c{i}" for i in quoted)
        query = f"SELECT {staged}.* REPLACE ({replaced}) FROM {staged} POSITIONAL JOIN padded"
        connection.execute(f"CREATE TABLE replaced AS {query}")
        connection.execute(f"DROP TABLE {staged}; DROP TABLE padded; ALTER TABLE replaced RENAME TO {staged}")
    said = [(i, remark(names[i], pair, i in quoted)) for i, pair in found]
    return said + [(i, note) for i, counts in words.items() for note in missing_words(names[i], counts)]


def remark(name: str, pair: tuple[str, str], apart: bool) -> str:
    """Return the note on a column in which two labels differ by blanks only."""
    if apart:
        return f'Column "{name}": labels that differ by the blanks around them only are kept apart; strip them if not.'
    one, other = pair
    return f'Column "{name}": "{one}" and "{other}" were read as one label; --kind "{name}=category" keeps them apart.'


def in_quotes(dialect: Dialect, label: str) -> bool:
    """Return whether a label stands in quotes in the file."""
    wanted = '"' + label.replace('"', '""') + '"'
    with dialect.open() as file:
        kept = ""
        while chunk := file.read(_CHUNK):
            if wanted in kept + chunk:
                return True
            kept = chunk[-len(wanted) :]
    return False


def _looked_at(
    connection: sql.Connection, written: Written, indices: Sequence[int]
) -> tuple[list[int], dict[int, dict[str, int]]]:
    """Return the columns with blanks around a cell, and in which a word was read as missing that may be a label."""
    if not indices:
        return [], {}
    one = ["bool_or({c} <> trim({c}))", *(f"count(*) FILTER (trim({{c}}) = {sql.text(word)})" for word in DOUBTFUL)]
    one.append("coalesce(bool_and(regexp_full_match(trim({c}), '[A-Z]{{2}}')) FILTER ({there}), false)")
    asked = [part.format(c=f"c{i}", there=written.there(f"c{i}")) for i in indices for part in one]
    found = connection.execute(f"SELECT {', '.join(asked)} FROM {written.relation}").fetchone()
    each = [found[k : k + len(one)] for k in range(0, len(found), len(one))]
    padded = [i for i, some in zip(indices, each, strict=True) if some[0]]
    return padded, {
        i: in_doubt(dict(zip(DOUBTFUL, some[1:3], strict=True)), some[3]) for i, some in zip(indices, each, strict=True)
    }


def in_doubt(counts: Mapping[str, int], of_two_capitals: bool) -> dict[str, int]:
    """Return how often each word occurs that may be a label, among labels of two capitals or others."""
    return {word: n for word, n in counts.items() if n and (word != "NA" or of_two_capitals)}


def _pair(connection: sql.Connection, written: Written, index: int) -> tuple[str, str] | None:
    """Return two cells that differ by blanks only, the first with blanks; None of words such as no and yes."""
    cells = f"FROM {written.relation} WHERE {written.there(f'c{index}')}"
    query = f"SELECT max(c), min(c) FROM (SELECT DISTINCT c{index} AS c {cells}) GROUP BY trim(c) HAVING count(*) > 1"
    two = connection.execute(f"{query} ORDER BY 1 LIMIT 1").fetchone()
    if two is None:
        return None
    bare = connection.execute(f"SELECT DISTINCT trim(c{index}) {cells} LIMIT 5").fetchall()  # no, No, yes and YES
    if boolean_labels([label for (label,) in bare]) is not None:
        return None
    return padded_first(*two)


def padded_first(one: str, other: str) -> tuple[str, str]:
    """Return two labels, one with blanks around it first."""
    return (one, other) if len(one) > len(one.strip()) else (other, one)
