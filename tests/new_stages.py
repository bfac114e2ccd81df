"""Two input stages that clearprop does not have, as somebody who needs them would write them."""

from __future__ import annotations

from dataclasses import dataclass

from clearprop.equations._arrays import namespace
from clearprop.equations.slots import Slot
from clearprop.equations.stages import Stage, Straight
from clearprop.notation.expressions import hadamard
from clearprop.notation.stage_formulas import StageFormula


@dataclass(frozen=True)
class Scaling(Straight):
    """y = x ⊙ s, a trained factor for each column."""

    name = "scaling"
    columns: int

    @property
    def n_columns(self):
        return self.columns

    @property
    def width(self):
        return self.columns

    @property
    def slots(self):
        return (Slot("s", "stage", (self.columns,)),)

    def start(self, rng):
        return {"s": rng.uniform(0.5, 1.5, self.columns)}

    def forward(self, X, p):
        return X * p["s"][..., None, :]

    def pullback(self, X, p, upstream):
        return {"s": namespace(X).sum(upstream * X, axis=-2)}

    def input_gradient(self, X, p, upstream):
        return upstream * p["s"][..., None, :]

    def pushforward(self, X, p, v):
        return X * v["s"][..., None, :]


SCALING = StageFormula(
    lambda pen, part: pen.column_axis(part),
    lambda pen, part: hadamard(pen.columns(part), pen.parameter(part, "s", pen.column_axis(part))),
    lambda pen, part, upstream: {"s": pen.bias_gradient(hadamard(upstream, pen.columns(part)))},
)


@dataclass(frozen=True)
class Waves(Stage):
    """y = cos(x w + c), `size` of them for each column: curved in its parameters w and c (columns, size)."""

    name = "waves"
    columns: int
    size: int
    shift: tuple[float, ...] = (0.0,)

    @property
    def n_columns(self):
        return self.columns

    @property
    def width(self):
        return self.columns * self.size

    @property
    def slots(self):
        shape = (self.columns, self.size)
        return Slot("w", "stage", shape, learning_rate=0.5), Slot("c", "stage", shape)

    def start(self, rng):
        shape = (self.columns, self.size)
        return {"w": rng.standard_normal(shape), "c": rng.uniform(-3, 3, shape)}

    def forward(self, X, p):
        return self._flat(namespace(X).cos(self._angles(X, p)))

    def pullback(self, X, p, upstream):
        D = -namespace(X).sin(self._angles(X, p)) * self._apart(upstream)
        return self._gradients(X, D)

    def input_gradient(self, X, p, upstream):
        D = -namespace(X).sin(self._angles(X, p)) * self._apart(upstream)
        return namespace(X).sum(D * p["w"][..., None, :, :], axis=-1)

    def pushforward(self, X, p, v):
        return self._flat(-namespace(X).sin(self._angles(X, p)) * self._turn(X, v))

    def acceleration(self, X, p, v):
        return self._flat(-namespace(X).cos(self._angles(X, p)) * self._turn(X, v) ** 2)

    def r_pullback(self, X, p, upstream, v, Rupstream):
        xp, t = namespace(X), self._angles(X, p)
        turned = xp.cos(t) * self._turn(X, v) * self._apart(upstream)
        return self._gradients(X, -turned - xp.sin(t) * self._apart(Rupstream))

    def _angles(self, X, p):
        return X[..., None] * p["w"][..., None, :, :] + p["c"][..., None, :, :] + sum(self.shift)

    def _turn(self, X, v):
        return X[..., None] * v["w"][..., None, :, :] + v["c"][..., None, :, :]

    def _gradients(self, X, D):
        xp = namespace(X)
        return {"w": xp.sum(D * X[..., None], axis=-3), "c": xp.sum(D, axis=-3)}

    def _apart(self, y):
        return namespace(y).reshape(y, (*y.shape[:-1], self.columns, self.size))

    def _flat(self, y):
        return namespace(y).reshape(y, (*y.shape[:-2], self.width))
