"""How the scribes of programming languages call an activation."""

from __future__ import annotations

from clearprop.equations.activations import Activation

ELEMENTWISE = (
    "sigmoid", "relu", "leaky_relu", "elu", "selu", "softplus", "gelu", "silu", "mish", "step", "softsign", "gaussian",
    "cut_sigmoid", "gelu_tanh", "hard_tanh",
)  # fmt: skip
"""Activations that the files in `functions/` have."""


def function_of(f: Activation) -> tuple[str, tuple[float, ...]]:
    """Return the function of an activation in the files of `functions/`, and what it takes beside z."""
    with_name = {"elu": "elu_with", "softplus": "softplus_with"}.get(f.kind)
    if with_name is not None:
        return (f.kind, ()) if f.name == f.kind else (with_name, tuple(f.options.values()))
    return f.kind, tuple(f.options.values())
