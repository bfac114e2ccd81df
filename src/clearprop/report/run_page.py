"""The page of a recorded run: the worked page, and time."""

from __future__ import annotations

import base64
import json
from typing import Any

from clearprop.explain.film import Film
from clearprop.report.modules import joined
from clearprop.report.pages import embedded, page, read


def run_page(film: Film, title: str) -> str:
    """Return one self-contained HTML page; it works offline, from a file, and asks nothing of anybody.

    Parameters
    ----------
    film : Film
        What `clearprop.explain.film.film` returns.
    title : str
        What was trained on.

    Returns
    -------
    str
        The page. Write it as UTF-8.
    """
    words, data = json.loads(read("run_page/words.json")), film.data
    values = {
        "words": words,
        "script": joined("run_page/page.mjs", read),
        "numbers": embedded(data | {"words": words}),
        "frames": _frames(film),
        "notations": list(data["notations"]),
        "rows": data["rows"],
        "dropout": data["dropout"],
        "studio": data.get("studio"),
        "trains": _trains(data),
    }
    styles = ["worked_page/page.css", "run_page/page.css"]
    return page("run_page/page.html", styles, values | _sentences(words, data, title))


def _trains(data: dict[str, Any]) -> bool:
    return bool(data.get("studio", {}).get("trains"))


def _sentences(words: dict[str, Any], data: dict[str, Any], title: str) -> dict[str, str]:
    """Return what is said with numbers in it."""
    stopped = words["stopped"].get(data["stopped"] or "", words["stopped"]["other"])
    settings = {"rule": data["rule"], "rate": f"{data['rate']:g}", "batch": data["batch"], "stopped": stopped}
    cut = [len(units) for units in data["units"]] != data["sizes"]
    shown = {"shown": len(data["steps"]) - 1, "steps": data["steps"][-1] - data["steps"][0]}
    return {
        "title": words["title"].format(title=title),
        "intro": words["intro_live" if _trains(data) else "intro"].format(
            rows=len(data["rows"]), trainingRows=data["trainingRows"]
        ),
        "settings": words["settings"].format(**settings),
        "shown": "" if _trains(data) else words["frames"].format(**shown),
        "cut": words["cut"].format(units=data["mostUnits"]) if cut else "",
    }


def _frames(film: Film) -> str:
    text = base64.b64encode(film.frames.astype("<f4").tobytes()).decode("ascii")
    return embedded({"layout": film.layout, "size": film.frames.shape[1], "text": text})
