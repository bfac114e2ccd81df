"""The application: its commands, and what becomes of an error."""

from __future__ import annotations

import ast
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from clearprop import __version__
from clearprop.cli import (
    about,
    check,
    compare,
    cv,
    derive,
    diagnose,
    evaluate,
    explain,
    export,
    grade,
    import_,
    inspect,
    predict,
    record,
    replay,
    report,
    resume,
    studio,
    train,
    verify,
    worksheet,
)
from clearprop.cli._known_names import CommandWithNames
from clearprop.cli._signals import SIGNALS, name_of, number_of
from clearprop.cli.output import note, print_json
from clearprop.errors import ClearpropError, WriteError

INTERNAL_ERROR = 1
_INTERRUPTED_QUERY = "Query interrupted"  # what duckdb makes of Ctrl-C: a RuntimeError
READER_GONE = 141  # 128 + SIGPIPE, as a shell shows it of any tool whose reader has closed the pipe

app = typer.Typer(
    name="clearprop",
    help="Feed-forward networks for tables: train, predict, evaluate, and look inside.",
    epilog="Start with:  clearprop train digits    Add --debug to any command for a traceback.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"clearprop {__version__}")
        raise typer.Exit


@app.callback(no_args_is_help=True)
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    pass


def _help_of(module: ModuleType) -> str | None:
    """Return what a command says of itself; read from its source where `python -OO` has left docstrings out."""
    told: str | None = module.command.__doc__
    if told is None:
        source = ast.parse(Path(module.__file__ or "").read_text("utf-8")).body
        told = next(ast.get_docstring(n) for n in source if isinstance(n, ast.FunctionDef) and n.name == "command")
    return told


COMMANDS = (
    train, predict, evaluate, cv, compare, report, inspect, explain, derive, record, replay, check, export, import_,
    resume, verify, studio, worksheet, grade, diagnose, about,
)  # fmt: skip
for module in COMMANDS:
    name = module.__name__.rsplit(".", 1)[-1].rstrip("_")
    app.command(name, cls=CommandWithNames, help=_help_of(module))(module.command)
app.command("doctor", hidden=True)(about.command)  # what `about` was called


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code: 0 ok, 2 usage, 3 data, 4 file, 5 diverged, 128 + n by signal n."""
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        _silence()
        return READER_GONE
    except OSError as error:
        if "--debug" in arguments:
            traceback.print_exception(error)
        note(f"clearprop: {error.filename or 'the output'} could not be read or written: {error.strerror or error}.")
        _silence()
        return WriteError.exit_code
    return code


def _run(arguments: Sequence[str]) -> int:
    debug = "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"]
    try:
        app(args=arguments, prog_name="clearprop")
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # typer has made it exit code 1
            raise end.__context__ from None
        number = number_of(end.__context__)
        if number is not None:  # typer has made it exit code 130, without a word
            return _interrupted(end, number, arguments, debug)
        return end.code if isinstance(end.code, int) else INTERNAL_ERROR
    except Exception as error:
        number = SIGNALS.came or number_of(error) or (signal.SIGINT if str(error) == _INTERRUPTED_QUERY else None)
        if number is not None:  # whatever the library that was running has made of it
            return _interrupted(error, number, arguments, debug)
        if isinstance(error, ClearpropError):
            return _report(error, str(error), error.exit_code, arguments, debug)
        if isinstance(error, OSError):  # all others have become a ClearpropError where they arose
            raise
        message = f"internal error, please report it: {type(error).__name__}: {error} (--debug shows where)."
        return _report(error, message, INTERNAL_ERROR, arguments, debug)
    return 0


def _interrupted(error: BaseException, number: int, arguments: Sequence[str], debug: bool) -> int:
    return _report(error, f"{name_of(number)}.", 128 + number, arguments, debug, "Interrupted")


def _silence() -> None:
    """Send what is still to be flushed nowhere, so that the end of the process is silent."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is not None:
            os.dup2(nowhere, stream.fileno())


def _report(
    error: BaseException, message: str, code: int, arguments: Sequence[str], debug: bool, kind: str = ""
) -> int:
    if debug:
        traceback.print_exception(error)
    note(f"clearprop: {message}")
    if "--json" in arguments:
        print_json({"error": {"kind": kind or type(error).__name__, "message": message, "exit_code": code}})
    return code
