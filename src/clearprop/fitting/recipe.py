"""Recipe: the settings of a training, and what they come to: network, update rule, plan, limits, precision.

A new setting is a field of `clearprop.fitting.settings.declared.Settings`, and its effect is here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from clearprop.engines import Request, get_precision
from clearprop.equations import Loss, Rule, Schedule, get_loss, get_rule, get_schedule
from clearprop.equations.losses import CrossEntropy
from clearprop.equations.optimizers import SGD
from clearprop.errors import UsageError
from clearprop.fitting.settings import Settings, settings_of
from clearprop.fitting.settings.spelling import name_and_options
from clearprop.fitting.shards import rows_of_a_step
from clearprop.model import Dense, Inputs, Network, Objective
from clearprop.solvers import SOLVERS
from clearprop.training import Plan

SMALLEST_BATCH, LARGEST_BATCH = 32, 256
STEPS_PER_EPOCH = 50
STRONGEST_L2, L2_TIMES_ROWS = 1e-3, 4.0
LARGEST_EMBEDDING = 50
BLOCK_ROWS = 1 << 16


@dataclass(frozen=True, kw_only=True)
class Recipe(Settings):
    """What was asked of a training.

    Attributes
    ----------
    penalty_per_row : bool
        Whether l1 and l2 are divided by the weights of a batch, as scikit-learn's alpha is.
    outputs_named : bool
        Whether `activation` may have one more entry: that of the outputs, which an adopted network brings along.
    """

    penalty_per_row: bool = False
    outputs_named: bool = False

    @property
    def solver(self) -> str | None:
        """The batch solver asked for, or None where an update rule takes steps."""
        return self.optimizer if isinstance(self.optimizer, str) and self.optimizer in SOLVERS else None

    def refuse_ignored(self) -> None:
        """Refuse settings that would be ignored beside the optimizer asked for.

        Raises
        ------
        UsageError
            Naming the first.
        """
        self.refuse_rounded_products()
        for name, one in settings_of(type(self)).items():
            value = getattr(self, name)
            if value == one.default:
                continue
            if one.of_steps and self.solver is not None:
                raise UsageError(
                    f"{name} must be left out beside the batch solver {self.solver!r}, which takes no steps, got "
                    f"{value!r}; leave it out, or choose an update rule such as adam."
                )
            if one.of_solvers and self.solver is None:
                raise UsageError(
                    f"{name} must be left out beside the update rule {self.rule().name!r}, got {value!r}; it is for "
                    f"batch solvers: {', '.join(SOLVERS)}."
                )

    def refuse_rounded_products(self) -> None:
        """Refuse a batch solver where products are to be rounded: it computes in float64."""
        if self.solver is not None and self.precision is not None and get_precision(self.precision).rounds_products:
            raise UsageError(
                f'{self.solver!r} computes in float64, so precision="{self.precision}" has no meaning for it; use an '
                f'optimizer that takes steps, such as "adam", or precision="{get_precision(self.precision).dtype}".'
            )

    def request(self, network: Network, dtype: DTypeLike = np.float32) -> Request:
        """Return what is asked of an engine: to train this network on so many threads, in some precision.

        Parameters
        ----------
        network : Network
        dtype : dtype
            Of the rows, which decides where no precision is asked for.
        """
        return Request(network, self.rule(), self.precision or dtype, self.n_threads, self.device)

    def loss_or(self, suited: str) -> Loss:
        """Return the loss asked for, that of this name where none is; its classes smoothed if that is asked for."""
        return self.smoothed(named_loss(self.loss or suited))

    def smoothed(self, loss: Loss) -> Loss:
        """Return a loss with its classes smoothed as asked for.

        Raises
        ------
        UsageError
            If it is not one over classes.
        """
        if not self.label_smoothing:
            return loss
        if not isinstance(loss, CrossEntropy):
            raise UsageError(
                f"label_smoothing is for a loss over classes such as cross_entropy, not for {loss.name!r}."
            )
        return replace(loss, label_smoothing=self.label_smoothing)

    def inputs(self, plain: Inputs) -> Inputs:
        """Return stage 0 with categories entering as asked for: one-hot, or as embeddings of some size."""
        sizes = tuple(_embedding(self.embedding, n) for n in plain.categories)
        return plain.with_embeddings(sizes)

    def network(self, inputs: Inputs, n_out: int, loss: Loss, n_rows: int = 1, output: str | None = None) -> Network:
        """Describe the network: hidden layers, and the output that suits the loss.

        One dropout acts on the inputs of every layer but the first, which sees the data as they are. Weights before an
        exp begin at 0: a random z of some size would begin with predictions that are off by orders of magnitude.

        Parameters
        ----------
        inputs : Inputs
        n_out : int
        loss : Loss
        n_rows : int
            Of the training, which decide l2 where it is left out.
        output : str, optional
            The activation of the last layer; the loss's own if left out.

        Raises
        ------
        UsageError
            If activation or dropout has not one entry per layer, or there is no layer to freeze.
        """
        units = (*self.hidden, n_out)
        activations = (*self.activations(), self.output_activation() or output or loss.canonical or "identity")
        self.check_frozen(len(units))
        stage0 = self.inputs(inputs)
        widths = (stage0.width, *self.hidden)
        described = zip(units, widths, activations, self.dropouts(), strict=True)
        layers = tuple(
            Dense(
                size,
                name,
                dropout=dropout,
                init="zeros" if name == "exp" else self.drawn_by,
                learning_rate=1 / math.sqrt(n_in) if self.root_rates else 1.0,
                max_norm=self.max_norm,
                frozen=l in (self.frozen or ()),
            )
            for l, (size, n_in, name, dropout) in enumerate(described, start=1)
        )
        objective = Objective(loss, l1=self.l1, l2=self._l2(n_rows), penalty_per_row=self.penalty_per_row)
        return Network(stage0, layers, objective)

    @property
    def drawn_by(self) -> str:
        """The initializer asked for; "auto" for what suits each layer."""
        return "lecun_normal" if self.root_rates and self.initializer == "auto" else self.initializer

    def activations(self) -> tuple[str, ...]:
        """Return the activation of each hidden layer."""
        if isinstance(self.activation, str):
            return (self.activation,) * len(self.hidden)
        if len(self.activation) - len(self.hidden) not in ((0, 1) if self.outputs_named else (0,)):
            raise UsageError(
                f"activation must have one entry per hidden layer ({len(self.hidden)}), got {len(self.activation)}; "
                "one name alone stands for all of them."
            )
        return tuple(self.activation[: len(self.hidden)])

    def output_activation(self) -> str | None:
        """Return the activation of the outputs where `activation` has one more entry than there are hidden layers."""
        more = not isinstance(self.activation, str) and len(self.activation) > len(self.hidden)
        return self.activation[-1] if more else None

    def dropouts(self) -> tuple[float, ...]:
        """Return each layer's dropout of its input; one number leaves the first layer's input, the data, whole."""
        n_layers = len(self.hidden) + 1
        if not isinstance(self.dropout, Sequence | np.ndarray):
            return (0.0,) + (float(self.dropout),) * (n_layers - 1)
        if len(self.dropout) != n_layers:
            raise UsageError(
                f"dropout must be one number or one per layer's input ({n_layers}), got {len(self.dropout)}."
            )
        return tuple(float(rate) for rate in self.dropout)

    def rule(self) -> Rule:
        """Return the update rule; a batch solver takes no steps of one, so any will do."""
        if self.solver is not None:
            return SGD()
        options = {"learning_rate": self.learning_rate, "clip_norm": self.clip_norm, "clip_value": self.clip_value}
        given: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
        if isinstance(self.optimizer, Rule):
            return replace(self.optimizer, **given)
        name, own = name_and_options(self.optimizer)
        return get_rule(name, **own | given)

    def learning_rates(self) -> Schedule:
        """Return the schedule of the learning rate."""
        if isinstance(self.schedule, Schedule):
            return self.schedule
        name, options = name_and_options(self.schedule)
        return get_schedule(name, **options)

    def plan(self, n_rows: int, streamed: bool = False) -> Plan:
        """Return how to train on so many rows; of rows on disk, blocks are shuffled."""
        return Plan(
            n_epochs=self.n_epochs,
            batch_size=rows_of_a_step(self.shards, self.batch_size, suitable_batch_size(n_rows)),
            shards=self.shards,
            learning_rate=self.rule().learning_rate,
            schedule=self.learning_rates(),
            shuffle=self.shuffle,
            seed=self.seed,
            block_rows=BLOCK_ROWS if self.block_rows is None and streamed else self.block_rows,
            patience=None if self.patience in (None, np.inf) else int(self.patience),
            tolerance=self.min_delta,
            monitor=self.monitor,
            metric=self.metric,
            max_seconds=self.max_seconds,
        )

    def _l2(self, n_rows: int) -> float:
        if self.l2 is not None:
            return self.l2
        return 0.0 if self.solver == "trainbr" else suitable_l2(n_rows)  # trainbr finds it

    def check_frozen(self, n_layers: int) -> None:
        for l in self.frozen or ():
            if l > n_layers:
                raise UsageError(f"frozen names layer {l}, but there are {n_layers}; the last is the output layer.")


def named_loss(loss: str | Loss) -> Loss:
    """Return the loss of a name, options and all, such as "huber:threshold=2"."""
    if isinstance(loss, Loss):
        return loss
    name, options = name_and_options(loss)
    return get_loss(name, **options)


def suitable_l2(n_rows: int) -> float:
    """Return the strength of the penalty for so many training rows: 4 / n, at most 0.001.

    Weights that n rows determine need a prior that counts the less the more rows there are; see docs/design/0004.
    """
    return min(STRONGEST_L2, L2_TIMES_ROWS / n_rows)


def suitable_batch_size(n_rows: int) -> int:
    """Return a power of two that gives about 50 steps per epoch, between 32 and 256."""
    wanted = max(1, n_rows // STEPS_PER_EPOCH)
    return int(min(LARGEST_BATCH, max(SMALLEST_BATCH, 1 << (wanted.bit_length() - 1))))


def suitable_embedding(n_categories: int) -> int:
    """Return the size of an embedding of so many categories: 1.6 n^0.56, at most 50."""
    size: float = 1.6 * n_categories**0.56
    return min(LARGEST_EMBEDDING, round(size))


def _embedding(asked: str | int, n_categories: int) -> str | int:
    return suitable_embedding(n_categories) if asked == "auto" else asked
