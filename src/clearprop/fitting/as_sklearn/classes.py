"""The classes of a classifier, and the way from labels to targets and from outputs back to labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.preprocessing import LabelBinarizer

from clearprop.equations import LOSSES, Loss, get_loss
from clearprop.errors import UsageError, unknown_name

Array = NDArray[Any]

_LOSSES = {
    "log_loss": ("cross_entropy", "binary_cross_entropy"),
    "focal": ("focal", "binary_focal"),
}
"""The loss over classes, and the one over yes-or-no questions (two classes, or labels)."""


class Classes:
    """What a classifier knows of its labels.

    Parameters
    ----------
    binarizer : LabelBinarizer
        Fitted.

    Attributes
    ----------
    labels : array (n_classes,)
        Sorted.
    kind : str
        What scikit-learn calls them: "binary", "multiclass" or "multilabel-indicator".
    """

    def __init__(self, binarizer: LabelBinarizer) -> None:
        self._binarizer = binarizer
        self.labels: Array = binarizer.classes_
        self.kind: str = binarizer.y_type_

    @classmethod
    def of(cls, y: ArrayLike, found: Array | None = None) -> Self:
        """Return the classes of y: those that were `found`, where it is known what scikit-learn would find."""
        binarizer = LabelBinarizer()
        if found is None:
            binarizer.fit(y)
        else:
            binarizer.classes_, binarizer.sparse_input_ = found, False
            binarizer.y_type_ = "multiclass" if len(found) > 2 else "binary"
        return cls(binarizer)

    @classmethod
    def from_plain(cls, kept: Mapping[str, Any]) -> Self:
        """Undo `as_plain`."""
        labels = np.array(kept["classes"])
        return cls.of(np.eye(len(labels), dtype=int) if kept["kind"].startswith("multilabel") else labels)

    def as_plain(self) -> dict[str, Any]:
        """Return them as plain data."""
        return {"classes": self.labels.tolist(), "kind": self.kind}

    @property
    def over(self) -> bool:
        """Whether a row is of one of three classes or more."""
        return self.kind == "multiclass"

    @property
    def several(self) -> bool:
        """Whether a row has several labels, each for itself."""
        return self.kind.startswith("multilabel")

    def check(self, found: Array, all_of_them: bool) -> None:
        """Refuse rows of other classes.

        Raises
        ------
        UsageError
            If one of those found is none of these, or `all_of_them` are to be there and one is missing.
        """
        if all_of_them and set(found) != set(self.labels):
            raise UsageError(
                "warm_start can only be used where `y` has the same classes as in the previous call to fit. "
                f"Previously got {self.labels}, `y` has {found}"
            )
        if len(np.setdiff1d(found, self.labels)):
            raise UsageError(
                f"`y` has classes not in `self.classes_`. `self.classes_` has {self.labels}. 'y' has {found}."
            )

    def targets(self, y: Array, as_codes: bool) -> Array:
        """Return a column per question; of three classes or more, if asked for, their codes (n_rows,)."""
        if self.over and as_codes:
            codes: Array = np.searchsorted(self.labels, y).astype(np.int64)
            return codes
        if self.kind == "binary" and y.ndim == 1:
            second = (y == self.labels[-1]) & (len(self.labels) > 1)
            return np.asarray(second, np.uint8)[:, None]
        rows: Array = self._binarizer.transform(y)
        return rows.toarray() if hasattr(rows, "toarray") else rows

    def most_likely(self, outputs: Array) -> Array:
        """Return the label, or labels, that outputs a[L] (n_rows, n_out) say of each row."""
        if self.over:
            return np.asarray(self.labels[outputs.argmax(axis=1)])
        labels: Array = self._binarizer.inverse_transform(outputs.ravel() if outputs.shape[1] == 1 else outputs)
        return labels


def loss_of_classes(asked: str | Loss, over: bool) -> Loss:
    """Return the loss asked for, in scikit-learn's words too: over three classes or more, or over questions.

    Raises
    ------
    UsageError
        If it is unknown, or none for classes.
    """
    if isinstance(asked, str):
        if asked not in (*_LOSSES, *LOSSES):
            raise unknown_name("loss", asked, (*_LOSSES, *LOSSES))
        asked = get_loss(_LOSSES[asked][0 if over else 1] if asked in _LOSSES else asked)
    if not asked.of_classes:
        raise UsageError(f"the loss {asked.name!r} is not one for classes; use log_loss or focal.")
    return asked
