"""What MLPClassifier and MLPRegressor share: scikit-learn's contract around the training loop."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.base import ClassNamePrefixFeaturesOutMixin as NamedFeatures
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from clearprop.engines import at_most_threads, get_precision
from clearprop.equations import Loss
from clearprop.errors import UsageError
from clearprop.estimators.mlp.batch import fit_by_batch
from clearprop.estimators.mlp.callbacks import CallbackSupportMixin, Tasks, with_callbacks
from clearprop.estimators.mlp.files import Filed
from clearprop.estimators.mlp.inside import Inside
from clearprop.estimators.mlp.network import SKLEARN_NAMES, describe, first_parameters, weights_of
from clearprop.estimators.mlp.ready import give_back, take
from clearprop.estimators.mlp.referee import start_counting
from clearprop.estimators.mlp.settings import recipe_of, takes_all_rows
from clearprop.estimators.mlp.steps import fit_by_steps
from clearprop.fitting.recipe import Recipe
from clearprop.fitting.settings import IN_SKLEARNS_WORDS, Surface
from clearprop.model import Network
from clearprop.training import Rows, SparseRows, dense_blocks, predict

Array = NDArray[Any]

OWN_PRECISIONS = (np.float64, np.float32)
"""Of rows that are taken as they are."""


def trains_by_steps(mlp: Any) -> bool:
    """Return True where partial_fit makes sense; raise AttributeError where scikit-learn hides it, as from lbfgs."""
    if takes_all_rows(mlp):
        raise AttributeError(
            f"partial_fit is only available for stochastic optimizers. {mlp.solver} is not stochastic."
        )
    return True


# scikit-learn has no types, hence the ignored ones here and in the two children
class BaseMLP(Inside, Filed, NamedFeatures, TransformerMixin, CallbackSupportMixin, BaseEstimator):  # type: ignore[misc]
    """fit, partial_fit and the outputs of a network; its children know targets and predictions."""

    _y_options: ClassVar[dict[str, bool]] = {}
    """What validate_data is to ask of y, besides."""
    _asked: ClassVar[type[Recipe]] = Recipe
    _shown: ClassVar[Surface] = IN_SKLEARNS_WORDS

    @with_callbacks  # type: ignore[untyped-decorator]  # likewise
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        validation_data: tuple[ArrayLike, ...] | None = None,
    ) -> Any:
        """Train on rows.

        Parameters
        ----------
        X : array-like or sparse matrix (n_samples, n_features)
        y : array-like (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like (n_samples,), optional
            A weight of k counts as k copies of the row.
        validation_data : (X, y) or (X, y, sample_weight), optional
            Rows to validate on after each epoch. With early_stopping they take the place of the rows that
            validation_fraction would hold out; without, they only fill `history_`.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a setting or the data make no sense, or training diverged before its first epoch was over.
        """
        tasks = Tasks(self, X, y, sample_weight)
        self._fit(X, y, sample_weight, validation_data, tasks)
        tasks.close()
        return self

    def transform(self, X: ArrayLike) -> Array:
        """Return what the last hidden layer makes of the rows: features learned for the task.

        Parameters
        ----------
        X : array-like or sparse matrix (n_samples, n_features)

        Returns
        -------
        array (n_samples, hidden_layer_sizes[-1])
            a[L−1]; a frame after ``set_output(transform="pandas")``.

        Raises
        ------
        UsageError
            If there is no hidden layer.
        """
        hidden = self.hidden_activations(X)
        if not hidden:
            raise UsageError("this network has no hidden layer to transform rows with; give hidden_layer_sizes.")
        return hidden[-1]

    def _fit(self, X: Any, y: Any, sample_weight: Any, validation_data: Any = None, tasks: Tasks | None = None) -> Any:
        """Fit, or partial_fit where there are no tasks to report."""
        incremental = tasks is None
        recipe = self.recipe()
        fresh = not hasattr(self, "coefs_") or not (self.warm_start or incremental)
        rows = self._rows(X, y, sample_weight, reset=fresh, incremental=incremental)
        if fresh or not hasattr(self, "_seed"):
            self._start(recipe, rows, draw=fresh)
        self.network_ = self._describe(recipe, rows.X.shape[1])
        validation = None if validation_data is None else self._validation_rows(validation_data)
        if takes_all_rows(self):
            assert tasks is not None
            fit_by_batch(self, recipe, rows, validation, tasks)
        else:
            fit_by_steps(self, recipe, rows, validation, incremental, tasks)
        return self

    def _rows(self, X: Any, y: Any, sample_weight: Any, reset: bool, incremental: bool = False) -> Rows:
        dtype = OWN_PRECISIONS if self.precision is None else get_precision(self.precision).dtype
        X, y = validate_data(
            self, X, y, accept_sparse="csr", multi_output=True, dtype=dtype, reset=reset, **self._y_options
        )
        weights = sample_weight
        if weights is not None:
            weights = _check_sample_weight(weights, X, dtype=X.dtype, ensure_non_negative=True)
        Y, kind = self._targets(y, reset, incremental), SparseRows if issparse(X) else Rows
        return kind(X, Y if Y.dtype.kind == "i" else Y.astype(X.dtype), self._weights(y, weights, X.dtype))

    def _validation_rows(self, data: Any) -> Rows:
        if not isinstance(data, tuple | list) or len(data) not in (2, 3):
            raise UsageError("validation_data must be (X, y) or (X, y, sample_weight).")
        X, y, sample_weight = (*data, None)[:3]
        return self._rows(X, y, sample_weight, reset=False, incremental=True)

    def _start(self, recipe: Recipe, rows: Rows, draw: bool) -> None:
        """Begin from scratch; without `draw`, from the coefs_ and intercepts_ a user has set."""
        if draw:
            self.__dict__.pop("_output", None)  # of an adopted network, whose last activation may be another
        self.n_outputs_ = self._count_outputs(rows.Y)
        network = self._describe(recipe, rows.X.shape[1])
        self.n_layers_ = network.L + 1
        self.out_activation_ = SKLEARN_NAMES.get(network.layers[-1].activation, network.layers[-1].activation)
        parameters, self._seed = first_parameters(self, network, rows.X.dtype)
        if draw:
            self.coefs_, self.intercepts_ = weights_of(parameters)
        start_counting(self)
        self.__dict__.pop("_optimizer", None)

    def _describe(self, recipe: Recipe, n_in: int) -> Network:
        output, loss = self._output_and_loss()
        return describe(recipe, n_in, self.n_outputs_, getattr(self, "_output", output), loss)

    def recipe(self) -> Recipe:
        """Return the settings, checked, in clearprop's words.

        Raises
        ------
        UsageError
            Naming the first that has no meaning, what it may be, and what came.
        """
        return recipe_of(self)

    @property
    def _follows_sklearn_rates(self) -> bool:
        """Whether "invscaling" and "adaptive" count; scikit-learn's adam does not look at them."""
        return not (isinstance(self.solver, str) and self.solver == "adam")

    def _outputs(self, X: Any) -> Array:
        """Return a[L] (n_samples, n_outputs) of checked rows."""
        with at_most_threads(self.n_threads):
            ready = take(self)
            parts = [predict(ready.session, block) for block in (dense_blocks(X) if issparse(X) else [X])]
            give_back(self, ready)
            return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _weights(self, y: Any, weights: Any, dtype: Any) -> Any:
        """Return the weights of the rows."""
        return weights

    @property
    def _n_features_out(self) -> int:
        return int(self.network_.sizes[-2])

    def _check_fitted(self) -> None:
        check_is_fitted(self)

    def _check_X(self, X: Any) -> Any:
        self._check_fitted()
        return validate_data(self, X, accept_sparse="csr", dtype=OWN_PRECISIONS, reset=False)

    def _output_and_loss(self) -> tuple[str, Loss]:
        raise NotImplementedError

    def _labels(self) -> Any:
        """Return what is to be known of the labels, as plain data."""
        return None

    def _set_labels(self, labels: Any) -> None:
        """Undo `_labels`."""

    def _targets(self, y: Any, reset: bool, incremental: bool) -> Array:
        raise NotImplementedError

    def _count_outputs(self, Y: Array) -> int:
        raise NotImplementedError

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
