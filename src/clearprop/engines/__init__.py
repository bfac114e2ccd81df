"""Engines: who computes. See README.md; the door is `clearprop.engines.door`."""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.engines.door import Engine, Order, Session, State, Steps
from clearprop.engines.native.core import native_missing
from clearprop.engines.native.engine import NativeEngine
from clearprop.engines.reference.blas import one_blas_thread
from clearprop.engines.reference.engine import NumpyEngine
from clearprop.engines.threads import at_most_threads, exactly_threads
from clearprop.equations.optimizers import Rule
from clearprop.errors import EngineCannot, unknown_name
from clearprop.model.network import Network

__all__ = [
    "ENGINES",
    "Engine",
    "NativeEngine",
    "Order",
    "Session",
    "State",
    "Steps",
    "at_most_threads",
    "choose_engine",
    "exactly_threads",
    "native_missing",
    "one_blas_thread",
    "why_slower",
]

ENGINES: dict[str, Engine] = {
    engine.name: engine
    for engine in (NativeEngine(), NumpyEngine())
    if not (engine.name == "native" and native_missing())
}
"""Every engine by name, the fastest first."""


def choose_engine(name: str, network: Network, rule: Rule, dtype: np.dtype[Any], bf16: bool = False) -> Engine:
    """Return the engine of that name; "auto" picks the fastest that can do all that is asked.

    Parameters
    ----------
    name : str
    network : Network
    rule : Rule
    dtype : dtype
        Of the parameters.
    bf16 : bool
        Whether the products' operands are to be rounded to bf16. Only the engine native can; no other takes its place.

    Raises
    ------
    UsageError
        If there is no such engine.
    EngineCannot
        If it cannot do what the network asks for.
    """
    if bf16:
        return _in_bf16(name, network, rule, dtype)
    if name == "auto":
        return _fastest(network, rule, dtype)
    if name == "native" and native_missing():
        raise EngineCannot(f'{native_missing()} Or use engine="auto".')
    if name not in ENGINES:
        raise unknown_name("engine", name, ["auto", *ENGINES])
    reason = ENGINES[name].why_not(network, rule, dtype)
    if reason:
        raise EngineCannot(f'the engine {name!r} cannot do {reason}; use engine="auto".')
    return ENGINES[name]


def why_slower(chosen: str, network: Network, rule: Rule, dtype: np.dtype[Any]) -> str | None:
    """Return why no faster engine than the chosen one could be taken, or None if it is the fastest."""
    if chosen != "native" and native_missing():
        return native_missing()
    for name, engine in ENGINES.items():
        if name == chosen:
            return None
        if reason := engine.why_not(network, rule, dtype):
            return f"the engine {name!r} cannot do {reason}"
    return None


def _in_bf16(name: str, network: Network, rule: Rule, dtype: np.dtype[Any]) -> Engine:
    """Return the engine native in that mode, or refuse: another precision is never taken silently."""
    if name not in ("auto", "native", *ENGINES):
        raise unknown_name("engine", name, ["auto", *ENGINES])
    engine = NativeEngine(precision="bf16")
    if name in ("auto", "native"):
        reason = engine.why_not(network, rule, dtype)
        if reason is None:
            return engine
        raise EngineCannot(
            f'precision="bf16" needs the engine native, which cannot do {reason.removesuffix(".")}. '
            'Or use precision="float32".'
        )
    raise EngineCannot(f'the engine {name!r} cannot do precision="bf16"; use engine="auto", or precision="float32".')


def _fastest(network: Network, rule: Rule, dtype: np.dtype[Any]) -> Engine:
    reasons = {name: engine.why_not(network, rule, dtype) for name, engine in ENGINES.items()}
    for name, reason in reasons.items():
        if reason is None:
            return ENGINES[name]
    raise EngineCannot("no engine can do this: " + "; ".join(f"{name}: {reason}" for name, reason in reasons.items()))
