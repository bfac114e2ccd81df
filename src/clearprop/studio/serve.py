"""Serve a studio: the socket, the token, the browser."""

from __future__ import annotations

import secrets
import signal
import socket
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from clearprop.errors import UsageError
from clearprop.studio.app import application, with_token
from clearprop.studio.studio import Studio

if TYPE_CHECKING:
    from types import FrameType

    from uvicorn import Server

LOCAL = "127.0.0.1"
HANGUP = getattr(signal, "SIGHUP", None)


def serve(studio: Studio, host: str, port: int, show: bool, say: Callable[[str], None]) -> None:
    """Serve until interrupted.

    Parameters
    ----------
    studio : Studio
    host, port : str, int
        Port 0 takes one that is free.
    show : bool
        Whether to open the browser.
    say : callable
        Is told the address.

    Raises
    ------
    UsageError
        If the extra is not installed, or the port is taken.
    """
    require()
    import uvicorn

    listening = _listen(host, port)
    port, token = listening.getsockname()[1], secrets.token_urlsafe(24)
    names = {host, *((LOCAL, "localhost") if host == LOCAL else ())}
    app = application(studio, token, tuple(f"{name}:{port}" for name in names))
    address = with_token(f"{host}:{port}", token)
    say(address)
    if show:
        webbrowser.open(address)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    with _hung_up_in_order(server):
        server.run(sockets=[listening])


@contextmanager
def _hung_up_in_order(server: Server) -> Iterator[None]:
    """Let a hangup end the server first, as uvicorn does with SIGINT and SIGTERM alone, and be met as ever after it."""
    if HANGUP is None or signal.getsignal(HANGUP) is signal.SIG_IGN:
        yield
        return
    came: list[int] = []

    def end(number: int, frame: FrameType | None) -> None:
        came.append(number)
        server.should_exit = True

    before = signal.signal(HANGUP, end)
    try:
        yield
    finally:
        signal.signal(HANGUP, before)
        if came:
            signal.raise_signal(came[0])


def require() -> None:
    """Refuse where the extra is not installed.

    Raises
    ------
    UsageError
    """
    try:
        for name in ("starlette", "uvicorn"):
            import_module(name)
    except ImportError as error:
        raise UsageError(f"the studio needs {error.name}; install it with: pip install 'clearprop[studio]'") from None


def _listen(host: str, port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise UsageError(
            f"nothing can listen on {host}, port {port}: {error.strerror}; choose another --port."
        ) from None
    return listening
