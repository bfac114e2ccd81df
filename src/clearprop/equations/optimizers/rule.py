"""Update rules: pure functions of (w, g, slots, t, learning_rate).

All parameters of a network lie in one vector w, so most rules are elementwise algebra on vectors of shape (..., n):
``g`` is the gradient, ``slots`` the rule's memory (vectors named as in its equations), ``t = 1, 2, ...`` the step.
The learning rate η is a number, or a vector of them where layers learn at different rates (0: frozen).
`update` returns the new w and slots and changes nothing in place.

A rule also carries what happens to the gradient before it (``clip_value``, then ``clip_norm``) and to the weights
beside it: ``weight_decay``, decoupled, subtracts η λ w, w as it was before the step, from weights, not from biases
(Loshchilov and Hutter 2019).

w is what predicts. Most rules take the gradient there as well; `gradient_point` says where, if it is elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar

from clearprop.equations._arrays import Array, namespace
from clearprop.equations.slots import Slot
from clearprop.errors import UsageError

Slots = dict[str, Array]

_LIMITS = dict.fromkeys(("momentum", "decay", "beta1", "beta2"), 1.0)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What all rules share.

    Attributes
    ----------
    learning_rate : float
        η before any schedule.
    weight_decay : float
        λ of the decoupled decay; 0 for none.
    clip_norm, clip_value : float or None
        Limits on the gradient's Euclidean norm and on each of its components.
    """

    name: ClassVar[str]
    equation: ClassVar[str]
    source: ClassVar[str]
    slots: ClassVar[tuple[str, ...]] = ()
    points: ClassVar[tuple[str, ...]] = ()
    """Slots that are weights like w, and that a limit on the weights holds for as well."""
    decays_itself: ClassVar[bool] = False
    """Whether `update` applies the weight decay; otherwise the engine does, beside it."""
    learning_rate: float = 0.01
    weight_decay: float = 0.0
    clip_norm: float | None = None
    clip_value: float | None = None

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value is None or isinstance(value, Rule):
                continue
            if not isinstance(value, Real):
                raise UsageError(f"{self.name}: {name} must be a number, got {value!r}.")
            if not 0 <= float(value) < _LIMITS.get(name, math.inf):
                below = f" and below {_LIMITS[name]:g}" if name in _LIMITS else " and finite"
                raise UsageError(f"{self.name}: {name} must be at least 0{below}, got {value!r}.")
            if name in ("clip_norm", "clip_value") and value == 0:
                raise UsageError(f"{self.name}: {name} must be above 0, got {value!r}; None is for no limit.")

    def start(self, w: Array) -> Slots:
        """Return the slots before the first step: zeros, unless the rule says otherwise."""
        return {name: namespace(w).zeros_like(w) for name in self.slots}

    def update(self, w: Array, g: Array, slots: Slots, t: int, learning_rate: Any) -> tuple[Array, Slots]:
        """Return w and slots after step t."""
        raise NotImplementedError

    def gradient_point(self, w: Array, slots: Slots) -> Array:
        """Return where the gradient of the next step is to be taken: w, unless the rule says otherwise."""
        return w

    def prepare(self, parameters: Sequence[Slot]) -> Rule:
        """Return the rule for a network whose parameters these are, in the order of w.

        An engine calls it once, when a session is opened. Elementwise rules return themselves.
        """
        return self
