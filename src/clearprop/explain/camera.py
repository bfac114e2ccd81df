"""Camera: every number a page shows of one moment of a training, of the same rows and units every time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.clinic.layer_states import LayerState, layer_states, trace_rows
from clearprop.explain.derivation import Derivation, derive
from clearprop.explain.derivation.notations import NOTATIONS
from clearprop.explain.worked_numbers import Data, Shown, layer_arrays, layer_facts, overview, written
from clearprop.model import Network, Parameters, Trace
from clearprop.training import Rows

Array = NDArray[Any]
Numbers = dict[tuple[int, str], Array]
Layout = list[tuple[int, str, list[int]]]

STATES = ("gradient_norm", "change", "dead", "saturated")


@dataclass(frozen=True, eq=False)
class Camera:
    """What is looked at, moment after moment.

    Attributes
    ----------
    rows : Rows
        Those the states of the layers are of.
    shown : Shown
    """

    rows: Rows
    shown: Shown

    @np.errstate(all="ignore")  # a run that diverged has numbers beyond all
    def numbers(self, trace: Trace, before: Parameters | None) -> Numbers:
        """Return every number of a moment, by layer and name.

        Parameters
        ----------
        trace : Trace
            Of the rows that are shown.
        before : Parameters or None
            Those of one step before.
        """
        network = trace.network
        l1, l2 = network.objective.strengths(trace.weights)
        found: Numbers = {
            (0, "J"): np.asarray(trace.J), (0, "D"): np.asarray(trace.D), (0, "R"): np.asarray(trace.R),
            (0, "l1"): np.asarray(l1), (0, "l2"): np.asarray(l2), (0, "losses"): trace.losses,
        }  # fmt: skip
        for l in range(1, network.L + 1):
            found |= {(l, name): array for name, array in layer_arrays(trace, self.shown, l).items()}
        whole = trace_rows(network, trace.parameters, self.rows)
        found[0, "states"] = np.array([_state(state) for state in layer_states(whole, before)])
        return found


def layout_of(numbers: Numbers) -> Layout:
    """Return which numbers a frame holds, in their order; 0 for those of no layer."""
    return [(l, name, list(array.shape)) for (l, name), array in numbers.items()]


def flat(numbers: Numbers) -> NDArray[np.float32]:
    """Return the numbers of a moment as a frame."""
    return np.concatenate([np.ravel(array) for array in numbers.values()]).astype(np.float32)


def standing(trace: Trace, shown: Shown, notation: str, network: Network | None = None) -> Data:
    """Return what stays as it is while a network learns: sizes, names, inputs, targets and equations.

    Parameters
    ----------
    trace : Trace
        Of the rows that are shown, at any moment.
    shown : Shown
    notation : str
        Which one is shown first.
    network : Network, optional
        Whose equations are written, if not those of the trace.
    """
    of = network or trace.network
    first, *others = [notation, *(name for name in NOTATIONS if name != notation)]
    derivations = {name: derive(of, name, weighted=trace.weights is not None) for name in (first, *others)}
    return {
        **overview(trace, shown, derivations[first]),
        "layers": [layer_facts(trace.network, l) for l in range(1, trace.network.L + 1)],
        "notations": {name: _notation(derivation) for name, derivation in derivations.items()},
        "notation": first,
        "states": list(STATES),
    }


def _state(state: LayerState) -> list[float]:
    values = (getattr(state, name) for name in STATES)
    return [np.nan if value is None else float(value) for value in values]


def _notation(derivation: Derivation) -> Data:
    return {
        "title": derivation.title, "equations": written(derivation),
        "columns": derivation.orientation != "Rows", "scales": derivation.scales_delta,
    }  # fmt: skip
