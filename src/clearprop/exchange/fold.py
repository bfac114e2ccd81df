"""Fold: from foreign layers to dense ones, scalings and batch norms carried into W and b exactly."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from clearprop.errors import ForeignFileError, ReaderCannot
from clearprop.exchange.foreign import (
    Activated,
    Affine,
    Array,
    Dropped,
    Foreign,
    Layer,
    Linear,
    require_finite,
    require_room,
)


@dataclass(frozen=True, eq=False)
class Folded:
    """One dense layer: z = (a ⊙ mask) W + b, a = f(z).

    Attributes
    ----------
    frozen : bool
        Whether it only scales what comes out of the layer before, and is not to be trained.
    """

    W: Array
    b: Array
    f: str = "identity"
    dropout: float = 0.0
    frozen: bool = False


@dataclass(eq=False)
class _Fold:
    """Where folding stands: layers done, one without its activation yet, and what is to come before the next."""

    done: list[Folded]
    open: Folded | None = None
    before: Affine | None = None
    dropout: float = 0.0
    width: int | None = None

    def linear(self, layer: Linear) -> None:
        self._check(layer.name, len(layer.W))
        W, b = layer.W.astype(np.float64), layer.b.astype(np.float64)
        self.width = W.shape[1]
        if self.open is not None and not _exact(self.open.W, W):
            self._close("identity")
        if self.open is not None:
            require_room(layer.name, len(self.open.W), W.shape[1])
            self.open = replace(self.open, W=self.open.W @ W, b=self.open.b @ W + b)
            return
        if self.before is not None:
            scale, shift = self.before.scale, self.before.shift
            W, b = scale[:, None] * W, b + shift @ W
        self.open, self.before = Folded(W, b, dropout=self.dropout), None
        self.dropout = 0.0

    def affine(self, layer: Affine) -> None:
        self._check(layer.name, len(layer.scale))
        self.width = len(layer.scale)
        if np.all(layer.scale == 1) and not np.any(layer.shift):
            return
        if self.open is not None:
            self.open = replace(self.open, W=self.open.W * layer.scale, b=self.open.b * layer.scale + layer.shift)
        elif self.before is not None:
            scale = self.before.scale * layer.scale
            self.before = Affine(scale, self.before.shift * layer.scale + layer.shift, layer.name)
        else:
            self.before = layer

    def activated(self, layer: Activated) -> None:
        if layer.f == "identity":
            return
        if self.open is None:
            self._diagonal_layer(layer.name, frozen=False)
        self._close(layer.f)

    def dropped(self, layer: Dropped) -> None:
        if not 0 <= layer.rate < 1:
            raise ForeignFileError(f"{layer.name} must drop a share in [0, 1), got {layer.rate!r}.")
        self.dropout = 1 - (1 - self.dropout) * (1 - layer.rate)

    def end(self) -> None:
        if self.before is not None:
            self._diagonal_layer(self.before.name, frozen=bool(self.done))
        if self.open is not None:
            self._close("identity")

    def _diagonal_layer(self, name: str, frozen: bool) -> None:
        if self.width is None:
            raise ReaderCannot(f"{name} comes before any layer that says how many inputs there are.")
        require_room(name, self.width, self.width)
        identity = Linear(np.eye(self.width), np.zeros(self.width), name)
        self.linear(identity)
        assert self.open is not None
        self.open = replace(self.open, frozen=frozen)

    def _close(self, f: str) -> None:
        assert self.open is not None
        self.done.append(replace(self.open, f=f))
        self.open = None

    def _check(self, name: str, n: int) -> None:
        if self.width is not None and n != self.width:
            raise ForeignFileError(f"{name} takes {n} values, but {self.width} come; the file is damaged.")


def fold(foreign: Foreign) -> list[Folded]:
    """Fold a foreign network.

    Returns
    -------
    list of Folded
        In float64.

    Raises
    ------
    ForeignFileError
        If layers do not fit one another, or a folded weight is not finite.
    ReaderCannot
        If there is no dense layer.
    """
    at = _Fold([])
    for layer in foreign.layers:
        _take(at, layer)
    at.end()
    if not at.done:
        raise ReaderCannot(f"this network of {foreign.tool} has no dense layer.")
    for l, folded in enumerate(at.done, start=1):
        require_finite(f"layer {l}, its scalings folded,", folded.W, folded.b)
    return at.done


def _take(at: _Fold, layer: Layer) -> None:
    if isinstance(layer, Linear):
        at.linear(layer)
    elif isinstance(layer, Affine):
        at.affine(layer)
    elif isinstance(layer, Activated):
        at.activated(layer)
    else:
        at.dropped(layer)


def _exact(A: Any, B: Any) -> bool:
    """Return whether no number of A B is a sum: what one of them does is scale, choose or repeat."""
    return bool(np.all(np.count_nonzero(B, axis=0) <= 1) or np.all(np.count_nonzero(A, axis=1) <= 1))
