"""MLPRegressor: scikit-learn's, and more."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import column_or_1d

from clearprop.equations import Loss, get_loss
from clearprop.equations.targets import check_targets
from clearprop.errors import UsageError
from clearprop.estimators._mlp import Array, BaseMLP, keep_arguments, trains_by_steps


class MLPRegressor(RegressorMixin, BaseMLP):  # type: ignore[misc]  # scikit-learn has no types
    """Feed-forward regressor with scikit-learn's parameters, attributes and normalisation, and more."""

    def __init__(
        self,
        loss: Any = "squared_error",
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
        alpha_l1: float = 0.0,
        dropout: Any = 0.0,
        max_norm: float | None = None,
        initializer: str = "auto",
        clip_norm: float | None = None,
        clip_value: float | None = None,
        averaging: float = 0.0,
        on_divergence: str = "restore_best",
        engine: str = "auto",
    ) -> None:
        keep_arguments(self, locals())

    def predict(self, X: ArrayLike) -> Array:
        """Return the predicted number, or numbers, of each row.

        Parameters
        ----------
        X : array-like or sparse matrix (n_samples, n_features)

        Returns
        -------
        array (n_samples,) or (n_samples, n_outputs)
        """
        outputs = self._outputs(self._check_X(X))
        return outputs.ravel() if self.n_outputs_ == 1 else outputs

    @available_if(trains_by_steps)  # type: ignore[untyped-decorator]  # likewise
    def partial_fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Any:
        """Train for one epoch on these rows; a loop of it equals `fit` on the same batches.

        Parameters
        ----------
        X : array-like or sparse matrix (n_samples, n_features)
        y : array-like (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like (n_samples,), optional

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight)

    _y_options: ClassVar[dict[str, bool]] = {"y_numeric": True}

    def _targets(self, y: Any, reset: bool, incremental: bool) -> Array:
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        rows: Array = np.reshape(y, (len(y), -1)).astype(np.float64)
        _, loss = self._output_and_loss()
        check_targets(rows, loss, rows.shape[1])
        return rows

    def _count_outputs(self, Y: Array) -> int:
        return int(Y.shape[1])

    def _output_and_loss(self) -> tuple[str, Loss]:
        loss = get_loss(self.loss) if isinstance(self.loss, str) else self.loss
        if loss.targets in ("distribution", "unit"):
            raise UsageError(f"the loss {loss.name!r} is one for classes; use squared_error, or MLPClassifier.")
        return loss.canonical or "identity", loss
