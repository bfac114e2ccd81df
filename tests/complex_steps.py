"""J a third time, by another route: forward formulas alone, and the gradient by complex steps.

No engine's code and no derivative stands here. Each parameter in turn gets an imaginary part of 1e-200, all of them at
once along the first axis; the imaginary part of J, divided by that, is ∂J/∂θ to rounding, with no difference taken
(Squire and Trapp 1998). Formulas are those of docs/equations.md, sections 8 to 10, in a and never in z.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import erf

from clearprop.equations.dropout import dropout_mask

H = 1e-200
Array = Any


def absolute(z: Array) -> Array:
    """|z|, with a slope of 0 at 0."""
    return z * np.sign(z.real)


def _erf(z: Array) -> Array:
    return erf(z.real) + 2j / np.sqrt(np.pi) * np.exp(-(z.real**2)) * z.imag


def _sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def _tanh(z: Array) -> Array:
    return np.where(np.abs(z.real) > 300, np.sign(z.real), np.tanh(np.where(np.abs(z.real) > 300, 0, z)))


def _softplus(z: Array) -> Array:
    return np.where(z.real > 30, z + np.exp(-z), np.log(1 + np.exp(np.where(z.real > 30, 0, z))))


def _below(z: Array) -> Array:
    """exp(z) − 1 where z ≤ 0."""
    z = np.where(z.real > 0, 0, z)
    return np.expm1(z.real) + 1j * np.exp(z.real) * z.imag


def _softmax(z: Array) -> Array:
    e = np.exp(z - z.real.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _stepwise(z: Array) -> Array:
    """Return FANN's SIGMOID_STEPWISE: straight lines between its six points."""
    v = (-2.64665246009826660156, -1.47221946716308593750, -5.49306154251098632812e-01)
    v = (*v, 5.49306154251098632812e-01, 1.47221934795379638672, 2.64665293693542480469)
    r = (4.99999988824129104614e-03, 5.00000007450580596924e-02, 0.25, 0.75)
    r = (*r, 9.49999988079071044922e-01, 9.95000004768371582031e-01)
    a = 1 + 0 * z
    for k in range(5, 0, -1):
        a = np.where(z.real < v[k], (r[k] - r[k - 1]) * (z - v[k - 1]) / (v[k] - v[k - 1]) + r[k - 1], a)
    return np.where(z.real < v[0], 0, a)


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "identity": lambda z: z,
    "sigmoid": _sigmoid,
    "tanh": _tanh,
    "relu": lambda z: np.where(z.real > 0, z, 0),
    "leaky_relu": lambda z: np.where(z.real > 0, z, 0.01 * z),
    "elu": lambda z: np.where(z.real > 0, z, _below(z)),
    "selu": lambda z: 1.0507009873554804934193349852946 * np.where(
        z.real > 0, z, 1.6732632423543772848170429916717 * _below(z)
    ),
    "softplus": _softplus,
    "gelu": lambda z: z / 2 * (1 + _erf(z / np.sqrt(2))),
    "silu": lambda z: z * _sigmoid(z),
    "mish": lambda z: z * _tanh(_softplus(z)),
    "exp": np.exp,
    "softmax": _softmax,
    "softsign": lambda z: z / (1 + absolute(z)),
    "gaussian": lambda z: np.exp(-z * z),
    "cut_sigmoid": lambda z: np.where(np.abs(z.real) > 15, (np.sign(z.real) + 1) / 2, _sigmoid(z)),
    "gelu_tanh": lambda z: z / 2 * (1 + _tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))),
    "hard_tanh": lambda z: np.where(z.real <= -1, -1, np.where(z.real > 1, 1, z)),
    "sin": np.sin,
    "hard_silu": lambda z: z * np.where(z.real <= -3, 0, np.where(z.real > 3, 1, z / 6 + 0.5)),
    "tanh_shrink": lambda z: z - _tanh(z),
    "stepwise": _stepwise,
}  # fmt: skip


def _huber(a: Array, y: Array) -> Array:
    r = absolute(a - y)
    return np.where(r.real <= 1, r * r / 2, r - 0.5)


def _log_cosh(a: Array, y: Array) -> Array:
    r = absolute(a - y)
    return r + np.log(1 + np.exp(-2 * r)) - np.log(2)


def _poisson(a: Array, y: Array) -> Array:
    return a - y + y * (np.log(np.where(y == 0, 1, y)) - np.log(a))


LOSSES: dict[str, Callable[[Array, Array], Array]] = {
    "squared_error": lambda a, y: (a - y) ** 2 / 2,
    "absolute": lambda a, y: absolute(a - y),
    "huber": _huber,
    "log_cosh": _log_cosh,
    "quantile": lambda a, y: absolute(a - y) / 2,
    "poisson": _poisson,
    "gamma": lambda a, y: np.log(a) - np.log(y) + y / a - 1,
    "binary_cross_entropy": lambda a, y: -y * np.log(a) - (1 - y) * np.log(1 - a),
    "cross_entropy": lambda a, y: -y * np.log(a),
    "focal": lambda a, y: -y * (1 - a) ** 2 * np.log(a),
    "binary_focal": lambda a, y: -y * (1 - a) ** 2 * np.log(a) - (1 - y) * a**2 * np.log(1 - a),
}  # fmt: skip


def stepped(vector: Array) -> Array:
    """Return the parameters (P + 1, P): as they are in row 0, the k-th of them moved in row k + 1."""
    moved = np.tile(vector.astype(complex), (len(vector) + 1, 1))
    moved[np.arange(1, len(vector) + 1), np.arange(len(vector))] += 1j * H
    return moved


def taken_apart(parameters: Any, moved: Array) -> dict[str, Array]:
    """Return each parameter by its name, (P + 1, *shape)."""
    found, start = {}, 0
    for name, shape in parameters.shapes.items():
        size = int(np.prod(shape))
        found[name] = moved[:, start : start + size].reshape(len(moved), *shape)
        start += size
    return found


def entered(network: Any, tensors: dict[str, Array], X: Array) -> Array:
    """Return a[0] (P + 1, n, width), row by row: numbers as they are, codes as one-hot rows or rows of E."""
    n_moved, inputs = len(next(iter(tensors.values()))), network.inputs
    parts = [np.broadcast_to(X[:, : inputs.n_numeric], (n_moved, len(X), inputs.n_numeric))]
    for place, (codes, embedding) in enumerate(zip(inputs.categories, inputs.embeddings, strict=True), start=1):
        column = X[:, inputs.n_numeric + place - 1].astype(int)
        if embedding == "one-hot":
            parts.append(np.broadcast_to(np.eye(codes)[column], (n_moved, len(X), codes)))
        else:
            parts.append(tensors[f"E{place}"][:, column])
    return np.concatenate(parts, axis=-1).astype(complex)


def output(network: Any, tensors: dict[str, Array], X: Array, seed: int | None, step: int = 0) -> Array:
    """Return a[L] (P + 1, n, n_out); with a seed, behind the dropout masks of that step."""
    a = entered(network, tensors, X)
    for l, layer in enumerate(network.layers, start=1):
        if seed is not None and layer.dropout:
            a = a * dropout_mask(seed, step, l - 1, a.shape[1:], layer.dropout, float)
        z = np.einsum("pni,pio->pno", a, tensors[f"W{l}"])
        if layer.bias:
            z = z + tensors[f"b{l}"][:, None, :]
        a = ACTIVATIONS[layer.activation](z)
    return a


def penalty(described: Any, tensors: dict[str, Array], total: float) -> Array:
    """Return R (P + 1,)."""
    l1, l2 = described.l1, described.l2
    if described.penalty_per_row:
        l1, l2 = (0.0, 0.0) if total == 0 else (l1 / total, l2 / total)
    kinds = "Wb" if described.penalize_bias else "W"
    penalised = [t.reshape(len(t), -1) for name, t in tensors.items() if name[0] in kinds]
    return sum(l2 / 2 * (t * t).sum(axis=1) + l1 * absolute(t).sum(axis=1) for t in penalised)


def objective(
    network: Any, parameters: Any, X: Array, Y: Array, weights: Array | None, seed: int
) -> tuple[float, Array]:
    """Return J and its gradient, in the order of the vector."""
    tensors = taken_apart(parameters, stepped(parameters.vector))
    described, weights = network.objective, np.ones(len(X)) if weights is None else weights
    if described.loss.name == "cross_entropy":
        smoothed = described.loss.label_smoothing
        Y = (1 - smoothed) * Y + smoothed / network.n_out * Y.sum(axis=1, keepdims=True)
    losses = LOSSES[described.loss.name](output(network, tensors, X, seed), Y).sum(axis=-1)
    total = float(weights.sum())
    scales = weights if described.reduction == "sum" else weights / (total or 1.0)
    J = losses @ scales + penalty(described, tensors, total)
    return float(J[0].real), J[1:].imag / H
