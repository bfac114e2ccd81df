"""The native engine: the C++ core of `native/`, which runs many steps in one call."""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.engines.native.core import core, native_missing
from clearprop.engines.native.description import describe, fuses, why_not
from clearprop.engines.native.session import NativeSession
from clearprop.engines.native.stepped import SteppedSession
from clearprop.engines.native.threads import available_threads
from clearprop.engines.threads import exact_threads
from clearprop.equations.optimizers import SGD, Rule
from clearprop.errors import EngineCannot, UsageError, unknown_name
from clearprop.model.network import Network
from clearprop.model.parameters import Parameters

BF16_ROUNDING = 2.0**-8  # 8 significant bits, rounded to nearest


class NativeEngine:
    """Dense networks at the speed of the machine; float32 or float64.

    Parameters
    ----------
    n_threads : int or None
        At most so many threads; None takes all that this process may use. The results are the same bits for any
        number of threads.
    precision : {None, "bf16"}
        "bf16" rounds the operands of every product to 8 significant bits and sums in float32; weights, activations
        and the optimizer's memory stay float32. It is about twice as fast on processors with AVX-512-BF16 and slower
        on others. Parameters must be float32.
    instruction_set : str or None
        One of `instruction_sets`; None takes the best.
    """

    name = "native"

    def __init__(
        self, n_threads: int | None = None, precision: str | None = None, instruction_set: str | None = None
    ) -> None:
        if n_threads is not None and n_threads < 1:
            raise UsageError(f"n_threads must be 1 or more, got {n_threads!r}; leave it out for all there are.")
        if instruction_set is not None and instruction_set not in self.instruction_sets():
            raise UsageError(f"this processor has {', '.join(self.instruction_sets())}, not {instruction_set!r}.")
        if precision not in (None, "bf16"):
            raise unknown_name("precision", precision, ["bf16"])
        self.n_threads = n_threads
        self.precision = precision
        self.instruction_set = instruction_set

    @staticmethod
    def instruction_sets() -> tuple[str, ...]:
        """Return the instruction sets this processor has and the engine was built for, the fastest first."""
        return () if native_missing() else core.INSTRUCTION_SETS

    def why_not(self, network: Network, rule: Rule, dtype: np.dtype[Any]) -> str | None:
        """Return what of this the engine cannot do, or None."""
        if missing := native_missing():
            return f"anything here: {missing}"
        if dtype not in (np.float32, np.float64):
            return f"the precision {dtype} (it has float32 and float64)"
        if self.precision == "bf16" and dtype != np.float32:
            return f"bf16 beside parameters in {dtype} (they must be float32)"
        return why_not(network)

    def open(self, network: Network, parameters: Parameters, optimizer: Rule, seed: int) -> NativeSession:
        """Open a session; see `clearprop.engines.door.Engine`."""
        reason = self.why_not(network, optimizer, parameters.vector.dtype)
        if reason:
            raise EngineCannot(f"the engine 'native' cannot do {reason}.")
        exact = exact_threads()
        n_threads = exact or self.n_threads or available_threads()
        kind = core.SessionFloat32 if parameters.vector.dtype == np.float32 else core.SessionFloat64
        fused = fuses(optimizer)
        description = describe(network, optimizer if fused else SGD(), seed)
        mode = self.instruction_set or "", self.precision == "bf16", exact is not None
        computing = kind(description, n_threads, *mode)
        rounding = BF16_ROUNDING if self.precision == "bf16" else float(np.finfo(parameters.vector.dtype).eps)
        session = NativeSession if fused else SteppedSession
        return session(network, parameters, optimizer, computing, rounding)
