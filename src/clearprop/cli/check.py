"""clearprop check"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from clearprop.cli._reading import BadRowsOption, MaxBadOption, NaOption, Reading, reading, rows_for
from clearprop.cli._scores import certificate_words
from clearprop.cli.output import as_word, next_command, note, print_json, print_table, print_text
from clearprop.errors import UsageError

ROWS = 64
TOLERANCE = 1e-7
FAILED = 1


def command(
    source: Annotated[str, typer.Argument(help="A table, a bundled set, or a model file.")],
    data: Annotated[str | None, typer.Argument(help="The rows to check a model file on.")] = None,
    target: Annotated[str | None, typer.Option(help="The column to predict (bundled sets need none).")] = None,
    hidden: Annotated[str | None, typer.Option(help="Units of the hidden layers.  [default: 128,64]")] = None,
    activation: Annotated[str | None, typer.Option(help="Of the hidden layers.  [default: relu]")] = None,
    loss: Annotated[str | None, typer.Option(help="Instead of the one that suits the task.")] = None,
    l1: Annotated[float | None, typer.Option(help="Strength of the penalty l1 Σ|W|.")] = None,
    l2: Annotated[float | None, typer.Option(help="Strength of the penalty ½ l2 ΣW².")] = None,
    rows: Annotated[int, typer.Option(min=1, help="Rows to check on, the first of the table.")] = ROWS,
    seed: Annotated[int, typer.Option(help="Of the first weights and the directions.")] = 0,
    na: NaOption = None,
    bad_rows: BadRowsOption = None,
    max_bad: MaxBadOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check that every gradient of this network on these rows is the derivative of its objective."""
    options = {"target": target, "activation": activation, "loss": loss, "l1": l1, "l2": l2}
    if _is_model(source):
        _refuse(options | {"hidden": hidden})
    how = reading(na, bad_rows, max_bad)
    network, parameters, X, Y, precision = (
        _model(Path(source), data, rows, how) if _is_model(source) else _fresh(source, options, hidden, rows, seed, how)
    )
    facts = examine(network, parameters, X, Y, seed)
    certificate = certify_engine(network, parameters, X, Y, seed, precision)
    facts |= {"certificate": certificate, "passed": facts["passed"] and certificate["passed"]}
    if as_json:
        print_json(facts)
    else:
        columns = ("part", "shape", "relative error", "compared", "at kinks", "verdict")
        print_table(f"{source}, {len(X)} rows, float64", columns, [tuple(part.values()) for part in facts["parts"]])
        print_text(facts["objective"])
        print_text(f"Engine {certificate['engine']}, {certificate['precision']}. {certificate_words(certificate)}")
    note("Every gradient is the derivative of J." if facts["passed"] else "A gradient is NOT the derivative of J.")
    next_command(_next(source, data, target))
    if not facts["passed"]:
        raise typer.Exit(FAILED)


def _next(source: str, data: str | None, target: str | None) -> str:
    if data is not None:
        return f"clearprop evaluate {as_word(source)} {as_word(data)}"
    return f"clearprop train {as_word(source)}" + (f" --target {as_word(target)}" if target else "")


def examine(network: Any, parameters: Any, X: Any, Y: Any, seed: int) -> dict[str, Any]:
    """Compare every part of the gradient with numerical derivatives, in float64."""
    from clearprop.engines import REFERENCE, open_session
    from clearprop.engines.gradient_check import check_session

    session = open_session(network, parameters, seed=seed, engine=REFERENCE)
    checks = check_session(session, X, Y, seed=seed)
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
    return {"rows": len(X), "tolerance": TOLERANCE, "objective": network.objective.describe(), "parts": parts,
            "passed": passed}  # fmt: skip


def certify_engine(network: Any, parameters: Any, X: Any, Y: Any, seed: int, precision: str) -> dict[str, Any]:
    """Certify the gradient of the engine that trains such a network, in the precision it trains in."""
    from clearprop.engines import Request, choose
    from clearprop.equations import get_rule
    from clearprop.estimators.certification import certificate_facts
    from clearprop.proofs import certify

    choice = choose("auto", Request(network, get_rule("sgd"), precision))
    dtype = choice.request.precision.dtype
    Y = Y if Y.dtype.kind == "i" else Y.astype(dtype)
    certificate = certify(choice.open(parameters, seed), X.astype(dtype), Y, seed=seed)
    return {"engine": choice.name, "precision": precision, **(certificate_facts(certificate) or {})}


def _refuse(options: dict[str, Any]) -> None:
    """Refuse options a model file has settled already."""
    given = [f"--{name}" for name, value in options.items() if value is not None]
    if given:
        raise UsageError(f"a model file is checked as it is, so {', '.join(given)} has no meaning; leave it out.")


def _is_model(source: str) -> bool:
    return Path(source).suffix == ".safetensors"


def _model(path: Path, data: str | None, rows: int, how: Reading) -> tuple[Any, Any, Any, Any, str]:
    """Return the network, parameters and encoded rows of a model file, in float64, and its precision."""
    from clearprop.estimators.persistence import load_table_estimator
    from clearprop.model import from_arrays

    model = load_table_estimator(path)
    if data is None:
        raise UsageError(f"name the rows to check the model on: clearprop check {path} DATA.")
    with rows_for(model, data, how, in_memory=True) as table:
        first = table.take(slice(0, rows))
    parameters = from_arrays(model.network_, model.parameters_, np.float64)
    X, Y = model.schema_.encode(first), model.schema_.encode_target(first)
    return model.network_, parameters, X, Y, model.precision


def _fresh(
    source: str, options: dict[str, Any], hidden: str | None, rows: int, seed: int, how: Reading
) -> tuple[Any, Any, Any, Any, str]:
    """Return the network `train` would begin with, and the encoded rows."""
    from clearprop.cli._settings import build_estimator
    from clearprop.cli.config import resolve
    from clearprop.cli.parsing import parse_sizes
    from clearprop.model import initial
    from clearprop.tables import learn_schema, read_table

    sizes = None if hidden is None else parse_sizes(hidden)
    settings = resolve(None, options | {"data": source, "hidden": sizes, "seed": seed})
    table = read_table(source, **how.options(), target=settings.target)
    model = build_estimator(settings, table, quiet=True)
    table = model.with_labels(table)
    schema = learn_schema(table, settings.target, task=model.task)
    network = model.describe_network(schema)
    first = table.take(slice(0, rows))
    return network, initial(network, seed), schema.encode(first), schema.encode_target(first), "float32"
