"""clearprop: feed-forward networks trained by backpropagation in matrix form."""

from __future__ import annotations

from clearprop.on_demand import on_demand

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
    "tune": "clearprop.selection",
}

__all__ = ["__version__", *_WHERE]

__getattr__ = on_demand(__name__, _WHERE)


def __dir__() -> list[str]:
    return sorted(__all__)
