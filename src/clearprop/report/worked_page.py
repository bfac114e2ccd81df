"""The worked page: one row's forward and backward pass, every number with the sum it comes from."""

from __future__ import annotations

from typing import Any

from clearprop.report.modules import joined
from clearprop.report.pages import embedded, page, read

_OBJECTIVE = ("J", "D", "R", "losses")


def worked_page(numbers: dict[str, Any], title: str | None = None) -> str:
    """Return one self-contained HTML page; it works offline and asks nothing of anybody.

    Parameters
    ----------
    numbers : dict
        What `clearprop.explain.worked_numbers` returns.
    title : str, optional

    Returns
    -------
    str
        The page. Write it as UTF-8.
    """
    values = {
        "title": title or f"{numbers['rows'][numbers['row']]}, worked through",
        "script": joined("worked_page/page.mjs", read),
        "numbers": embedded(numbers),
        "max_units": numbers["mostUnits"],
    }
    return page("worked_page/page.html", ["worked_page/page.css"], values | _facts(numbers))


def _facts(numbers: dict[str, Any]) -> dict[str, Any]:
    shown = [len(units) for units in numbers["units"]]
    facts = {name: _readable(numbers[name]) for name in ("J", "D", "R")}
    return {
        **facts,
        "n_rows": len(numbers["rows"]),
        "row_name": numbers["rows"][numbers["row"]],
        "only": _only_output(numbers),
        "loss": _readable(numbers["losses"][numbers["row"]]),
        "objective": [numbers["equations"][name] for name in _OBJECTIVE if name in numbers["equations"]],
        "loss_name": numbers["lossName"],
        "penalty": bool(numbers["l1"] or numbers["l2"]),
        "penalizes_bias": numbers["penalizeBias"],
        "cut": shown != numbers["sizes"],
        "dropout": numbers["dropout"],
        "takes_classes": numbers["takesClasses"],
    }


def _only_output(numbers: dict[str, Any]) -> dict[str, str] | None:
    """Return target and value of a single output, as the network has them; of several the drawing tells."""
    if len(numbers["units"][-1]) != 1:
        return None
    row = numbers["row"]
    return {"Y": _readable(numbers["Y"][row][0]), "a": _readable(numbers["layers"][-1]["a"][row][0])}


def _readable(value: float | None) -> str:
    return "not finite" if value is None else f"{value:.4g}".replace("-", "−")
