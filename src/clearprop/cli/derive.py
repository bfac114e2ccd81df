"""clearprop derive"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from clearprop.cli._shared import AsJson
from clearprop.cli.output import as_word, check_out, next_command, note, print_json
from clearprop.errors import unknown_name

FORMATS = ("text", "markdown", "latex", "html")
ENDINGS = {".md": "markdown", ".tex": "latex", ".html": "html", ".htm": "html"}


def command(
    source: Annotated[str, typer.Argument(help="A model file, or layer sizes such as 4-8-3: inputs first.")],
    notation: Annotated[str, typer.Option(help="Whose letters; rows or columns as samples.")] = "clearprop",
    format: Annotated[
        str | None, typer.Option(help="text, markdown, latex or html.  [default: by the ending of --out]")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write it here instead of to stdout.")] = None,
    hidden: Annotated[str, typer.Option(help="With sizes: activation of the hidden layers.")] = "relu",
    output: Annotated[str, typer.Option(help="With sizes: activation of the outputs.")] = "identity",
    loss: Annotated[str | None, typer.Option(help="With sizes: instead of the one that suits the output.")] = None,
    l2: Annotated[float, typer.Option(min=0, help="With sizes: strength of the penalty ½ l2 ΣW².")] = 0.0,
    as_json: AsJson = False,
) -> None:
    """Write the complete forward and backward derivation of a network, with every shape, in a textbook's notation."""
    from clearprop.explain import derive

    if out is not None:
        check_out(out, source)
    format = format or ENDINGS.get(out.suffix.lower() if out else "", "text")
    network = _network(source, hidden, output, loss, l2)
    derivation = derive(network, notation)
    text = _written(derivation, format)
    if out is not None:
        from clearprop.files import write_atomically

        write_atomically(out, text.encode())
        note(f"Wrote {out}")
    if as_json:
        print_json(_facts(derivation) | {"format": format, "text": text, "out": None if out is None else str(out)})
    elif out is None:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
    next_command(f"clearprop explain {as_word(source)} DATA" if _is_model(source) else "clearprop train DATA")


def _is_model(source: str) -> bool:
    return Path(source).suffix == ".safetensors"


def _network(source: str, hidden: str, output: str, loss: str | None, l2: float) -> Any:
    """Return the network of a model file, or the one that sizes describe."""
    if _is_model(source):
        from clearprop.files import load_model

        return load_model(source).network
    from clearprop.cli.parsing import parse_layers
    from clearprop.model import mlp

    return mlp(*parse_layers(source), hidden=hidden, output=output, loss=loss, l2=l2)


def _written(derivation: Any, format: str) -> str:
    if format not in FORMATS:
        raise unknown_name("format", format, FORMATS)
    text: str = str(derivation) if format == "text" else getattr(derivation, format)()
    return text


def _facts(derivation: Any) -> dict[str, Any]:
    equations = [
        {"name": equation.target.name, "rule": equation.label, "text": equation.write(derivation.glyphs).plain()}
        for equation in derivation.equations
    ]
    return {"notation": derivation.notation, "objective": derivation.network.objective.describe(),
            "equations": equations}  # fmt: skip
