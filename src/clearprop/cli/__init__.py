"""The command line. `main` is its entry; one file per command. See README.md."""

from __future__ import annotations

import io
import sys
from typing import Any

__all__ = ["main"]


def main() -> None:
    """Run ``clearprop`` with the arguments of the process."""
    try:
        from clearprop.cli.app import run
    except KeyboardInterrupt:  # while the libraries are loaded, before there is anything to report with
        sys.exit(130)

    for stream in (sys.stdout, sys.stderr):
        _write_any_sign(stream)
    sys.exit(run(sys.argv[1:]))


def _write_any_sign(stream: Any) -> None:
    """Write files and pipes as UTF-8; on a terminal of another encoding put a question mark for what it lacks."""
    if isinstance(stream, io.TextIOWrapper) and stream.encoding.lower().replace("-", "") != "utf8":
        if stream.isatty():
            stream.reconfigure(errors="replace")
        else:
            stream.reconfigure(encoding="utf-8")
