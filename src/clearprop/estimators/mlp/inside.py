"""Look inside a fitted MLP estimator: hidden activations, a whole trace, a proof of its gradient, input Jacobian."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from clearprop import explain
from clearprop.clinic import Fit, FitDiagnosis, diagnose_fit
from clearprop.engines import open_session
from clearprop.equations.backprop import forward
from clearprop.fitting.as_sklearn.network import parameters_of
from clearprop.model import Names, Network, Parameters, Trace, as_lists, input_jacobian
from clearprop.proofs import Certificate
from clearprop.training import Rows

Array = NDArray[Any]


class Inside:
    """What a fitted estimator shows of its network; the estimator says how it checks rows, and how it was fitted."""

    network_: Network
    coefs_: list[Array]
    intercepts_: list[Array]
    engine: str
    precision: str | None
    device: str | None
    _seed: int

    @abstractmethod
    def _check_X(self, X: ArrayLike) -> Array | csr_array:
        """Return rows, an array or a sparse matrix in CSR, once they are checked to be of the fitted columns."""

    @abstractmethod
    def _dense_rows(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None) -> Rows:
        """Return checked rows in memory."""

    @abstractmethod
    def _as_fit(self, rows: Rows, validation_data: tuple[ArrayLike, ...] | None) -> Fit:
        """Return the fit that was made of these rows, as the clinic takes it."""

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
        names = Names(self._column_names(), self._output_names())
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
        how: dict[str, Any] = {"engine": self.engine, "precision": self.precision, "device": self.device}
        session = open_session(self.network_, self._parameters(), seed=self._seed, **how)
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
        return diagnose_fit(self._as_fit(self._dense_rows(X, y, sample_weight), validation_data))

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

    def _column_names(self) -> tuple[str, ...]:
        """Return the names of the columns, none where X had none."""
        return tuple(map(str, getattr(self, "feature_names_in_", ())))

    def _output_names(self) -> tuple[str, ...]:
        """Return the name of each output: its class; the second of two."""
        classes = tuple(map(str, getattr(self, "classes_", ())))
        return classes[-self.network_.n_out :]

    def _parameters(self) -> Parameters:
        return parameters_of(self.network_, self.coefs_, self.intercepts_)

    def _dense(self, X: ArrayLike) -> Array:
        X = self._check_X(X)
        return np.asarray(X if isinstance(X, np.ndarray) else X.toarray(), self.coefs_[0].dtype)
