"""scikit-learn's callbacks (its 1.9 and later): a task for the fit, and one for each epoch or iteration in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sklearn.base import BaseEstimator

from clearprop.fitting.as_sklearn.network import weights_of
from clearprop.model import Parameters, parameter_shapes
from clearprop.training import EpochEnded, Event, Running, Stopped, TrainingEnded, TrainingStarted

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # an older scikit-learn: nothing can ask for callbacks

    class CallbackSupportMixin:  # type: ignore[no-redef]  # the one of a newer scikit-learn is absent
        """Stands where there are no callbacks."""

    def with_callbacks(method: Callable[..., Any]) -> Callable[..., Any]:
        """Return the method as it is."""
        return method


__all__ = ["CallbackSupportMixin", "Tasks", "with_callbacks"]


class Tasks:
    """Tells the callbacks of an estimator where its fit stands; a listener of the training loop.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
    X, y, sample_weight
        As the user gave them, for callbacks that score.
    unit : {"epoch", "iteration"}
        What a task in the fit is called.
    """

    def __init__(self, estimator: BaseEstimator, X: Any, y: Any, sample_weight: Any, unit: str) -> None:
        self._estimator, self._unit = estimator, unit
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        self._arguments = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        self._task: Any = None
        self._root: Any = None
        if hasattr(estimator, "_init_callback_context"):
            self._root = estimator._init_callback_context(max_subtasks=estimator.max_iter)
            self._root.call_on_fit_task_begin(**self._arguments)

    @property
    def wanted(self) -> bool:
        """Whether any callback is there to be told."""
        return self._root is not None and bool(getattr(self._estimator, "_skl_callbacks", None))

    def __call__(self, event: Event) -> None:
        progress = event.training.progress
        if isinstance(event, TrainingStarted):
            self._begin()
        elif isinstance(event, EpochEnded):
            if self._end(event.training):
                event.training.stop(Stopped.CALLBACK)
            if progress.stopped is None and progress.epoch < event.training.plan.n_epochs:
                self._begin()
        elif isinstance(event, TrainingEnded):
            self._end(event.training)

    def _begin(self) -> None:
        """Begin an epoch or iteration."""
        self._task = self._root.subcontext(task_name=self._unit)
        self._task.call_on_fit_task_begin(**self._arguments)

    def _end(self, training: Running) -> bool:
        """End it, where one was begun; return whether a callback wants the fit to stop."""
        task, self._task = self._task, None
        if task is None:
            return False
        return bool(
            task.call_on_fit_task_end(**self._arguments, reconstruction_attributes=lambda: self._weights(training))
        )

    def close(self) -> None:
        """End the fit."""
        if self._root is not None:
            self._root.call_on_fit_task_end(**self._arguments, reconstruction_attributes={})

    def _weights(self, training: Running) -> dict[str, Any]:
        """Return what the estimator needs to predict by the weights of this moment, in the precision of the fit."""
        vector = training.session.get_state().parameters.astype(self._estimator.coefs_[0].dtype, copy=False)
        coefs, intercepts = weights_of(Parameters(parameter_shapes(training.network), vector))
        return {"coefs_": coefs, "intercepts_": intercepts}
