"""A fitted MLP estimator and its rows as the doctor sees them."""

from __future__ import annotations

import copy
from typing import Any

from clearprop.clinic import Fit
from clearprop.estimators.mlp.network import first_parameters
from clearprop.estimators.mlp.settings import batch_size, takes_all_rows
from clearprop.estimators.mlp.steps import hold_out
from clearprop.fitting.settings import IN_SKLEARNS_WORDS
from clearprop.training import Plan, Rows


def as_fit(mlp: Any, rows: Rows, validation: Rows | None = None) -> Fit:
    """Return the fit that an MLP estimator made of these rows.

    Parameters
    ----------
    mlp : MLPClassifier or MLPRegressor
        Fitted on the rows.
    rows : Rows
        Dense.
    validation : Rows or None
        Dense, where `fit` was given any; if not, it has held some out for early_stopping.
    """
    again = copy.copy(mlp)
    again.random_state = mlp._seed % 2**32  # so that a random_state that is a generator stays as it is
    rule = None if takes_all_rows(mlp) else mlp.recipe().rule()
    if mlp.early_stopping and rule is not None and validation is None:
        rows, validation, _ = hold_out(mlp, rows)
    rate = mlp.learning_rate_init if rule is None else rule.learning_rate
    size = batch_size(mlp.batch_size, len(rows))
    return Fit(
        network=mlp.network_,
        parameters=mlp._parameters(),
        start=first_parameters(again, mlp.network_, mlp.coefs_[0].dtype)[0],
        rows=rows,
        plan=Plan(n_epochs=mlp.max_iter, batch_size=size, learning_rate=rate, seed=mlp._seed),
        rule=rule,
        validation=validation,
        history=mlp.history_,
        stopped="epochs" if mlp.n_iter_ >= mlp.max_iter else None,
        columns=tuple(map(str, getattr(mlp, "feature_names_in_", ()))),
        words=IN_SKLEARNS_WORDS.words,
    )
