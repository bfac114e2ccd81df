"""The command line. `main` is its entry; one file per command. See README.md."""

from __future__ import annotations

import sys

from clearprop.cli._signals import SIGNALS, number_of

__all__ = ["main"]


def main() -> None:
    """Run ``clearprop`` with the arguments of the process."""
    SIGNALS.install()
    from clearprop.cli.app import run

    for stream in (sys.stdout, sys.stderr):
        _write_any_sign(stream)
    SIGNALS.begin()
    try:
        code = run(sys.argv[1:])
    except KeyboardInterrupt as last:  # within the last words
        code = 128 + (number_of(last) or 0)
    SIGNALS.end()
    sys.exit(code or (128 + SIGNALS.came if SIGNALS.came else 0))


def _write_any_sign(stream: object) -> None:
    """Write files and pipes as UTF-8; on a terminal of another encoding put a question mark for what it lacks."""
    import io

    if isinstance(stream, io.TextIOWrapper) and stream.encoding.lower().replace("-", "") != "utf8":
        if stream.isatty():
            stream.reconfigure(errors="replace")
        else:
            stream.reconfigure(encoding="utf-8")
