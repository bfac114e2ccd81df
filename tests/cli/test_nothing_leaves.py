"""No command speaks to the network: seen by the system, not by Python, and none misses it where there is none."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest
import signalled

ADDRESSED = re.compile(r"(connect|sendto|sendmsg|sendmmsg|bind)\(.*AF_INET")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("commands")
    signalled.prepare(made)
    return made


@pytest.mark.soak
@pytest.mark.parametrize("name", signalled.COMMANDS)
def test_a_command_makes_no_call_to_an_internet_address(folder, name):
    """strace sees every call of the process and its children."""
    assert shutil.which("strace"), "this soak needs strace"
    log = folder / "calls.log"
    command = [sys.executable, "-m", "clearprop", *signalled.COMMANDS[name]]
    traced = ["strace", "-f", "-qq", "-e", "trace=network", "-o", str(log), *command]
    ended = subprocess.run(traced, cwd=folder, env=signalled.ENVIRONMENT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert [line for line in log.read_text().splitlines() if ADDRESSED.search(line)] == []


@pytest.mark.soak
@pytest.mark.parametrize("name", signalled.COMMANDS)
def test_a_command_works_where_there_is_no_network(folder, name):
    """A network namespace of its own has not even the loopback device up."""
    assert shutil.which("unshare"), "this soak needs unshare"
    command = ["unshare", "-rn", sys.executable, "-m", "clearprop", *signalled.COMMANDS[name]]
    ended = subprocess.run(command, cwd=folder, env=signalled.ENVIRONMENT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.soak
def test_strace_would_see_a_call(tmp_path):
    log = tmp_path / "calls.log"
    code = "import socket; s = socket.socket(); s.settimeout(1); s.connect_ex(('127.0.0.1', 9))"
    subprocess.run(["strace", "-f", "-e", "trace=network", "-o", str(log), sys.executable, "-c", code], check=True)
    assert ADDRESSED.search(log.read_text())
