"""``python -m clearprop``: the command line."""

from __future__ import annotations

from clearprop.cli import main

main()
