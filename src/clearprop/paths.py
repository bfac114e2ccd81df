"""Names of files: what keeps one from being opened, in words."""

from __future__ import annotations

import errno
import os
from pathlib import Path

PathLike = str | os.PathLike[str]


def fault_of(path: PathLike) -> str | None:
    """Return why a path leads to no file though something of that name stands there, or none can; None otherwise.

    A file that merely does not exist has no fault: whoever looks for it has more to say about that.

    Examples
    --------
    >>> print(fault_of("a\\0b.csv"))
    'a\\x00b.csv' holds the character NUL, which no name of a file can; check how the name was made.
    """
    name = os.fspath(path)
    fault = fault_of_name(name)
    if fault is None:
        try:
            os.stat(name)
        except OSError as error:
            return _said(name, error)
    return fault


def fault_of_name(path: PathLike) -> str | None:
    """Return why no file can be called that on any disk; None if one can."""
    name = os.fspath(path)
    if not name:
        return "the name of the file is empty; give one."
    if "\0" in name:
        return f"{name!a} holds the character NUL, which no name of a file can; check how the name was made."
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        return f"{name!a} is not valid Unicode, so that no file can be called that; decode the name properly first."
    return None


def fault_of_target(path: PathLike) -> str | None:
    """Return why no file can be written to a path; a link to a file that does not exist is none: writing makes it."""
    fault = fault_of(path)
    return None if fault is not None and _is_a_link_to_nothing(path) else fault


def same_place(one: PathLike, other: PathLike) -> bool:
    """Return whether two paths lead to one place, whether or not a file stands there."""
    return fault_of(one) is None and fault_of(other) is None and os.path.realpath(one) == os.path.realpath(other)


def _is_a_link_to_nothing(path: PathLike) -> bool:
    try:
        os.stat(path)
    except FileNotFoundError:
        return os.path.islink(path)
    except (OSError, ValueError):
        pass
    return False


def _said(name: str, error: OSError) -> str | None:
    if error.errno == errno.ELOOP:
        return f"{name} is a symbolic link that leads round in a circle; let it point to the file, or name the file."
    if error.errno == errno.ENAMETOOLONG:
        return f"{_ends(name)} is a longer name than the system takes; make it shorter."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"{name} lies in a folder that may not be entered; check its permissions."
    if os.path.islink(name):
        return f"{name} is a symbolic link to {os.readlink(name)}, which does not exist; make it point to a file."
    if error.errno == errno.ENOTDIR:
        folder = next(folder for folder in Path(name).parents if folder.exists())
        return f"{name} cannot be: {folder} is a file, not a folder."
    return None


def _ends(name: str) -> str:
    return name if len(name) <= 80 else f"{name[:40]}…{name[-20:]}"
