"""Asked: what a file may leave open, as whoever adopts it says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clearprop.errors import UsageError


@dataclass(frozen=True, eq=False)
class Asked:
    """Options of a reader; each reader says in its errors which of them it misses.

    Parameters
    ----------
    activations : str or sequence of str, optional
        Of every dense layer, or one for all hidden ones; clearprop's names.
    order : sequence of str, optional
        The dense layers of a file that does not say in which order they are used.
    ranges : str, path, mapping or array, optional
        Where the inputs and the target lay in training: a table the tool trained on, or a pair (low, high) by name.
    nearest : bool
        Whether FANN's stepwise sigmoids are taken for the smooth ones.
    """

    activations: str | Sequence[str] | None = None
    order: Sequence[str] | None = None
    ranges: Any = None
    nearest: bool = False

    def activations_of(self, n_layers: int) -> tuple[str, ...]:
        """Return the activation of every dense layer; one name is that of the hidden ones, before a linear output.

        Raises
        ------
        UsageError
            If none are given, or not as many as there are layers.
        """
        if self.activations is None:
            raise UsageError(
                f"the file holds {n_layers} dense layers and no activations; give them, such as "
                f"activations={['relu'] * (n_layers - 1) + ['identity']!r}."
            )
        if isinstance(self.activations, str):
            return (self.activations,) * (n_layers - 1) + ("identity",)
        if len(self.activations) != n_layers:
            raise UsageError(
                f"activations must be one for each dense layer ({n_layers}), got {len(self.activations)}; the last is "
                "that of the outputs, such as identity or softmax."
            )
        return tuple(self.activations)
