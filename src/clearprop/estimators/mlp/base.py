"""What MLPClassifier and MLPRegressor share: scikit-learn's contract around the training loop."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray
from scipy.sparse import csr_array, issparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.base import ClassNamePrefixFeaturesOutMixin as NamedFeatures
from sklearn.utils import Tags
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from clearprop.clinic import Fit
from clearprop.engines import Request, at_most_threads, get_precision
from clearprop.engines.sharding.exchange import ALONE, Exchange
from clearprop.engines.sparse import pays, predict_sparse
from clearprop.equations import Loss
from clearprop.equations.into_precision import targets_into
from clearprop.equations.optimizers import SGD
from clearprop.equations.weights import in_precision
from clearprop.errors import UsageError
from clearprop.estimators.mlp.files import Filed
from clearprop.estimators.mlp.inside import Inside
from clearprop.fitting.as_sklearn.callbacks import CallbackSupportMixin, Tasks, with_callbacks
from clearprop.fitting.as_sklearn.ending import IterationLines, conclude
from clearprop.fitting.as_sklearn.job import Optimizer, hold_out, limits_of, plan_of, tell_of_batch_size
from clearprop.fitting.as_sklearn.network import SKLEARN_NAMES, describe, first_parameters, weights_of
from clearprop.fitting.as_sklearn.plain_arrays import plain_numbers, plain_rows
from clearprop.fitting.as_sklearn.ready import Learned, Wanted, give_back, keep_to_oneself, may_be_touched, take
from clearprop.fitting.as_sklearn.referee import Referee, Tally
from clearprop.fitting.as_sklearn.rows_into import rows_into
from clearprop.fitting.as_sklearn.settings import rates_of, recipe_of, takes_all_rows
from clearprop.fitting.fit import fit
from clearprop.fitting.fitted import Fitted, Standing
from clearprop.fitting.job import Job
from clearprop.fitting.recipe import Recipe
from clearprop.fitting.settings import IN_SKLEARNS_WORDS, Surface
from clearprop.fitting.sharing import joined, shared, shared_job
from clearprop.model import Network
from clearprop.training import Progress, Rows, SparseRows, Stopped, as_columns, dense_blocks, predict

if TYPE_CHECKING:
    from mpi4py import MPI

Array = NDArray[Any]

OWN_PRECISIONS = (np.dtype(np.float64), np.dtype(np.float32))
"""Of rows that are taken as they are."""


def trains_by_steps(estimator: BaseEstimator) -> bool:
    """Return True where partial_fit makes sense; raise AttributeError where scikit-learn hides it, as from lbfgs."""
    if takes_all_rows(estimator.solver):
        raise AttributeError(
            f"partial_fit is only available for stochastic optimizers. {estimator.solver} is not stochastic."
        )
    return True


class BaseMLP(Inside, Filed, NamedFeatures, TransformerMixin, CallbackSupportMixin, BaseEstimator):
    """fit, partial_fit and the outputs of a network; its children know targets and predictions."""

    _y_options: ClassVar[dict[str, bool]] = {}
    """What validate_data is to ask of y, besides."""
    _asked: ClassVar[type[Recipe]] = Recipe
    _shown: ClassVar[Surface] = IN_SKLEARNS_WORDS
    coefs_, intercepts_ = Learned(), Learned()
    loss_curve_: list[float]
    best_loss_: float | None

    @with_callbacks
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        validation_data: tuple[ArrayLike, ...] | None = None,
        comm: MPI.Comm | Exchange | None = None,
    ) -> Self:
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
        comm : mpi4py.MPI.Comm, optional
            Processes that share the training: each calls `fit` with the same rows and random_state, and ends with the
            same network.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a setting or the data make no sense, or training diverged before its first epoch was over.
        """
        tasks = Tasks(self, X, y, sample_weight, "iteration" if takes_all_rows(self.solver) else "epoch")
        with joined(comm) as exchange:
            self._fit(X, y, sample_weight, validation_data, tasks, exchange)
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

    def _fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None,
        validation_data: tuple[ArrayLike, ...] | None = None,
        tasks: Tasks | None = None,
        exchange: Exchange = ALONE,
    ) -> Self:
        """Fit, or partial_fit where there are no tasks to report."""
        incremental = tasks is None
        recipe = self.recipe()
        fresh = not hasattr(self, "coefs_") or not (self.warm_start or incremental)
        rows = self._rows(X, y, sample_weight, reset=fresh, incremental=incremental)
        if fresh or not hasattr(self, "_seed"):
            self._start(recipe, rows, draw=fresh)
        else:
            self.network_ = self._describe(recipe, rows.X.shape[1])
        recipe = shared(replace(recipe, seed=self._seed), exchange)
        validation = None if validation_data is None else self._validation_rows(validation_data)
        heard = [tasks] if tasks and tasks.wanted else []
        if takes_all_rows(self.solver):
            fitted = self._fit_by_solver(self._job(recipe, rows, validation), heard)
        else:
            fitted = self._fit_by_steps(recipe, rows, validation, incremental, heard, exchange)
        conclude(fitted, self.on_divergence)
        return self

    def _fit_by_steps(
        self,
        recipe: Recipe,
        rows: Rows,
        validation: Rows | None,
        incremental: bool,
        heard: list[Tasks],
        exchange: Exchange,
    ) -> Fitted:
        if incremental and self.early_stopping:
            raise UsageError("partial_fit does not support early_stopping=True; hold rows out yourself, or call fit.")
        weights, numbers = self._parameters(), None
        if self.early_stopping and validation is None:
            rows, validation, numbers = hold_out(recipe, self.network_, rows)
        tell_of_batch_size(self.batch_size, len(rows))
        keeps_rate = incremental or self.learning_rate == "invscaling"
        optimizer = Optimizer.going_on(getattr(self, "_optimizer", None), recipe, weights, keeps_rate)
        last_epoch = self._epochs + (1 if incremental else self.max_iter)
        job = shared_job(self._job(recipe, rows, validation, last_epoch, optimizer.learning_rate, numbers), exchange)
        tally = self._tally.for_another_fit(optimizer.learning_rate, self.early_stopping)
        referee = Referee(tally, recipe, rates_of(self.solver, self.learning_rate), incremental, len(rows), last_epoch)
        standing = self._standing(optimizer, again=not incremental)
        fitted = fit(job, standing, heard, [referee])
        if fitted.diverged and tally.scores is not None:
            tally.scores.append(math.nan)
        state = fitted.state
        self._optimizer = replace(
            optimizer, learning_rate=tally.rate, slots=state.slots, step=state.step, average=fitted.average
        )
        self._best = fitted.progress.best if self.early_stopping else None
        self._keep(fitted)
        self._keep_tally(tally)
        return fitted

    def _fit_by_solver(self, job: Job, heard: list[Tasks]) -> Fitted:
        lines = [IterationLines(self._epochs)] if self.verbose else []
        fitted = fit(job, self._standing(None, again=True), [*lines, *heard])
        report = fitted.report
        if report is not None:
            self._keep(fitted)
            self.solver_report_, self.n_iter_, self.loss_ = report, report.n_iterations, report.J
            self.loss_curve_ = [*self.loss_curve_, *report.losses]
            self.best_loss_ = min(self.loss_curve_, default=report.J)
        return fitted

    def _job(
        self,
        recipe: Recipe,
        rows: Rows,
        validation: Rows | None,
        last_epoch: int | None = None,
        rate: float | None = None,
        row_numbers: Array | None = None,
    ) -> Job:
        n_epochs = last_epoch or self._epochs + self.max_iter
        rate = recipe.rule().learning_rate if rate is None else rate
        return Job(
            recipe=recipe, network=self.network_, rows=rows, validation=validation, rule=recipe.rule(),
            plan=plan_of(recipe, len(rows), n_epochs, rate, measured=validation is not None),
            start=self._parameters(), limits=limits_of(recipe, n_epochs), columns=self._column_names(),
            row_numbers=row_numbers, checked=True,
        )  # fmt: skip

    def _standing(self, optimizer: Optimizer | None, again: bool) -> Standing:
        """Return where the fit goes on; a gradient that has been certified is certified `again`, or not."""
        progress = Progress(epoch=self._epochs, records=self._records, best=self._best if self.early_stopping else None)
        if optimizer is None:
            return Standing(None, progress)
        state, before = optimizer.state(self._parameters()), getattr(self, "gradient_certificate_", None)
        return Standing(state, progress, optimizer.average, None if again or not self.certify else before)

    def _keep(self, fitted: Fitted) -> None:
        """Put what was learned on the estimator."""
        self.coefs_, self.intercepts_ = weights_of(fitted.parameters)
        self._epochs, self._records = fitted.progress.epoch, fitted.progress.records
        self.history_ = as_columns(self._records)
        self.engine_, self.gradient_certificate_ = fitted.engine, fitted.certificate
        keep_to_oneself(self)

    @property
    def _tally(self) -> Tally:
        """The counts of the fits so far, as they stand in scikit-learn's attributes."""
        return Tally(
            n_iter=self.n_iter_, t=self.t_, losses=self.loss_curve_, best_loss=self.best_loss_,
            scores=self.validation_scores_, best_score=self.best_validation_score_,
            best_monitored=self._best_monitored, waited=self._no_improvement_count,
        )  # fmt: skip

    def _keep_tally(self, tally: Tally) -> None:
        self.n_iter_, self.t_, self.loss_curve_ = tally.n_iter, tally.t, tally.losses
        self.best_loss_, self.validation_scores_ = tally.best_loss, tally.scores
        self.best_validation_score_, self._best_monitored = tally.best_score, tally.best_monitored
        self._no_improvement_count = tally.waited
        if tally.losses:
            self.loss_ = tally.losses[-1]

    def _rows(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None, reset: bool, incremental: bool = False
    ) -> Rows:
        inputs, answers = self._looked_at(X, y, reset)
        weights: Array | None = None
        if sample_weight is not None:
            weights = _check_sample_weight(sample_weight, inputs, dtype=np.float64, ensure_non_negative=True)
            weights = in_precision(weights, inputs.dtype)
        Y, kind = self._targets(answers, reset, incremental), SparseRows if issparse(inputs) else Rows
        weights = self._weights(answers, weights, inputs.dtype)
        return kind(inputs, targets_into(Y, inputs.dtype), weights)

    def _looked_at(self, X: ArrayLike, y: ArrayLike, reset: bool) -> tuple[Any, Array]:
        """Return X and y as arrays of as many rows, finite and of a precision to compute in."""
        dtypes = OWN_PRECISIONS if self.precision is None else (get_precision(self.precision).dtype,)
        answers = self._plain(y, len(X)) if type(X) is np.ndarray and X.ndim == 2 else None
        inputs = None if answers is None else plain_rows(vars(self), X, reset, dtypes)
        if inputs is not None and answers is not None:
            self.n_features_in_ = inputs.shape[1]
            return inputs, answers
        asked = {"accept_sparse": "csr", "multi_output": True, "dtype": dtypes, "reset": reset, **self._y_options}
        with np.errstate(all="ignore"):
            inputs, answers = validate_data(self, X, self._taken(y), **asked)
        return inputs, answers

    def _validation_rows(self, data: tuple[ArrayLike, ...]) -> Rows:
        if not isinstance(data, tuple | list) or len(data) not in (2, 3):
            raise UsageError("validation_data must be (X, y) or (X, y, sample_weight).")
        return self._rows(data[0], data[1], data[2] if len(data) == 3 else None, reset=False, incremental=True)

    def _start(self, recipe: Recipe, rows: Rows, draw: bool) -> None:
        """Begin from scratch; without `draw`, from the coefs_ and intercepts_ a user has set."""
        self.n_outputs_ = self._count_outputs(rows.Y)
        self.network_ = network = self._describe(recipe, rows.X.shape[1])
        self.n_layers_ = network.L + 1
        self.out_activation_ = SKLEARN_NAMES.get(network.layers[-1].activation, network.layers[-1].activation)
        parameters, self._seed = first_parameters(network, rows.X.dtype, self.random_state, recipe.drawn_by)
        if draw:
            self.coefs_, self.intercepts_ = weights_of(parameters)
        self._keep_tally(Tally.fresh(self.early_stopping))
        self._epochs, self._records, self._best = 0, [], None
        self.__dict__.pop("_optimizer", None)

    def _describe(self, recipe: Recipe, n_in: int) -> Network:
        return describe(recipe, n_in, self.n_outputs_, *self._output_and_loss())

    def recipe(self) -> Recipe:
        """Return the settings, checked, in clearprop's words.

        Raises
        ------
        UsageError
            Naming the first that has no meaning, what it may be, and what came.
        """
        return recipe_of(self._shown.read(self._asked, self), getattr(self, "_seed", 0), self._asked)

    def _outputs(self, X: Array | csr_array) -> Array:
        """Return a[L] (n_samples, n_outputs) of checked rows."""
        if issparse(X) and pays(X, Request(self.network_, SGD(), self.precision or X.dtype, device=self.device)):
            return predict_sparse(self.network_, self._parameters(), X)
        with at_most_threads(self.n_threads):
            ready = take(self, self._wanted())
            parts = [predict(ready.session, block) for block in (dense_blocks(X) if issparse(X) else [X])]
            give_back(self, ready)
            return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _weights(self, y: Array, weights: Array | None, dtype: DTypeLike) -> Array | None:
        """Return the weights of the rows."""
        return weights

    @property
    def _n_features_out(self) -> int:
        return int(self.network_.sizes[-2])

    def _dense_rows(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None) -> Rows:
        check_is_fitted(self)
        return self._rows(X, y, sample_weight, reset=False, incremental=True).in_memory()

    def _as_fit(self, rows: Rows, validation_data: tuple[ArrayLike, ...] | None) -> Fit:
        recipe = self.recipe()
        held = None if validation_data is None else self._validation_rows(validation_data).in_memory()
        if self.early_stopping and recipe.solver is None and held is None:
            rows, held, _ = hold_out(recipe, self.network_, rows)
        again = self._seed % 2**32  # so that a random_state that is a generator stays as it is
        start, _ = first_parameters(self.network_, self.coefs_[0].dtype, again, recipe.drawn_by)
        return Fit(
            network=self.network_, parameters=self._parameters(), start=start, rows=rows, validation=held,
            plan=plan_of(recipe, len(rows), self.max_iter, recipe.rule().learning_rate, measured=held is not None),
            rule=None if recipe.solver else recipe.rule(), history=self.history_,
            stopped=Stopped.EPOCHS if self.n_iter_ >= self.max_iter else None, columns=self._column_names(),
            words=IN_SKLEARNS_WORDS.words,
        )  # fmt: skip

    def _wanted(self) -> Wanted:
        kept = vars(self)
        weights = kept["coefs_"], kept["intercepts_"]
        return Wanted(self.network_, *weights, self.engine, self.precision, self.n_threads, self.device)

    def __getstate__(self) -> Any:
        """Return what is copied or pickled; a shallow copy has the same arrays."""
        may_be_touched(self)
        return super().__getstate__()

    def _check_X(self, X: ArrayLike) -> Array | csr_array:
        kept = vars(self)
        plain = plain_rows(kept, X, reset=False) if "coefs_" in kept else None
        if plain is None:
            check_is_fitted(self)
            plain = validate_data(self, X, accept_sparse="csr", dtype=OWN_PRECISIONS, reset=False)
        return rows_into(plain, kept["coefs_"][0].dtype)

    def _output_and_loss(self) -> tuple[str, Loss]:
        raise NotImplementedError

    def _plain(self, y: ArrayLike, n: int) -> Array | None:
        """Return y if it is n targets that need no look, else None."""
        return plain_numbers(y, n)

    def _taken(self, y: ArrayLike) -> ArrayLike:
        """Return y as scikit-learn can look at it, or refuse it."""
        return y

    def _targets(self, y: Array, reset: bool, incremental: bool) -> Array:
        raise NotImplementedError

    def _count_outputs(self, Y: Array) -> int:
        raise NotImplementedError

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
