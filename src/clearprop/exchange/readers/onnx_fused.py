"""Nodes that onnxruntime makes of several when it saves an optimised graph, as those they were made of."""

from __future__ import annotations

from typing import Any

from clearprop.errors import ReaderCannot

DOMAIN = "com.microsoft"
FUSED = ("FusedGemm", "FusedMatMul", "Gelu", "BiasGelu", "FastGelu", "QuickGelu")
_OF_ACTIVATION = "activation_"

Node = tuple[str, list[Any], dict[str, Any]]


def unfused(said: str, kind: str, values: list[Any], options: dict[str, Any]) -> list[Node]:
    """Return kind, further values and options of the nodes that a fused one stands for.

    Parameters
    ----------
    values : list
        The first belongs to the first node; of each further node the first value is what the one before it gives.

    Raises
    ------
    ReaderCannot
        If it is another node than those of `FUSED`.
    """
    bias: list[Node] = [("Add", values[1:2], {})] if len(values) > 1 and values[1] is not None else []
    if kind == "FusedGemm":
        own = {
            name.removeprefix(_OF_ACTIVATION): value
            for name, value in options.items()
            if name.startswith(_OF_ACTIVATION)
        }
        return [("Gemm", values[1:], options), (str(options.get("activation", "Identity")), [], own)]
    if kind == "FusedMatMul":
        return [("Gemm", values[1:2], options)]
    if kind in ("Gelu", "BiasGelu"):
        return [*bias, ("Gelu", [], {})]
    if kind == "FastGelu":
        return [*bias, ("Gelu", [], {"approximate": "tanh"})]
    if kind == "QuickGelu":
        return [("Swish", [], {"alpha": options.get("alpha", 1.702)})]
    raise ReaderCannot(f"{said} is of the domain {DOMAIN!r}, of which {', '.join(FUSED)} can be read.")
