"""clearprop about"""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any

import typer

import clearprop
from clearprop.cli._shared import AsJson
from clearprop.cli.output import next_command, print_json, print_table, print_text

REQUIRED = (
    "numpy", "scipy", "scikit-learn", "array-api-compat", "safetensors", "pydantic", "duckdb", "typer", "rich",
    "matplotlib", "jinja2",
)  # fmt: skip
OPTIONAL = ("pandas", "polars", "pyarrow", "jax", "torch")


def command(
    mpi: Annotated[
        bool, typer.Option("--mpi", help="Under mpirun: what it costs these processes to train together.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show versions, engines and threads, and what is missing."""
    if mpi:
        from clearprop.cli._together import show_costs

        show_costs(as_json)
        return
    facts = installation()
    if as_json:
        print_json(facts)
        return
    print_table("clearprop", ("what", "value"), facts["machine"].items())
    print_table("Engines, the fastest first", ("engine", "state"), facts["engines"].items())
    for reason in facts["missing"].values():
        print_text(f"{reason}\n")
    print_table("Libraries", ("library", "version"), facts["libraries"].items())
    next_command("clearprop train digits")


def installation() -> dict[str, Any]:
    """Return all that is known of this installation."""
    from clearprop.engines import ENGINES

    missing = {name: reason for name, engine in ENGINES.items() if (reason := engine.missing())}
    return {
        "machine": {
            "clearprop": clearprop.__version__,
            "python": sys.version.split()[0],
            "platform": platform.platform(),
            "processor": platform.machine(),
            "cpus this process may use": len(os.sched_getaffinity(0))
            if hasattr(os, "sched_getaffinity")
            else os.cpu_count(),
            "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "not set"),
        },
        "engines": {name: "MISSING" if name in missing else "ready" for name in ENGINES},
        "missing": missing,
        "libraries": {name: _version(name) or "MISSING" for name in REQUIRED}
        | {name: _version(name) or "not installed (optional)" for name in OPTIONAL},
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
