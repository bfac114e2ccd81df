"""Where the training of a table estimator begins: learned and drawn from its rows, or at another network."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from numpy.typing import NDArray

from clearprop.fitting.origin import Origin
from clearprop.fitting.recipe import Recipe
from clearprop.fitting.start import first_parameters
from clearprop.model import Network, Parameters
from clearprop.tables import Schema, Table, learn_schema
from clearprop.tables.given import copies
from clearprop.training import Rows

Array = NDArray[Any]


class Beginning:
    """The schema, the network and the first parameters of a job."""

    task: str
    _origin: Origin | None = None

    def go_on_from(self, origin: Origin) -> None:
        """Let `prepare`, and so `fit`, begin at another network; `clearprop.adopting.origin_of` makes one of a model.

        Its columns, layers and loss stay; of the settings those of `clearprop.fitting.origin.FIXED` have no meaning,
        and penalties, dropout, `max_norm` and `frozen` that are left out stay as the network has them.
        """
        *hidden, _ = origin.network.layers
        self._origin, self.effort = origin, "quick"
        self.hidden = tuple(layer.units for layer in hidden)
        self.activation = tuple(layer.activation for layer in hidden)

    def _described(
        self, table: Table, target: str, rows: Array, weights: Array | None, recipe: Recipe
    ) -> tuple[Schema, Network]:
        """Return the schema and the network of these training rows."""
        if self._origin is not None:
            schema = self._origin.schema_on(table.column(target).take(rows))
            return schema, self._origin.network_as(recipe, getattr(self, "dropout", None))
        learned = learn_schema(table, target, rows=copies(rows, weights), task=self.task, bins=recipe.bins)
        schema = self._suited(learned, recipe, table.column(target).values[rows])
        return schema, self.describe_network(schema, recipe)

    def _first(self, network: Network, training: Rows, seed: int) -> Parameters:
        if self._origin is not None:
            return self._origin.start(network, training.dtype)
        return first_parameters(network, training, seed)

    @abstractmethod
    def describe_network(self, schema: Schema, recipe: Recipe) -> Network:
        """Return the network for this schema. Raises UsageError if the loss does not go with the target."""

    def _suited(self, schema: Schema, recipe: Recipe, targets: Array) -> Schema:
        """Return the schema as the loss needs it, and its target within limits if that is asked for."""
        return schema
