"""The data sets that come with scikit-learn, by name."""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.tables.columns.column import Column
from clearprop.tables.table import Table

BUNDLED = ("breast_cancer", "diabetes", "digits", "iris", "wine")


def read_bundled(name: str) -> Table:
    """Return a bundled set; its last column is the target, with the names of the classes as labels."""
    from sklearn import datasets

    options: dict[str, Any] = {"scaled": False} if name == "diabetes" else {}
    bunch = getattr(datasets, f"load_{name}")(**options)
    target = {"iris": "species", "wine": "cultivar", "breast_cancer": "diagnosis", "digits": "digit"}.get(
        name, "progression"
    )
    columns = {
        str(feature): Column(str(feature), "number", bunch.data[:, i].astype(np.float64))
        for i, feature in enumerate(bunch.feature_names)
    }
    columns[target] = _target(target, bunch)
    return Table(name, columns, len(bunch.data), target=target)


def _target(name: str, bunch: Any) -> Column:
    labels = bunch.get("target_names")
    if labels is None or not isinstance(labels[0], str):
        values = bunch.target.astype(np.float64)
        return Column(name, "number", values, integer=labels is not None)
    return Column(name, "category", bunch.target.astype(np.int32), tuple(str(label) for label in labels))
