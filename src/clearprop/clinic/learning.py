"""Ailments of the learning: a bad start, a net that cannot learn, a penalty too strong, an end too early."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.clinic.layer_states import thinned
from clearprop.clinic.records import Finding, Fit
from clearprop.clinic.trials import bare, constant_loss, loss_of, open_at, rounded, run_steps
from clearprop.equations import get_rule
from clearprop.equations.penalties import penalty as penalty_of
from clearprop.equations.targets import as_rows
from clearprop.training import Rows, evaluate, metric_name, outputs

Array = NDArray[Any]

ROWS = 4000
BAD_START = 4.0
ONE_BATCH, ONE_BATCH_STEPS, ONE_BATCH_RATE = 32, 400, 0.01
UNLEARNT = 0.5
TRIAL_STEPS = 300
NOTICED = 0.05
GAP = {"accuracy": 0.1, "r2": 0.15}

_FEWEST = 20


def diverged(fit: Fit) -> Iterator[Finding]:
    """Training met a number that is not finite."""
    if fit.stopped == "diverged":
        better = rounded(fit.plan.learning_rate / 10)
        yield Finding(
            "divergence",
            "severe",
            "training met a number that is not finite and was ended",
            {"learning rate": fit.plan.learning_rate},
            f"Lower the learning rate to {better:g} and clip the gradient.",
            fit.change(learning_rate=better, clip_norm=1.0),
        )


def start(fit: Fit) -> Iterator[Finding]:
    """A loss at the start that is far above what a guess has: ln K, or that of the mean."""
    rows, guess, words = thinned(fit.rows, ROWS), *_guess(fit)
    found = loss_of(fit.network, fit.start, rows)
    if not found <= BAD_START * guess:
        yield Finding(
            "bad start",
            "warning",
            f"before the first step the loss is {found:.3g}, but {words} has {guess:.3g}",
            {"loss at the start": found, "loss of a guess": guess},
            "Standardise inputs and target: initial weights are made for columns of size 1.",
        )


def one_batch(fit: Fit) -> Iterator[Finding]:
    """A net that cannot even learn a handful of rows by heart, without penalty and dropout."""
    network = bare(fit.network)
    n_rows = int(np.clip(min(fit.network.sizes[:-1]), 2, min(ONE_BATCH, len(fit.rows))))
    rows = _distinct(fit.rows, n_rows)
    lowest = _irreducible(fit, rows)
    before = constant_loss(network, rows) - lowest
    if before <= 1e-9:
        return
    session = open_at(network, fit.start, get_rule("adam"))
    steps = run_steps(session, rows, len(rows), ONE_BATCH_STEPS, ONE_BATCH_RATE)
    with np.errstate(all="ignore"):
        after = evaluate(session, network, rows)[0] - lowest
    if not after <= UNLEARNT * before:
        yield Finding(
            "cannot overfit one batch",
            "severe",
            f"after {steps} steps on the same {len(rows)} rows the loss is {after:.3g}, and {before:.3g} is what their "
            "mean has",
            {"loss after": after, "loss of their mean": before, "rows": len(rows), "steps": steps},
            "No gradient reaches the weights, or too little: standardise the inputs, take relu, and fewer layers.",
            fit.change(activation="relu"),
        )


def penalty(fit: Fit) -> Iterator[Finding]:
    """A penalty so strong that a net without it is better after a few hundred steps than this one at its end."""
    objective = fit.network.objective
    if not (objective.l1 or objective.l2):
        return
    held = thinned(fit.validation or fit.rows, ROWS)
    now = loss_of(fit.network, fit.parameters, held)
    if _largest_penalty(fit) < NOTICED * now:  # too weak to be what ails the fit
        return
    network = bare(fit.network)
    session = open_at(network, fit.start, get_rule("adam"))
    run_steps(session, fit.rows, fit.plan.batch_size, TRIAL_STEPS, get_rule("adam").learning_rate)
    without = evaluate(session, network, held)[0]
    if without < 0.85 * now:
        name, value = ("l2", objective.l2) if objective.l2 >= objective.l1 else ("l1", objective.l1)
        better = rounded(value / 100)
        shown = fit.words.get(name, name)
        yield Finding(
            "penalty too strong",
            "severe",
            f"without its penalty the same net is better after {TRIAL_STEPS} steps than this one at its end",
            {"loss now": now, "loss without the penalty": without, shown: value},
            f"Lower {shown} from {value:g} to {better:g}.",
            fit.change(**{name: better}),
        )


def _largest_penalty(fit: Fit) -> float:
    """Return the larger R of where training began and where it ended."""
    weights = np.ones(len(fit.rows)) if fit.rows.weights is None else fit.rows.weights
    l1, l2 = fit.network.objective.strengths(weights)
    layers = range(1, fit.network.L + 1)
    return max(sum(float(penalty_of(p[f"W{l}"], l1, l2)) for l in layers) for p in (fit.start, fit.parameters))


def overfitting(fit: Fit) -> Iterator[Finding]:
    """A fit that is much better on the rows it was trained on than on those it was not."""
    if fit.validation is None:
        return
    session = open_at(fit.network, fit.parameters)
    inside, known = evaluate(session, fit.network, thinned(fit.rows, ROWS))
    outside, new = evaluate(session, fit.network, thinned(fit.validation, ROWS))
    name = metric_name(fit.network)
    if known - new > GAP[name] and outside > 1.3 * inside:
        stronger = rounded(max(10 * fit.network.objective.l2, 1e-3))
        yield Finding(
            "overfitting",
            "warning",
            f"{_spoken(name)} is {known:.3g} on the training rows and {new:.3g} on those held out",
            {f"{name}, training": known, f"{name}, validation": new, "loss, training": inside,
             "loss, validation": outside},
            "Drop a fifth of the hidden inputs and penalise more; or give more rows, or fewer units.",
            fit.change(dropout=0.2, l2=stronger),
        )  # fmt: skip


def too_short(fit: Fit) -> Iterator[Finding]:
    """Training that ended at its last epoch while still getting better."""
    curve = _curve(fit)
    if fit.stopped != "epochs" or len(curve) < 5:
        return
    late = curve[int(0.8 * len(curve)) - 1]
    best = min(curve)
    worthwhile = late - best > max(0.02 * late, 0.005 * constant_loss(fit.network, thinned(fit.rows, ROWS)))
    if int(np.argmin(curve)) >= 0.95 * len(curve) - 1 and worthwhile:
        epochs = 2 * len(curve)
        yield Finding(
            "stopped too early",
            "warning",
            f"the loss was still falling when the {len(curve)} epochs were over: by {100 * (1 - best / late):.2g} % in "
            "the last fifth",
            {"loss after four fifths": late, "loss at the end": best, "epochs": len(curve)},
            f"Train for {epochs} epochs; patience ends it when nothing more is gained.",
            fit.change(n_epochs=epochs),
        )


def never_predicted(fit: Fit) -> Iterator[Finding]:
    """A class with rows that no row is predicted as."""
    if not fit.network.objective.loss.of_classes:
        return
    rows = thinned(fit.validation or fit.rows, ROWS)
    a = outputs(open_at(fit.network, fit.parameters), rows)
    single = a.shape[1] == 1
    if not single and rows.Y.ndim > 1:
        return  # several labels per row
    predicted = (a[:, 0] > 0.5).astype(int) if single else a.argmax(axis=1)
    n_classes = max(2, a.shape[1])
    actual = np.bincount(rows.Y.reshape(len(rows)).astype(int), minlength=n_classes)
    missed = [c for c in range(n_classes) if actual[c] >= _FEWEST and not (predicted == c).any()]
    if missed:
        share = float(actual[missed].sum() / len(rows))
        yield Finding(
            "class never predicted",
            "severe",
            f"{len(missed)} of {n_classes} classes are never predicted, though {100 * share:.2g} % of rows are theirs",
            {"classes": len(missed), "share of the rows": share},
            "Weigh rare classes up, or move the threshold (see the threshold table).",
            fit.change(class_weight="balanced"),
        )


def _guess(fit: Fit) -> tuple[float, str]:
    """Return the loss of a guess, and what to call it."""
    loss, n_out = fit.network.objective.loss, fit.network.n_out
    constant = constant_loss(fit.network, thinned(fit.rows, ROWS))
    if loss.name in ("cross_entropy", "binary_cross_entropy"):
        uniform = math.log(n_out) if loss.name == "cross_entropy" else n_out * math.log(2)
        rows = 1.0 if fit.network.objective.reduction == "mean" else float(len(fit.rows))
        if uniform * rows > constant:
            return uniform * rows, f"guessing evenly (ln {n_out if n_out > 1 else 2})"
    return constant, "the best constant answer"


def _distinct(rows: Rows, n_rows: int) -> Rows:
    """Return n_rows rows, evenly spaced, of weight 1."""
    sample = thinned(rows, n_rows)
    return Rows(sample.X, sample.Y)


def _irreducible(fit: Fit, rows: Rows) -> float:
    """Return the loss that stays because rows with the same inputs have different targets."""
    network = fit.network
    Y = as_rows(rows.Y, network.n_out, np.float64, network.takes_classes)
    inverse = np.unique(rows.X, axis=0, return_inverse=True)[1].reshape(-1)
    means = np.stack([np.bincount(inverse, y) / np.bincount(inverse) for y in Y.T], axis=1)[inverse]
    losses = network.objective.loss.value(means, Y)
    return float(losses.mean() if network.objective.reduction == "mean" else losses.sum())


def _curve(fit: Fit) -> list[float]:
    """Return the loss that counts, epoch by epoch."""
    for name in ("validation_loss", "loss"):
        values = [value for value in fit.history.get(name, ()) if value is not None]
        if values:
            return values
    return []


def _spoken(name: str) -> str:
    return "R²" if name == "r2" else name
