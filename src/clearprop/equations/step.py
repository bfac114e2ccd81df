"""One step of training, as pure functions: the order of everything stands here, and nowhere else.

::

    look      at the point where the rule takes its gradient: forward, loss, backward, penalty; is all of it finite?
    advance   clip, rule, decay, project

`step` is one after the other, and stays where it is if something is not finite. Nothing is changed in place and
nothing depends on the value of an array by a branch, so all of it can be traced and compiled; and any leading axes are
carried along: k networks are one vector w (k, n). Who counts the steps, draws the masks and stops is an engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from clearprop.computed_once import cached_property
from clearprop.equations import backprop
from clearprop.equations._arrays import Array, namespace, wide
from clearprop.equations.activations import Activation
from clearprop.equations.clipping import clip_by_norm, clip_by_value, euclidean_norm
from clearprop.equations.losses import Loss
from clearprop.equations.objective import output_delta, row_losses, row_scales
from clearprop.equations.optimizers import Rule
from clearprop.equations.penalties import penalty, penalty_gradient, penalty_strengths, project_max_norm
from clearprop.equations.slots import Slot, as_lists, by_name, each_number, join, split
from clearprop.equations.stages import Stage

Memory = dict[str, Array]
"""A rule's slots: vectors like w, by the names in its equations."""


class Aim(Protocol):
    """What is minimised: `clearprop.model.Objective` has it."""

    @property
    def loss(self) -> Loss:
        """ℓ of one row."""
        ...

    @property
    def l1(self) -> float:
        """Strength of the penalty on |W|."""
        ...

    @property
    def l2(self) -> float:
        """Strength of the penalty on W²."""
        ...

    @property
    def reduction(self) -> str:
        """How rows are added up: a name of `REDUCTIONS`."""
        ...

    @property
    def penalty_per_row(self) -> bool:
        """Whether R is divided by Σ_n w_n."""
        ...


class Described(Protocol):
    """What the equations need of a network: `clearprop.model.Network` has it."""

    @property
    def stage(self) -> Stage:
        """Stage 0, from X to a[0]."""
        ...

    @property
    def f(self) -> Sequence[Activation]:
        """The activations; f[0] is the identity."""
        ...

    @property
    def slots(self) -> Sequence[Slot]:
        """What the parameters are."""
        ...

    @property
    def objective(self) -> Aim:
        """What is minimised."""
        ...


class Batch(NamedTuple):
    """Rows X (..., batch, n_columns), targets Y (..., batch, n_out), weights (..., batch), dropout masks by layer."""

    X: Array
    Y: Array
    weights: Array
    masks: Sequence[Array | None]


class Evaluation(NamedTuple):
    """One pass, forward and backward.

    losses and scales (..., batch); D and R (...); lists z, a, delta by layer; the gradient of J by the parameters'
    names.
    """

    losses: Array
    scales: Array
    D: Array
    R: Array
    z: list[Array]
    a: list[Array]
    delta: list[Array]
    gradients: dict[str, Array]


class Look(NamedTuple):
    """What one gradient says: the point (..., n), J and R (...), g (..., n), its norm (...), whether all is finite."""

    point: Array
    J: Array
    R: Array
    g: Array
    norm: Array
    finite: Array


def forward(
    network: Described, parameters: Mapping[str, Array], X: Array, masks: Sequence[Array | None]
) -> tuple[list[Array], list[Array]]:
    """Return the lists z and a, from X (..., batch, n_columns) on."""
    W, b = as_lists(network.slots, parameters)
    return backprop.forward(network.stage.forward(X, parameters), W, b, network.f, masks)


def evaluate(network: Described, parameters: Mapping[str, Array], batch: Batch) -> Evaluation:
    """Go forward, to the loss, backward, and add the penalty."""
    found = evaluate_part(network, parameters, batch)
    R, gradients = penalise(network, parameters, batch.weights, found.gradients)
    return found._replace(R=R, gradients=gradients)


def evaluate_part(
    network: Described, parameters: Mapping[str, Array], batch: Batch, total: Array | None = None
) -> Evaluation:
    """Go forward, to the loss and backward, where these rows may be a part of a batch: what they add to D, and R = 0.

    The parts of a batch add up to it, D to D and gradient to gradient, as long as all know its total weight.

    Parameters
    ----------
    total : array (..., 1), optional
        Σ w of the batch; that of these rows if left out.
    """
    objective, f, masks = network.objective, network.f, batch.masks
    z, a = forward(network, parameters, batch.X, masks)
    losses = row_losses(objective.loss, f[-1], z[-1], a[-1], batch.Y)
    scales = row_scales(batch.weights, objective.reduction, total)
    delta_L = output_delta(objective.loss, f[-1], z[-1], a[-1], batch.Y, scales)
    delta, gradients = pull_back(network, parameters, batch, z, a, delta_L)
    D = wide(namespace(losses).sum(scales * losses, axis=-1))
    return Evaluation(losses, scales, D, namespace(D).zeros_like(D), z, a, delta, gradients)


def pull_back(
    network: Described, parameters: Mapping[str, Array], batch: Batch, z: list[Array], a: list[Array], delta_L: Array
) -> tuple[list[Array], dict[str, Array]]:
    """Return the list delta, and the gradient of D by the parameters' names, from delta[L]."""
    W, b = as_lists(network.slots, parameters)
    delta = backprop.backward(delta_L, z, a, W, network.f, batch.masks)
    dW, db = backprop.gradients(a, delta, b, batch.masks)
    of_stages: dict[str, Array] = {}
    if network.stage.slots:
        of_stages = network.stage.pullback(batch.X, parameters, backprop.input_gradient(delta, W, batch.masks))
    return delta, by_name(network.slots, dW, db, of_stages)


def penalise(
    network: Described, parameters: Mapping[str, Array], weights: Array, gradients: Mapping[str, Array]
) -> tuple[Array, dict[str, Array]]:
    """Return R, and the gradients with ∂R/∂ of every parameter added that R counts."""
    objective, added = network.objective, dict(gradients)
    l1, l2 = objective.l1, objective.l2
    R = wide(namespace(weights).sum(weights[..., :0], axis=-1))  # 0, for every network of the leading axes
    if not (l1 or l2):
        return R, added
    if objective.penalty_per_row:
        l1, l2 = (namespace(weights).astype(s, weights.dtype) for s in penalty_strengths(l1, l2, weights))
    for slot in sorted(network.slots, key=lambda slot: slot.kind == "bias"):  # R adds up the weights first
        if slot.penalised:
            values = parameters[slot.name]
            R = R + wide(penalty(values, l1, l2, slot.axes))
            added[slot.name] = added[slot.name] + penalty_gradient(values, _beside(l1, slot), _beside(l2, slot))
    return R, added


def look(evaluate_at: Callable[[Array], tuple[Array, Array, Array]], rule: Rule, w: Array, memory: Memory) -> Look:
    """Take the gradient where the rule wants it.

    Parameters
    ----------
    evaluate_at : callable
        From a point (..., n) to J, R and ∂J/∂w (..., n) there.
    rule : Rule
        Prepared, as in `Update`.
    """
    point = rule.gradient_point(w, memory)
    J, R, g = evaluate_at(point)
    xp, norm = namespace(g), euclidean_norm(g)
    return Look(point, J, R, g, norm, xp.isfinite(xp.asarray(J)) & xp.isfinite(norm))


@dataclass(frozen=True, eq=False)
class Update:
    """How the parameters of one network move once their gradient is known.

    Parameters
    ----------
    rule : Rule
        Prepared for the slots, as `Update.of` does.
    slots : sequence of Slot
    """

    rule: Rule
    slots: tuple[Slot, ...]

    @classmethod
    def of(cls, rule: Rule, slots: Sequence[Slot]) -> Update:
        """Return the update by this rule of parameters like these."""
        return cls(rule.prepare(slots), tuple(slots))

    def advance(
        self, w: Array, g: Array, norm: Array, memory: Memory, t: Any, learning_rate: Any
    ) -> tuple[Array, Memory]:
        """Return w (..., n) and the rule's memory after step t = 1, 2, ...: clip, rule, decay, project.

        Parameters
        ----------
        g : array (..., n)
        norm : array (...)
            Of g.
        """
        rule = self.rule
        if rule.clip_value is not None:
            g = clip_by_value(g, rule.clip_value)
            norm = euclidean_norm(g)
        if rule.clip_norm is not None:
            g = clip_by_norm(g, rule.clip_norm, norm)
        factors = self._factors
        eta = learning_rate if factors is None else learning_rate * namespace(w).asarray(factors, dtype=w.dtype)
        moved, memory = rule.update(w, g, memory, t, eta)
        if rule.weight_decay and not rule.decays_itself:
            moved = moved - eta * rule.weight_decay * namespace(w).asarray(self._decays, dtype=w.dtype) * w
        return self._project(moved), memory | {point: self._project(memory[point]) for point in rule.points}

    @cached_property
    def _factors(self) -> Any:
        """Return each number's factor on the learning rate, shape (n,); None where all are 1."""
        factors = each_number(self.slots, lambda slot: slot.learning_rate if slot.trainable else 0.0, np.float64)
        return None if np.all(factors == 1) else factors

    @cached_property
    def _decays(self) -> Any:
        return each_number(self.slots, lambda slot: slot.decays, np.float64)

    def _project(self, w: Array) -> Array:
        limited = {slot.name: slot.max_norm for slot in self.slots if slot.max_norm is not None and slot.trainable}
        if not limited:
            return w
        arrays = split(self.slots, w)
        return join(self.slots, arrays | {name: project_max_norm(arrays[name], limited[name]) for name in limited})


def step(
    evaluate_at: Callable[[Array], tuple[Array, Array, Array]],
    update: Update,
    w: Array,
    memory: Memory,
    t: Any,
    learning_rate: Any,
) -> tuple[Array, Memory, Look]:
    """Return w and the rule's memory after step t, and what was seen; both as they were where it is not finite."""
    seen = look(evaluate_at, update.rule, w, memory)
    moved, after = update.advance(w, seen.g, seen.norm, memory, t, learning_rate)
    xp, taken = namespace(w), seen.finite[..., None]
    return xp.where(taken, moved, w), {name: xp.where(taken, after[name], memory[name]) for name in memory}, seen


def objective_of(network: Described, batch: Batch) -> Callable[[Array], tuple[Array, Array, Array]]:
    """Return the function from a point w (..., n) to J, R and ∂J/∂w on this batch."""

    def evaluate_at(w: Array) -> tuple[Array, Array, Array]:
        found = evaluate(network, split(network.slots, w), batch)
        return found.D + found.R, found.R, join(network.slots, found.gradients)

    return evaluate_at


def _beside(strength: Any, slot: Slot) -> Any:
    """Return a strength for each of the leading axes so that it fits the slot's array."""
    return strength[(..., *(None,) * len(slot.shape))] if getattr(strength, "ndim", 0) else strength
