"""Which model a command has, and which columns are its inputs: as its file says, or, of arrays, as the table does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clearprop.cli._reading import Reading
from clearprop.cli.output import as_word, note
from clearprop.errors import DataError, ModelFileError, UsageError

if TYPE_CHECKING:
    from clearprop.answering.table import AnsweringTable
    from clearprop.estimators import TableClassifier, TableRegressor
    from clearprop.estimators.table.base import TableEstimator

Target = Annotated[
    list[str] | None,
    typer.Option("--target", help="Of a model of arrays: the column with the answer; more than once for more."),
]


def model_for(model: Path, data: str, how: Reading, target: Sequence[str] | None, judged: bool) -> TableEstimator:
    """Return the model of a file as an estimator of this table.

    Parameters
    ----------
    target : sequence of str or None
        As it was given; only a model of arrays does not know its own.
    judged : bool
        Whether the true answers are needed.
    """
    from clearprop.estimators import load

    return of_columns(load(model), _named(model, data, how), tuple(target or ()), judged)


def answering_for(model: Path, data: str, how: Reading, target: Sequence[str] | None) -> AnsweringTable:
    """Return what answers the rows of this table as the model of a file does, and cannot be trained."""
    from clearprop.answering.from_file import what_answers

    found = what_answers(model)
    if found is None:
        return model_for(model, data, how, target, judged=False)
    _check_target(found, model, tuple(target or ()))
    return found


def _named(model: Path, data: str, how: Reading) -> Named:
    def columns() -> tuple[tuple[str, ...], str | None]:
        return _columns_of(data, how)

    return Named(model, data, columns)


def _check_target(model: AnsweringTable, path: str | Path, given: tuple[str, ...]) -> None:
    own = model.target_.name
    if given and given != (own,):
        raise UsageError(f'{path} predicts "{own}", which its table had; leave --target out.')


@dataclass(frozen=True)
class Named:
    """What is said of a model and a table in messages, and the table's columns and the one to predict, once asked."""

    model: str | Path
    data: str
    columns: Callable[[], tuple[Sequence[str], str | None]]


def of_columns(loaded: Any, named: Named, given: tuple[str, ...], judged: bool) -> TableEstimator:
    """Return a loaded model as an estimator of a table with these columns; `given` are its targets as they were named.

    Raises
    ------
    UsageError, DataError
        If the columns are not those it needs.
    """
    from clearprop.estimators import TableClassifier, TableRegressor

    if isinstance(loaded, TableClassifier | TableRegressor):
        _check_target(loaded, named.model, given)
        return loaded
    from clearprop.adopting.on_table import (  # and every reader of other tools' files
        known_names,
        on_table,
        output_names,
    )

    names, several = known_names(loaded), output_names(loaded)
    if names is not None and (given or not judged):
        return on_table(loaded, names, given)
    columns, own_target = named.columns()
    inputs = names or _in_order(columns, loaded.n_features_in_, given, named.data)
    found = given or _targets([name for name in columns if name not in inputs], several, own_target)
    if judged and not found:
        raise UsageError(
            f"{named.model} was trained on arrays and does not know its target; name the column with the answer: "
            f"--target COLUMN. {named.data} has {_quoted(columns)}."
        )
    if names is None:
        answer = f"; the target is {_quoted(found)}" if found else ""
        note(f"note: the inputs are {_quoted(inputs)}, in this order{answer}.")
    return on_table(loaded, inputs, found if len(found) == max(1, len(several)) else ())


def load_table_estimator(path: str | Path) -> TableClassifier | TableRegressor:
    """Return the fitted estimator of a model file that knows the columns of a table.

    Raises
    ------
    ModelFileError
        If the file is not a sound clearprop model, or one that was trained on plain arrays.
    """
    from clearprop.estimators import TableClassifier, TableRegressor, load

    estimator = load(path)
    if not isinstance(estimator, TableClassifier | TableRegressor):
        raise ModelFileError(
            f"{path} holds a {type(estimator).__name__}, which was trained on plain arrays and knows no columns; "
            "use it in Python (clearprop.load), or train a model on the table (clearprop train)."
        )
    return estimator


def target_words(target: Sequence[str] | None) -> str:
    """Return targets that were given as a command line has them, each after a blank."""
    return "".join(f" --target {as_word(name)}" for name in target or ())


def _columns_of(data: str, how: Reading) -> tuple[tuple[str, ...], str | None]:
    """Return the names of the columns of a table, and of the one to predict where the table knows it."""
    from clearprop.fitting.streaming import closing, open_table

    table = open_table(data, None, once=True, keep_empty=True, **how.options())
    with closing(table, data):
        return table.names, table.target


def _in_order(columns: Sequence[str], n: int, targets: Sequence[str], data: str) -> tuple[str, ...]:
    """Return the first columns that are no targets, one for each input."""
    inputs = [name for name in columns if name not in targets]
    if len(inputs) < n:
        raise DataError(
            f"{data} has {len(inputs)} columns besides the target, and the network takes {n}, in their order; "
            f"the columns are {_quoted(columns)}."
        )
    return tuple(inputs[:n])


def _targets(others: Sequence[str], several: Sequence[str], own: str | None) -> tuple[str, ...]:
    """Return the columns with the answers: those called like the outputs, the table's own, or what is left."""
    if several and set(several) <= set(others):
        return tuple(several)
    if own is not None and own in others and not several:
        return (own,)
    return tuple(others) if len(others) == max(1, len(several)) else ()


def _quoted(names: Sequence[Any]) -> str:
    shown = [f'"{name}"' for name in names[:10]]
    return ", ".join(shown) + (", …" if len(names) > len(shown) else "")
