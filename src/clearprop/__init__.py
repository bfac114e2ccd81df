"""clearprop: feed-forward networks trained by backpropagation in matrix form."""

from __future__ import annotations

from importlib import import_module

__version__ = "0.1.0"

_WHERE = {
    "Dense": "clearprop.model",
    "Inputs": "clearprop.model",
    "MLPClassifier": "clearprop.estimators",
    "MLPRegressor": "clearprop.estimators",
    "Network": "clearprop.model",
    "Objective": "clearprop.model",
    "Parameters": "clearprop.model",
    "TableClassifier": "clearprop.estimators",
    "TableRegressor": "clearprop.estimators",
    "Trace": "clearprop.model",
    "adopt": "clearprop.adopting",
    "compare": "clearprop.selection",
    "cross_validate": "clearprop.selection",
    "load": "clearprop.estimators",
    "mlp": "clearprop.model",
}

__all__ = ["__version__", *_WHERE]


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module 'clearprop' has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
