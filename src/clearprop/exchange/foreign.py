"""Foreign: a network of another tool as plain data, whichever tool it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from clearprop.errors import ForeignFileError

Array = NDArray[Any]
MAX_NUMBERS = 1 << 27
"""Of a matrix."""

Asks = Literal["class", "labels", "numbers"]


@dataclass(frozen=True, eq=False)
class Linear:
    """z = a W + b with W (n_in, n_out) and b (n_out,). `name` is the layer in the foreign tool's words."""

    W: Array
    b: Array
    name: str = "a dense layer"

    def __post_init__(self) -> None:
        if self.W.ndim != 2 or 0 in self.W.shape or self.b.shape != self.W.shape[1:]:
            raise ForeignFileError(
                f"{self.name} must have weights (n_in, n_out) and as many biases as outputs, got {self.W.shape} and "
                f"{self.b.shape}; the file is damaged."
            )
        require_finite(self.name, self.W, self.b)


@dataclass(frozen=True, eq=False)
class Affine:
    """a ⊙ scale + shift, a pair for each column: a normalisation, a scaling, a batch norm."""

    scale: Array
    shift: Array
    name: str = "a scaling"

    def __post_init__(self) -> None:
        if self.scale.ndim != 1 or self.scale.shape != self.shift.shape:
            raise ForeignFileError(
                f"{self.name} must have as many factors as shifts, got {self.scale.shape} and {self.shift.shape}; "
                "the file is damaged."
            )
        require_finite(self.name, self.scale, self.shift)


@dataclass(frozen=True)
class Activated:
    """a = f(z), by the name of an activation of clearprop's."""

    f: str
    name: str = "an activation"


@dataclass(frozen=True)
class Dropped:
    """Dropout: in training a share of the units is 0, and the others are 1 / (1 − rate) times as large."""

    rate: float
    name: str = "a dropout"


Layer = Linear | Affine | Activated | Dropped


@dataclass(frozen=True, eq=False)
class Foreign:
    """What a reader makes of a file or an object.

    Parameters
    ----------
    tool : str
        In words, such as "FANN 2.1".
    layers : tuple of layer
        From the inputs to the outputs.
    dtype : dtype
        float32 or float64: the precision the weights have there.
    asks : {"class", "labels", "numbers"} or None
        What the outputs are; None where the tool does not say.
    labels : tuple or None
        The class of each output, or the two of a single output; None where the tool does not say.
    columns : tuple of str or None
        Names of the inputs.
    settings : mapping
        Settings of its training, by the names of `MLPClassifier`.
    notes : tuple of str
        What whoever adopts it is to know.
    """

    tool: str
    layers: tuple[Layer, ...]
    dtype: Any = np.float64
    asks: Asks | None = None
    labels: tuple[Any, ...] | None = None
    columns: tuple[str, ...] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def affine(scale: Any, shift: Any, n: int, name: str) -> Affine:
    """Return a scaling of n columns from two numbers or two arrays."""
    wide = [np.broadcast_to(np.asarray(part, np.float64), (n,)) for part in (scale, shift)]
    return Affine(wide[0], wide[1], name)


def batch_norm(mean: Array, variance: Array, gamma: Any, beta: Any, epsilon: float, name: str) -> Affine:
    """Return the scaling that a batch normalisation is once it is trained.

    Raises
    ------
    ForeignFileError
        If variance + epsilon is not above 0.
    """
    spread = np.asarray(variance, np.float64) + epsilon
    if not np.all(spread > 0):
        raise ForeignFileError(
            f"{name} must have variances whose sum with {epsilon!r} is above 0; the file is damaged."
        )
    scale = np.asarray(gamma, np.float64) / np.sqrt(spread)
    return Affine(scale * np.ones(spread.shape), np.asarray(beta, np.float64) - mean * scale, name)


def require_room(name: str, n_rows: int, n_columns: int) -> None:
    """Refuse a matrix of more numbers than are read, before it is made.

    Raises
    ------
    ForeignFileError
        Naming the layer.
    """
    if not (0 < n_rows and 0 < n_columns and n_rows * n_columns <= MAX_NUMBERS):
        raise ForeignFileError(f"{name} would have {n_rows} times {n_columns} weights; at most {MAX_NUMBERS} are read.")


def require_finite(name: str, *arrays: Array) -> None:
    """Refuse numbers that are not finite.

    Raises
    ------
    ForeignFileError
        Naming the layer.
    """
    if not all(np.all(np.isfinite(array)) for array in arrays):
        raise ForeignFileError(f"{name} holds NaN or infinity; train it again with the tool it comes from.")


def shares_of_sigmoids(n: int, name: str) -> tuple[Layer, ...]:
    """Return the layers from z to σ(z_k) / Σ σ(z_j), which is the softmax of log σ(z) = −softplus(−z)."""
    turned = affine(-1, 0, n, name)
    return turned, Activated("softplus", name), turned, Activated("softmax", name)
