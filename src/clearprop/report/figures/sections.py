"""Which figures a report has, section by section: drawn from the examination.

To add one, write a function from the examination to titles and svg elements, none where it has nothing to say, and put
it into its section of `FIGURES`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from clearprop.examination import Examination
from clearprop.examination.classes import ClassQuality
from clearprop.report.figures import classes, data, influence, inside, learning, numbers
from clearprop.training import metric_name

Titled: TypeAlias = list[tuple[str, str]]
"""Figures: the title of each, "" where the section's is enough, and the svg element."""

_CHANGING = 1e-12


def draw_figures(x: Examination) -> dict[str, Titled]:
    """Return the figures of every section."""
    return {section: [figure for draw in draws for figure in draw(x)] for section, draws in FIGURES.items()}


def _target(x: Examination) -> Titled:
    which = "training rows" if x.estimator.facts_.on_a_table else "rows of this file"
    return [(f"The target in the {which}", data.target(x.data))]


def _diagram(x: Examination) -> Titled:
    return [("", inside.diagram(x.estimator.network_))]


def _learning(x: Examination) -> Titled:
    history, best = x.estimator.history_, x.estimator.facts_.best_epoch
    name = metric_name(x.estimator.network_, x.estimator.facts_.metric)
    metric = "R²" if name == "r2" else name.replace("_", " ")
    if not history.get("epoch"):
        return []
    figures = [("Loss", learning.learning_curve(history, "loss", best, "loss"))]
    if any(value is not None for value in history["metric"]):
        figures.append((metric.capitalize(), learning.learning_curve(history, "metric", best, metric)))
    figures.append(("Size of the gradient", learning.positive_curve(history, "gradient_norm", "‖∂J/∂w‖")))
    rates = [rate for rate in history["learning_rate"] if rate]
    if rates and max(rates) - min(rates) > _CHANGING:
        figures.append(("Learning rate", learning.positive_curve(history, "learning_rate", "learning rate")))
    return figures


def _classes(x: Examination) -> Titled:
    quality = x.quality
    if not isinstance(quality, ClassQuality):
        return []
    binary = len(quality.labels) == 2
    of = f"probability of {quality.labels[1]}" if binary else "probability of the predicted class"
    figures = [("Confusion matrix", classes.confusion(quality))]
    if quality.curves:
        figures += [
            ("ROC curve", classes.roc(quality.curves)),
            ("Precision and recall", classes.precision_recall(quality.curves)),
        ]
    figures.append(("Calibration", classes.calibration(quality.calibration, of)))
    return figures


def _sure(x: Examination) -> Titled:
    if x.sure is None or not x.sure.levels:
        return []
    of = "set of classes" if isinstance(x.quality, ClassQuality) else "interval"
    return [("How often it holds what it says", numbers.coverage(x.sure, of))]


def _thresholds(x: Examination) -> Titled:
    if not isinstance(x.quality, ClassQuality) or not x.quality.thresholds:
        return []
    return [("", classes.thresholds(x.quality.thresholds))]


def _numbers(x: Examination) -> Titled:
    quality = x.quality
    if isinstance(quality, ClassQuality):
        return []
    return [
        ("Predicted over true values", numbers.predicted_and_true(quality, x.data.target)),
        ("Residuals over predictions", numbers.residuals_over_predicted(quality)),
        ("Distribution of the residuals", numbers.residual_histogram(quality)),
        ("How far off", numbers.error_shares(quality)),
    ]


def _importance(x: Examination) -> Titled:
    return [("How much the mean loss rises", influence.importance(x.importances, x.baselines[0].loss or 1.0))]


def _dependence(x: Examination) -> Titled:
    return [(d.column, influence.dependence(d)) for d in x.dependences]


def _errors(x: Examination) -> Titled:
    of = "mean loss" if isinstance(x.quality, ClassQuality) else "mean absolute error"
    return [(e.column, influence.error_along(e, of)) for e in x.errors_along]


def _inside(x: Examination) -> Titled:
    epochs, states = x.epochs, x.layers_over_time
    if len(epochs) < 2:
        return []
    gap = epochs[-1] - epochs[-2]
    ratio = f"Update ratio: change of the weights in {gap} epoch{'s' if gap > 1 else ''}"
    figures = [
        ("Size of each layer's gradient", inside.over_time(epochs, states, "gradient_norm", "‖dW‖", log=True)),
        (ratio, inside.over_time(epochs[1:], states[1:], "change", "‖ΔW‖ / ‖W‖", log=True)),
        ("Dead units", inside.over_time(epochs, states, "dead", "share of the units", log=False)),
    ]
    if any(layer.saturated for state in states for layer in state):
        saturated = inside.over_time(epochs, states, "saturated", "share of the units", log=False)
        figures.append(("Saturated units", saturated))
    layers = range(1, min(len(states[0]), inside.MOST_LAYERS) + 1)
    return figures + [(f"z of layer {l}", inside.z_over_time(epochs, states, l)) for l in layers]


FIGURES: dict[str, tuple[Callable[[Examination], Titled], ...]] = {
    "data": (_target,),
    "model": (_diagram,),
    "learning": (_learning,),
    "quality": (_classes, _numbers, _sure),
    "thresholds": (_thresholds,),
    "importance": (_importance,),
    "dependence": (_dependence,),
    "errors": (_errors,),
    "inside": (_inside,),
}
"""By section; its page in `templates/report/` says where they stand."""
