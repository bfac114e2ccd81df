"""What a sink writes into."""

from __future__ import annotations

from typing import Protocol


class Output(Protocol):
    """A file, or anything else that takes bytes."""

    def write(self, data: bytes, /) -> object:
        """Write all of the data."""
