"""Labels of classes as plain data, and back in the very type and value they had."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Plain = bool | int | float | str


class LabelType(NamedTuple):
    """One type of label: how it is written as plain data, and read again."""

    type: type
    write: Callable[[Any], Plain]
    read: Callable[[Any], Any]


def _same(label: Any) -> Any:
    return label


LABEL_TYPES: dict[str, LabelType] = {
    "bool": LabelType(bool, _same, _same),
    "int": LabelType(int, _same, _same),
    "float": LabelType(float, _same, float),
    "str": LabelType(str, _same, _same),
    "bytes": LabelType(bytes, lambda label: label.decode("latin-1"), lambda text: text.encode("latin-1")),
    "datetime": LabelType(datetime, datetime.isoformat, datetime.fromisoformat),  # before date, which it is one of
    "date": LabelType(date, date.isoformat, date.fromisoformat),
    "time": LabelType(time, time.isoformat, time.fromisoformat),
    "timedelta": LabelType(
        timedelta, lambda label: label // timedelta(microseconds=1), lambda whole: timedelta(microseconds=whole)
    ),
    "decimal": LabelType(Decimal, str, Decimal),
    "datetime64": LabelType(np.datetime64, str, np.datetime64),
    "timedelta64": LabelType(np.timedelta64, lambda label: int(label.astype(np.int64)), np.timedelta64),
}


def type_of(labels: Sequence[Any]) -> str | None:
    """Return the name of the type all labels have, None if there is no such type."""
    kinds = {type(label) for label in labels}
    for name, known in LABEL_TYPES.items():
        if kinds == {known.type}:
            return name
    return None


def as_array(plain: Sequence[Plain], type_name: str, dtype: str) -> NDArray[Any]:
    """Return labels (n,) as the array they were given in.

    Parameters
    ----------
    plain : sequence
        As `LABEL_TYPES` writes them.
    type_name : str
        A key of `LABEL_TYPES`; "" for labels that are what they are written as.
    dtype : str
        NumPy's name of the array's dtype; "" for the one NumPy chooses.
    """
    read = LABEL_TYPES[type_name].read if type_name else _same
    unit = np.dtype(dtype).str if type_name in ("datetime64", "timedelta64") else ""
    labels = [np.dtype(unit).type(label, np.datetime_data(unit)[0]) if unit else read(label) for label in plain]
    if dtype in ("", "str"):
        return np.array(labels)
    array = np.empty(len(labels), dtype=np.dtype(dtype))
    array[:] = labels
    return array
