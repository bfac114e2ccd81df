"""What `quality_study.py` tries: settings of the table estimators by name, mostly one change from standard."""

from __future__ import annotations

from typing import Any

_STANDARD: dict[str, Any] = {"effort": "standard"}
_DECAY = "adamw:beta2=0.95,weight_decay=0.2"

TRIED: dict[str, dict[str, Any]] = {
    "quick": {"effort": "quick"},
    "standard": _STANDARD,
    "best": {"effort": "best"},
    "standard, no bins": _STANDARD | {"bins": 0},
    "standard, 48 bins": _STANDARD | {"bins": 48},
    "standard, dropout 0.1": _STANDARD | {"dropout": 0.1},
    "standard, dropout 0.3": _STANDARD | {"dropout": 0.3},
    "standard, l2 0.003": _STANDARD | {"l2": 0.003},
    "standard, l2 0, decay 0.2": _STANDARD | {"l2": 0.0, "optimizer": _DECAY},
    "standard, 64 epochs": _STANDARD | {"n_epochs": 64},
    "standard, rate 0.02": _STANDARD | {"learning_rate": 0.02},
    "standard, cosine_log": _STANDARD | {"schedule": "cosine_log"},
    "standard, 64-64-64": _STANDARD | {"hidden": (64, 64, 64)},
    "standard, one network": _STANDARD | {"members": 1},
    "standard, l2 0": _STANDARD | {"l2": 0.0},
    "standard, l2 0, no bins": _STANDARD | {"l2": 0.0, "bins": 0},
    "a linear network": _STANDARD | {"hidden": (), "bins": 0, "learning_rate": 0.02, "root_rates": False},
}
