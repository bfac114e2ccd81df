"""clearprop check"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from clearprop.cli._models import model_for, target_words
from clearprop.cli._options import with_settings
from clearprop.cli._reading import Reading, rows_for
from clearprop.cli._scores import certificate_words
from clearprop.cli._shared import AsJson
from clearprop.cli.config import TrainConfig, resolve
from clearprop.cli.output import as_word, next_command, note, print_json, print_table, print_text
from clearprop.errors import UsageError
from clearprop.fitting.settings.declared import NETWORK, OBJECTIVE

ROWS = 64
TOLERANCE = 1e-7
FAILED = 1
_BESIDE = ("target", "task", "seed", "precision", *Reading.WORDS)
_OF_ANY_ROWS = ("seed", "target", *Reading.WORDS)


@with_settings(TrainConfig, lambda word, one: one.group in (NETWORK, OBJECTIVE) or word in _BESIDE)
def command(
    source: Annotated[str, typer.Argument(help="A table, a bundled set, or a model file.")],
    data: Annotated[str | None, typer.Argument(help="The rows to check a model file on.")] = None,
    rows: Annotated[int, typer.Option(min=1, help="Rows to check on, the first to train on.")] = ROWS,
    as_json: AsJson = False,
    **given: Any,
) -> None:
    """Check that every gradient of this network on these rows is the derivative of its objective."""
    if _is_model(source):
        _refuse(given)
    seed = given.get("seed", 0)
    network, parameters, first, precision = (
        _model(Path(source), data, rows, given) if _is_model(source) else untrained(source, given, rows)
    )
    facts = examine(network, parameters, first, seed)
    certificate = certify_engine(network, parameters, first, seed, precision)
    facts |= {"certificate": certificate, "passed": facts["passed"] and certificate["passed"]}
    if as_json:
        print_json(facts)
    else:
        columns = ("part", "shape", "relative error", "compared", "at kinks", "verdict")
        print_table(f"{source}, {len(first)} rows, float64", columns, [tuple(part.values()) for part in facts["parts"]])
        print_text(facts["objective"])
        print_text(f"Engine {certificate['engine']}, {certificate['precision']}. {certificate_words(certificate)}")
    note("Every gradient is the derivative of J." if facts["passed"] else "A gradient is NOT the derivative of J.")
    next_command(_next(source, data, given.get("target")))
    if not facts["passed"]:
        raise typer.Exit(FAILED)


def _next(source: str, data: str | None, target: str | None) -> str:
    if data is not None:
        words = target_words(target and [target])
        return f"clearprop evaluate {as_word(source)} {as_word(data)}{words}"
    return f"clearprop train {as_word(source)}" + (f" --target {as_word(target)}" if target else "")


def examine(network: Any, parameters: Any, rows: Any, seed: int) -> dict[str, Any]:
    """Compare every part of the gradient with numerical derivatives, in float64."""
    from clearprop.engines import REFERENCE, open_session
    from clearprop.engines.gradient_check import check_session

    session = open_session(network, parameters, seed=seed, engine=REFERENCE)
    checks = check_session(session, rows.X, rows.Y, rows.weights, seed=seed)
    parts = [
        {
            "part": check.name,
            "shape": parameters.shapes[check.name],
            "relative_error": check.relative_error,
            "compared": check.n_checked,
            "at_kinks": check.n_kinks,
            "verdict": "right" if check.passes(TOLERANCE) else "not compared" if not check.n_checked else "WRONG",
        }
        for check in checks
    ]
    passed = all(part["verdict"] != "WRONG" for part in parts)
    return {"rows": len(rows), "tolerance": TOLERANCE, "objective": network.objective.describe(), "parts": parts,
            "passed": passed}  # fmt: skip


def certify_engine(network: Any, parameters: Any, rows: Any, seed: int, precision: str) -> dict[str, Any]:
    """Certify the gradient of the engine that trains such a network, in the precision it trains in."""
    from clearprop.engines import Request, choose
    from clearprop.equations import get_rule
    from clearprop.fitting.certification import certificate_facts
    from clearprop.proofs import certify

    choice = choose("auto", Request(network, get_rule("sgd"), precision))
    rows = rows.astype(choice.request.precision.dtype)
    certificate = certify(choice.open(parameters, seed), rows.X, rows.Y, rows.weights, seed=seed)
    return {"engine": choice.name, "precision": precision, **(certificate_facts(certificate) or {})}


def _refuse(given: dict[str, Any]) -> None:
    """Refuse options a model file has settled already."""
    settled = [f"--{word.replace('_', '-')}" for word in given if word not in _OF_ANY_ROWS]
    if settled:
        raise UsageError(f"a model file is checked as it is, so {', '.join(settled)} has no meaning; leave it out.")


def _is_model(source: str) -> bool:
    return Path(source).suffix == ".safetensors"


def _model(path: Path, data: str | None, n_rows: int, given: dict[str, Any]) -> tuple[Any, Any, Any, str]:
    """Return the network, parameters and encoded rows of a model file, in float64, and its precision."""
    from clearprop.model import from_arrays
    from clearprop.training import Rows

    if data is None:
        raise UsageError(f"name the rows to check the model on: clearprop check {path} DATA.")
    how, target = Reading.of(given), given.get("target")
    model = model_for(path, data, how, target and [target], judged=True)
    with rows_for(model, data, how, in_memory=True) as table:
        first = table.take(slice(0, n_rows))
    parameters = from_arrays(model.network_, model.parameters_, np.float64)
    return model.network_, parameters, Rows(*model.rows_of(first, np.float64)), model.precision


def untrained(source: str, given: dict[str, Any], n_rows: int) -> tuple[Any, Any, Any, str]:
    """Return the network and the parameters `train` begins with, and the first rows it would train on, in float64."""
    from clearprop.cli._settings import build_estimator, prepare
    from clearprop.model import from_arrays
    from clearprop.tables import read_table

    settings = resolve(None, {**given, "data": source})
    table = read_table(source, **settings.read_options())
    job = prepare(build_estimator(settings, table, quiet=True), settings, table)
    parameters = from_arrays(job.network, job.start, np.float64)
    return job.network, parameters, job.rows.take(slice(0, n_rows)).in_float64(), str(settings.precision)
