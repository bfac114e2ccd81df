"""PyTorch: an nn.Sequential in memory, module by module. torch itself is not imported."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from clearprop.errors import ReaderCannot
from clearprop.exchange.foreign import Array, Dropped, Foreign, Layer, Linear, batch_norm
from clearprop.exchange.readers.asked import Asked
from clearprop.exchange.readers.torch_activations import activation
from clearprop.exchange.readers.two_sided import prelu

_NOTHING = ("Identity", "Flatten")
_DROPOUTS = ("Dropout",)


def takes(source: object) -> bool:
    """Return whether an object is a module of PyTorch."""
    return any(
        f"{kind.__module__}.{kind.__name__}" == "torch.nn.modules.module.Module" for kind in type(source).__mro__
    )


def read_object(source: Any, asked: Asked) -> Foreign:
    """Return the network of an nn.Sequential, or of one module of it."""
    modules = list(_chain(source, ""))
    dtypes = {str(p.dtype) for p in source.parameters()}
    dtype = np.float64 if dtypes == {"torch.float64"} else np.float32
    layers: list[Layer] = []
    width: int | None = None
    for k, (name, module) in enumerate(modules, start=1):
        kind = type(module).__name__
        made = _layers(f'layer {k} ({kind}, "{name}")' if name else f"layer {k} ({kind})", module, width, dtype)
        layers += made
        width = next((layer.W.shape[1] for layer in reversed(made) if isinstance(layer, Linear)), width)
    notes = ("the answers of LogSoftmax are those of predict_log_proba.",) if _ends(modules, "LogSoftmax") else ()
    return Foreign("PyTorch", tuple(layers), dtype, notes=notes)


def _ends(modules: list[tuple[str, Any]], kind: str) -> bool:
    return bool(modules) and type(modules[-1][1]).__name__ == kind


def _chain(module: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield the modules of nested Sequentials in their order."""
    if type(module).__name__ == "Sequential":
        for inner, child in module.named_children():
            yield from _chain(child, f"{name}.{inner}" if name else inner)
        return
    children = [inner for inner, _ in module.named_children()]
    if children:
        raise ReaderCannot(
            f"{type(module).__name__} computes by its own forward, which cannot be looked into; give its modules in "
            f"their order, such as nn.Sequential(m.{children[0]}, nn.ReLU(), ...)."
        )
    yield name, module


def _layers(name: str, module: Any, width: int | None, dtype: Any) -> list[Layer]:
    kind = type(module).__name__
    if kind == "Linear":
        W = array(module.weight).T
        return [Linear(W, array(module.bias) if module.bias is not None else np.zeros(W.shape[1]), name)]
    if kind == "BatchNorm1d":
        return [_batch_norm(module, name)]
    if kind in _NOTHING:
        return []
    if kind in _DROPOUTS:
        return [Dropped(float(module.p), name)]
    if kind == "AlphaDropout":
        return []
    if kind == "PReLU":
        return prelu(array(module.weight), width, name)
    if kind in ("Softmax", "LogSoftmax", "Softmin") and getattr(module, "dim", None) not in (None, 1, -1):
        raise ReaderCannot(f"{name} goes along dimension {module.dim}, expected the units of a row: dim=1.")
    return activation(kind, {key: getattr(module, key, None) for key in _OPTIONS}, width, name, dtype)


_OPTIONS = (
    "negative_slope", "alpha", "beta", "threshold", "approximate", "min_val", "max_val", "lambd", "lower", "upper",
    "value",
)  # fmt: skip


def array(tensor: Any) -> Array:
    """Return a tensor as float64."""
    made: Array = tensor.detach().cpu().double().numpy()
    return made


def _batch_norm(module: Any, name: str) -> Layer:
    if module.running_mean is None:
        raise ReaderCannot(
            f"{name} keeps no running statistics, so its answers depend on the batch; train it with them."
        )
    gamma, beta = (array(module.weight), array(module.bias)) if module.weight is not None else (1.0, 0.0)
    return batch_norm(array(module.running_mean), array(module.running_var), gamma, beta, float(module.eps), name)
