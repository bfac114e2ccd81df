"""Passing: an activation of the first units of a layer, beside units that pass z on: shortcuts in a chain of layers.

A network in which a layer takes the inputs besides the layer before it (R's nnet with skip=TRUE, FANN's shortcuts) is a
chain of layers once every layer in between hands the inputs on, by units whose weights choose them.
"""

from __future__ import annotations

from clearprop.equations._activation import Activation
from clearprop.equations._arrays import Array, namespace
from clearprop.errors import UsageError


class Passing(Activation):
    """f(z) of all units but the last ones, of which a is z.

    Parameters
    ----------
    f : Activation
    passing : float
        How many of the last units pass z on.
    """

    def __init__(self, f: Activation, passing: float, name: str) -> None:
        if not f.elementwise or passing < 1 or passing != int(passing):
            raise UsageError(
                f"passing takes an activation of single units and 1 unit or more that pass z on, got {name!r}."
            )
        self.f, self.passing, self.name, self.kind = f, int(passing), name, "passing"
        self.formula = f"{f.formula}; z of the last {self.passing}"
        self.kinks, self.initializer = f.kinks, f.initializer
        self.options = {**f.options, "passing": self.passing}

    def forward(self, z: Array) -> Array:
        k = self.passing
        return self._beside(self.f.forward(z[..., :-k]), z[..., -k:])

    def derivative(self, z: Array, a: Array) -> Array:
        k = self.passing
        return self._beside(self.f.derivative(z[..., :-k], a[..., :-k]), namespace(z).ones_like(z[..., -k:]))

    def second_derivative(self, z: Array, a: Array) -> Array:
        k = self.passing
        return self._beside(self.f.second_derivative(z[..., :-k], a[..., :-k]), namespace(z).zeros_like(z[..., -k:]))

    def _beside(self, first: Array, last: Array) -> Array:
        return namespace(first, last).concat([first, last], axis=-1)
