"""How the scribes of programming languages call an activation."""

from __future__ import annotations

import math

from clearprop.equations.activations import Activation

_FAR = 3e38  # where a language has no infinity

ELEMENTWISE = (
    "sigmoid", "relu", "leaky_relu", "elu", "selu", "softplus", "gelu", "silu", "mish", "step", "softsign", "gaussian",
    "cut_sigmoid", "gelu_tanh", "hard_tanh", "hard_silu", "tanh_shrink", "stepwise",
)  # fmt: skip
"""Activations that the files in `functions/` have."""


def function_of(f: Activation) -> tuple[str, tuple[float, ...]]:
    """Return the function of an activation in the files of `functions/`, and what it takes beside z."""
    if f.kind == "leaky_relu":
        slope, threshold, largest = f.options.values()
        plain = threshold == 0 and largest == math.inf
        return ("leaky_relu", (slope,)) if plain else ("leaky_relu_with", (slope, threshold, min(largest, _FAR)))
    if f.kind == "stepwise":
        return ("stepwise_tanh" if f.options["low"] else "stepwise"), ()
    with_name = {"elu": "elu_with", "softplus": "softplus_with"}.get(f.kind)
    if with_name is not None:
        return (f.kind, ()) if f.name == f.kind else (with_name, tuple(f.options.values()))
    return f.kind, tuple(f.options.values())
