"""Activations of PyTorch by their names there, with its defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from clearprop.errors import ReaderCannot
from clearprop.exchange.foreign import Activated, Layer, affine
from clearprop.exchange.readers.two_sided import shrink

_PLAIN = {
    "ReLU": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh", "SELU": "selu", "SiLU": "silu", "Mish": "mish",
    "Softsign": "softsign", "Softmax": "softmax", "LogSoftmax": "softmax", "ReLU6": "hard_tanh:low=0,high=6",
    "Hardswish": "hard_silu", "Tanhshrink": "tanh_shrink",
}  # fmt: skip
_WITH_OPTIONS = (
    "LeakyReLU", "RReLU", "Softshrink", "Hardshrink", "Threshold", "ELU", "CELU", "GELU", "Softplus", "LogSigmoid",
    "Hardsigmoid", "Hardtanh",
)  # fmt: skip
_UNSEEN_IN_FLOAT32 = 20.0  # log(1 + exp(z)) is z there


def activation(
    kind: str, options: Mapping[str, Any], width: int | None, name: str, dtype: Any = np.float64
) -> list[Layer]:
    """Return what an activation module of PyTorch does.

    Raises
    ------
    ReaderCannot
        If clearprop has nothing like it.
    """
    n = width or 1
    if kind in _PLAIN:
        return [Activated(_PLAIN[kind], name)]
    if kind == "LeakyReLU":
        return [Activated(f"leaky_relu:slope={_number(options, 'negative_slope', 0.01)!r}", name)]
    if kind == "RReLU":
        slope = (_number(options, "lower", 1 / 8) + _number(options, "upper", 1 / 3)) / 2
        return [Activated(f"leaky_relu:slope={slope!r}", name)]
    if kind in ("Softshrink", "Hardshrink"):
        limit = _number(options, "lambd", 0.5)
        return shrink(limit, limit if kind == "Softshrink" else 0.0, width, name)
    if kind == "Threshold":
        return _threshold(_number(options, "threshold", 0.0), _number(options, "value", 0.0), n, name)
    if kind == "ELU":
        return [Activated(f"elu:alpha={_number(options, 'alpha', 1.0)!r}", name)]
    if kind == "CELU":
        alpha = _number(options, "alpha", 1.0)
        return [affine(1 / alpha, 0, n, name), Activated("elu", name), affine(alpha, 0, n, name)]
    if kind == "GELU":
        return [Activated("gelu_tanh" if options.get("approximate") == "tanh" else "gelu", name)]
    if kind in ("Softplus", "LogSigmoid", "Softmin"):
        return _turned(kind, options, n, name, dtype)
    if kind == "Hardsigmoid":
        return [affine(1 / 6, 0.5, n, name), Activated("hard_tanh:low=0,high=1", name)]
    if kind == "Hardtanh":
        low, high = _number(options, "min_val", -1.0), _number(options, "max_val", 1.0)
        return [Activated(f"hard_tanh:low={low!r},high={high!r}", name)]
    raise ReaderCannot(
        f"{name} is not known here: of PyTorch, Linear, BatchNorm1d, Dropout, Flatten, PReLU and the activations "
        f"{', '.join((*_PLAIN, *_WITH_OPTIONS))} are; train it with one of them."
    )


def _threshold(start: float, value: float, n: int, name: str) -> list[Layer]:
    """Return z above the start, else a value: 0, or the start itself."""
    if value == 0:
        return [Activated(f"leaky_relu:slope=0,threshold={start!r}", name)]
    if value == start:
        return [affine(1, -start, n, name), Activated("relu", name), affine(1, start, n, name)]
    raise ReaderCannot(f"{name} gives {value!r} up to {start!r}; 0, or the threshold itself, can be read.")


def _turned(kind: str, options: Mapping[str, Any], n: int, name: str, dtype: Any) -> list[Layer]:
    """Return what is a softplus or a softmax of something scaled."""
    if kind == "Softplus":
        beta, end = _number(options, "beta", 1.0), _number(options, "threshold", 20.0)
        same = np.dtype(dtype) == np.float32 and end >= _UNSEEN_IN_FLOAT32
        f = "softplus" if same else f"softplus:threshold={end!r}"
        return [affine(beta, 0, n, name), Activated(f, name), affine(1 / beta, 0, n, name)]
    if kind == "LogSigmoid":
        return [affine(-1, 0, n, name), Activated("softplus", name), affine(-1, 0, n, name)]
    return [affine(-1, 0, n, name), Activated("softmax", name)]


def _number(options: Mapping[str, Any], name: str, default: float) -> float:
    value = options.get(name)
    return default if value is None else float(value)
