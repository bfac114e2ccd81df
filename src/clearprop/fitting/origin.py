"""Origin: a trained network that another training goes on from; its columns and its layers stay what they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import DTypeLike

from clearprop.fitting.recipe import Recipe
from clearprop.model import Network, Objective, Parameters, from_arrays
from clearprop.tables import Column, Schema
from clearprop.tables.encodings import ClassTarget

FIXED = (
    "effort", "hidden", "activation", "embedding", "bins", "root_rates", "initializer", "loss", "label_smoothing",
    "members", "by", "clamp",
)  # fmt: skip
"""Settings that have no meaning beside an origin: it has said what they say, or there is nothing left to draw."""


@dataclass(frozen=True, eq=False)
class Origin:
    """Where another training begins.

    Attributes
    ----------
    schema : Schema
        Its columns and its target; nothing of them is learned anew but how often each class occurs.
    network : Network
    parameters : Parameters
    name : str
        What it is called in the facts of the training.
    """

    schema: Schema
    network: Network
    parameters: Parameters
    name: str

    def schema_on(self, answers: Column) -> Schema:
        """Return the schema, with the counts of these training rows' answers."""
        schema = self.schema.as_learned.model_copy(update={"n_rows": len(answers.values)})
        target = schema.target
        if not isinstance(target, ClassTarget):
            return schema
        codes = target.encode(answers)  # a label it does not know is refused, with its place, when the rows are encoded
        counts = np.maximum(1, np.bincount(codes[codes >= 0], minlength=len(target.labels)))
        return schema.model_copy(update={"target": target.model_copy(update={"counts": tuple(counts.tolist())})})

    def network_as(self, recipe: Recipe, dropout: float | Sequence[float] | None) -> Network:
        """Return the network with the penalties, the dropout, the limit on norms and the frozen layers of a recipe.

        Parameters
        ----------
        recipe : Recipe
            What it does not name stays what it was.
        dropout : float, sequence of float or None
            As it was asked for; None where it was not.
        """
        network, loss = self.network, self.network.objective.loss
        recipe.check_frozen(network.L)
        rates = recipe.dropouts() if dropout is not None else [layer.dropout for layer in network.layers]
        layers = tuple(
            replace(
                layer,
                dropout=rate,
                max_norm=recipe.max_norm or layer.max_norm,
                frozen=layer.frozen if recipe.frozen is None else l in recipe.frozen,
            )
            for l, (layer, rate) in enumerate(zip(network.layers, rates, strict=True), start=1)
        )
        penalised = recipe.l1 or recipe.l2 is not None
        objective = Objective(loss, l1=recipe.l1, l2=recipe.l2 or 0.0) if penalised else network.objective
        return Network(network.inputs, layers, objective)

    def start(self, network: Network, dtype: DTypeLike) -> Parameters:
        """Return the parameters to begin with, in some precision."""
        return from_arrays(network, self.parameters, dtype)
