"""From the settings of reading, in the words of the command line, to the options of `read_table`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OF_FILES = (
    "delimiter", "header", "decimal", "dates", "encoding", "comment", "skip", "sheet", "index_base", "kind", "keep",
    "drop", "only",
)  # fmt: skip
"""How a file is written: what a model remembers."""

OF_READING = ("na", "bad_rows", "max_bad", *OF_FILES)
_SPELLED = {"\\t": "\t", "tab": "\t", "blank": " "}


def as_options(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings of reading as `read_table` takes them; all others are left out."""
    options = {word: settings[word] for word in OF_READING if settings.get(word) not in (None, ())}
    if "kind" in options:
        options["kinds"] = dict(pair.split("=", 1) for pair in options.pop("kind"))
    if "delimiter" in options:
        options["delimiter"] = _SPELLED.get(options["delimiter"], options["delimiter"])
    return options


def kept_options(settings: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what a model remembers of them; None where all was found out."""
    return as_options({word: settings.get(word) for word in OF_FILES}) or None
