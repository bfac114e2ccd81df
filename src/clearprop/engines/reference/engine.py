"""The reference engine: what it is asked, and what it cannot do."""

from __future__ import annotations

from clearprop.engines.checks import starting_point
from clearprop.engines.reference.session import NumpySession
from clearprop.engines.request import Request
from clearprop.model.parameters import Parameters


class NumpyEngine:
    """Calls `clearprop.equations`, on the processor."""

    name = "numpy"

    def missing(self) -> str | None:
        """Return None: it is always here."""
        return None

    def why_not(self, request: Request) -> str | None:
        """Return what of this the engine cannot do, or None."""
        if request.device is not None:
            return f"the device {request.device!r} (it computes on the processor)"
        rounds = request.precision.rounds_products
        return f'precision="{request.precision}" (it rounds nothing on the way)' if rounds else None

    def open(self, request: Request, parameters: Parameters, seed: int) -> NumpySession:
        """Open a session; see `clearprop.engines.door.Engine`."""
        return NumpySession(request, starting_point(self, request, parameters), seed)
