"""The probabilities of a trained network made to hold, by the answers to the rows it was not trained on.

A temperature is no step of its own: dividing every z of the last layer by it divides that layer's weights and biases,
and what comes out is a network like any other, in files, exports and derivations alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.equations.philox import PURPOSE_SPLIT, generator
from clearprop.fitting.fitted import Fitted
from clearprop.fitting.held import Held
from clearprop.fitting.table_job import TableJob
from clearprop.model import Network, Parameters
from clearprop.model.parameters import as_lists
from clearprop.tables.encodings import ClassTarget
from clearprop.uncertainty.calibration import Calibration, calibrate, probabilities

Array = NDArray[Any]

PART_DRAW = 4  # of the parts of held-out rows; see `clearprop.fitting.parts`
_TEMPERED = ("softmax", "sigmoid")


def calibration_of(job: TableJob, answers: Sequence[Held]) -> Calibration:
    """Return the calibration that the answers to a job's held-out rows speak for; none where it is switched off."""
    network, method = job.network, job.recipe.calibration
    if method == "none" or not isinstance(job.schema.target, ClassTarget) or not network.objective.loss.of_classes:
        return Calibration()
    held = [one for one in answers if len(one.Y)]
    if not held:
        return Calibration()
    P, codes, weights = (np.concatenate(parts) for parts in zip(*map(_judged, held), strict=True))
    if not np.isfinite(P).all():
        return Calibration()
    draw = generator(job.recipe.seed, PURPOSE_SPLIT, PART_DRAW).permutation(len(P))
    if not _may_be_tempered(network):
        method = "isotonic" if method in ("auto", "isotonic") else "none"
    found = calibrate(P, codes, weights, method, draw)
    return Calibration() if len(answers) > 1 and _done_by_the_mean(found) else found


def tempered(fitted: Fitted, temperature: float) -> Fitted:
    """Return a trained network with the z of its last layer divided by a temperature."""
    parameters = Parameters(fitted.parameters.shapes, fitted.parameters.vector.copy())
    for of_last in (arrays[-1] for arrays in as_lists(fitted.network, parameters)):
        if of_last is not None:
            of_last /= temperature
    return replace(fitted, parameters=parameters)


def _done_by_the_mean(found: Calibration) -> bool:
    """Whether it makes answers less sure, which the mean does: each row was answered by one member alone."""
    return found.temperature > 1 or found.curve is not None


def _judged(held: Held) -> tuple[Array, Array, Array]:
    P = probabilities(held.outputs)
    return P, held.Y.astype(int), np.ones(len(P)) if held.weights is None else held.weights.astype(np.float64)


def _may_be_tempered(network: Network) -> bool:
    """Whether the last layer's z become probabilities by softmax or sigmoid, and nothing holds its weights."""
    last = network.layers[-1]
    return last.activation in _TEMPERED and not last.frozen and last.max_norm is None
