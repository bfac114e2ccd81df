"""clearprop inspect"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from clearprop.cli.output import as_word, next_command, print_json, print_table, visible


def command(
    source: Annotated[str, typer.Argument(help="A table, a bundled set, or a model file.")],
    target: Annotated[str | None, typer.Option(help="The column to predict, to see the guessed task.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show what is in a table (columns, kinds, missing cells, task) or in a model (layers, objective, training)."""
    if Path(source).suffix == ".safetensors":
        facts = describe_model(Path(source))
        show = _show_model
    else:
        facts = describe_table(source, target)
        show = _show_table
    if as_json:
        print_json(facts)
    else:
        show(facts)
    next_command(facts["next"])


def describe_table(source: str, target: str | None) -> dict[str, Any]:
    """Return what is known of a table: its columns, its notes, and the task its target suggests."""
    from clearprop.tables import describe, guess_task, read_table

    table = read_table(source)
    target = target or table.target
    task = guess_task(table.column(target)) if target else None
    wanted = "" if table.target else f" --target {as_word(target or 'COLUMN')}"
    return {
        "source": source,
        "rows": len(table),
        "columns": [vars(record) for record in describe(table)],
        "target": target,
        "task": task,
        "notes": list(table.notes),
        "next": f"clearprop train {as_word(source)}{wanted}",
    }


def describe_model(path: Path) -> dict[str, Any]:
    """Return what is known of a model file: layers, objective, and how it was trained."""
    from clearprop.files import load_model

    model = load_model(path)
    network, shapes = model.network, model.parameters.shapes
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
        "inputs": vars(network.inputs),
        "layers": layers,
        "parameters": model.parameters.vector.size,
        "precision": str(model.parameters.vector.dtype),
        "objective": network.objective.describe(),
        "facts": {name: value for name, value in model.facts.items() if name not in ("history", "inside")},
        "next": f"clearprop predict {as_word(path)} DATA",
    }


def _show_table(facts: dict[str, Any]) -> None:
    title = f"{facts['source']}: {facts['rows']} rows, {len(facts['columns'])} columns"
    columns = ("column", "kind", "missing", "distinct", "range", "examples")
    print_table(title, columns, [_column_row(record) for record in facts["columns"]], cut=True)
    for record in facts["columns"]:
        if record["remark"]:
            print(f'"{visible(record["name"])}" is left out of training: it {record["remark"]}.')
    if facts["target"]:
        print(f'target "{visible(facts["target"])}": {facts["task"]}')
    for remark in facts["notes"]:
        print(f"note: {visible(remark)}")


def _column_row(column: dict[str, Any]) -> tuple[Any, ...]:
    spread = "" if column["smallest"] is None else f"{_short(column['smallest'])} .. {_short(column['largest'])}"
    examples = ", ".join(_clip(str(_short(example))) for example in column["examples"])
    return (
        _clip(column["name"], 24), column["kind"], column["n_missing"], column["n_distinct"], spread, examples
    )  # fmt: skip


def _clip(text: str, width: int = 14) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _show_model(facts: dict[str, Any]) -> None:
    columns = ("layer", "W", "activation", "dropout", "parameters")
    title = f"{facts['model']}: {facts['parameters']} parameters, {facts['precision']}"
    print_table(title, columns, [[row[name] for name in columns] for row in facts["layers"]])
    print(facts["objective"])
    certificate = facts["facts"].get("certificate")
    print(certificate["says"] if certificate else "The gradient was not certified.")
    print_table("Training", ("fact", "value"), _training_facts(facts["facts"]))


def _training_facts(facts: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return what a person wants to know of a training; the rest is in the JSON."""
    shown = [(name.replace("_", " "), _short(facts[name])) for name in _SHOWN if facts.get(name) not in (None, [], 0)]
    for part in ("best", "test"):
        figures = facts.get(part) or {}
        figures = figures.get("scores", figures)
        shown += [(f"{part}: {name.replace('_', ' ')}", value) for name, value in figures.items() if name != "epoch"]
    return shown


_SHOWN = (
    "estimator", "source", "rows", "training_rows", "validation_rows", "rejected_rows", "rejects", "split", "engine",
    "optimizer", "batch_size", "epochs", "best_epoch", "stopped", "seconds", "seed", "notes", "versions",
)  # fmt: skip


def _short(value: Any) -> Any:
    """Return lists as a few of their members, and records as name and value."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_short(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        shown = ", ".join(str(_short(item)) for item in value[:3])
        return shown + (f", ... ({len(value)})" if len(value) > 3 else "")
    return f"{value:.4g}" if isinstance(value, float) else value
