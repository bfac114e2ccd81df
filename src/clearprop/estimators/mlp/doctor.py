"""A fitted MLP estimator and its rows as the doctor sees them."""

from __future__ import annotations

import copy
from typing import Any

from clearprop.estimators.mlp.network import choose_rule, first_parameters
from clearprop.estimators.mlp.steps import hold_out
from clearprop.explain.fit_doctor import Fit
from clearprop.training import Plan, Rows
from clearprop.training.solvers import SOLVERS

WORDS = {
    "l2": "alpha",
    "l1": "alpha_l1",
    "n_epochs": "max_iter",
    "learning_rate": "learning_rate_init",
}
"""The estimator's names for the general settings, where they differ."""


def as_fit(mlp: Any, rows: Rows) -> Fit:
    """Return the fit that an MLP estimator made of these rows.

    Parameters
    ----------
    mlp : MLPClassifier or MLPRegressor
        Fitted on the rows.
    rows : Rows
        Dense.
    """
    again = copy.copy(mlp)
    again.random_state = mlp._seed % 2**32  # so that a random_state that is a generator stays as it is
    solver = isinstance(mlp.solver, str) and mlp.solver in SOLVERS
    rule = None if solver else choose_rule(mlp)
    validation = None
    if mlp.early_stopping and not solver:
        rows, validation, _ = hold_out(mlp, rows)
    batch_size = 200 if mlp.batch_size == "auto" else int(mlp.batch_size)
    rate = 0.001 if rule is None else rule.learning_rate
    return Fit(
        network=mlp.network_,
        parameters=mlp._parameters(),
        start=first_parameters(again, mlp.network_, mlp.coefs_[0].dtype)[0],
        rows=rows,
        plan=Plan(n_epochs=mlp.max_iter, batch_size=min(batch_size, len(rows)), learning_rate=rate, seed=mlp._seed),
        rule=rule,
        validation=validation,
        history=mlp.history_,
        stopped="epochs" if mlp.n_iter_ >= mlp.max_iter else None,
        columns=tuple(map(str, getattr(mlp, "feature_names_in_", ()))),
        words=WORDS,
    )
