"""The names that options take, below the help of a command: read from the tables of names when help is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from typer.core import TyperCommand


class CommandWithNames(TyperCommand):
    """A command whose ``--help`` ends with the known names of its options."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help, and the names below it."""
        options = [parameter.name for parameter in self.params if parameter.name in KNOWN]
        self.epilog = "\n\n".join(f"* `--{name}`: {KNOWN[name]()}" for name in options)
        super().format_help(ctx, formatter)


def _activations() -> str:
    from clearprop.equations import ACTIVATIONS

    return ", ".join(ACTIVATIONS)


def _losses() -> str:
    from clearprop.equations import LOSSES, get_loss

    of_classes = [name for name in LOSSES if get_loss(name).of_classes]
    of_numbers = [name for name in LOSSES if name not in of_classes]
    return f"for classes {', '.join(of_classes)}; for numbers {', '.join(of_numbers)}"


def _optimizers() -> str:
    from clearprop.equations import RULES
    from clearprop.solvers import SOLVERS

    return f"{', '.join(RULES)}; all rows at once: {', '.join(SOLVERS)}"


def _schedules() -> str:
    from clearprop.equations import SCHEDULES

    return ", ".join(SCHEDULES)


def _engines() -> str:
    from clearprop.engines import ENGINES

    return ", ".join(["auto", *ENGINES])


def _notations() -> str:
    from clearprop.explain.derivation import NOTATIONS

    return ", ".join(NOTATIONS)


KNOWN: dict[str, Callable[[], str]] = {
    "activation": _activations,
    "output": _activations,
    "loss": _losses,
    "optimizer": _optimizers,
    "schedule": _schedules,
    "engine": _engines,
    "notation": _notations,
}
