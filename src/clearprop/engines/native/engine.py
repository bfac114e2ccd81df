"""The native engine: the C++ core of `native/`, which runs many steps in one call."""

from __future__ import annotations

import numpy as np

from clearprop.engines.checks import starting_point
from clearprop.engines.native.core import core, native_missing
from clearprop.engines.native.description import describe, fuses, why_not
from clearprop.engines.native.session import NativeSession
from clearprop.engines.native.stepped import SteppedSession
from clearprop.engines.native.threads import available_threads
from clearprop.engines.request import Request
from clearprop.engines.threads import exact_threads
from clearprop.equations.optimizers import SGD
from clearprop.errors import UsageError
from clearprop.model.parameters import Parameters


class NativeEngine:
    """Dense networks at the speed of the machine, in every precision; the same bits for any number of threads.

    Parameters
    ----------
    instruction_set : str or None
        One of `instruction_sets`; None takes the best.
    """

    name = "native"
    side_by_side = True

    def __init__(self, instruction_set: str | None = None) -> None:
        if instruction_set is not None and instruction_set not in self.instruction_sets():
            raise UsageError(f"this processor has {', '.join(self.instruction_sets())}, not {instruction_set!r}.")
        self.instruction_set = instruction_set

    @staticmethod
    def instruction_sets() -> tuple[str, ...]:
        """Return the instruction sets this processor has and the engine was built for, the fastest first."""
        return () if native_missing() else core.INSTRUCTION_SETS

    def missing(self) -> str | None:
        """Return why it was not built and how to get it, or None."""
        return native_missing()

    def why_not(self, request: Request) -> str | None:
        """Return what of this the engine cannot do, or None."""
        if request.device is not None:
            return f"the device {request.device!r} (it computes on the processor)"
        return why_not(request.network)

    def open(self, request: Request, parameters: Parameters, seed: int) -> NativeSession:
        """Open a session; see `clearprop.engines.door.Engine`."""
        parameters = starting_point(self, request, parameters)
        exact, fused = exact_threads(), fuses(request.rule)
        computing = (core.SessionFloat32 if request.precision.dtype == np.float32 else core.SessionFloat64)(
            describe(request.network, request.rule if fused else SGD(), seed),
            exact or request.threads or available_threads(),
            self.instruction_set or "",
            request.precision.rounds_products,
            exact is not None,
        )
        return (NativeSession if fused else SteppedSession)(request, parameters, computing)
