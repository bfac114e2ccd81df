"""RealMLP and TabM of pytabkit (pip install "pytabkit[models]"), as `quality.py` sets them beside the others.

They keep their defaults, but for what would handicap them by the error they are judged by: with two classes, judged by
the area under the ROC curve, RealMLP picks its epoch by the log loss and smooths no labels, as its authors advise.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer


def networks(task: str, two: bool, frame: pd.DataFrame, seed: int) -> dict[str, Any]:
    """Return the networks by title; none where pytabkit is not there."""
    try:
        import pytabkit
    except ImportError:
        return {}
    words = [name for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]
    numbers = [name for name in frame if name not in words]
    given: dict[str, Any] = {"device": "cpu", "n_threads": 1, "random_state": seed}
    by_log_loss = {"val_metric_name": "cross_entropy", "use_ls": False} if two else {}
    ending = "Classifier" if task == "classes" else "Regressor"
    made = {
        title: getattr(pytabkit, f"{kind}_{ending}")(**given, **settings)
        for title, kind, settings in (
            ("RealMLP-TD-S", "RealMLP_TD_S", by_log_loss),
            ("RealMLP-TD", "RealMLP_TD", by_log_loss),
            ("TabM", "TabM_D", {}),
        )
    }
    return {title: make_pipeline(*_prepared(numbers, words), model) for title, model in made.items()}


def _prepared(numbers: list[str], words: list[str]) -> tuple[Any, Any]:
    """Return what fills gaps with the median, which they do not take, and marks categories as such."""
    filled = make_column_transformer(
        (SimpleImputer(strategy="median"), numbers), ("passthrough", words), verbose_feature_names_out=False
    ).set_output(transform="pandas")
    return filled, FunctionTransformer(_marked, kw_args={"words": words})


def _marked(frame: pd.DataFrame, words: list[str]) -> pd.DataFrame:
    return frame.astype(dict.fromkeys(words, "category") | {name: float for name in frame if name not in words})
