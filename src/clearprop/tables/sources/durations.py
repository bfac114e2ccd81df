"""Durations as text: "1 days 02:03:04.5" of pandas, "-1 day, 2:03:04" of Python, "P1DT2H3M4.5S" of ISO 8601."""

from __future__ import annotations

import re
from collections.abc import Sequence

from clearprop.tables.sources import sql

DURATION = "duration"
"""The format of such text among numbers; a duration is its seconds."""

_SHAPE = re.compile(r"-?\d+ days?\b.*|-?P[\dT-].*")
_IN_WORDS = r"^(?:(-?\d+) days?(?:,? \+?|$))?(?:(\d{1,2}):(\d{2}):(\d{2}(?:\.\d+)?))?$"
_ISO = r"^(-?)P(?:(-?\d+)D)?(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?\d+(?:\.\d+)?)S)?)?$"


def look_like_durations(cells: Sequence[str]) -> bool:
    """Return whether half of the cells or more are durations."""
    return bool(cells) and 2 * sum(_SHAPE.fullmatch(cell) is not None for cell in cells) >= len(cells)


def _expression() -> str:
    def part(pattern: str, group: int, seconds: float) -> str:
        return f"coalesce(TRY_CAST(regexp_extract({{c}}, {pattern}, {group}) AS DOUBLE), 0) * {seconds!r}"

    units = (86400.0, 3600.0, 60.0, 1.0)
    words, iso = (sql.text(pattern).replace("{", "{{").replace("}", "}}") for pattern in (_IN_WORDS, _ISO))
    in_words = " + ".join(part(words, group, unit) for group, unit in enumerate(units, start=1))
    in_iso = " + ".join(part(iso, group, unit) for group, unit in enumerate(units, start=2))
    sign = "CASE WHEN starts_with({c}, '-') THEN -1 ELSE 1 END"
    return (
        f"CASE WHEN regexp_full_match({{c}}, {iso}) AND regexp_matches({{c}}, '\\d') THEN ({in_iso}) * {sign} "
        f"WHEN regexp_full_match({{c}}, {words}) AND regexp_matches({{c}}, '\\d') THEN {in_words} END"
    )


EXPRESSION = _expression()
"""SQL that reads the text {c} as seconds, NULL where it is no duration."""
