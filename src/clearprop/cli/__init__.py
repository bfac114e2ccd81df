"""The command line. `main` is its entry; one file per command. See README.md."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run ``clearprop`` with the arguments of the process."""
    try:
        from clearprop.cli.app import run
    except KeyboardInterrupt:  # while the libraries are loaded, before there is anything to report with
        sys.exit(130)

    sys.exit(run(sys.argv[1:]))
