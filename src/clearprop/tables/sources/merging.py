"""Do two different texts become one number? Then they may be codes, such as 01 and 1, and are kept apart."""

from __future__ import annotations

from dataclasses import replace

from clearprop.tables.encodings.category import ONE_HOT_UP_TO
from clearprop.tables.sources.deciding import Decision
from clearprop.tables.sources.readings import LABELS, Text

CODES = "({c} LIKE '0_%' OR {c} LIKE '-0_%' OR length({c}) > 15) AND NOT contains({c}, '.')"
"""SQL for the text {c} that may be a code: a zero before other digits, or more digits than a number has."""


def keep_apart(name: str, text: Text, decision: Decision, exact: bool) -> Decision:
    """Return the decision, or that the column holds labels where its reading would make one of two texts.

    Parameters
    ----------
    exact : bool
        Whether all text counts, and not only what may be a code. Numbers with decimals of more than so many different
        values as a category may have columns are amounts even so; a note says it.
    """
    pair = _one_of_two(text, decision, "true" if exact else CODES.format(c=text.column))
    if pair is None:
        return decision
    one, other, n_labels, decimals = pair
    if exact and decimals and n_labels > ONE_HOT_UP_TO:
        note = f'Column "{name}": "{one}" and "{other}" became one number; --kind "{name}=category" keeps them apart.'
        return replace(decision, notes=(*decision.notes, note))
    note = f'Column "{name}": "{one}" and "{other}" are kept apart as labels; --kind "{name}=number" reads numbers.'
    return Decision(LABELS, 0, (note,))


def _one_of_two(text: Text, decision: Decision, which: str) -> tuple[str, str, int, bool] | None:
    """Return two texts that become one, the number of different texts, and whether decimals are among them."""
    value = decision.reading.sql.format(c=text.column)
    query = (
        f"WITH texts AS (SELECT DISTINCT {text.column} AS t, {value} AS v, {which} AS w FROM {text.relation} "
        f"WHERE {text.column} IS NOT NULL) SELECT min(t), max(t), (SELECT count(*) FROM texts), "
        "(SELECT coalesce(bool_or(contains(t, '.') OR contains(t, ',')), false) FROM texts) "
        "FROM texts WHERE v IS NOT NULL GROUP BY v HAVING count(*) > 1 AND bool_or(w) ORDER BY 1 LIMIT 1"
    )
    found = text.connection.execute(query).fetchone()
    return None if found is None else (found[0], found[1], int(found[2]), bool(found[3]))
