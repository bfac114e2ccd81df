"""Which figures a report has: drawn from the examination, by name."""

from __future__ import annotations

from typing import TypeAlias

from clearprop.examination import Examination
from clearprop.examination.classes import ClassQuality
from clearprop.examination.numbers import NumberQuality
from clearprop.report.figures import classes, data, influence, inside, learning, numbers
from clearprop.training import metric_name

Figures: TypeAlias = dict[str, list[tuple[str, str]]]
"""For each section of the page, its figures: the title and the svg element."""

_CHANGING = 1e-12


def draw_figures(x: Examination) -> Figures:
    """Return the figures of every section."""
    return {
        "data": [("The target in the training rows", data.target(x.data))],
        "model": [("", inside.diagram(x.estimator.network_))],
        "learning": _learning(x),
        "quality": _classes(x.quality) if isinstance(x.quality, ClassQuality) else _numbers(x.quality, x.data.target),
        "thresholds": _thresholds(x.quality),
        "importance": [
            ("How much the mean loss rises", influence.importance(x.importances, x.baselines[0].loss or 1.0))
        ],
        "dependence": [(d.column, influence.dependence(d)) for d in x.dependences],
        "errors": [(e.column, influence.error_along(e, _error_label(x))) for e in x.errors_along],
        "inside": _inside(x),
    }


def _learning(x: Examination) -> list[tuple[str, str]]:
    history, best = x.estimator.history_, x.estimator.facts_.best_epoch
    metric = {"accuracy": "accuracy", "r2": "R²"}[metric_name(x.estimator.network_)]
    if not history["epoch"]:
        return []
    figures = [("Loss", learning.learning_curve(history, "loss", best, "loss"))]
    if any(value is not None for value in history["metric"]):
        figures.append((metric.capitalize(), learning.learning_curve(history, "metric", best, metric)))
    figures.append(("Size of the gradient", learning.positive_curve(history, "gradient_norm", "‖∂J/∂w‖")))
    rates = [rate for rate in history["learning_rate"] if rate]
    if rates and max(rates) - min(rates) > _CHANGING:
        figures.append(("Learning rate", learning.positive_curve(history, "learning_rate", "learning rate")))
    return figures


def _classes(quality: ClassQuality) -> list[tuple[str, str]]:
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


def _thresholds(quality: ClassQuality | NumberQuality) -> list[tuple[str, str]]:
    if isinstance(quality, NumberQuality) or not quality.thresholds:
        return []
    return [("", classes.thresholds(quality.thresholds))]


def _numbers(quality: NumberQuality, target: str) -> list[tuple[str, str]]:
    return [
        ("Predicted over true values", numbers.predicted_and_true(quality, target)),
        ("Residuals over predictions", numbers.residuals_over_predicted(quality)),
        ("Distribution of the residuals", numbers.residual_histogram(quality)),
        ("How far off", numbers.error_shares(quality)),
    ]


def _inside(x: Examination) -> list[tuple[str, str]]:
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


def _error_label(x: Examination) -> str:
    return "mean loss" if isinstance(x.quality, ClassQuality) else "mean absolute error"
