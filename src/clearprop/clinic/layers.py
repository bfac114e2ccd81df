"""Ailments of the layers: units that are dead or saturated, weights that move too fast or not at all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from clearprop.clinic.layer_states import thinned, trace_rows, unit_shares
from clearprop.clinic.records import Finding, Fit
from clearprop.clinic.trials import open_at, rounded, run_steps
from clearprop.equations.optimizers import Rule

ROWS = 1000
MANY, MOST = 0.4, 0.8
STEPS = 20
FAST, SLOW = 0.1, 3e-6
GOOD = 3e-3


def dead(fit: Fit) -> Iterator[Finding]:
    """Hidden layers in which many units have f′ = 0 on every row: no gradient passes, so they never learn again."""
    yield from _units(fit, 0, "dead", "f′ is 0 on every row: they give the same answer always, and learn nothing more")


def saturated(fit: Fit) -> Iterator[Finding]:
    """Hidden layers in which many units lie on the flat ends of a sigmoid or tanh."""
    yield from _units(fit, 1, "saturated", "f′ is below a hundredth of its largest value on 95 % of the rows")


def update_ratio(fit: Fit) -> Iterator[Finding]:
    """Weights that change by more than a tenth per step at the start, or by next to nothing."""
    if fit.rule is None:
        return
    rate = fit.plan.learning_rate
    ratios = _ratios(fit, fit.rule)
    fastest = max(ratios.values(), default=GOOD)
    if fastest > FAST:
        layer = max(ratios, key=ratios.__getitem__)
        better = rounded(rate * GOOD / fastest)
        yield Finding(
            "learning rate too large",
            "severe" if fastest > 1 else "warning",
            f"in the first {STEPS} steps {layer} changed by {100 * fastest:.3g} % per step",
            {"update / weight": fastest, "learning rate": rate},
            f"About 0.1 to 1 % is usual: lower the learning rate to {better:g}.",
            fit.change(learning_rate=better),
        )
    elif fastest < SLOW:
        better = rounded(min(rate * GOOD / max(fastest, 1e-30), 1.0))
        yield Finding(
            "learning rate too small",
            "severe",
            f"in the first {STEPS} steps no layer changed by more than {100 * fastest:.2g} % per step",
            {"update / weight": fastest, "learning rate": rate},
            f"About 0.1 to 1 % is usual: raise the learning rate to {better:g}.",
            fit.change(learning_rate=better),
        )


def _units(fit: Fit, which: int, what: str, meaning: str) -> Iterator[Finding]:
    trace = trace_rows(fit.network, fit.parameters, fit.rows, ROWS)
    shares = {}
    for l in range(1, fit.network.L):
        z = trace.z[l]
        assert z is not None
        shares[l] = unit_shares(fit.network.layers[l - 1].f, z, trace.a[l])[which]
    worst = max(shares, key=shares.__getitem__, default=0)
    if worst and shares[worst] > MANY:
        activation = "leaky_relu" if what == "dead" else "relu"
        rate = rounded(fit.plan.learning_rate / 3)
        yield Finding(
            f"{what} units",
            "severe" if shares[worst] > MOST else "warning",
            f"{100 * shares[worst]:.0f} % of the {fit.network.sizes[worst]} units of layer {worst} are {what}: "
            f"{meaning}",
            {f"share in layer {l}": share for l, share in shares.items()},
            f"Standardise the inputs if they are not, lower the learning rate, and take {activation}.",
            fit.change(activation=activation, learning_rate=rate),
        )


def _ratios(fit: Fit, rule: Rule) -> dict[str, float]:
    """Return by how much of its size each W[l] moves per step at the start; frozen layers are left out."""
    session = open_at(fit.network, fit.start, rule)
    rows = thinned(fit.rows, STEPS * fit.plan.batch_size)
    moved = {f"W{l}": 0.0 for l in range(1, fit.network.L + 1) if not fit.network.layers[l - 1].frozen}
    for step in range(STEPS):
        before = session.get_state().parameters.copy()
        first = step * fit.plan.batch_size % len(rows)
        batch = rows.take(slice(first, first + fit.plan.batch_size))
        if run_steps(session, batch, len(batch), 1, fit.plan.learning_rate) < 1:
            break
        change = session.get_state().parameters - before
        for name in moved:
            moved[name] += float(np.linalg.norm(change[fit.start.slices[name]])) / STEPS
    end = session.get_state().parameters
    sizes = {name: float(np.linalg.norm(end[fit.start.slices[name]])) for name in moved}
    return {name: moved[name] / sizes[name] for name in moved if sizes[name] > 0}
