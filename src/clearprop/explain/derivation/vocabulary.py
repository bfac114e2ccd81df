"""Vocabulary: what a notation calls things, which axes they have, and how they lie."""

from __future__ import annotations

from typing import Any, ClassVar

from clearprop.explain.derivation.orientation import Orientation, Rows
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
from clearprop.notation.shapes import Axis

_KINDS = {"W": "weight", "dW": "weight", "E": "weight", "dE": "weight", "b": "bias", "db": "bias"}


class Vocabulary:
    """clearprop's own; a notation overrides the letters, the orientation and the names of the axes."""

    name: ClassVar[str] = "clearprop"
    title: ClassVar[str] = "rows are samples, W is (n_in, n_out)"
    orientation: ClassVar[type[Orientation]] = Rows
    samples: ClassVar[str] = "m"
    sample_index: ClassVar[str] = "rows"
    glyphs: ClassVar[Glyphs] = Glyphs()

    def __init__(self, network: Network) -> None:
        self.network = network
        self.lies = self.orientation(Axis(self.samples))

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

    def one_hot(self, k: int) -> Symbol:
        """Return the one-hot codes of the k-th categorical column."""
        return Symbol(f"H{k}", subscripted("H", k), self.lies.shape("data", self._codes(k)))

    def table(self, k: int, kind: str = "E") -> Symbol:
        """Return the embedding of the k-th categorical column, or its gradient."""
        markup = subscripted("E", k) if kind == "E" else partial(Letter("J"), subscripted("E", k))
        return Symbol(f"{kind}{k}", markup, self.lies.shape("weight", self._codes(k), self._width(k)))

    def has(self, kind: str, l: int) -> bool:
        """Whether layer l has that parameter."""
        return kind == "W" or self.network.layers[l - 1].bias

    # The values its symbols start from.

    def load(self, name: str, array: Any) -> Any:
        """Return clearprop's array of that name as it lies in this notation."""
        stem = name.rstrip("0123456789")
        if stem in ("D", "R", "J"):
            return array
        if stem in ("weights", "losses", "s"):
            return self.lies.load("sample", array)
        return self.lies.load(_KINDS.get(stem, "data"), array)

    def inputs_of(self, arrays: dict[str, Any]) -> dict[str, Any]:
        """Return the values of the symbols that no equation defines, from clearprop's arrays."""
        values = {name: self.load(name, array) for name, array in arrays.items()}
        m = len(arrays["weights"])
        return {**values, "1/m": 1 / m}

    def _codes(self, k: int) -> Axis:
        return Axis("k" + small(k), self.network.inputs.categories[k - 1])

    def _width(self, k: int) -> Axis:
        return Axis("e" + small(k), self.network.inputs.widths[k - 1])


def small(index: int) -> str:
    """Return the index in subscript digits."""
    return str(index).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
