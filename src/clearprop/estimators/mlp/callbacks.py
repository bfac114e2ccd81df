"""scikit-learn's callbacks (its 1.9 and later): a task for the fit, and one for each epoch or iteration in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clearprop.estimators.mlp.network import weights_of
from clearprop.model import Parameters, parameter_shapes
from clearprop.training import EpochEnded, Event, Stopped, TrainingEnded, TrainingStarted

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # an older scikit-learn: nothing can ask for callbacks

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stands where there are no callbacks."""

    def with_callbacks(method: Callable[..., Any]) -> Callable[..., Any]:
        """Return the method as it is."""
        return method


__all__ = ["CallbackSupportMixin", "Tasks", "with_callbacks"]


class Tasks:
    """Tells the callbacks of an estimator where its fit stands; a listener of the training loop.

    Parameters
    ----------
    mlp : MLPClassifier or MLPRegressor
    X, y, sample_weight
        As the user gave them, for callbacks that score.
    """

    def __init__(self, mlp: Any, X: Any, y: Any, sample_weight: Any) -> None:
        self._mlp = mlp
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        self._arguments = {"estimator": mlp, "X": X, "y": y, "metadata": metadata}
        self._task: Any = None
        self._root: Any = None
        if hasattr(mlp, "_init_callback_context"):
            self._root = mlp._init_callback_context(max_subtasks=mlp.max_iter)
            self._root.call_on_fit_task_begin(**self._arguments)

    @property
    def wanted(self) -> bool:
        """Whether any callback is there to be told."""
        return self._root is not None and bool(getattr(self._mlp, "_skl_callbacks", None))

    def __call__(self, event: Event) -> None:
        progress = event.training.progress
        if isinstance(event, TrainingStarted):
            self.begin("epoch")
        elif isinstance(event, EpochEnded):
            if self.end(lambda: event.training.session.get_state().parameters):
                event.training.stop(Stopped.CALLBACK)
            if progress.stopped is None and progress.epoch < event.training.plan.n_epochs:
                self.begin("epoch")
        elif isinstance(event, TrainingEnded):
            self.end(lambda: event.training.session.get_state().parameters)

    def begin(self, name: str) -> None:
        """Begin an epoch or iteration."""
        if self.wanted:
            self._task = self._root.subcontext(task_name=name)
            self._task.call_on_fit_task_begin(**self._arguments)

    def end(self, parameters: Callable[[], Any]) -> bool:
        """End it, where one was begun; return whether a callback wants the fit to stop.

        Parameters
        ----------
        parameters : callable
            Returns the parameter vector at this moment; called only if a callback looks at the estimator.
        """
        task, self._task = self._task, None
        if task is None:
            return False
        return bool(
            task.call_on_fit_task_end(**self._arguments, reconstruction_attributes=lambda: self._weights(parameters()))
        )

    def close(self) -> None:
        """End the fit."""
        if self._root is not None:
            self._root.call_on_fit_task_end(**self._arguments, reconstruction_attributes={})

    def _weights(self, vector: Any) -> dict[str, Any]:
        coefs, intercepts = weights_of(Parameters(parameter_shapes(self._mlp.network_), vector))
        return {"coefs_": coefs, "intercepts_": intercepts}
