"""MLPClassifier: scikit-learn's, and more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike
from sklearn.base import ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets, type_of_target, unique_labels
from sklearn.utils.validation import column_or_1d

from clearprop.equations import Loss, Rule, Schedule
from clearprop.equations.weights import with_classes
from clearprop.errors import UsageError
from clearprop.estimators.mlp.base import Array, BaseMLP, trains_by_steps
from clearprop.exchange import Answer
from clearprop.fitting.as_sklearn.classes import Classes, loss_of_classes
from clearprop.fitting.as_sklearn.labels import plain_labels
from clearprop.fitting.as_sklearn.plain_arrays import classes_of, plain_codes
from clearprop.fitting.settings import ON_CLASSES, Surface, keep_arguments
from clearprop.uncertainty import probabilities


class MLPClassifier(ClassifierMixin, BaseMLP):
    """Feed-forward classifier with scikit-learn's parameters, attributes and normalisation, and more.

    docs/scikit-learn.md says where it differs from scikit-learn's, and why.

    Parameters
    ----------
    hidden_layer_sizes : sequence of int or int, default=(100,)
        Units of each hidden layer.
    activation : str or sequence of str, default="relu"
        "identity", "logistic", "tanh", "relu", or any of `clearprop.equations.ACTIVATIONS`; one for all hidden
        layers, or one for each.
    solver : str or Rule, default="adam"
        "sgd" and "adam" as in scikit-learn, any other of `clearprop.equations.RULES`, or a rule with options:
        ``get_rule("adamw", weight_decay=0.1)``, which brings its own learning rate. "lbfgs", "cg" and
        "newton" see all rows at once.
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
    loss : str or Loss, default="log_loss"
        "log_loss", "focal", or a loss with options: ``get_loss("cross_entropy", label_smoothing=0.1)``. Three classes
        or more go through softmax; two, or several labels per row, through sigmoid.
    class_weight : "balanced", dict of class to float, or None, default=None
        Multiplied with the sample weights; "balanced" weighs every class alike.
    label_smoothing : float, default=0.0
        Share of a target that is spread evenly over three or more classes (Szegedy et al. 2016).
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
    classes_ : array (n_classes,)
        The labels, sorted.
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
        Accuracy on the validation rows after each epoch, and the best; None without early_stopping.
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
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> mlp = MLPClassifier((8,), solver="lbfgs", alpha=0.1, tol=0.01, random_state=0).fit(X, y)
    >>> mlp.score(X, y) > 0.95
    True
    """

    _shown: ClassVar[Surface] = ON_CLASSES

    def __init__(
        self,
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
        loss: str | Loss = "log_loss",
        class_weight: str | Mapping[object, float] | None = None,
        label_smoothing: float = 0.0,
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
        """Return the most likely class of each row, or the labels of each row.

        Parameters
        ----------
        X : array-like or sparse matrix (n_samples, n_features)

        Returns
        -------
        array (n_samples,), or (n_samples, n_classes) of 0 and 1 for several labels per row
        """
        outputs = self._outputs(self._check_X(X))
        return self._classes.most_likely(outputs)

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
        return np.ones_like(outputs) if len(self.classes_) == 1 else probabilities(outputs)

    def predict_log_proba(self, X: ArrayLike) -> Array:
        """Return log(predict_proba(X))."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the accuracy; for several labels per row, the share of rows with every label right."""
        return float(super().score(X, plain_labels(y), sample_weight))

    @available_if(trains_by_steps)
    def partial_fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None, classes: ArrayLike | None = None
    ) -> Self:
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

        Raises
        ------
        ValueError
            If classes are missing or others than before, or a setting or the data make no sense.
        """
        y, classes = plain_labels(y), plain_labels(classes)
        self._note_classes(y, classes)
        return self._fit(X, y, sample_weight)

    def _taken(self, y: ArrayLike) -> ArrayLike:
        taken: ArrayLike = plain_labels(y)
        return taken

    def _plain(self, y: ArrayLike, n: int) -> Array | None:
        return plain_codes(y, n)

    def _note_classes(self, y: ArrayLike, classes: ArrayLike | None) -> None:
        if getattr(self, "classes_", None) is None:
            if classes is None:
                raise UsageError("classes must be passed on the first call to partial_fit.")
            self._keep_classes(Classes.of(y if type_of_target(y).startswith("multilabel") else classes))
        elif classes is not None and not np.array_equal(self.classes_, unique_labels(classes)):
            raise UsageError(
                f"`classes={classes}` is not the same as on last call to partial_fit, was: {self.classes_!r}"
            )

    def _keep_classes(self, classes: Classes) -> None:
        self._classes, self.classes_ = classes, classes.labels

    def _targets(self, y: Array, reset: bool, incremental: bool) -> Array:
        """Return class indices (n,) for three classes or more, else a column per question."""
        plain = classes_of(y)
        if plain is None:
            check_classification_targets(y)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if not hasattr(self, "classes_") or (reset and not incremental):
            self._keep_classes(Classes.of(y, plain))
        else:
            found = unique_labels(y) if plain is None else plain
            self._classes.check(found, all_of_them=self.warm_start and not incremental)
        return self._classes.targets(y, as_codes=self._output_and_loss()[1].targets == "distribution")

    def _weights(self, y: Array, weights: Array | None, dtype: DTypeLike) -> Array | None:
        """Multiply sample weights with class weights."""
        by_class = None if self.class_weight is None else compute_sample_weight(self.class_weight, y)
        return with_classes(weights, by_class, dtype)

    def _answer(self) -> Answer:
        labels = tuple(self.classes_.tolist())
        if len(labels) < 2:
            raise UsageError(f"the classifier has seen one class only, {labels}; an export needs two classes at least.")
        return Answer("labels" if self._classes.several else "class", labels)

    def _labels(self) -> dict[str, Any]:
        return self._classes.as_plain()

    def _set_labels(self, labels: Mapping[str, Any] | None) -> None:
        assert labels is not None, "a classifier keeps its labels"
        self._keep_classes(Classes.from_plain(labels))

    def _count_outputs(self, Y: Array) -> int:
        return len(self.classes_) if Y.ndim == 1 else int(Y.shape[1])

    def _output_and_loss(self) -> tuple[str, Loss]:
        over = self._classes.over
        loss = loss_of_classes(self.loss, over)
        return "softmax" if over else "sigmoid", self.recipe().smoothed(loss) if self.label_smoothing else loss

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
