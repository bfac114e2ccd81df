"""The same networks in the words of JAX and of PyTorch, written apart from clearprop and differentiated by them.

Losses are the textbook formulas in a, never the forms in z that clearprop prefers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any


def jax_library() -> SimpleNamespace:
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    from jax import nn

    activations = {
        "identity": lambda z: z,
        "sigmoid": nn.sigmoid,
        "tanh": jnp.tanh,
        "relu": nn.relu,
        "leaky_relu": lambda z: nn.leaky_relu(z, 0.01),
        "elu": nn.elu,
        "selu": nn.selu,
        "softplus": nn.softplus,
        "gelu": lambda z: nn.gelu(z, approximate=False),
        "silu": nn.silu,
        "mish": nn.mish,
        "exp": jnp.exp,
        "softmax": lambda z: nn.softmax(z, axis=-1),
        "softsign": nn.soft_sign,
        "gaussian": lambda z: jnp.exp(-(z**2)),
        "cut_sigmoid": lambda z: jnp.where(jnp.abs(z) > 15, (jnp.sign(z) + 1) / 2, nn.sigmoid(z)),
        "gelu_tanh": lambda z: nn.gelu(z, approximate=True),
        "hard_tanh": nn.hard_tanh,
        "sin": jnp.sin,
        "hard_silu": nn.hard_silu,
        "tanh_shrink": lambda z: z - jnp.tanh(z),
        **{name: partial(f, jnp) for name, f in WRITTEN_OUT.items()},
    }

    def value_and_gradient(J, tensors):
        return jax.value_and_grad(J)(tensors)

    return SimpleNamespace(
        name="jax", array=jnp.asarray, xp=jnp, activations=activations, value_and_gradient=value_and_gradient
    )


def torch_library() -> SimpleNamespace:
    import torch
    from torch.nn import functional

    activations = {
        "identity": lambda z: z,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": functional.relu,
        "leaky_relu": lambda z: functional.leaky_relu(z, 0.01),
        "elu": functional.elu,
        "selu": functional.selu,
        "softplus": functional.softplus,
        "gelu": functional.gelu,
        "silu": functional.silu,
        "mish": functional.mish,
        "exp": torch.exp,
        "softmax": lambda z: torch.softmax(z, dim=-1),
        "softsign": functional.softsign,
        "gaussian": lambda z: torch.exp(-(z**2)),
        "cut_sigmoid": lambda z: torch.where(z.abs() > 15, (z.sign() + 1) / 2, torch.sigmoid(z)),
        "gelu_tanh": lambda z: functional.gelu(z, approximate="tanh"),
        "hard_tanh": functional.hardtanh,
        "sin": torch.sin,
        "hard_silu": functional.hardswish,
        "tanh_shrink": functional.tanhshrink,
        **{name: partial(f, torch) for name, f in WRITTEN_OUT.items()},
    }

    def value_and_gradient(J, tensors):
        tensors = {name: tensor.clone().requires_grad_() for name, tensor in tensors.items()}
        value = J(tensors)
        found = torch.autograd.grad(value, list(tensors.values()), allow_unused=True, materialize_grads=True)
        return value.detach(), dict(zip(tensors, found, strict=True))

    return SimpleNamespace(
        name="torch", array=torch.asarray, xp=torch, activations=activations, value_and_gradient=value_and_gradient
    )


def _huber(xp: Any, a: Any, y: Any) -> Any:
    r = xp.abs(a - y)
    return xp.where(r <= 1, r**2 / 2, r - 0.5)


def _stepwise(xp: Any, z: Any) -> Any:
    """Return FANN's SIGMOID_STEPWISE, from the numbers of its fann_activation.h."""
    v = (-2.64665246009826660156, -1.47221946716308593750, -5.49306154251098632812e-01)
    v = (*v, 5.49306154251098632812e-01, 1.47221934795379638672, 2.64665293693542480469)
    r = (4.99999988824129104614e-03, 5.00000007450580596924e-02, 0.25, 0.75)
    r = (*r, 9.49999988079071044922e-01, 9.95000004768371582031e-01)
    a = xp.ones_like(z)
    for k in range(5, 0, -1):
        a = xp.where(z < v[k], (r[k] - r[k - 1]) * (z - v[k - 1]) / (v[k] - v[k - 1]) + r[k - 1], a)
    return xp.where(z < v[0], xp.zeros_like(z), a)


WRITTEN_OUT: dict[str, Callable[[Any, Any], Any]] = {"stepwise": _stepwise}
"""Activations that neither library has: f(xp, z), in words that both know."""

LOSSES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "squared_error": lambda xp, a, y: (a - y) ** 2 / 2,
    "absolute": lambda xp, a, y: xp.abs(a - y),
    "huber": _huber,
    "log_cosh": lambda xp, a, y: xp.log(xp.cosh(a - y)),
    "quantile": lambda xp, a, y: xp.abs(a - y) / 2,
    "poisson": lambda xp, a, y: a - y + y * xp.log(xp.where(y == 0, xp.ones_like(y), y) / a),
    "gamma": lambda xp, a, y: xp.log(a / y) + y / a - 1,
    "binary_cross_entropy": lambda xp, a, y: -y * xp.log(a) - (1 - y) * xp.log(1 - a),
    "cross_entropy": lambda xp, a, y: -y * xp.log(a),
    "focal": lambda xp, a, y: -y * (1 - a) ** 2 * xp.log(a),
    "binary_focal": lambda xp, a, y: -y * (1 - a) ** 2 * xp.log(a) - (1 - y) * a**2 * xp.log(1 - a),
}
"""ℓ of every output, (batch, n_out), from a and y, with every option at its default."""


def objective(library: SimpleNamespace, network: Any, X: Any, Y: Any, weights: Any, masks: list[Any]) -> Any:
    """Return J as a function of a dict of parameters, in the library's own words."""
    loss = LOSSES[network.objective.loss.name]
    described = network.objective

    def J(tensors):
        a = X
        for l, layer in enumerate(network.layers, start=1):
            x = a if masks[l - 1] is None else a * masks[l - 1]
            z = x @ tensors[f"W{l}"]
            if layer.bias:
                z = z + tensors[f"b{l}"]
            a = library.activations[layer.activation](z)
        D = (weights * loss(library.xp, a, Y).sum(-1)).sum()
        if described.reduction == "mean":
            D = D / weights.sum()
        penalised = [t for name, t in tensors.items() if name[0] == "W" or described.penalize_bias]
        squares = sum((t**2).sum() for t in penalised)
        return D + described.l2 * squares / 2 + described.l1 * sum(library.xp.abs(t).sum() for t in penalised)

    return J
