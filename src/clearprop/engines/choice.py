"""Choice: which engine takes a request, and why not a faster one. Computed once, worded once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from numpy.typing import DTypeLike

from clearprop.engines.checks import objection
from clearprop.engines.door import Engine, Session, State
from clearprop.engines.native.engine import NativeEngine
from clearprop.engines.precision import PRECISIONS, Precision
from clearprop.engines.reference.engine import NumpyEngine
from clearprop.engines.request import Request
from clearprop.engines.xla.engine import JaxEngine
from clearprop.equations.optimizers import SGD, Rule
from clearprop.errors import EngineCannot, unknown_name
from clearprop.model.network import Network
from clearprop.model.parameters import Parameters

ENGINES: dict[str, Engine] = {engine.name: engine for engine in (NativeEngine(), NumpyEngine(), JaxEngine())}
"""Every engine by name, those for the processor first, the fastest of them first. Another one joins by being put in."""

REFERENCE = NumpyEngine.name
"""The engine that calls the equations and does nothing clever; the others are held to its numbers."""


def present() -> dict[str, Engine]:
    """Return the engines that are here, the fastest first."""
    return {name: engine for name, engine in ENGINES.items() if not engine.missing()}


@dataclass(frozen=True)
class Choice:
    """The engine that takes a request.

    Attributes
    ----------
    engine : Engine
    request : Request
    slower : str or None
        Where the choice was free: why no faster engine was taken; None if there is none.
    """

    engine: Engine
    request: Request
    slower: str | None = None

    @property
    def name(self) -> str:
        """The engine's."""
        return self.engine.name

    @property
    def side_by_side(self) -> bool:
        """Whether sessions of the engine, on a thread each, do not wait for one another: it says so itself."""
        return bool(getattr(self.engine, "side_by_side", False))

    def alone(self) -> Choice:
        """Return the same choice for a session of one process, whose batches are not cut."""
        return replace(self, request=replace(self.request, shards=None))

    def open(self, parameters: Parameters, seed: int, state: State | None = None) -> Session:
        """Open a session at these parameters, or at that state of an earlier run."""
        session = self.engine.open(self.request, parameters, seed)
        if state is not None:
            session.set_state(state)
        return session


def choose(name: str, request: Request) -> Choice:
    """Return the engine of that name; "auto" picks the fastest that can do all that is asked.

    Raises
    ------
    UsageError
        If there is no such engine.
    EngineCannot
        If it is not here, or cannot do what is asked; with "auto", if none can.
    """
    if name != "auto" and name not in ENGINES:
        raise unknown_name("engine", name, ["auto", *ENGINES])
    candidates = list(ENGINES.values()) if name == "auto" else [ENGINES[name]]
    objections: list[str] = []
    for engine in candidates:
        against = objection(engine, request)
        if against is None:
            return Choice(engine, request, objections[0] if objections else None)
        objections.append(against)
    reasons = "; ".join(against.removesuffix(".") for against in objections)
    raise EngineCannot(f"{'no engine can do this: ' if name == 'auto' else ''}{reasons}.{_advice(candidates, request)}")


def open_session(
    network: Network,
    parameters: Parameters,
    rule: Rule | None = None,
    seed: int = 0,
    *,
    engine: str = "auto",
    precision: str | DTypeLike | Precision | None = None,
    state: State | None = None,
    device: str | None = None,
) -> Session:
    """Choose an engine and open a session on it, where nothing but the session is of interest.

    Parameters
    ----------
    network : Network
    parameters : Parameters
    rule : Rule, optional
        By which it is to be trained; plain gradient descent if left out.
    seed : int
        Of the dropout masks.
    engine : str
        A name of `ENGINES`, or "auto".
    precision : optional
        See `Request`; that of the parameters if left out.
    state : State, optional
        Of an earlier run, to continue it.
    device : str, optional
        Where to compute; the processor if left out.

    Raises
    ------
    UsageError, EngineCannot
        See `choose`.
    """
    precision = parameters.vector.dtype if precision is None else precision
    request = Request(network, rule or SGD(), precision, device=device)
    return choose(engine, request).open(parameters, seed, state)


def _advice(refusing: list[Engine], request: Request) -> str:
    """Return what to ask for instead: another engine, or else another precision on the same rows."""
    if any(objection(engine, request) is None for engine in ENGINES.values()):
        return ' Or use engine="auto".'
    for name, precision in PRECISIONS.items():
        instead = replace(request, precision=precision)
        if precision.dtype == request.precision.dtype and any(objection(e, instead) is None for e in refusing):
            return f' Or use precision="{name}".'
    return ""
