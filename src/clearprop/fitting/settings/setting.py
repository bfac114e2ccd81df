"""Setting: one thing that can be asked of a training, declared as a field of a dataclass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any

from clearprop.fitting.settings.kinds import Kind

TABLE, MLP, COMMAND = "table", "mlp", "command"
EVERYWHERE = frozenset({TABLE, MLP, COMMAND})


@dataclass(frozen=True)
class Setting:
    """What is declared of a field.

    Attributes
    ----------
    name : str
        The recipe's; see `Surface` for what others call it.
    kind : Kind
    default : object
    help : str
        One sentence.
    group : str
        Under which help pages show it.
    chosen : str
        How it is chosen where it is left out and the default does not say so: "by the number of rows".
    of_steps, of_solvers : bool
        Whether it has a meaning for steps alone, or for batch solvers alone.
    flags : str
        What the command line calls it, where that is not its word: "--stream/--in-memory".
    where : set of str
        The surfaces it is shown on.
    """

    name: str
    kind: Kind
    default: Any
    help: str
    group: str
    chosen: str = ""
    of_steps: bool = False
    of_solvers: bool = False
    flags: str = ""
    where: frozenset[str] = EVERYWHERE


def setting(default: Any, kind: Kind, help: str, group: str, **about: Any) -> Any:
    """Declare a field of a recipe: its default, what it may be, and a sentence on it.

    Parameters
    ----------
    default, kind, help, group, **about
        As `Setting` has them.
    """
    return field(default=default, metadata={"setting": Setting("", kind, default, help, group, **about)})


_found: dict[type, Mapping[str, Setting]] = {}


def settings_of(declared: type) -> Mapping[str, Setting]:
    """Return the settings that a class declares, by name."""
    if declared not in _found:
        named = {one.name: _named(one) for one in fields(declared) if "setting" in one.metadata}
        _found[declared] = MappingProxyType(named)
    return _found[declared]


def _named(one: Field[Any]) -> Setting:
    found: Setting = one.metadata["setting"]
    return replace(found, name=one.name)
