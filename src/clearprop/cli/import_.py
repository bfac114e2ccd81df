"""clearprop import"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clearprop.cli._shared import AsJson
from clearprop.cli.output import as_word, check_out, next_command, note, print_json

if TYPE_CHECKING:
    from clearprop.estimators import MLPClassifier, MLPRegressor


def command(
    file: Annotated[Path, typer.Argument(help="A network of another tool; see docs/how-to/move-your-network.md.")],
    out: Annotated[Path, typer.Option(help="The model file to write.")],
    activations: Annotated[
        str | None,
        typer.Option(
            help="For files without them: one for each dense layer, such as relu,relu,softmax, or one for all."
        ),
    ] = None,
    classes: Annotated[str | None, typer.Option(help="The class of each output, or the two of one: no,yes.")] = None,
    task: Annotated[str | None, typer.Option(help="What the outputs are: class, labels or numbers.")] = None,
    columns: Annotated[str | None, typer.Option(help="Names of the inputs, with commas.")] = None,
    order: Annotated[str | None, typer.Option(help="For a state_dict: the dense layers in the order of use.")] = None,
    ranges: Annotated[Path | None, typer.Option(help="For Weka's text: the table it was trained on.")] = None,
    nearest: Annotated[bool, typer.Option("--nearest", help="Take smooth sigmoids for FANN's stepwise ones.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a model file of a network of PyTorch, Keras, scikit-learn, ONNX, PMML, FANN, OpenCV, R or Weka."""
    from clearprop.adopting import adopt

    check_out(out, file)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        model = adopt(
            file,
            classes=_classes(classes),
            task=task,
            activations=_activations(activations),
            order=_words(order),
            columns=_words(columns),
            ranges=ranges,
            nearest=nearest,
        )
    for warning in told:
        note(f"Note: {warning.message}")
    model.save(out)
    note(f"Wrote {out}: {_said(model)}")
    if as_json:
        print_json(_facts(model, out, [str(warning.message) for warning in told]))
    next_command(f"clearprop derive {as_word(out)}")


def _words(text: str | None) -> list[str] | None:
    return None if text is None else [word.strip() for word in text.split(",")]


def _activations(text: str | None) -> str | list[str] | None:
    """Return names; a comma inside options does not part them."""
    if text is None or "," not in text:
        return text
    words: list[str] = []
    for word in text.split(","):
        inside = "=" in word and ":" not in word
        words[-1:] = [f"{words[-1]},{word}"] if inside and words else [*words[-1:], word.strip()]
    return words


def _classes(text: str | None) -> list[Any] | None:
    words = _words(text)
    if words and all(word.lstrip("-").isdecimal() for word in words):
        return [int(word) for word in words]
    return words


def _said(model: MLPClassifier | MLPRegressor) -> str:
    sizes = "-".join(map(str, model.network_.sizes))
    answer = f"classes {', '.join(map(str, model.classes_))}" if hasattr(model, "classes_") else "numbers"
    return f"{type(model).__name__} {sizes}, {model.coefs_[0].dtype}, {answer}"


def _facts(model: MLPClassifier | MLPRegressor, out: Path, notes: list[str]) -> dict[str, Any]:
    return {
        "out": str(out),
        "estimator": type(model).__name__,
        "sizes": list(model.network_.sizes),
        "activations": [layer.activation for layer in model.network_.layers],
        "precision": model.coefs_[0].dtype.name,
        "classes": model.classes_.tolist() if hasattr(model, "classes_") else None,
        "notes": notes,
    }
