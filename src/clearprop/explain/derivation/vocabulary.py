"""Vocabulary: what a notation calls things, which axes they have, and how they lie."""

from __future__ import annotations

from typing import Any, ClassVar

from clearprop.equations.slots import Slot
from clearprop.equations.stages.beside import Part
from clearprop.explain.derivation.orientation import Orientation, Rows, array_kind
from clearprop.model.network import Network
from clearprop.notation.expressions import Expression, Symbol
from clearprop.notation.markup import (
    PRIME,
    Accent,
    Fraction,
    Letter,
    Markup,
    Number,
    Script,
    call,
    indexed,
    partial,
    subscripted,
)
from clearprop.notation.operations import Glyphs
from clearprop.notation.shapes import Axis, Shape

_KINDS = {"W": "weight", "dW": "weight", "b": "bias", "db": "bias"}


class Vocabulary:
    """clearprop's own; a notation overrides the letters, the orientation and the names of the axes."""

    name: ClassVar[str] = "clearprop"
    title: ClassVar[str] = "rows are samples, W is (n_in, n_out)"
    orientation: ClassVar[type[Orientation]] = Rows
    samples: ClassVar[str] = "m"
    sample_index: ClassVar[str] = "rows"
    glyphs: ClassVar[Glyphs] = Glyphs()

    scales_delta: ClassVar[bool] = True
    """Whether 1/m stands in delta[L], as it does in ∂J/∂z; else it stands in the gradients."""

    def __init__(self, network: Network, weighted: bool) -> None:
        self.network, self.weighted = network, weighted
        self.lies = self.orientation(Axis(self.samples))
        self._lying = {"weights": "sample", "losses": "sample", "s": "sample"}
        for slot in network.slots:
            kind = array_kind(len(slot.shape)) if slot.kind == "stage" else slot.kind
            self._lying |= {slot.name: kind, f"d{slot.name}": kind}

    # What things are called.

    def letter(self, kind: str, l: int) -> Markup:
        """Return what this notation calls a quantity of layer l."""
        if kind == "slope":
            return call(Script(self.function(l), above=PRIME), self.letter("z", l))
        if kind == "upstream":
            return partial(Letter("J"), self.letter("a", l))
        return indexed({"delta": "δ"}.get(kind, kind), l)

    def function(self, l: int) -> Markup:
        """Return the name of the activation of layer l."""
        return indexed("f", l)

    def fixed_letter(self, name: str) -> Markup:
        """Return what this notation calls a quantity without a layer."""
        if name == "targets":
            return Accent(self.fixed_letter("Y"))
        return Letter({"losses": "ℓ", "weights": "w"}.get(name, name))

    def axis(self, l: int) -> Axis:
        """Return the axis of the units of layer l."""
        return Axis("n" + small(l), self.network.sizes[l])

    # Symbols.

    def symbol(self, kind: str, l: int) -> Symbol:
        """Return the symbol of a quantity of layer l."""
        lies = _KINDS.get(kind, "data")
        axes = (self.axis(l - 1), self.axis(l)) if lies == "weight" else (self.axis(l),)
        return Symbol(f"{kind}{l}", self.letter(kind, l), self.lies.shape(lies, *axes))

    def seen(self, l: int) -> Symbol:
        """Return what the next layer sees of a[l]: itself, or what dropout leaves of it."""
        return self.symbol("x" if self.dropped(l) else "a", l)

    def dropped(self, l: int) -> bool:
        """Whether a[l] is masked before the next layer."""
        return l < self.network.L and self.network.layers[l].dropout > 0

    def z(self, l: int) -> Expression:
        """Return the pre-activation of layer l, as the activation's argument is written."""
        return self.symbol("z", l)

    def Y(self) -> Symbol:
        """Return the targets."""
        return Symbol("Y", self.fixed_letter("Y"), self.symbol("a", self.network.L).shape)

    def compared(self) -> Symbol:
        """Return what a[L] is compared with: the targets, or the smoothed ones."""
        smooth = getattr(self.network.objective.loss, "label_smoothing", 0.0)
        return Symbol("targets", self.fixed_letter("targets"), self.Y().shape) if smooth else self.Y()

    def per_sample(self, name: str) -> Symbol:
        """Return a symbol with one number per sample."""
        return Symbol(name, self.fixed_letter(name), self.lies.shape("sample"))

    def scalar(self, name: str) -> Symbol:
        """Return a symbol that is one number."""
        return Symbol(name, self.fixed_letter(name), ())

    def one_over_m(self) -> Symbol:
        """Return 1/m."""
        return Symbol("1/m", Fraction(Number("1"), Letter(self.samples)), ())

    def columns(self, part: Part) -> Symbol:
        """Return the columns of X that an input stage takes."""
        alone = sum(not other.stage.n_codes for other in self.network.stage.parts) == 1
        place = self.network.stage.parts.index(part) + 1
        plain = alone and not part.stage.n_codes
        markup = Letter("X") if plain else subscripted("X", place)
        return Symbol("X" if plain else f"X{place}", markup, self.lies.shape("data", self.column_axis(part)))

    def one_hot(self, part: Part) -> Symbol:
        """Return the one-hot codes of a column."""
        return Symbol(f"H{part.k}", subscripted("H", part.k), self.lies.shape("data", self.code_axis(part)))

    def parameter(self, part: Part, own: str, *axes: Axis, gradient: bool = False) -> Symbol:
        """Return a parameter of an input stage by its own name, or ∂J/∂ of it."""
        slot = next(slot for slot in part.stage.slots if slot.name == own)
        letter, name = subscripted(own, part.k), part.names[own]
        shape = self.lies.shape(array_kind(len(slot.shape)), *(axes or self._axes_of(part, slot)))
        return Symbol(f"d{name}", partial(Letter("J"), letter), shape) if gradient else Symbol(name, letter, shape)

    def column_axis(self, part: Part) -> Axis:
        """Return the axis of a stage's columns of X."""
        first = self.network.stage.parts[0] is part
        return Axis("c" if first else "c" + small(self.network.stage.parts.index(part) + 1), part.stage.n_columns)

    def code_axis(self, part: Part) -> Axis:
        """Return the axis of the codes of a column."""
        return Axis("k" + small(part.k), part.stage.n_codes)

    def stage_axis(self, part: Part) -> Axis:
        """Return the axis of a stage's columns of a[0]."""
        return Axis("e" + small(part.k), part.stage.width)

    def _axes_of(self, part: Part, slot: Slot) -> Shape:
        """Return the axes of a parameter: those of the stage that have its sizes, else some of its own."""
        known = [self.code_axis(part)] if part.stage.n_codes else [self.column_axis(part)]
        known.append(self.stage_axis(part))
        return tuple(
            next((axis for axis in known if axis.size == n), Axis(f"{slot.name}{part.k}.{i}", n))
            for i, n in enumerate(slot.shape)
        )

    def has(self, kind: str, l: int) -> bool:
        """Whether layer l has that parameter."""
        return kind == "W" or self.network.layers[l - 1].bias

    # The values its symbols start from.

    def load(self, name: str, array: Any) -> Any:
        """Return clearprop's array of that name as it lies in this notation."""
        return array if name in ("D", "R", "J") else self.lies.load(self._lying.get(name, "data"), array)

    def inputs_of(self, arrays: dict[str, Any]) -> dict[str, Any]:
        """Return the values of the symbols that no equation defines, from clearprop's arrays."""
        values = {name: self.load(name, array) for name, array in arrays.items()}
        m = len(arrays["weights"])
        return {**values, "1/m": 1 / m}


def small(index: int) -> str:
    """Return the index in subscript digits."""
    return str(index).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
