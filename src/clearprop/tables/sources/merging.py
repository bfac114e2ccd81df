"""Do two different texts become one number? Then they may be codes, such as 01 and 1."""

from __future__ import annotations

from dataclasses import dataclass

from clearprop.tables.sources import sql

CODES = "({c} LIKE '0_%' OR {c} LIKE '-0_%' OR length({c}) > 15) AND NOT contains({c}, '.')"
"""SQL for the text {c} that may be a code: a zero before other digits, or more digits than a number has."""


@dataclass(frozen=True)
class Merged:
    """Two texts that become one number, the number of different texts, and whether decimals are among these."""

    one: str
    other: str
    n_texts: int
    decimals: bool


def may_be_code(cell: str) -> bool:
    """Return whether a text may be a code, as `CODES` has it."""
    zero = (cell.startswith("0") and len(cell) > 1) or (cell.startswith("-0") and len(cell) > 2)
    return (zero or len(cell) > 15) and "." not in cell


def merged_in(connection: sql.Connection, relation: str, column: str, value: str, exact: bool) -> Merged | None:
    """Return two texts of a column in duckdb of which the SQL `value` makes one number, None if there are none.

    Parameters
    ----------
    exact : bool
        Whether all text counts, and not only where one of the two may be a code.
    """
    which = "true" if exact else CODES.format(c=column)
    query = (
        f"WITH texts AS (SELECT DISTINCT {column} AS t, {value} AS v, {which} AS w FROM {relation} "
        f"WHERE {column} IS NOT NULL) SELECT min(t), max(t), (SELECT count(*) FROM texts), "
        "(SELECT coalesce(bool_or(contains(t, '.') OR contains(t, ',')), false) FROM texts) "
        "FROM texts WHERE v IS NOT NULL GROUP BY v HAVING count(*) > 1 AND bool_or(w) ORDER BY 1 LIMIT 1"
    )
    found = connection.execute(query).fetchone()
    return None if found is None else Merged(found[0], found[1], int(found[2]), bool(found[3]))
