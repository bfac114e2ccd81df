"""The names that options take, below the help of a command: read from the tables of names when help is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from typer.core import TyperCommand

from clearprop.fitting.settings import ON_COMMANDS, Settings, known
from clearprop.fitting.settings.kinds import Names


class CommandWithNames(TyperCommand):
    """A command whose ``--help`` ends with the known names of its options."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help, and the names below it."""
        options = [parameter.name for parameter in self.params if parameter.name in KNOWN]
        self.epilog = "\n\n".join(f"* `--{name}`: {KNOWN[name]()}" for name in options)
        super().format_help(ctx, formatter)


def _losses() -> str:
    from clearprop.equations import LOSSES, get_loss

    of_classes = [name for name in LOSSES if get_loss(name).of_classes]
    of_numbers = [name for name in LOSSES if name not in of_classes]
    return f"for classes {', '.join(of_classes)}; for numbers {', '.join(of_numbers)}"


def _optimizers() -> str:
    from clearprop.equations import RULES
    from clearprop.solvers import SOLVERS

    return f"{', '.join(RULES)}; all rows at once: {', '.join(SOLVERS)}"


def _notations() -> str:
    from clearprop.explain.derivation import NOTATIONS

    return ", ".join(NOTATIONS)


def _listed(names: Names) -> Callable[[], str]:
    return lambda: ", ".join(names())


KNOWN: dict[str, Callable[[], str]] = {
    **{word: _listed(one.kind.names) for word, one in ON_COMMANDS.settings(Settings).items() if one.kind.names},
    "output": _listed(known.activations),
    "loss": _losses,
    "optimizer": _optimizers,
    "notation": _notations,
}
