"""The server of the studio: a page, and what may be asked of the training; everything and everybody else is refused."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from clearprop.errors import ClearpropError, UsageError
from clearprop.studio.asked import Asked
from clearprop.studio.studio import Studio

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

MOST_BYTES = 1 << 14
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def application(studio: Studio, token: str, hosts: tuple[str, ...]) -> Starlette:
    """Return the application.

    Parameters
    ----------
    studio : Studio
    token : str
        Which every request has to show.
    hosts : tuple of str
        Names and ports by which the page may be asked for, such as "127.0.0.1:8765".
    """
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.middleware import Middleware
    from starlette.middleware.base import BaseHTTPMiddleware
    from starlette.responses import HTMLResponse, JSONResponse, Response
    from starlette.routing import Route

    async def guard(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
        refused = objection(request, token, hosts)
        response = Response(refused, 403, media_type="text/plain") if refused else await call(request)
        response.headers.update(HEADERS)
        return response

    async def page(_: Request) -> Response:
        return HTMLResponse(await run_in_threadpool(lambda: studio.page))

    def answering(act: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            body = await _body(request)
            if body is None:
                return JSONResponse({"error": f"at most {MOST_BYTES} bytes are read."}, 413)
            try:
                return JSONResponse(await run_in_threadpool(act, _object(body)))
            except (ClearpropError, ValueError, RecursionError) as error:
                return JSONResponse({"error": str(error)[:500]}, 400)

        return answer

    questions = [Route(f"/{name}", answering(act), methods=["POST"]) for name, act in _acts(studio).items()]
    routes = [Route("/", page, methods=["GET"]), *questions]
    return Starlette(routes=routes, middleware=[Middleware(BaseHTTPMiddleware, dispatch=guard)])


def _acts(studio: Studio) -> dict[str, Callable[[dict[str, Any]], dict[str, Any]]]:
    """Return what the page may ask for, by its address."""

    def train(data: dict[str, Any]) -> dict[str, Any]:
        studio.train(Asked.of(data))
        return {"trained": True}

    def step(data: dict[str, Any]) -> dict[str, Any]:
        n_steps, last = _counts(data, "n", "last")
        return studio.step(n_steps, last)

    def change(data: dict[str, Any]) -> dict[str, Any]:
        (at,) = _counts({"at": data.pop("at", None)}, "at")
        return {"how": studio.change(Asked.of(data), at)}

    def plane(data: dict[str, Any]) -> dict[str, Any]:
        columns = data.pop("columns", None)
        at, row = _counts(data, "step", "row")
        if not isinstance(columns, list) or not all(isinstance(name, str) for name in columns):
            raise UsageError("columns must be a list of names.")
        return studio.plane(at, columns, row)

    return {"train": train, "step": step, "change": change, "plane": plane}


def _object(body: bytes) -> dict[str, Any]:
    data = json.loads(body)
    if not isinstance(data, dict):
        raise UsageError("what is asked must be a JSON object.")
    return data


def _counts(data: dict[str, Any], *names: str) -> list[int]:
    """Return the whole numbers by these names, which are all there is."""
    values = [data.get(name) for name in names]
    if set(data) != set(names) or not all(type(one) is int and 0 <= one < 1 << 31 for one in values):
        raise UsageError(f"{' and '.join(names)} must be whole numbers, and nothing else is taken.")
    return [one for one in values if isinstance(one, int)]


def objection(request: Request, token: str, hosts: tuple[str, ...]) -> str | None:
    """Return why a request is refused, or None."""
    if request.headers.get("host", "") not in hosts:
        return "this host is not served; open the address that the studio printed."
    if not secrets.compare_digest(request.query_params.get("token", "").encode(), token.encode()):
        return "the token is missing or wrong; open the address that the studio printed."
    origin = request.headers.get("origin")
    if request.method not in ("GET", "HEAD") and origin is None:
        return "a request that changes something must name its origin."
    if origin is not None and (urlsplit(origin).scheme != "http" or urlsplit(origin).netloc not in hosts):
        return "another page may not ask here."
    if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return "another page may not ask here."
    return None


def with_token(address: str, token: str) -> str:
    """Return the address of the page."""
    return f"http://{address}/?token={token}"


async def _body(request: Request) -> bytes | None:
    """Return what was sent; None if it is too much."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            return None
    return body
