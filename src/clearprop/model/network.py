"""Network: the description of a feed-forward network. Frozen, hashable, without arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from clearprop.cells import Cell, Part, Shown, Table
from clearprop.computed_once import cached_property
from clearprop.equations._whole import whole
from clearprop.equations.activations import Activation, get_activation
from clearprop.equations.initializers import INITIALIZERS, default_initializer
from clearprop.equations.losses import loss_after
from clearprop.equations.slots import Slot
from clearprop.equations.stages import Beside
from clearprop.errors import UsageError, unknown_name
from clearprop.model.inputs import Inputs
from clearprop.model.objective import Objective

_INSIDE = {
    "real": ("real", "positive", "unit", "simplex"),
    "positive": ("positive", "unit", "simplex"),
    "unit": ("unit", "simplex"),
    "simplex": ("simplex",),
}

_HEAD = ("layer", "from", "to", "activation", "W", "b", "parameters", "besides")
_WORDS = (3, 7)


@dataclass(frozen=True)
class Dense:
    """One dense layer: z = (a ⊙ mask) W + b, a = f(z), with everything that is per layer.

    Parameters
    ----------
    units : int
        Number of outputs.
    activation : str
        A name from `clearprop.equations.activations.ACTIVATIONS`.
    dropout : float
        Probability that a unit of this layer's *input* is dropped in training (as in rnet).
    bias : bool
    init : str
        A name from `clearprop.equations.initializers.INITIALIZERS`; "auto" takes the one that suits the activation.
    max_norm : float or None
        Limit on the norm of every unit's incoming weights, restored after each update.
    learning_rate : float
        Factor on the learning rate.
    frozen : bool
        Whether the layer keeps its weights.
    """

    units: int
    activation: str = "relu"
    dropout: float = 0.0
    bias: bool = True
    init: str = "auto"
    max_norm: float | None = None
    learning_rate: float = 1.0
    frozen: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "units", whole("the number of units", self.units))
        get_activation(self.activation)
        if self.init != "auto" and self.init not in INITIALIZERS:
            raise unknown_name("initializer", self.init, ["auto", *INITIALIZERS])
        if self.units < 1:
            raise UsageError(f"a layer needs at least 1 unit, got {self.units!r}.")
        if not 0 <= self.dropout < 1:
            raise UsageError(f"dropout must be in [0, 1), got {self.dropout!r}; 0.5 drops half of the inputs.")
        if self.max_norm is not None and not 0 < self.max_norm < math.inf:
            raise UsageError(f"max_norm must be above 0, got {self.max_norm!r}; leave it out for no limit.")
        if not 0 <= self.learning_rate < math.inf:
            raise UsageError(f"a layer's learning_rate factor must be 0 or more, got {self.learning_rate!r}.")

    @property
    def f(self) -> Activation:
        """The activation itself."""
        return get_activation(self.activation)

    @property
    def initializer(self) -> str:
        """The name of the initializer, "auto" resolved."""
        return default_initializer(self.activation) if self.init == "auto" else self.init


@dataclass(frozen=True)
class Network(Shown):
    """A feed-forward network and what it is trained for.

    Parameters
    ----------
    inputs : Inputs or int
        An int n stands for ``Inputs(n)``.
    layers : tuple of Dense
        Layers 1 .. L.
    objective : Objective or str
        A str stands for ``Objective(str)``.

    Raises
    ------
    UsageError
        If the outputs cannot be what the loss needs, such as cross_entropy after identity.
    """

    inputs: Inputs
    layers: tuple[Dense, ...]
    objective: Objective

    def __init__(self, inputs: Inputs | int, layers: tuple[Dense, ...], objective: Objective | str) -> None:
        object.__setattr__(self, "inputs", inputs if isinstance(inputs, Inputs) else Inputs(inputs))
        object.__setattr__(self, "layers", tuple(layers))
        object.__setattr__(self, "objective", Objective(objective) if isinstance(objective, str) else objective)
        if not self.layers or not all(isinstance(layer, Dense) for layer in self.layers):
            raise UsageError(f"a network needs at least one layer, each a Dense, got {self.layers!r}.")
        if not isinstance(self.objective, Objective):
            raise UsageError(f"objective must be an Objective or the name of a loss, got {objective!r}.")
        loss, last = self.objective.loss, self.layers[-1].f
        if last.name != "step" and last.range not in _INSIDE[loss.domain]:
            advice = f"use the output activation {loss.canonical!r}" if loss.canonical else "choose another loss"
            raise UsageError(
                f"the loss {loss.name!r} needs outputs that are {loss.domain}, but {last.name!r} gives "
                f"{last.range} ones; {advice}."
            )

    @property
    def L(self) -> int:
        """Number of dense layers."""
        return len(self.layers)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of units of a[0], a[1], ..., a[L]."""
        return (self.inputs.width, *(layer.units for layer in self.layers))

    @property
    def n_out(self) -> int:
        """Number of outputs."""
        return self.layers[-1].units

    @property
    def f(self) -> tuple[Activation, ...]:
        """The activations f[0] (the identity), f[1], ..., f[L]."""
        return (get_activation("identity"), *(layer.f for layer in self.layers))

    @property
    def stage(self) -> Beside:
        """Stage 0, from X to a[0]."""
        return self.inputs.stage

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """What every parameter is, in the order of the vector: those of the input stages, then W1, b1, W2, b2, ..."""
        widths = enumerate(self.sizes[:-1], start=1)
        return (*self.stage.slots, *(slot for l, n_in in widths for slot in self._slots_of(l, n_in)))

    def _slots_of(self, l: int, n_in: int) -> list[Slot]:
        layer, objective = self.layers[l - 1], self.objective
        shared: dict[str, Any] = {
            "index": l, "trainable": not layer.frozen, "learning_rate": layer.learning_rate,
        }  # fmt: skip
        shape = n_in, layer.units
        W = Slot(f"W{l}", "weight", shape, penalised=True, decays=True, max_norm=layer.max_norm, **shared)
        b = Slot(f"b{l}", "bias", (layer.units,), penalised=objective.penalize_bias, **shared)
        return [W, b] if layer.bias else [W]

    def as_cell(self) -> Cell:
        """Return a line per layer, and J."""
        sizes = " – ".join(map(str, self.sizes))
        total = sum(slot.size for slot in self.slots)
        rows = [_row(self, l) for l in range(1, self.L + 1)]
        used = [i for i in range(len(_HEAD)) if i < _WORDS[-1] or any(row[i] for row in rows)]
        table = Table([_HEAD[i] for i in used], [("", [[row[i] for i in used] for row in rows])], words=_WORDS)
        parts: list[Part] = [*_inputs(self), table, self.objective.describe()]
        return Cell(f"Network {sizes}: {total:,} parameters", parts)

    @property
    def takes_classes(self) -> bool:
        """Whether targets may be class indices, (batch,) integers."""
        return self.objective.loss.targets == "distribution" and self.n_out > 1


def _inputs(network: Network) -> list[str]:
    """Return how X becomes a[0], where it is not a[0] already."""
    inputs = network.inputs
    if inputs.n_numeric == inputs.width:
        return []
    codes = f"{len(inputs.categories)} of codes ({', '.join(map(str, inputs.categories))} categories)"
    trained = sum(slot.size for slot in network.stage.slots)
    embedded = f", {trained:,} parameters among them" if trained else ""
    return [f"X has {inputs.n_numeric} columns of numbers and {codes}; a[0] has {inputs.width}{embedded}."]


def _row(network: Network, l: int) -> list[str]:
    layer = network.layers[l - 1]
    own = [slot for slot in network.slots if slot.kind != "stage" and slot.index == l]
    shapes = {slot.kind: " × ".join(map(str, slot.shape)) for slot in own}
    parameters = f"{sum(slot.size for slot in own):,}"
    ends = [str(network.sizes[l - 1]), str(layer.units), layer.activation]
    return [str(l), *ends, shapes["weight"], shapes.get("bias", "–"), parameters, _besides(layer)]


def _besides(layer: Dense) -> str:
    said = {
        f"dropout {layer.dropout:g} of its input": layer.dropout > 0,
        f"init {layer.init}": layer.init != "auto",
        f"max norm {layer.max_norm}": layer.max_norm is not None,
        f"learning rate × {layer.learning_rate:g}": layer.learning_rate != 1,
        "frozen": layer.frozen,
    }
    return ", ".join(words for words, so in said.items() if so)


def mlp(
    *sizes: int,
    hidden: str = "relu",
    output: str = "identity",
    loss: str | None = None,
    l1: float = 0.0,
    l2: float = 0.0,
    dropout: float = 0.0,
    bias: bool = True,
) -> Network:
    """Describe a network by its layer sizes.

    Parameters
    ----------
    *sizes : int
        Inputs, hidden layers, outputs.
    hidden, output : str
        Activations.
    loss : str or None
        None takes the loss that goes with the output: cross_entropy after softmax, binary_cross_entropy after
        sigmoid, poisson after exp, squared_error otherwise.
    l1, l2 : float
        Penalties on the weights.
    dropout : float
        Of the input of every layer but the first.
    bias : bool

    Examples
    --------
    >>> network = mlp(784, 256, 128, 10, output="softmax")
    >>> network.sizes, network.objective.loss.name
    ((784, 256, 128, 10), 'cross_entropy')
    """
    if len(sizes) < 2:
        raise UsageError(f"mlp needs the number of inputs and of outputs at least, got {sizes!r}.")
    activations = [hidden] * (len(sizes) - 2) + [output]
    layers = tuple(
        Dense(units, activation, dropout=dropout if l > 1 else 0.0, bias=bias)
        for l, (units, activation) in enumerate(zip(sizes[1:], activations, strict=True), start=1)
    )
    objective = Objective(loss or loss_after(output), l1=l1, l2=l2)
    return Network(Inputs(sizes[0]), layers, objective)


def check_network(network: object) -> None:
    """Refuse what is no network, such as an estimator, which has one.

    Raises
    ------
    UsageError
        Naming what came.
    """
    if not isinstance(network, Network):
        hint = "; give its network_" if hasattr(network, "network_") else ""
        raise UsageError(f"expected a Network, got {type(network).__name__}{hint}.")


def without_dropout(network: Network) -> Network:
    """Return the network as it predicts."""
    check_network(network)
    return replace(network, layers=tuple(replace(layer, dropout=0.0) for layer in network.layers))
