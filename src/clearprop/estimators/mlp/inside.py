"""Look inside a fitted MLP estimator: hidden activations, a whole trace, a proof of its gradient, input Jacobian."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import issparse

from clearprop import explain
from clearprop.clinic import FitDiagnosis, diagnose_fit
from clearprop.engines import open_session
from clearprop.equations.backprop import forward
from clearprop.estimators.mlp.doctor import as_fit
from clearprop.estimators.mlp.network import parameters_of
from clearprop.model import Names, Parameters, Trace, as_lists, input_jacobian
from clearprop.proofs import Certificate
from clearprop.training import Rows

Array = NDArray[Any]


class Inside:
    """What a fitted estimator shows of its network. The estimator supplies `network_`, `_check_X` and `_rows`."""

    network_: Any
    coefs_: Any
    intercepts_: Any
    engine: str
    precision: str | None
    _check_X: Any
    _check_fitted: Any
    _rows: Any
    _validation_rows: Any
    _seed: int

    def hidden_activations(self, X: ArrayLike) -> list[Array]:
        """Return what every hidden layer makes of the rows.

        Parameters
        ----------
        X : array-like or sparse matrix (n_samples, n_features)

        Returns
        -------
        list of array (n_samples, units)
            a[1] .. a[L−1], one for each entry of hidden_layer_sizes, without dropout.
        """
        dense = self._dense(X)
        W, b = as_lists(self.network_, self._parameters())
        _, a = forward(dense, W, b, self.network_.f, [None] * len(W))
        return a[1:-1]

    def trace(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Trace:
        """Return every z, a, delta, dW and db of one pass over the rows, forward and backward; nothing changes.

        Parameters
        ----------
        X : array-like or sparse matrix (n_samples, n_features)
        y : array-like (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like (n_samples,), optional

        Returns
        -------
        Trace
            Its numbers are those of the objective the estimator is trained for: print it for a table,
            ``trace["delta2"]`` is one array.
        """
        rows = self._dense_rows(X, y, sample_weight)
        names = Names(tuple(map(str, getattr(self, "feature_names_in_", ()))), self._output_names())
        parameters = self._parameters()
        return explain.trace(self.network_, parameters, rows.X, rows.Y, rows.weights, self._seed, names=names)

    def certify_gradient(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Certificate:
        """Check, on 32 of the rows, that the gradient the engine trains with is that of the objective.

        Parameters
        ----------
        X : array-like or sparse matrix (n_samples, n_features)
        y : array-like (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like (n_samples,), optional

        Returns
        -------
        Certificate
            Print it for the verdict; it costs about 30 forward passes over those rows.
        """
        rows = self._dense_rows(X, y, sample_weight)
        options: dict[str, Any] = {"seed": self._seed, "engine": self.engine, "precision": self.precision}
        session = open_session(self.network_, self._parameters(), **options)
        return explain.certify(session, rows.X, rows.Y, rows.weights)

    def diagnose_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        validation_data: tuple[ArrayLike, ...] | None = None,
    ) -> FitDiagnosis:
        """Examine this fit: what ails it, how one can tell, and what to change.

        Parameters
        ----------
        X : array-like or sparse matrix (n_samples, n_features)
        y : array-like (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like (n_samples,), optional
        validation_data : (X, y) or (X, y, sample_weight), optional
            The very ones that were given to `fit`.

        Returns
        -------
        FitDiagnosis
            Print it; each finding's `parameters` are ready for `set_params`.
        """
        rows = self._dense_rows(X, y, sample_weight)
        held = None if validation_data is None else self._validation_rows(validation_data).in_memory()
        return diagnose_fit(as_fit(self, rows, held))

    def input_jacobian(self, X: ArrayLike) -> Array:
        """Return the derivative of every output by every input, for each row.

        Parameters
        ----------
        X : array-like or sparse matrix (n_samples, n_features)

        Returns
        -------
        array (n_samples, n_outputs, n_features)
            ∂a[L]/∂X: of the probabilities (of the second class, where there are two), or of the predicted numbers.
        """
        dense = self._dense(X)
        return input_jacobian(self.network_, self._parameters(), dense)

    def _output_names(self) -> tuple[str, ...]:
        """Return the name of each output: its class; the second of two."""
        classes = tuple(map(str, getattr(self, "classes_", ())))
        return classes[-self.network_.n_out :]

    def _parameters(self) -> Parameters:
        return parameters_of(self.network_, self.coefs_, self.intercepts_)

    def _dense_rows(self, X: Any, y: Any, sample_weight: Any) -> Rows:
        self._check_fitted()
        rows: Rows = self._rows(X, y, sample_weight, reset=False, incremental=True)
        return rows.in_memory()

    def _dense(self, X: Any) -> Array:
        X = self._check_X(X)
        return np.asarray(X.toarray() if issparse(X) else X, self.coefs_[0].dtype)
