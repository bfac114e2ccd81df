"""Activation: the base of all of them. The functions are in `activations.py` and `more_activations.py`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from clearprop.equations._arrays import Array
from clearprop.errors import UsageError

_NONE: Mapping[str, float] = MappingProxyType({})


class Activation:
    """One function applied to the pre-activations of a layer.

    Attributes
    ----------
    name : str
        The name a network is described with.
    formula : str
        f(z), for people.
    elementwise : bool
        Whether a[i, j] depends on z[i, j] alone.
    kinks : tuple of float
        The z at which f or one of its derivatives jumps: a numerical derivative across one means nothing.
    cancels : bool
        Whether a is the difference of numbers of the size of z, and has their rounding.
    range : {"real", "positive", "unit", "simplex"}
        Where a lies; a loss with a narrower domain cannot follow.
    initializer : str
        How an expert would draw the weights below it: a name of `clearprop.equations.INITIALIZERS`.
    kind : str
        The name without options: that of the table.
    options : mapping of str to float
        The numbers that may follow the name, as in "leaky_relu:slope=0.2", with the values they have.
    """

    name: str
    formula: str
    range: str = "real"
    elementwise: bool = True
    kinks: tuple[float, ...] = ()
    cancels: bool = False
    initializer: str = "glorot_uniform"
    kind: str
    options: Mapping[str, float] = _NONE

    def __init_subclass__(cls) -> None:
        cls.kind = getattr(cls, "name", "")

    def with_options(self, name: str, options: Mapping[str, float]) -> Activation:
        """Return this activation with other values of its options, by a name that spells them.

        Raises
        ------
        UsageError
            If it has no such option, or the value has no meaning.
        """
        unknown = [option for option in options if option not in self.options]
        if unknown:
            has = f"it has {', '.join(self.options)}" if self.options else "it has none"
            raise UsageError(f"the activation {self.kind!r} has no option {unknown[0]!r}; {has}.")
        made = type(self)(**{**self.options, **options})
        made.name = name
        return made

    def forward(self, z: Array) -> Array:
        """Return a = f(z), of the shape of z."""
        raise NotImplementedError

    def derivative(self, z: Array, a: Array) -> Array:
        """Return f′(z) elementwise, of the shape of z."""
        raise NotImplementedError

    def second_derivative(self, z: Array, a: Array) -> Array:
        """Return f″(z) elementwise, of the shape of z; 0 at a kink."""
        raise NotImplementedError

    def pullback(self, z: Array, a: Array, upstream: Array) -> Array:
        """Return ∂J/∂z, given upstream = ∂J/∂a; all of shape (batch, n_out)."""
        return upstream * self.derivative(z, a)

    def pushforward(self, z: Array, a: Array, Rz: Array) -> Array:
        """Return Ra, how a changes when z changes along Rz: the Jacobian times Rz."""
        return Rz * self.derivative(z, a)

    def r_pullback(self, z: Array, a: Array, upstream: Array, Rz: Array, Rupstream: Array) -> Array:
        """Return how ``pullback(z, a, upstream)`` changes when z and upstream change along Rz and Rupstream."""
        return self.pullback(z, a, Rupstream) + upstream * self.second_derivative(z, a) * Rz

    def __repr__(self) -> str:
        return f"<activation {self.name}: {self.formula}>"
