"""Facts: what a model file keeps of a training."""

from __future__ import annotations

from typing import Any

from clearprop.training import thinned

EPOCHS_KEPT = 1000
"""Of a longer history, a model file has every k-th epoch: its description is bounded."""


def shortened(fact: Any) -> Any:
    """Return a curve, or a dict of curves, with no more epochs than a model file keeps; all else as it is."""
    if isinstance(fact, dict):
        return {name: shortened(curve) for name, curve in fact.items()}
    return thinned(fact, EPOCHS_KEPT) if isinstance(fact, list) else fact
