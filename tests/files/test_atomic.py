"""A save leaves the old file or the new one, whole, whatever fails at whatever moment."""

import errno
import fcntl
import os
import pickle
import stat
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from clearprop.errors import WriteError
from clearprop.files import ModelFile, atomic, load_model, save_model, write_atomically
from clearprop.model import initial, mlp

CALLS = ("access", "fchmod", "fstat", "fsync", "open", "replace", "scandir", "stat", "write")
ERRORS = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EACCES, errno.EROFS)
OLD, NEW = b"old" * 1000, b"new" * 2000


class Killed(BaseException):
    """Stands for the end of the process: nothing runs after it."""


@contextmanager
def failing_at(index, failure, *, afterwards=False):
    """Let the call number index to any of CALLS fail; yield the list of calls made.

    Killed makes every later call fail too. With afterwards, the call is carried out and then fails.
    """
    real = {name: getattr(os, name) for name in (*CALLS, "unlink")}
    made = []

    def watch(name):
        def call(*args, **kwargs):
            if failure is Killed and index is not None and len(made) > index:
                raise Killed
            if name == "unlink":
                return real[name](*args, **kwargs)
            made.append(name)
            if len(made) - 1 != index:
                return real[name](*args, **kwargs)
            if afterwards:
                result = real[name](*args, **kwargs)
                if name == "scandir":
                    result.close()
            raise failure if failure is Killed else OSError(failure, os.strerror(failure))

        return call

    for name in real:
        setattr(os, name, watch(name))
    try:
        yield made
    finally:
        for name, function in real.items():
            setattr(os, name, function)


def calls_of_a_save(folder):
    target = folder / "counted"
    target.write_bytes(OLD)
    with failing_at(None, None) as made:
        write_atomically(target, NEW)
    return made


def leftovers(folder):
    return [path for path in folder.iterdir() if path.name.endswith(".tmp")]


def test_the_watched_calls_are_those_of_a_save(tmp_path):
    made = calls_of_a_save(tmp_path)
    assert {"open", "write", "fsync", "replace"} <= set(made)
    assert made.index("write") < made.index("fsync") < made.index("replace") < len(made) - 1 - made[::-1].index("fsync")


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("error", ERRORS)
def test_an_error_in_any_call_is_one_clear_error_and_leaves_a_whole_file(tmp_path, error, exists):
    """Every call of a save in turn: no space, a broken disk, no permission."""
    for index in range(len(calls_of_a_save(tmp_path))):
        folder = tmp_path / str(index)
        folder.mkdir()
        target = folder / "target"
        if exists:
            target.write_bytes(OLD)
        with failing_at(index, error) as made:
            try:
                write_atomically(target, NEW)
                outcome = None
            except WriteError as failure:
                outcome = str(failure)
        if made[index:] and made[index] in ("write", "fsync", "replace", "fchmod"):
            assert str(target) in outcome
            assert "What stood there before is whole" in outcome
        found = target.read_bytes() if target.exists() else None
        assert found in ((OLD, NEW) if exists else (None, NEW))
        assert found == NEW or outcome
        assert not leftovers(folder)


@pytest.mark.parametrize("afterwards", [False, True])
def test_a_process_that_ends_in_any_call_leaves_a_whole_file_and_the_next_save_tidies_up(tmp_path, afterwards):
    for index in range(len(calls_of_a_save(tmp_path))):
        folder = tmp_path / str(index)
        folder.mkdir()
        target = folder / "target"
        target.write_bytes(OLD)
        with failing_at(index, Killed, afterwards=afterwards), pytest.raises(Killed):
            write_atomically(target, NEW)
        assert target.read_bytes() in (OLD, NEW)
        write_atomically(target, NEW)
        assert target.read_bytes() == NEW
        assert not leftovers(folder)


def test_short_writes_are_continued(tmp_path, monkeypatch):
    real = os.write
    monkeypatch.setattr(os, "write", lambda file, data: real(file, data[:7]))
    write_atomically(tmp_path / "target", NEW)
    assert (tmp_path / "target").read_bytes() == NEW


def test_a_system_that_writes_nothing_is_an_error_not_a_hang(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "write", lambda file, data: 0)
    with pytest.raises(WriteError, match="wrote nothing"):
        write_atomically(tmp_path / "target", NEW)


def test_an_interrupt_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    def interrupt(file, data):
        raise KeyboardInterrupt

    (tmp_path / "target").write_bytes(OLD)
    monkeypatch.setattr(os, "write", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "target", NEW)
    assert [path.name for path in tmp_path.iterdir()] == ["target"]
    assert (tmp_path / "target").read_bytes() == OLD


def test_a_text_is_written_as_utf_8(tmp_path):
    write_atomically(tmp_path / "target", "déjà vu\n")
    assert (tmp_path / "target").read_bytes() == "déjà vu\n".encode()


def test_the_mode_of_the_old_file_is_kept_and_a_new_one_follows_the_umask(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_bytes(OLD)
    old.chmod(0o640)
    before = os.umask(0o027)
    try:
        write_atomically(old, NEW)
        write_atomically(new, NEW)
    finally:
        os.umask(before)
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    assert stat.S_IMODE(new.stat().st_mode) == 0o640


def test_a_symbolic_link_stays_and_its_target_is_replaced(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    real, link = tmp_path / "elsewhere" / "real", tmp_path / "link"
    real.write_bytes(OLD)
    link.symlink_to(real)
    write_atomically(link, NEW)
    assert link.is_symlink()
    assert real.read_bytes() == NEW
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["real"]


@pytest.mark.parametrize("name", ["folder", "pipe", "none/target", "file/target"])
def test_what_cannot_be_a_file_is_refused(tmp_path, name):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(OLD)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(WriteError, match="could not be written"):
        write_atomically(tmp_path / name, NEW)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder", "pipe"]


def test_a_device_is_not_replaced():
    with pytest.raises(WriteError, match="not a regular file"):
        write_atomically("/dev/null", NEW)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_the_longest_of_names_can_be_written(tmp_path):
    write_atomically(tmp_path / ("x" * 255), NEW)
    assert (tmp_path / ("x" * 255)).read_bytes() == NEW


def left_by(name, number):
    """Return the name of a temporary file as a killed save leaves it."""
    return f".{name}.clearprop-{number:016x}.tmp"


@pytest.mark.parametrize(
    "name",
    [
        ".target.mine.tmp", ".target.1.tmp", ".target.0123456789abcdef.tmp", ".target.clearprop-mine.tmp",
        ".target.clearprop-0123456789abcdef0.tmp", ".target.clearprop-0123456789abcdef", "target.clearprop-0.tmp",
    ],
)  # fmt: skip
def test_a_file_that_no_save_made_is_left_alone(tmp_path, name):
    (tmp_path / name).write_text("mine")
    write_atomically(tmp_path / "target", NEW)
    assert (tmp_path / name).read_text() == "mine"


def test_a_temporary_file_in_use_is_left_alone(tmp_path):
    in_use, dead, other = (
        tmp_path / name for name in (left_by("target", 1), left_by("target", 2), left_by("another", 3))
    )
    for path in (in_use, dead, other):
        path.write_bytes(b"")
    with open(in_use, "rb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        write_atomically(tmp_path / "target", NEW)
    assert sorted(path.name for path in tmp_path.iterdir()) == [other.name, in_use.name, "target"]


def test_saves_at_the_same_time_do_not_disturb_one_another(tmp_path):
    contents, failures = [bytes([i]) * 5000 for i in range(4)], []

    def save(content):
        try:
            for _ in range(25):
                write_atomically(tmp_path / "target", content)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=save, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert (tmp_path / "target").read_bytes() in contents
    assert not leftovers(tmp_path)


def test_where_files_cannot_be_locked_a_save_still_replaces_and_tidies_up(tmp_path, monkeypatch):
    """As on Windows, where nobody can remove or rename a file that is open."""
    monkeypatch.setattr(atomic, "fcntl", None)
    (tmp_path / left_by("target", 1)).write_bytes(b"left behind")
    for content in (OLD, NEW):
        write_atomically(tmp_path / "target", content)
    assert [path.name for path in tmp_path.iterdir()] == ["target"]
    assert (tmp_path / "target").read_bytes() == NEW


def test_a_read_only_file_is_not_replaced(tmp_path, monkeypatch):
    (tmp_path / "target").write_bytes(OLD)
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # chmod would not stop a superuser's tests
    with pytest.raises(WriteError, match="read-only"):
        write_atomically(tmp_path / "target", NEW)
    assert (tmp_path / "target").read_bytes() == OLD


@pytest.mark.parametrize("permitted", [True, False])
def test_the_owner_is_kept_where_the_system_permits_it(tmp_path, monkeypatch, permitted):
    given, real = [], os.fstat

    def other_owner(file):
        found = real(file)
        return os.stat_result((*found[:4], found.st_uid + 1, *found[5:]))

    def give(file, uid, gid):
        given.append(uid)
        if not permitted:
            raise PermissionError

    (tmp_path / "target").write_bytes(OLD)
    monkeypatch.setattr(os, "fstat", other_owner)
    monkeypatch.setattr(os, "fchown", give)
    write_atomically(tmp_path / "target", NEW)
    assert given == [(tmp_path / "target").stat().st_uid]
    assert (tmp_path / "target").read_bytes() == NEW


def test_a_temporary_file_taken_away_before_it_was_locked_is_made_anew(tmp_path, monkeypatch):
    """Another save may take it for a leftover in that short moment."""
    real, taken = fcntl.flock, []

    def lock(file, kind):
        if not taken:
            (temporary,) = leftovers(tmp_path)
            temporary.unlink()
            taken.append(temporary)
        return real(file, kind)

    monkeypatch.setattr(fcntl, "flock", lock)
    write_atomically(tmp_path / "target", NEW)
    assert taken
    assert [path.name for path in tmp_path.iterdir()] == ["target"]


def test_a_file_system_that_cannot_sync_folders_is_no_error(tmp_path, monkeypatch):
    real = os.fsync

    def sync(file):
        if stat.S_ISDIR(os.fstat(file).st_mode):
            raise OSError(errno.EINVAL, "not supported")
        real(file)

    monkeypatch.setattr(os, "fsync", sync)
    write_atomically(tmp_path / "target", NEW)
    assert (tmp_path / "target").read_bytes() == NEW


def test_the_error_survives_a_pickle():
    error = pickle.loads(pickle.dumps(WriteError("no room")))
    assert (type(error), str(error)) == (WriteError, "no room")


@pytest.mark.parametrize("index", range(12))
def test_a_model_is_readable_after_an_error_in_any_call_of_its_save(tmp_path, index):
    network, path = mlp(3, 2), tmp_path / "m.safetensors"
    save_model(path, ModelFile(network, initial(network, seed=1)))
    with failing_at(index, errno.EIO) as made, suppress(WriteError):
        save_model(path, ModelFile(network, initial(network, seed=2)))
    assert len(made) <= 12
    assert any((load_model(path).parameters.vector == initial(network, seed=s).vector).all() for s in (1, 2))


def kill_saves(tmp_path, n):
    script = Path(__file__).with_name("kill_saves.py")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1"}
    run = subprocess.run([sys.executable, script, tmp_path, str(n)], env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.split()[0] == str(n)


def test_no_kill_loses_the_model(tmp_path):
    kill_saves(tmp_path, 40)


@pytest.mark.soak
def test_a_thousand_kills_lose_no_model(tmp_path):
    kill_saves(tmp_path, 1000)
