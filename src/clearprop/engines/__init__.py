"""Engines: who computes. See README.md; the door is `clearprop.engines.door`."""

from clearprop.engines.choice import ENGINES, REFERENCE, Choice, choose, open_session, present
from clearprop.engines.door import Engine, Order, Session, State, Steps
from clearprop.engines.native.threads import available_threads
from clearprop.engines.precision import PRECISIONS, Precision, get_precision
from clearprop.engines.request import Request
from clearprop.engines.threads import at_most_threads, exact_threads, exactly_threads, side_by_side

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
    "available_threads",
    "choose",
    "exact_threads",
    "exactly_threads",
    "get_precision",
    "open_session",
    "present",
    "side_by_side",
]
