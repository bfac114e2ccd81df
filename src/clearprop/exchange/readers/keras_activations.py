"""Activations of Keras by their names there, with its defaults, and its layers that are one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clearprop.errors import ForeignFileError, ReaderCannot
from clearprop.exchange.foreign import Activated, Layer, affine
from clearprop.exchange.readers.two_sided import shrink

_PLAIN = {
    "linear": "identity", "relu": "relu", "sigmoid": "sigmoid", "tanh": "tanh", "softmax": "softmax",
    "softplus": "softplus", "softsign": "softsign", "selu": "selu", "elu": "elu", "exponential": "exp", "gelu": "gelu",
    "silu": "silu", "swish": "silu", "mish": "mish", "relu6": "hard_tanh:low=0,high=6", "hard_tanh": "hard_tanh",
    "log_softmax": "softmax", "celu": "elu", "leaky_relu": "leaky_relu:slope=0.2",
    "hard_silu": "hard_silu", "hard_swish": "hard_silu", "tanh_shrink": "tanh_shrink",
}  # fmt: skip
_SIGMOID = "hard_tanh:low=0,high=1"


def activation(value: Any, n: int, said: str) -> list[Layer]:
    """Return what an activation of a configuration does: a name, or an object with a name and options.

    Raises
    ------
    ReaderCannot
        If clearprop has nothing like it.
    """
    if value is None:
        return []
    if isinstance(value, dict):
        inner = value.get("config")
        if isinstance(inner, str):
            return activation(inner, n, said)
        return keras_relu(str(value.get("class_name")), inner if isinstance(inner, dict) else {}, n, said)
    if value == "hard_sigmoid":
        return [affine(1 / 6, 0.5, n, said), Activated(_SIGMOID, said)]
    if value in ("soft_shrink", "hard_shrink"):
        return shrink(0.5, 0.5 if value == "soft_shrink" else 0.0, n, said)
    if value == "sparse_sigmoid":
        return [affine(0.5, 0.5, n, said), Activated(_SIGMOID, said)]
    if value == "log_sigmoid":
        return [affine(-1, 0, n, said), Activated("softplus", said), affine(-1, 0, n, said)]
    if not isinstance(value, str) or value not in _PLAIN:
        raise ReaderCannot(
            f"{said} has the activation {str(value)[:40]!r}; of Keras {', '.join(_PLAIN)}, hard_sigmoid, "
            "sparse_sigmoid, soft_shrink, hard_shrink and log_sigmoid can be read."
        )
    return [Activated(_PLAIN[value], said)]


def keras_relu(kind: str, options: Mapping[str, Any], n: int, said: str) -> list[Layer]:
    """Return what a layer that is an activation does.

    Raises
    ------
    ReaderCannot
        If it is none, or clearprop has nothing like it.
    """
    if kind == "LeakyReLU":
        return [Activated(f"leaky_relu:slope={_number(options, ('negative_slope', 'alpha'), 0.3)!r}", said)]
    if kind == "ELU":
        return [Activated(f"elu:alpha={_number(options, ('alpha',), 1.0)!r}", said)]
    if kind == "Softmax":
        if options.get("axis", -1) not in (-1, 1):
            raise ReaderCannot(f"{said} goes along axis {options.get('axis')!r}; -1 can be read.")
        return [Activated("softmax", said)]
    if kind == "ReLU":
        return _relu(options, said)
    raise ReaderCannot(
        f"{said} cannot be read; of Keras Dense, Activation, BatchNormalization, Normalization, Rescaling, Dropout, "
        "Flatten, ReLU, LeakyReLU, ELU, PReLU and Softmax can."
    )


def _relu(options: Mapping[str, Any], said: str) -> list[Layer]:
    """Return Keras's ReLU, which may have a slope below, a threshold it jumps at, and a largest value."""
    slope = _number(options, ("negative_slope",), 0.0)
    threshold = _number(options, ("threshold",), 0.0)
    largest = None if options.get("max_value") is None else _number(options, ("max_value",), 0.0)
    if slope == 0 and threshold == 0:
        return [Activated("relu" if largest is None else f"hard_tanh:low=0,high={largest!r}", said)]
    given = [f"slope={slope!r}", f"threshold={threshold!r}"] + ([] if largest is None else [f"largest={largest!r}"])
    if threshold == 0:
        given.pop(1)
    return [Activated(f"leaky_relu:{','.join(given)}", said)]


def _number(options: Mapping[str, Any], names: tuple[str, ...], default: float) -> float:
    for name in names:
        value = options.get(name)
        if value is not None:
            try:
                return float(value)
            except (TypeError, ValueError):
                raise ForeignFileError(f"{name} must be a number, got {str(value)[:40]!r}.") from None
    return default
