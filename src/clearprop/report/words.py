"""Words of the report: the verdict, and how numbers are written."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clearprop.examination import Examination
from clearprop.examination.baselines import Baseline
from clearprop.examination.classes import ClassQuality
from clearprop.examination.influence import Importance, labels_of
from clearprop.examination.sampling import Interval
from clearprop.proofs import Certificate

SCORES = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "f1_macro": "F1, mean of the classes",
    "log_loss": "Log loss",
    "roc_auc": "Area under the ROC curve",
    "r2": "R²",
    "rmse": "Root mean squared error",
    "mae": "Mean absolute error",
    "median_absolute_error": "Median absolute error",
}
_SHARES = ("accuracy", "balanced_accuracy")
_OF_ONE = ("f1_macro", "roc_auc", "r2")
_POOR_CALIBRATION = 0.05
_MANY_SEEN = 0.01
_TOO_GOOD = 0.9999
_TELLING_ROWS = 100


@dataclass(frozen=True)
class Line:
    """One sentence of the verdict; its tone is "good", "neutral", "warning" or "severe"."""

    tone: str
    text: str


def verdict(x: Examination) -> list[Line]:
    """Return what the page says first: how good, whether worth it, and what to be wary of."""
    lines = [_score(x), *_worth(x.baselines), _gradient(x), *_wary(x)]
    findings = [] if x.diagnosis is None else x.diagnosis.findings
    lines += [Line(_tone(f.severity), _sentence(f.says)) for f in findings if f.severity != "hint"]
    for suspect in _suspects(x):
        question = f'make sure it is known before "{x.data.target}" is; if not, leave it out'
        lines.append(Line("severe", _sentence(f"suspected leak: {_rests_on(x, suspect)}; {question}")))
    return lines


def leaks(x: Examination) -> str:
    """Return which columns are suspected to give the answer away."""
    found = [*_named_by_the_doctor(x), *(_rests_on(x, suspect) for suspect in _suspects(x))]
    if found:
        return " ".join(map(_sentence, found))
    return "not looked for" if x.diagnosis is None else "none: no single column determines the target"


def _named_by_the_doctor(x: Examination) -> list[str]:
    findings = () if x.diagnosis is None else x.diagnosis.findings
    return [finding.says for finding in findings if finding.name == "suspected leak"]


def _suspects(x: Examination) -> list[Importance]:
    """Return the suspected columns that the doctor has not named."""
    said = " ".join(_named_by_the_doctor(x))
    return [suspect for suspect in x.suspects if f'"{suspect.column}"' not in said]


def _rests_on(x: Examination, suspect: Importance) -> str:
    own = x.baselines[0].loss
    rise = f"by {tenths(suspect.rise / own)}" if own else "from nothing"
    return f'shuffling "{suspect.column}" raises the loss {rise}: nearly all that the network knows comes from it'


def _score(x: Examination) -> Line:
    name = "accuracy" if isinstance(x.quality, ClassQuality) else "r2"
    tone = "neutral" if x.parts.held_are in ("test", "new") else "warning"
    return Line(
        tone,
        f"{SCORES[name]} {score(x.quality.scores[name].value, name)} ({span(x.quality.scores[name], name)}) "
        f"on {len(x.parts.held):,} {x.parts.held_words}.",
    )


def _worth(baselines: list[Baseline]) -> list[Line]:
    """Compare the network with the best of the others, row by row."""
    own, others = baselines[0], [b for b in baselines[1:] if b.behind is not None]
    if not others:
        return []
    best = min(others, key=lambda b: b.loss)
    assert best.behind is not None
    what = {"constant": "a constant answer", "linear": "a linear model"}.get(best.name, best.name)
    if best.behind.low > 0:
        return [Line("good", f"The network is better than every baseline; the nearest is {what} ({_more(best, own)}).")]
    if best.behind.high < 0:
        return [Line("warning", f"The network is not worth it here: {what} is better ({_more(best, own)}).")]
    tone = "neutral" if best.name == "gradient boosting" else "warning"
    return [Line(tone, f"The network and {what} are equally good, as far as these rows can tell.")]


def _more(other: Baseline, own: Baseline) -> str:
    assert other.behind is not None
    return f"its loss is {relative(other.behind.value, own.loss)}"


def _gradient(x: Examination) -> Line:
    if x.certificate.conclusive or not x.certificate.finite:
        return Line("good" if x.certificate.passed else "severe", certificate_words(x.certificate))
    before = x.estimator.facts_.certificate
    since = " It was certified when training began." if before and before["passed"] else ""
    return Line("neutral" if since else "warning", certificate_words(x.certificate) + since)


def certificate_words(certificate: Certificate) -> str:
    """Return what the certificate says, without the objective."""
    if not (certificate.passed and certificate.conclusive):
        return _sentence(str(certificate))
    n_rows = certificate.n_rows - certificate.n_rows_on_kinks
    seen = max((r for r in certificate.resolution.values() if r is not None), default=math.nan)
    return (
        f"The gradient is certified on {n_rows} rows: an error of {100 * seen:.1g} % in any of its parts would have "
        "been seen."
    )


def _wary(x: Examination) -> list[Line]:
    facts, lines = x.estimator.facts_, _too_good(x)
    if facts.stopped in ("interrupted", "time"):
        lines.append(Line("warning", "Training was ended from outside; the best weights so far were kept."))
    if facts.rejected_rows:
        lines.append(Line("warning", f"{facts.rejected_rows:,} rows could not be read and were set aside."))
    if x.parts.held_are == "new":
        lines.append(Line("neutral", "These are not the rows it was trained on: the fit itself is not diagnosed."))
    if x.data.n_seen:
        seen = x.data.n_seen / len(x.parts.held)
        text = f"{x.data.n_seen:,} ({share(seen)}) of the rows judged by equal a training row in all the network sees."
        lines.append(Line("warning" if seen > _MANY_SEEN else "neutral", text))
    if isinstance(x.quality, ClassQuality) and x.quality.calibration_error > _POOR_CALIBRATION:
        lines.append(
            Line("warning", f"Its probabilities are off by {share(x.quality.calibration_error)} on the average.")
        )
    return lines


def _too_good(x: Examination) -> list[Line]:
    """Ask where a perfect score comes from, unless the doctor has found the column."""
    best = x.quality.scores["accuracy" if isinstance(x.quality, ClassQuality) else "r2"].value
    if x.suspects or _named_by_the_doctor(x) or best < _TOO_GOOD or len(x.parts.held) < _TELLING_ROWS:
        return []
    most = [f'"{importance.column}"' for importance in x.importances[:2]]
    are_known = f"{' and '.join(most)} {'are' if len(most) > 1 else 'is'} known"
    return [Line("warning", f'Too good to be true? Ask whether {are_known} before "{x.data.target}" is.')]


def _tone(severity: str) -> str:
    return "severe" if severity == "severe" else "warning"


def _sentence(text: str) -> str:
    """Return text with a capital at its beginning and a full stop at its end."""
    return text[:1].upper() + text[1:].rstrip(".") + "."


def score_name(name: str) -> str:
    """Return what a score is called."""
    return SCORES.get(name, name)


def number(value: Any) -> str:
    """Return a number as a person writes it: 48,806, 0.7895, 1.2e−07."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, int) or (abs(value) >= 1000 and abs(value) < 1e12):
        return f"{round(value):,}".replace("-", "−")
    return f"{value:.4g}".replace("-", "−")


def cell(value: Any) -> str:
    """Return a cell of the data: numbers as they are, nothing as a dash."""
    if value is None:
        return "–"
    if isinstance(value, int | float):
        return f"{value:.6g}".replace("-", "−") if isinstance(value, float) else str(value).replace("-", "−")
    return str(value)


def cell_range(ends: tuple[Any, Any]) -> str:
    """Return the smallest and the largest cell of a column; of times of day without their day."""
    if all(isinstance(end, datetime) for end in ends):
        return " to ".join(labels_of(list(ends)))
    return " to ".join(map(cell, ends))


def share(value: float) -> str:
    """Return a share in percent: 0.061 %, 4.7 %, 14 %, 381 %."""
    return f"{100 * value:,.0f} %" if abs(value) >= 0.1 else f"{100 * value:.2g} %"


def rate(value: float) -> str:
    """Return a share as 84.8 %; a dash where it is undefined, as the precision of what is never predicted is."""
    return "–" if math.isnan(value) else f"{100 * value:.1f} %"


def tenths(value: float) -> str:
    """Return a share in percent for a column of such: 4.7 %, 19.0 %, of large ones 2,451 %."""
    digits = 0 if abs(value) >= 10 else 1
    return f"{100 * value:,.{digits}f} %".replace("-", "−")


def score(value: float, name: str) -> str:
    """Return a score: some are shares, some have 1 for the best; the rest are in the units of the data."""
    if name in _SHARES:
        return f"{100 * value:.1f} %"
    if name in _OF_ONE:
        return f"{value:.4f}".replace("-", "−")
    return number(value) if abs(value) >= 1000 else f"{value:#.4g}"


def span(interval: Interval, name: str) -> str:
    """Return an interval as "84.8 – 86.5 %"."""
    low, high = score(interval.low, name), score(interval.high, name)
    return f"{low.removesuffix(' %')} – {high}"


def seconds(value: float | None) -> str:
    """Return a time: 17.3 s, < 0.1 s; a dash where it is not known."""
    if value is None:
        return "–"
    return f"{value:.1f} s" if value >= 0.1 else "< 0.1 s"


def ordinal(n: int) -> str:
    """Return 2nd, 3rd, 11th, 22nd ..."""
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def relative(difference: float, of: float) -> str:
    """Return a difference in percent of a whole, in words."""
    if not of:
        return number(difference)
    if difference <= -0.995 * of:
        return "over 99 % lower"
    return f"{share(abs(difference / of))} {'higher' if difference > 0 else 'lower'}"


FILTERS: dict[str, Callable[..., str]] = {
    "number": number,
    "ordinal": ordinal,
    "cell": cell,
    "share": share,
    "score": score,
    "span": span,
    "relative": relative,
    "range": cell_range,
    "rate": rate,
    "seconds": seconds,
    "sentence": _sentence,
    "tenths": tenths,
    "certificate_words": certificate_words,
    "score_name": score_name,
}
