"""MLPRegressor: scikit-learn's, and more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import column_or_1d

from clearprop.equations import Loss, Rule, Schedule, get_loss
from clearprop.equations.targets import check_targets
from clearprop.errors import UsageError
from clearprop.estimators.mlp.base import Array, BaseMLP, trains_by_steps
from clearprop.fitting.settings import ON_NUMBERS, Surface, keep_arguments


class MLPRegressor(RegressorMixin, BaseMLP):
    """Feed-forward regressor with scikit-learn's parameters, attributes and normalisation, and more.

    docs/scikit-learn.md says where it differs from scikit-learn's, and why.

    Parameters
    ----------
    loss : str or Loss, default="squared_error"
        "squared_error" (½ Σ (a − y)²), "poisson", "absolute", "huber", "log_cosh", "quantile", "gamma", or a loss
        with options: ``get_loss("quantile", level=0.9)``. poisson and gamma predict through exp.
    hidden_layer_sizes : sequence of int or int, default=(100,)
        Units of each hidden layer.
    activation : str or sequence of str, default="relu"
        "identity", "logistic", "tanh", "relu", or any of `clearprop.equations.ACTIVATIONS`; one for all hidden
        layers, or one for each.
    solver : str or Rule, default="adam"
        "sgd" and "adam" as in scikit-learn, any other of `clearprop.equations.RULES`, or a rule with options:
        ``get_rule("adamw", weight_decay=0.1)``, which brings its own learning rate. "lbfgs", "cg",
        "newton", "lm" and "trainbr" see all rows at once.
    alpha : float, default=0.0001
        Strength of ½ alpha Σ W² / Σ w, the sums over all weights W and over the sample weights w of a batch.
    batch_size : int or "auto", default="auto"
        Rows of a step; "auto" is min(200, n_samples).
    learning_rate : str or Schedule, default="constant"
        "constant", "invscaling" and "adaptive" as in scikit-learn (the last two not for adam), any other of
        `clearprop.equations.SCHEDULES`, or a schedule with options: ``get_schedule("cosine", final=0.1)``.
    learning_rate_init : float, default=0.001
    power_t : float, default=0.5
        Exponent of "invscaling".
    max_iter : int, default=200
        Epochs, or iterations of lbfgs and its like, at most.
    shuffle : bool, default=True
        Whether every epoch takes the rows in a new order.
    random_state : int, RandomState or None, default=None
        Determines weights, orders, dropout and the validation rows.
    tol : float, default=1e-4
        What counts as an improvement; for lbfgs and its like the largest component of the gradient at the end.
    verbose : bool, default=False
        Whether to print a line per epoch or iteration.
    warm_start : bool, default=False
        Whether another fit continues, the update rule's memory included.
    momentum : float, default=0.9
    nesterovs_momentum : bool, default=True
        Both for solver="sgd".
    early_stopping : bool, default=False
        Whether to hold out rows, stop by the score on them, and keep the best epoch.
    validation_fraction : float, default=0.1
        Share of the rows held out.
    beta_1, beta_2, epsilon : float, default=0.9, 0.999, 1e-8
        For adam and its kin.
    n_iter_no_change : int or inf, default=10
        Epochs without improvement before training stops.
    max_fun : int, default=15000
        Passes over all rows of lbfgs and its like, at most.
    alpha_l1 : float, default=0.0
        Strength of alpha_l1 Σ |W| / Σ w.
    dropout : float or sequence of float, default=0.0
        Share of units dropped before each layer but the first; a sequence has one entry per layer, the first for
        the inputs.
    max_norm : float or None, default=None
        Limit on the norm of every unit's incoming weights.
    frozen : sequence of int or None, default=None
        Layers that keep the weights they begin with, the first hidden one is 1: drawn ones, or those of the fit before
        with warm_start.
    root_rates : bool, default=False
        Whether layers learn at rates divided by √n_in, from weights drawn with variance 1 / n_in: NTK scaling.
    initializer : str, default="auto"
        A name from `clearprop.equations.INITIALIZERS`. "auto" draws scikit-learn's weights and biases for
        scikit-learn's activations, and what suits the others for those.
    clip_norm, clip_value : float or None, default=None
        Limits on the gradient's norm and on each of its components.
    averaging : float, default=0.0
        Decay of the exponential mean of the weights at the ends of the epochs; above 0 the mean is kept.
    monitor : {"loss", "validation_loss", "validation_metric"} or None, default=None
        What has to improve; None takes the accuracy or R² on the validation rows with early_stopping, else the loss.
    max_seconds : float or None, default=None
        Wall time after which training stops.
    on_divergence : {"restore_best", "raise"}, default="restore_best"
        Whether a run that diverged ends with the best epoch and a `DivergenceWarning`, or with a ValueError.
    engine : str, default="auto"
        Who computes; "auto" takes the fastest that can do all that is asked.
    precision : {"float32", "float64", "bf16"} or None, default=None
        None trains in the precision of X. "bf16" rounds the operands of every product to 8 significant bits, in
        training and in prediction; weights, sums and the optimizer's memory are float32. Only the native engine can.
    device : str or None, default=None
        Where to compute: "cpu", "gpu" or "gpu:1", where the engine has it (engine="jax"); None is the processor.
    n_threads : int or None, default=None
        Threads to use at most; None for all this process may use (joblib's workers share the machine among them).
    certify : bool, default=True
        Whether to check first, on at most 32 rows, that the engine's gradient is the derivative of the objective.
    shards : int or None, default=None
        Parts of a batch, each of 64 rows or more, that any number of processes may share: the bits depend on this
        number alone. None takes none in one process; with `comm`, up to 16.

    Attributes
    ----------
    coefs_, intercepts_ : list of array (n_in, n_out) and of array (n_out,)
        Weights and biases of each layer. Predictions follow them if they are changed.
    n_features_in_, n_outputs_, n_layers_ : int
        n_layers_ counts the inputs as one.
    feature_names_in_ : array of str (n_features,)
        Where X was a frame.
    out_activation_ : str
    loss_ : float
        J of the last epoch.
    loss_curve_ : list of float
        J of each epoch or iteration.
    best_loss_ : float or None
        The smallest of them; None with early_stopping.
    validation_scores_ : list of float or None
    best_validation_score_ : float or None
        R² on the validation rows after each epoch, and the best; None without early_stopping.
    gradient_certificate_ : Certificate or None
        What that check found, and the smallest error it would have seen.
    n_iter_, t_ : int
        Epochs of this fit; rows seen since the start.
    history_ : dict of str to list
        One entry per epoch: loss, penalty, validation_loss, metric and validation_metric (None without validation
        rows), learning_rate, gradient_norm, seconds. Of lbfgs and its like one per iteration, without penalty and the
        last three.
    network_ : Network
        The network as clearprop describes it; ``network_.objective.describe()`` says what is minimised.
    engine_ : str
        The engine that trained it.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True)
    >>> mlp = MLPRegressor("log_cosh", (4,), solver="lbfgs", tol=0.01, random_state=0).fit(X, y / 100)
    >>> mlp.score(X, y / 100) > 0.4
    True
    """

    _y_options: ClassVar[dict[str, bool]] = {"y_numeric": True}
    _shown: ClassVar[Surface] = ON_NUMBERS

    def __init__(
        self,
        loss: str | Loss = "squared_error",
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str | Sequence[str] = "relu",
        *,
        solver: str | Rule = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate: str | Schedule = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: int | np.random.RandomState | None = None,
        tol: float = 1e-4,
        verbose: bool | int = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        alpha_l1: float = 0.0,
        dropout: float | Sequence[float] = 0.0,
        max_norm: float | None = None,
        frozen: Sequence[int] | None = None,
        root_rates: bool = False,
        initializer: str = "auto",
        clip_norm: float | None = None,
        clip_value: float | None = None,
        averaging: float = 0.0,
        monitor: str | None = None,
        max_seconds: float | None = None,
        on_divergence: str = "restore_best",
        engine: str = "auto",
        precision: str | None = None,
        device: str | None = None,
        n_threads: int | None = None,
        certify: bool = True,
        shards: int | None = None,
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

    @available_if(trains_by_steps)
    def partial_fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train for one epoch on these rows; a loop of it equals `fit` on the same batches.

        Parameters
        ----------
        X : array-like or sparse matrix (n_samples, n_features)
        y : array-like (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like (n_samples,), optional

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a setting or the data make no sense.
        """
        return self._fit(X, y, sample_weight)

    def _targets(self, y: Array, reset: bool, incremental: bool) -> Array:
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
        if loss.of_classes:
            raise UsageError(f"the loss {loss.name!r} is one for classes; use squared_error, or MLPClassifier.")
        return loss.canonical or "identity", loss
