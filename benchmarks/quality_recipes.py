"""What `quality_study.py` tries: settings of the table estimators by name, mostly one change from another."""

from __future__ import annotations

from typing import Any

LARGE: dict[str, Any] = {
    "hidden": (128, 128, 128), "activation": "mish", "dropout": 0.1, "root_rates": True, "learning_rate": 0.04,
    "optimizer": "adam:beta2=0.95", "schedule": "flat_cosine", "patience": None, "bins": 16, "members": 8,
    "n_epochs": 32,
}  # fmt: skip

TRIED: dict[str, dict[str, Any]] = {
    "quick": {},
    "g": LARGE,
    "g, no dropout": LARGE | {"dropout": 0.0},
    "g, no bins": LARGE | {"bins": None},
    "linear net": {"hidden": (), "members": 8, "n_epochs": 30, "patience": None, "schedule": "cosine"},
    "g, no dropout, no bins": LARGE | {"dropout": 0.0, "bins": None},
    "g, l2 0, decay": LARGE | {"l2": 0.0, "optimizer": "adamw:beta2=0.95,weight_decay=0.02"},
    "g, rate 0.02": LARGE | {"learning_rate": 0.02},
    "g, 64": LARGE | {"hidden": (64, 64, 64)},
    "g, 64 epochs": LARGE | {"n_epochs": 64},
}
