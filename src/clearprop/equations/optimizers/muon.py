"""Muon: momentum whose matrices are made orthogonal before the step."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clearprop.equations._arrays import Array, namespace
from clearprop.equations.optimizers.adam import Adam
from clearprop.equations.optimizers.rule import Slots
from clearprop.equations.slots import Slot, places

QUINTIC = (3.4445, -4.7750, 2.0315)
"""Coefficients of Jordan et al.: they carry every singular value in (0, 1] to about 1 within five rounds."""

N_ROUNDS = 5


def orthogonalise(M: Array, epsilon: float = 1e-8) -> Array:
    """Return about U Vᵀ of the singular value decomposition U S Vᵀ of matrices M (..., rows, columns).

    By Newton and Schulz's iteration: X ← M / ‖M‖, then five times X ← a X + (b X Xᵀ + c (X Xᵀ)²) X. Singular values
    end between 0.7 and 1.2.
    """
    a, b, c = QUINTIC
    xp, tall = namespace(M), M.shape[-2] > M.shape[-1]
    X = M.mT if tall else M
    X = X / (xp.sqrt(xp.sum(X * X, axis=(-2, -1), keepdims=True)) + epsilon)
    for _ in range(N_ROUNDS):
        G = X @ X.mT
        X = a * X + (b * G + c * (G @ G)) @ X
    return X.mT if tall else X


@dataclass(frozen=True, kw_only=True)
class Muon(Adam):
    """Orthogonalised momentum for the weights into hidden layers, adam for the rest (Jordan et al. 2024).

    For W[1] .. W[L−1], with m̂ as in nadam:  W ← W − η √max(1, n_out / n_in) orthogonal(m̂).
    Output layer, biases and embeddings: adam, at the learning rate η × `rest`. With `weight_decay` it is adamw.

    Attributes
    ----------
    momentum : float
        Of the matrices.
    rest : float
        Factor on the learning rate of everything else.
    """

    name = "muon"
    equation = "hidden W: m ← μ m + (1 − μ) g;  w ← w − η √max(1, n_out / n_in) orthogonal(m̂);  the rest: as adam"
    source = "Jordan et al. 2024"
    learning_rate: float = 0.02
    momentum: float = 0.95
    rest: float = 0.15

    def prepare(self, parameters: Sequence[Slot]) -> Muon:
        L = max((slot.index for slot in parameters if slot.kind == "weight"), default=0)
        hidden = ((place, slot) for slot, place in places(parameters) if slot.kind == "weight" and slot.index < L)
        prepared = copy.copy(self)
        object.__setattr__(prepared, "_matrices", tuple((place, slot.shape) for place, slot in hidden))
        return prepared

    def update(self, w: Array, g: Array, slots: Slots, t: int, learning_rate: Any) -> tuple[Array, Slots]:
        xp, mu = namespace(w), self.momentum
        updated, after = super().update(w, g, slots, t, self.rest * learning_rate)
        for where, shape in self._hidden():
            m = mu * slots["m"][..., where] + (1 - mu) * g[..., where]
            m_hat = mu * m / (1 - mu ** (t + 1)) + (1 - mu) * g[..., where] / (1 - mu**t)
            step = math.sqrt(max(1.0, shape[1] / shape[0])) * orthogonalise(xp.reshape(m_hat, (*w.shape[:-1], *shape)))
            each = getattr(learning_rate, "ndim", 0) > 0
            eta = xp.broadcast_to(learning_rate, w.shape)[..., where] if each else learning_rate
            updated = _with(updated, where, w[..., where] - eta * xp.reshape(step, m.shape))
            after = {"m": _with(after["m"], where, m), "v": _with(after["v"], where, xp.zeros_like(m))}
        return updated, after

    def _hidden(self) -> tuple[tuple[slice, tuple[int, ...]], ...]:
        """Return where the matrices lie in w, and their shapes; none before `prepare`."""
        found: tuple[tuple[slice, tuple[int, ...]], ...] = getattr(self, "_matrices", ())
        return found


def _with(vector: Array, where: slice, part: Array) -> Array:
    """Return the vector with a part of it replaced."""
    return namespace(vector).concat([vector[..., : where.start], part, vector[..., where.stop :]], axis=-1)
