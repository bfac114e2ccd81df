"""Options of the command line, built from the declared settings; None where they were not given."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from clearprop.errors import UsageError
from clearprop.fitting.settings import ON_COMMANDS, Setting

Command = Callable[..., None]


def with_settings(
    declared: type, shows: Callable[[str, Setting], bool], defaults: Mapping[str, Any] | None = None
) -> Callable[[Command], Command]:
    """Give a command an option for every declared setting it shows, in the place of its ``**given``.

    The command is called with those that were given, read as the configuration takes them.

    Parameters
    ----------
    declared : type
        A dataclass of settings.
    shows : function of a word and a setting
        Whether there is an option for it.
    defaults : dict of str to object, optional
        What its help calls the default where that is not the configuration's.
    """
    shown = {word: one for word, one in ON_COMMANDS.settings(declared).items() if shows(word, one)}

    def decorate(command: Command) -> Command:
        def called(**words: Any) -> None:
            own = {name: value for name, value in words.items() if name not in shown}
            given = {
                word: _read(word, one, words[word]) for word, one in shown.items() if words[word] not in (None, [])
            }
            command(**own, **given)

        options = [_option(word, one, defaults or {}) for word, one in shown.items()]
        signature = _signature(command, options)
        called.__signature__ = signature  # type: ignore[attr-defined]  # typer reads it
        called.__doc__, called.__module__ = command.__doc__, command.__module__
        called.__annotations__ = {one.name: one.annotation for one in signature.parameters.values()}
        return called

    return decorate


def spelled(word: str, one: Setting, value: Any) -> list[str]:
    """Return the words of a command line that give a setting this value."""
    yes, _, no = flags(word, one).partition("/")
    if isinstance(value, bool):
        return [yes if value else no]
    if one.kind.option is list:
        return [part for each in value for part in (yes, str(each))]
    return [yes, ",".join(map(str, value)) or "none" if isinstance(value, tuple) else str(value)]


def flags(word: str, one: Setting) -> str:
    """Return what an option is called: --dropout, or --shuffle/--no-shuffle."""
    name = word.replace("_", "-")
    return one.flags or (f"--{name}/--no-{name}" if one.kind.option is bool else f"--{name}")


def _option(word: str, one: Setting, defaults: Mapping[str, Any]) -> inspect.Parameter:
    kind: Any = list[str] if one.kind.option is list else one.kind.option
    info = typer.Option(
        flags(word, one), help=_help(one, defaults.get(word, one.default)), rich_help_panel=one.group,
    )  # fmt: skip
    return inspect.Parameter(
        word, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, info]
    )


def _help(one: Setting, default: Any) -> str:
    said = one.chosen or (",".join(map(str, default)) if isinstance(default, tuple) else default)
    left_out = said is None or said is False or said == ""
    return one.help if left_out else f"{one.help}  [default: {_as_words(said)}]"


def _as_words(said: Any) -> str:
    return "yes" if said is True else f"{said:g}" if isinstance(said, float) else str(said)


def _signature(command: Command, options: list[inspect.Parameter]) -> inspect.Signature:
    """Return the signature of a command with options in the place of its ``**given``."""
    own = list(inspect.signature(command, eval_str=True).parameters.values())
    given = [one for one in own if one.kind is inspect.Parameter.VAR_KEYWORD]
    arguments = [one for one in own if one not in given]
    first = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in arguments if _is_argument(one)]
    last = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in arguments if not _is_argument(one)]
    return inspect.Signature([*first, *options, *last])


def _is_argument(parameter: inspect.Parameter) -> bool:
    return any(isinstance(about, typer.models.ArgumentInfo) for about in parameter.annotation.__metadata__)


def _read(word: str, one: Setting, given: Any) -> Any:
    try:
        return one.kind.read(given)
    except UsageError as error:
        raise UsageError(f"--{word.replace('_', '-')}: {error}") from None
