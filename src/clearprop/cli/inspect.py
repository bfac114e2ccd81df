"""clearprop inspect"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from clearprop.cli._reading import Reading, understood_as, with_reading
from clearprop.cli._scores import certificate_words, score_table
from clearprop.cli._shared import AsJson
from clearprop.cli.output import as_word, next_command, print_json, print_table, print_text


@with_reading
def command(
    source: Annotated[str, typer.Argument(help="A table, a bundled set, or a model file.")],
    target: Annotated[str | None, typer.Option(help="The column to predict, to see the guessed task.")] = None,
    as_json: AsJson = False,
    **given: Any,
) -> None:
    """Show what is in a table (columns, kinds, missing cells, task) or in a model (layers, objective, training)."""
    if Path(source).suffix == ".safetensors":
        facts = describe_model(Path(source))
        show = _show_model
    else:
        facts = describe_table(source, target, Reading.of(given))
        show = _show_table
    if as_json:
        print_json(facts)
    else:
        show(facts)
    next_command(facts["next"])


def describe_table(source: str, target: str | None, how: Reading) -> dict[str, Any]:
    """Return what is known of a table: its columns, its notes, and the task its target suggests."""
    from clearprop.tables import describe, guess_task, read_table

    table = read_table(source, **how.options(), target=target)
    target = target or table.target
    task = guess_task(table.column(target)) if target else None
    wanted = "" if table.target else f" --target {as_word(target or 'COLUMN')}"
    return {
        "source": source,
        "rows": len(table),
        "rejected_rows": table.n_rejected,
        "rejects": table.rejects,
        "columns": [vars(record) for record in describe(table)],
        "target": target,
        "task": task,
        "notes": list(table.notes),
        "understood": understood_as(table),
        "next": f"clearprop train {as_word(source)}{wanted}{how.as_words()}",
    }


def describe_model(path: Path) -> dict[str, Any]:
    """Return what is known of a model file: layers, objective, and how it was trained."""
    from clearprop.files import load_model

    model = load_model(path)
    network, shapes, settings = model.network, model.parameters.shapes, model.facts.get("settings", {})
    layers = [
        {
            "layer": l,
            "W": shapes[f"W{l}"],
            "activation": layer.activation,
            "dropout": layer.dropout,
            "parameters": sum(model.parameters[name].size for name in (f"W{l}", f"b{l}") if name in shapes),
        }
        for l, layer in enumerate(network.layers, start=1)
    ]
    return {
        "model": str(path),
        "inputs": {name: getattr(network.inputs, name) for name in ("n_numeric", "categories", "embeddings")},
        "layers": layers,
        "parameters": model.parameters.vector.size,
        "precision": settings.get("precision") or str(model.parameters.vector.dtype),
        "objective": network.objective.describe(),
        "facts": {name: value for name, value in model.facts.items() if name not in ("history", "inside")},
        "next": f"clearprop predict {as_word(path)} DATA",
    }


def _show_table(facts: dict[str, Any]) -> None:
    from clearprop.cli._columns import column_table, terminal_width
    from clearprop.tables.columns.names import left_out

    title = f"{facts['source']}: {facts['rows']} rows, {len(facts['columns'])} columns"
    print_table(title, *column_table(facts["columns"], terminal_width()))
    for sentence in left_out((record["name"], record["remark"]) for record in facts["columns"] if record["remark"]):
        print_text(sentence)
    if facts["target"]:
        print_text(f'target "{facts["target"]}": {facts["task"]}')
    if facts["understood"]:
        print_text(f"read as: {facts['understood']}")
    for remark in facts["notes"]:
        print_text(f"note: {remark}")


def _in_words(precision: str) -> str:
    """Return a precision, and what the file holds the parameters in where that is another."""
    from clearprop.engines import get_precision

    stored = get_precision(precision).dtype.name
    return precision if precision == stored else f"{precision}, stored in {stored}"


def _show_model(facts: dict[str, Any]) -> None:
    columns = ("layer", "W", "activation", "dropout", "parameters")
    title = f"{facts['model']}: {facts['parameters']} parameters, {_in_words(facts['precision'])}"
    print_table(title, columns, [[row[name] for name in columns] for row in facts["layers"]])
    certificate = facts["facts"].get("certificate")
    print_text(f"{facts['objective']}\n{certificate_words(certificate)}\n")
    if "training_rows" in facts["facts"]:
        from clearprop.fitting.facts import TrainingFacts

        print_table(*score_table(TrainingFacts.of({"history": {}, **facts["facts"]})))
    print_table("Training", ("fact", "value"), _training_facts(facts["facts"]))
    if facts["facts"].get("solver_report"):
        print_text(facts["facts"]["solver_report"]["says"])
    for remark in facts["facts"].get("notes", ()):
        print_text(f"note: {remark}")


def _training_facts(facts: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return what a person wants to know of a training; the rest is in the JSON."""
    return [
        (name.replace("_", " "), _short(facts[name])) for name in _SHOWN if facts.get(name) not in (None, [], 0, "")
    ]


_SHOWN = (
    "estimator", "begun_at", "effort", "members", "rejected_rows", "rejects", "split", "engine", "optimizer",
    "learning_rate", "batch_size", "stopped", "seed", "versions",
)  # fmt: skip


def _short(value: Any) -> Any:
    """Return lists as a few of their members, and records as name and value."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_short(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        shown = ", ".join(str(_short(item)) for item in value[:3])
        return shown + (f", ... ({len(value)})" if len(value) > 3 else "")
    return f"{value:.4g}" if isinstance(value, float) else value
