"""Engines: who computes. See README.md; the door is `clearprop.engines.door`."""

from clearprop.engines.choice import ENGINES, REFERENCE, Choice, choose, open_session, present
from clearprop.engines.door import Engine, Order, Session, State, Steps
from clearprop.engines.precision import PRECISIONS, Precision, get_precision
from clearprop.engines.request import Request
from clearprop.engines.threads import at_most_threads, exactly_threads

__all__ = [
    "ENGINES",
    "PRECISIONS",
    "REFERENCE",
    "Choice",
    "Engine",
    "Order",
    "Precision",
    "Request",
    "Session",
    "State",
    "Steps",
    "at_most_threads",
    "choose",
    "exactly_threads",
    "get_precision",
    "open_session",
    "present",
]
