"""MLPClassifier: scikit-learn's, and more."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets, type_of_target, unique_labels
from sklearn.utils.validation import column_or_1d

from clearprop.equations import LOSSES, Loss, get_loss
from clearprop.errors import UsageError, unknown_name
from clearprop.estimators._mlp import Array, BaseMLP, keep_arguments, trains_by_steps

_LOSSES = {
    "log_loss": ("cross_entropy", "binary_cross_entropy"),
    "focal": ("focal", "binary_focal"),
}
"""The loss over classes, and the one over yes-or-no questions (two classes, or labels)."""


class MLPClassifier(ClassifierMixin, BaseMLP):  # type: ignore[misc]  # scikit-learn has no types
    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: Any = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: Any = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: Any = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: Any = 10,
        max_fun: int = 15000,
        loss: Any = "log_loss",
        class_weight: Any = None,
        alpha_l1: float = 0.0,
        dropout: Any = 0.0,
        max_norm: float | None = None,
        initializer: str = "auto",
        clip_norm: float | None = None,
        clip_value: float | None = None,
        averaging: float = 0.0,
        on_divergence: str = "restore_best",
        engine: str = "auto",
        n_threads: int | None = None,
        certify: bool = True,
    ) -> None:
        keep_arguments(self, locals())

    def predict(self, X: ArrayLike) -> Array:
        """Return the most likely class of each row, or the labels of each row.

        Parameters
        ----------
        X : array-like or sparse matrix (n_samples, n_features)

        Returns
        -------
        array (n_samples,), or (n_samples, n_classes) of 0 and 1 for several labels per row
        """
        outputs = self._outputs(self._check_X(X))
        labels: Array = self._label_binarizer.inverse_transform(outputs.ravel() if self.n_outputs_ == 1 else outputs)
        return labels

    def predict_proba(self, X: ArrayLike) -> Array:
        """Return the probability of each class, in the order of `classes_`.

        Parameters
        ----------
        X : array-like or sparse matrix (n_samples, n_features)

        Returns
        -------
        array (n_samples, n_classes)
            Rows add up to 1, except for several labels per row, where each column is a probability by itself.
        """
        outputs = self._outputs(self._check_X(X))
        if len(self.classes_) == 1:
            return np.ones_like(outputs)
        return np.hstack([1 - outputs, outputs]) if self.n_outputs_ == 1 else outputs

    def predict_log_proba(self, X: ArrayLike) -> Array:
        """Return log(predict_proba(X))."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    @available_if(trains_by_steps)  # type: ignore[untyped-decorator]  # likewise
    def partial_fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None, classes: ArrayLike | None = None
    ) -> Any:
        """Train for one epoch on these rows; a loop of it equals `fit` on the same batches.

        Parameters
        ----------
        X : array-like or sparse matrix (n_samples, n_features)
        y : array-like (n_samples,) or (n_samples, n_classes)
        sample_weight : array-like (n_samples,), optional
        classes : array-like (n_classes,), optional
            All classes there will ever be; needed in the first call.

        Returns
        -------
        self
        """
        self._note_classes(y, classes)
        return self._fit(X, y, sample_weight)

    def _note_classes(self, y: Any, classes: Any) -> None:
        if getattr(self, "classes_", None) is None:
            if classes is None:
                raise UsageError("classes must be passed on the first call to partial_fit.")
            self._set_classes(y if type_of_target(y).startswith("multilabel") else classes)
            if self._label_binarizer.y_type_.startswith("multilabel"):
                return
            self.classes_ = unique_labels(classes)
        elif classes is not None and not np.array_equal(self.classes_, unique_labels(classes)):
            raise UsageError(
                f"`classes={classes}` is not the same as on last call to partial_fit, was: {self.classes_!r}"
            )

    def _set_classes(self, y: Any) -> None:
        self._label_binarizer = LabelBinarizer().fit(y)
        self.classes_ = self._label_binarizer.classes_

    def _targets(self, y: Any, reset: bool, incremental: bool) -> Array:
        """Return class indices (n,) for three classes or more, else a column per question."""
        check_classification_targets(y)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if not hasattr(self, "classes_") or (reset and not incremental):
            self._set_classes(y)
        else:
            self._check_classes(unique_labels(y), incremental)
        if self._over_classes and self._output_and_loss()[1].targets == "distribution":
            indices: Array = np.searchsorted(self.classes_, y).astype(np.int64)
            return indices
        rows: Array = self._label_binarizer.transform(y)
        return rows.toarray() if hasattr(rows, "toarray") else rows

    def _check_classes(self, classes: Array, incremental: bool) -> None:
        if self.warm_start and not incremental and set(classes) != set(self.classes_):
            raise UsageError(
                "warm_start can only be used where `y` has the same classes as in the previous call to fit. "
                f"Previously got {self.classes_}, `y` has {classes}"
            )
        if len(np.setdiff1d(classes, self.classes_)):
            raise UsageError(
                f"`y` has classes not in `self.classes_`. `self.classes_` has {self.classes_}. 'y' has {classes}."
            )

    def _weights(self, y: Any, weights: Any, dtype: Any) -> Any:
        """Multiply sample weights with class weights."""
        if self.class_weight is None:
            return weights
        by_class = compute_sample_weight(self.class_weight, y).astype(dtype)
        return by_class if weights is None else weights * by_class

    def _labels(self) -> Any:
        return {"classes": self.classes_.tolist(), "kind": self._label_binarizer.y_type_}

    def _set_labels(self, labels: Any) -> None:
        classes = np.array(labels["classes"])
        several = labels["kind"].startswith("multilabel")
        self._set_classes(np.eye(len(classes), dtype=int) if several else classes)

    @property
    def _over_classes(self) -> bool:
        """Whether the targets are three classes or more."""
        over: bool = self._label_binarizer.y_type_ == "multiclass"
        return over

    def _count_outputs(self, Y: Array) -> int:
        return len(self.classes_) if Y.ndim == 1 else int(Y.shape[1])

    def _output_and_loss(self) -> tuple[str, Loss]:
        over = self._over_classes
        loss = self.loss
        if isinstance(loss, str):
            if loss not in (*_LOSSES, *LOSSES):
                raise unknown_name("loss", loss, (*_LOSSES, *LOSSES))
            loss = get_loss(_LOSSES[loss][0 if over else 1] if loss in _LOSSES else loss)
        if loss.targets not in ("distribution", "unit"):
            raise UsageError(f"the loss {loss.name!r} is not one for classes; use log_loss or focal.")
        return "softmax" if over else "sigmoid", loss

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the accuracy; for several labels per row, the share of rows with every label right."""
        return float(super().score(X, y, sample_weight))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
