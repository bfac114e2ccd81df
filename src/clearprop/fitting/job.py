"""Job: all that a training needs, prepared. The same for whoever trains, checks or only looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from clearprop.engines import Choice, Request, choose
from clearprop.engines.sharding.exchange import ALONE, Exchange
from clearprop.engines.sharding.shards import Shards
from clearprop.equations.optimizers import Rule
from clearprop.fitting.recipe import Recipe
from clearprop.model import Network, Parameters
from clearprop.solvers import Limits
from clearprop.training import Plan, Rows, check_rows

Array = NDArray[Any]


@dataclass(frozen=True, eq=False, kw_only=True)
class Job:
    """What is to be trained, on what, from where, and how.

    Attributes
    ----------
    recipe : Recipe
        What was asked for: optimizer, engine, precision, threads, certificate, averaging.
    network : Network
    rows : Rows
    validation : Rows or None
    plan : Plan
        Its epochs are a batch solver's iterations.
    rule : Rule
        Plain gradient descent where a batch solver takes no steps of one.
    start : Parameters
        Where it begins; their precision is that of what comes out.
    limits : Limits or None
        When a batch solver stops; the recipe's own if left out.
    columns : sequence of str
        Names of the columns of X, for the autopsy of a divergence; none if left out.
    row_numbers : int array (n_rows,) or None
        What the user calls each row, likewise.
    checked : bool
        Whether whoever made the rows has looked at every number and target.
    threads : int or None
        How many threads it may have, where others are trained beside it; as the recipe says if left out.
    exchange : Exchange
        The processes that share the training.
    """

    recipe: Recipe
    network: Network
    rows: Rows
    plan: Plan
    rule: Rule
    start: Parameters
    validation: Rows | None = None
    limits: Limits | None = None
    columns: Sequence[str] = ()
    row_numbers: Array | None = None
    checked: bool = False
    threads: int | None = None
    exchange: Exchange = ALONE

    def choice(self) -> Choice:
        """Return the engine that takes it; a batch solver computes in float64.

        Raises
        ------
        UsageError, EngineCannot
            See `clearprop.engines.choose`.
        """
        asked = self.recipe.request(self.network, self.start.vector.dtype)
        precision = "float64" if self.recipe.solver else asked.precision
        rule = self.rule if self.recipe.solver else asked.rule
        threads, count = self.threads or asked.threads, None if self.recipe.solver else self.plan.shards
        shards = None if count is None else Shards(count, self.exchange)
        return choose(self.recipe.engine, Request(self.network, rule, precision, threads, asked.device, shards))

    def check(self) -> None:
        """Check every number and target of its rows, where nobody has.

        Raises
        ------
        DataError
            Naming the first that is not finite, or has no meaning for the loss.
        """
        for rows in (self.rows, self.validation):
            if rows is not None and not self.checked:
                check_rows(rows, self.network)

    def solver_limits(self) -> Limits:
        """Return when a batch solver stops."""
        return self.limits or Limits(n_iterations=self.plan.n_epochs, n_evaluations=self.recipe.n_evaluations)
