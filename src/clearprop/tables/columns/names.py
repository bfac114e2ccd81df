"""Names of columns: nearest names, and names made unique."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from clearprop.errors import closest

UNNAMED = "Unnamed: 0"
"""What pandas calls a first column without a name: the index of a frame that went through a CSV file."""
_UNSEEN = " \t\r\n\v\f\u00a0\u2002\u2003\u2009\u202f\u3000\ufeff\u200b\u200e\u200f\u2060"
COUNTER = re.compile(
    r"(.*[_ .-]|^)(id|index|idx|row|rownum|nr|no)$|.*(Id|ID|RowNumber|Index)$|row.?(number|id|names?)$|^column_1$|"
    r"^level_0$|^Unnamed: \d+(\.\d+)?$"
)
"""What columns that count the rows are called."""
_SHOWN = 20
_SHOWN_IN_A_NOTE = 3


def nearest(name: str, known: Sequence[str]) -> str:
    """Return '; did you mean "x"? It has ...', or '. It has ...', for a message that then ends with a full stop."""
    near = closest(name, known, fold=True)
    guess = f'; did you mean "{near}"?' if near else "."
    return f"{guess} It has {the_first(quoted(known))}"


def quoted(names: Iterable[str]) -> list[str]:
    """Return every name between double quotes."""
    return [f'"{name}"' for name in names]


def the_first(words: Sequence[str], most: int = _SHOWN) -> str:
    """Return words in a row: "a, b, c", or of very many "a, b, c and 1997 more"."""
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more


def counted(n: int, noun: str) -> str:
    """Return "1 row", "2 rows"."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def left_out(columns: Iterable[tuple[str, str]]) -> list[str]:
    """Return one sentence for each reason why columns, pairs of a name and a reason, are left out of training.

    Examples
    --------
    >>> left_out([("id", "counts the rows")])
    ['"id" is left out of training: it counts the rows.']
    """
    of_reason: dict[str, list[str]] = {}
    for name, reason in columns:
        of_reason.setdefault(reason, []).append(name)
    return [_left_out(names, reason) for reason, names in of_reason.items()]


def _left_out(names: list[str], reason: str) -> str:
    if len(names) == 1:
        return f'"{names[0]}" is left out of training: it {reason}.'
    shown = the_first(quoted(names), _SHOWN_IN_A_NOTE)
    return f"{len(names)} columns are left out of training, as each of them {reason}: {shown}."


def unique_names(raw: Iterable[str]) -> tuple[tuple[str, ...], list[str]]:
    """Return names without blanks and doubles, and a note for each that was changed.

    An empty name becomes "column_3" (counted from 1), the second "age" becomes "age_2". Blanks around names go, and
    signs that nobody sees, unless these tell two names apart.
    """
    names: dict[str, None] = {}
    notes: list[str] = []
    raw = list(raw)
    bare = [name.strip(_UNSEEN) for name in raw]
    counts, written = Counter(bare), Counter(raw)
    stripped = [name if one and counts[one] > written[name] == 1 else one for name, one in zip(raw, bare, strict=True)]
    taken = set(stripped)
    for position, name in enumerate(stripped, start=1):
        new = stem = name or f"column_{position}"
        count = 1
        while new in names or (new != name and new in taken):
            count += 1
            new = f"{stem}_{count}"
        if new != name:
            why = "has no name" if not name else f'is called "{name}" like an earlier one'
            notes.append(f'Column {position} {why}; here it is "{new}".')
        names[new] = None
    return tuple(names), notes
