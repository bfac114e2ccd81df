"""Writing a file so that a reader finds the old one or the new one, whole, whatever happens in between."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from clearprop.errors import WriteError
from clearprop.paths import PathLike, fault_of_name

try:
    import fcntl
except ImportError:  # Windows, where an open file cannot be removed anyway
    fcntl = None  # type: ignore[assignment]  # the module is absent there

_MARK, _DIGITS, _SUFFIX = "clearprop-", 16, ".tmp"
"""A temporary file is called .NAME.clearprop-0123456789abcdef.tmp; nobody else's file is."""
_CHUNK = 1 << 24


def write_atomically(path: PathLike, data: bytes | str) -> None:
    """Write a whole file, or leave the one that stands there as it is.

    The data go to a new file in the same folder, are forced to the disk, and then take the place of the old file in
    one step. Mode and owner of the old file are kept; a symbolic link stays, and the file it points to is replaced.
    What an earlier, killed save of this file left behind is removed.

    Parameters
    ----------
    path : str or path
    data : bytes or str
        A str is written as UTF-8.

    Raises
    ------
    WriteError
        If the system refuses: no space, no permission, a broken disk, something there that is not a file.
    """
    with atomic_file(path) as file:
        file.write(data.encode() if isinstance(data, str) else data)


class NewFile:
    """A file that is being written; what is given to `write` is written whole."""

    def __init__(self, file: int) -> None:
        self._file = file

    def write(self, data: bytes) -> None:
        """Write all of the data."""
        _write_all(self._file, data)


@contextlib.contextmanager
def atomic_file(path: PathLike) -> Iterator[NewFile]:
    """Yield a new file that takes the place of `path` when the block ends, as `write_atomically` has it.

    If the block raises, the file that stands there stays, and nothing is left of the new one.

    Raises
    ------
    WriteError
        If the system refuses.
    """
    fault = fault_of_name(path)
    if fault is not None:
        raise WriteError(fault)
    target = Path(os.path.realpath(path))
    try:
        old = _existing(target)
        _remove_leftovers(target)
        with _replacing(target, old) as file:
            yield NewFile(file)
        _sync_folder(target.parent)
    except OSError as error:
        raise WriteError(_explain(target, error)) from error


def _existing(target: Path) -> os.stat_result | None:
    try:
        old = os.stat(target)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(old.st_mode):
        raise OSError(errno.EINVAL, "something that is not a regular file stands there")
    if not os.access(target, os.W_OK):
        raise OSError(errno.EACCES, "the file there is read-only")
    return old


@contextlib.contextmanager
def _replacing(target: Path, old: os.stat_result | None) -> Iterator[int]:
    """Yield a temporary file, and rename it; it is locked until then, which is how others know that it is in use."""
    with contextlib.ExitStack() as stack:
        temporary, file, stream = _new_file(target, old, stack)
        if old is not None:
            _keep_owner_and_mode(file, old)
        yield file
        os.fsync(file)
        if fcntl is None:
            stream.close()  # Windows does not rename an open file
        os.replace(temporary, target)


def _new_file(target: Path, old: os.stat_result | None, stack: contextlib.ExitStack) -> tuple[Path, int, IO[bytes]]:
    """Open a new file in the folder of the target, and lock it; the stack closes it, and removes it after an error."""
    while True:
        temporary = target.with_name(_prefix(target) + secrets.token_hex(_DIGITS // 2) + _SUFFIX)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
        file = os.open(temporary, flags, 0o666 if old is None else stat.S_IMODE(old.st_mode))
        stack.push(_removing(temporary))
        stream = stack.enter_context(os.fdopen(file, "wb", buffering=0))
        if _locked(file):
            return temporary, file, stream
        stream.close()


def _removing(temporary: Path) -> Callable[..., None]:
    """Return what removes a file where an error ends the block."""

    def at_exit(kind: object, *_: object) -> None:
        if kind is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)

    return at_exit


def _locked(file: int) -> bool:
    """Lock a new file; False if another save took it for a leftover and removed it before."""
    if fcntl is None:
        return True
    with contextlib.suppress(OSError):  # a file system without locks
        fcntl.flock(file, fcntl.LOCK_EX)
    return os.fstat(file).st_nlink > 0


def _prefix(target: Path) -> str:
    return f".{target.name[:40]}.{_MARK}"  # cut, so that the longest of names leaves room for the rest


def _is_ours(name: str, target: Path) -> bool:
    """Whether a file has the name of a temporary file of this target."""
    return re.fullmatch(rf"{re.escape(_prefix(target))}[0-9a-f]{{{_DIGITS}}}{re.escape(_SUFFIX)}", name) is not None


def _remove_leftovers(target: Path) -> None:
    """Remove temporary files of this target that no living process holds."""
    with contextlib.suppress(OSError), os.scandir(target.parent) as entries:
        names = [entry.name for entry in entries]
        for name in names:
            if _is_ours(name, target):
                _remove_if_unused(target.with_name(name))


def _remove_if_unused(temporary: Path) -> None:
    """Remove a temporary file unless a living process holds its lock."""
    with contextlib.suppress(OSError):
        file = os.open(temporary, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(file, "rb") as stream:
            if fcntl is None:
                stream.close()
            else:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(temporary)


def _keep_owner_and_mode(file: int, old: os.stat_result) -> None:
    new = os.fstat(file)
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        with contextlib.suppress(PermissionError):  # only the superuser may give files away
            os.fchown(file, old.st_uid, old.st_gid)
    os.fchmod(file, stat.S_IMODE(old.st_mode))


def _write_all(file: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        written = os.write(file, rest[:_CHUNK])
        if written == 0:
            raise OSError(errno.EIO, "the system wrote nothing")
        rest = rest[written:]


def _sync_folder(folder: Path) -> None:
    """Force the renaming itself to the disk."""
    if fcntl is None:
        return
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # a file system that has no such thing
            raise
    finally:
        os.close(file)


_ADVICE = {
    errno.ENOSPC: "Make room on that disk, or write elsewhere.",
    errno.EDQUOT: "Your quota there is used up; make room, or write elsewhere.",
    errno.EACCES: "Check the permissions of the file and its folder, or write elsewhere.",
    errno.EPERM: "Check the permissions of the file and its folder, or write elsewhere.",
    errno.EROFS: "That disk is read-only; write elsewhere.",
    errno.ENOENT: "The folder must exist; make it first, or write elsewhere.",
    errno.ENOTDIR: "The folder must exist; make it first, or write elsewhere.",
    errno.EINVAL: "Give the name of a file.",
    errno.ELOOP: "The link leads round in a circle: let it point to the file, or write elsewhere.",
    errno.ENAMETOOLONG: "It is a longer name than the system takes; make it shorter.",
}


def _explain(target: Path, error: OSError) -> str:
    reason = error.strerror or str(error)
    advice = _ADVICE.get(error.errno or 0, "Check the disk, or write elsewhere.")
    reason = reason[:1].lower() + reason[1:]
    return f"{target} could not be written: {reason}. {advice} What stood there before is whole."
