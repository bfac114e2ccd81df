"""The report: all that is known of one trained model, on one page."""

from __future__ import annotations

from dataclasses import dataclass

from clearprop.estimators.table.base import TableEstimator
from clearprop.examination import Examination
from clearprop.report.figures.sections import draw_figures
from clearprop.report.formulas import formulas
from clearprop.report.pages import page
from clearprop.report.words import FILTERS, leaks, verdict
from clearprop.training import metric_stride

MOST_COLUMNS = 200
"""Of a wider table the page lists the first."""


@dataclass(frozen=True)
class Reproduction:
    """How the model can be made again.

    Attributes
    ----------
    command : str
        A line for the shell, or of Python.
    config : str
        The configuration as TOML; "" where there is none.
    """

    command: str
    config: str = ""


def report_page(examination: Examination, reproduction: Reproduction | None = None, title: str | None = None) -> str:
    """Return one self-contained HTML page: no script, no network, no font.

    Parameters
    ----------
    examination : Examination
        See `clearprop.examination.examine`.
    reproduction : Reproduction, optional
        Left out, the estimator's own settings are shown.
    title : str, optional

    Returns
    -------
    str
        The page. Write it as UTF-8.
    """
    estimator = examination.estimator
    weighted = estimator.class_weight is not None
    facts = estimator.facts_
    values = {
        "title": title or f"{estimator.target_.name}, predicted from {facts.source}",
        "x": examination,
        "facts": facts,
        "network": estimator.network_,
        "parameters": estimator.parameters_,
        "schema": estimator.schema_,
        "verdict": verdict(examination),
        "leaks": leaks(examination),
        "figures": draw_figures(examination),
        "formulas": formulas(estimator.network_, weighted),
        "weighted": weighted,
        "most_columns": MOST_COLUMNS,
        "stride": metric_stride(facts.training_rows),
        "reproduction": reproduction or _from_settings(estimator),
    }
    return page("report/page.html", ["report/page.css"], values, FILTERS)


def _from_settings(estimator: TableEstimator) -> Reproduction:
    return Reproduction(f"{estimator!r}.fit({estimator.facts_.source!r})")
