"""A network that was trained on arrays, or adopted, as an estimator of tables: its inputs are columns as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from clearprop.adopting.several_outputs import SeveralOutputs
from clearprop.errors import UsageError
from clearprop.estimators.classifier import MLPClassifier
from clearprop.estimators.regressor import MLPRegressor
from clearprop.estimators.table.base import TableEstimator
from clearprop.estimators.table_classifier import TableClassifier
from clearprop.estimators.table_regressor import TableRegressor
from clearprop.files import ModelFile
from clearprop.fitting.certification import certificate_facts
from clearprop.fitting.facts import TrainingFacts
from clearprop.fitting.origin import Origin
from clearprop.fitting.plain import to_plain
from clearprop.tables import Schema
from clearprop.tables.encodings import ClassTarget, NumberTarget, PlainEncoding
from clearprop.tables.encodings.labels import LABEL_TYPES, type_of
from clearprop.tables.encodings.target import Labels

ArrayModel = MLPClassifier | MLPRegressor
TARGET = "target"


def on_table(
    model: ArrayModel, columns: Sequence[str] | None = None, targets: Sequence[str] = ()
) -> TableClassifier | TableRegressor:
    """Return a fitted network of arrays as an estimator of tables, for `evaluate`, `examine`, reports.

    Parameters
    ----------
    model : MLPClassifier or MLPRegressor
        Fitted.
    columns : sequence of str, optional
        The column that each input is, in order; the names the model knows if left out.
    targets : sequence of str
        The column with the answer, or one for each of several outputs.

    Returns
    -------
    TableClassifier or TableRegressor
        With the same network and numbers; columns enter as they are, and a missing cell is an error.

    Raises
    ------
    UsageError
        If there is not one name for each input.
    """
    names = list(columns if columns is not None else known_names(model) or ())
    if len(names) != model.n_features_in_ or len(set(names)) != len(names):
        raise UsageError(
            f"the network has {model.n_features_in_} inputs; name a column for each in `columns`, got {names!r}."
        )
    several, left = output_names(model), model.deployed()
    answer = ClassTarget if hasattr(model, "classes_") else NumberTarget
    target = _target(model, (targets or (TARGET,))[0], answer if not several else NumberTarget)
    made = SeveralOutputs if several else TableClassifier if answer is ClassTarget else TableRegressor
    precision = model.precision or model.coefs_[0].dtype.name
    facts = _facts(made(target.name, precision=precision, engine=model.engine), model, names)
    schema = Schema(columns=tuple(PlainEncoding(name=name) for name in names), dropped=(), target=target, n_rows=0)
    estimator = made.from_model(ModelFile(left.network, left.members[0], schema.to_dict(), facts.as_kept()))
    if isinstance(estimator, SeveralOutputs):
        estimator.answers(several, tuple(targets) or several, of_labels=answer is ClassTarget)
    return estimator


def known_names(model: ArrayModel) -> tuple[str, ...] | None:
    """Return the names of the inputs, None where the network does not know them."""
    names = getattr(model, "feature_names_in_", None)
    return None if names is None else tuple(map(str, names))


def output_names(model: ArrayModel) -> tuple[str, ...]:
    """Return the names of several outputs that are answers each for itself; empty of a model with one answer."""
    answer = model.deployed().answer
    several = answer.asks == "labels" or (answer.asks == "numbers" and len(answer.labels) > 1)
    return tuple(map(str, answer.labels)) if several else ()


def _target(model: ArrayModel, name: str, kind: type) -> ClassTarget | NumberTarget:
    if kind is NumberTarget:
        return NumberTarget(name=name, format="", mean=0.0, scale=1.0)
    classes = model.classes_.tolist()
    of = type_of(classes) or "str"
    labels = cast(Labels, tuple(LABEL_TYPES[of].write(label) for label in classes))
    type_ = "" if of in ("bool", "int", "float", "str") else of
    return ClassTarget(name=name, labels=labels, counts=(1,) * len(labels), type=type_)


def _facts(estimator: TableEstimator, model: ArrayModel, names: Sequence[str]) -> TrainingFacts:
    """Return what is known of a training that was not on a table."""
    kind = type(estimator).__name__
    return TrainingFacts(
        estimator=kind, settings={name: to_plain(value) for name, value in estimator.get_params().items()},
        history={}, features=tuple(names), source=f"arrays ({type(model).__name__})", engine=model.engine,
        epochs=model.n_iter_, certificate=certificate_facts(model.gradient_certificate_),
    )  # fmt: skip


def origin_of(model: TableClassifier | TableRegressor, name: str) -> Origin:
    """Return a fitted estimator of tables, of which `on_table` makes one of any model, as what a training goes on from.

    Parameters
    ----------
    model : TableClassifier or TableRegressor
    name : str
        What it is called in the facts of the training and in messages.

    Raises
    ------
    UsageError
        If it has several networks or several answers.
    """
    refuse_several(model, name)
    return Origin(model.schema_, model.network_, model.parameters_, name)


def refuse_several(model: ArrayModel | TableClassifier | TableRegressor, name: str) -> None:
    """Raise UsageError if a training on a table cannot go on from this model: see `origin_of`."""
    on_arrays = isinstance(model, MLPClassifier | MLPRegressor)
    outputs = output_names(model) if on_arrays else getattr(model, "outputs_", ())
    if outputs:
        raise UsageError(
            f"{name} has {len(outputs)} answers to a row ({', '.join(outputs[:4])}), and a table has one target; if "
            "they are one class of several, say so (clearprop import --classes a,b,c); else train it on in Python: "
            "model = clearprop.load(path), model.fit(X, Y)."
        )
    n_networks = 1 if on_arrays else len(model.members_)
    if n_networks > 1:
        raise UsageError(
            f"{name} is the mean of {n_networks} networks, and a training goes on from one; train it with members=1 "
            "(--members 1)."
        )
