"""Targets: class labels as codes and back, numbers standardised and back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Any, Literal, Self, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from clearprop.equations.units import deviation
from clearprop.errors import DataError, closest
from clearprop.tables.columns.column import Column
from clearprop.tables.columns.same import same_key
from clearprop.tables.encodings.held import HeldErrors, HeldScores, RisingCurve
from clearprop.tables.encodings.labels import LABEL_TYPES, as_array, type_of, why_not
from clearprop.tables.encodings.strict import Array, Strict, check_sorted, take, without_nothing

Labels = tuple[bool, ...] | tuple[int, ...] | tuple[float, ...] | tuple[str, ...]


class ClassTarget(Strict):
    """Classes: sorted labels, and how often each occurs in training.

    Attributes
    ----------
    labels : tuple
        As plain data; `classes` are the labels themselves.
    type : str
        What the labels are, a name of `LABEL_TYPES`; "" for what they are written as.
    dtype : str
        NumPy's dtype of `classes`; "" for the one NumPy chooses.
    held : HeldScores or None
        How probable held-out rows were held to be; since schema 1.4 of the model file.
    curve : RisingCurve or None
        What the probability of the second of two classes is put through; likewise.
    """

    kind: Literal["classes"] = "classes"
    name: str
    labels: Labels = Field(min_length=2)
    counts: tuple[Annotated[int, Field(ge=1)], ...]
    type: str = ""
    dtype: str = ""
    held: HeldScores | None = None
    curve: RisingCurve | None = None

    @model_serializer(mode="wrap")
    def _plain(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_nothing(whole(self))

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.counts) != len(self.labels):
            raise ValueError("there must be one count for each label")
        if self.curve is not None and len(self.labels) != 2:
            raise ValueError("a curve is for two classes")
        if self.type and self.type not in LABEL_TYPES:
            raise ValueError(f"there is no type of labels called {self.type!r}")
        try:
            classes = self.classes.tolist()
        except (TypeError, ValueError, ArithmeticError) as error:
            raise ValueError(f"the labels are not of the type {self.type or self.dtype!r}: {error}") from None
        return check_sorted(self, classes)

    @classmethod
    def learn(cls, column: Column) -> ClassTarget:
        """Learn from the training rows; no cell is missing.

        Raises
        ------
        DataError
            If there is one class only, or the labels cannot be kept as what they are.
        """
        labels, counts = column.counts()
        if len(labels) < 2:
            raise DataError(
                f'the target "{column.name}" has one class only, {labels[0]!r}; training needs at least two. '
                "Add rows of another class, or choose another target."
            )
        order, plain, kind = _in_order(column.name, labels)
        return cls(
            name=column.name,
            labels=plain,
            counts=tuple(int(counts[i]) for i in order),
            type="" if kind in ("bool", "int", "float", "str") else kind,
            dtype=column.dtype,
        )

    @property
    def classes(self) -> NDArray[Any]:
        """The labels (n_classes,) as they were given, in their own dtype."""
        return as_array(self.labels, self.type, self.dtype)

    @property
    def weights(self) -> tuple[float, ...]:
        """Weight of each class under which all classes count the same: n / (n_classes · count)."""
        n = sum(self.counts)
        return tuple(n / (len(self.counts) * count) for count in self.counts)

    def encode(self, column: Column, as_text: bool = True) -> NDArray[np.int64]:
        """Return the codes (n_rows,); −1 for a label that training did not have.

        A label is first looked for as it is, then as text: "1" is 1 if no two classes are written so.

        Parameters
        ----------
        as_text : bool
            Whether labels may be the same as text only.
        """
        if column.kind == "category":
            codes = [self.code_of(label, as_text) for label in column.labels]
            return take([*codes, -1], column.values)
        distinct, inverse = np.unique(column.values, return_inverse=True)
        return take([self.code_of(label, as_text) for label in column.cells(distinct)], inverse)

    def code_of(self, label: Any, as_text: bool = False) -> int:
        """Return the code of one label, −1 if it is none."""
        exact, loose = _codes(self)
        code = exact.get(same_key(label), -1)
        return loose.get(_key(label), -1) if code < 0 and as_text else code

    def decode(self, codes: ArrayLike) -> NDArray[Any]:
        """Return the labels of codes, in their own type.

        Raises
        ------
        DataError
            If a code is not one of 0 .. n_classes − 1.
        """
        whole = np.asarray(codes)
        if whole.dtype.kind not in "iu" or ((whole < 0) | (whole >= len(self.labels))).any():
            raise DataError(f"codes of classes must be whole numbers from 0 to {len(self.labels) - 1}, got {whole}.")
        labels: NDArray[Any] = self.classes[whole]
        return labels

    def nearest(self, label: Any) -> str:
        """Return what to say of a label that training did not have."""
        near = closest(label, self.labels)
        known = ", ".join(str(label) for label in self.labels[:20])
        return (f'Did you mean "{near}"? ' if near else "") + f"The model knows the classes {known}."


SCALE_OF_ONE_VALUE = 1e-9
"""Of a target with one value: whatever a network, trained or not, adds to it does not show."""


SMALLEST = float(np.finfo(np.float64).smallest_subnormal)


class NumberTarget(Strict):
    """Numbers, standardised by mean and standard deviation of the training rows.

    Attributes
    ----------
    low, high : float or None
        What no answer lies beyond, where there are such limits: the ends of the training rows.
    held : HeldErrors or None
        What the errors of held-out rows were; since schema 1.4 of the model file.
    """

    kind: Literal["numbers"] = "numbers"
    name: str
    format: str
    mean: float
    scale: float = Field(gt=0)
    low: float | None = None
    high: float | None = None
    held: HeldErrors | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.low is None) != (self.high is None):
            raise ValueError("there must be two limits, or none")
        if self.low is not None and self.high is not None and not self.low <= self.high:
            raise ValueError("the upper limit must not be below the lower one")
        return self

    @model_serializer(mode="wrap")
    def _plain(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_nothing(whole(self))

    @classmethod
    def learn(cls, column: Column) -> NumberTarget:
        """Learn from the training rows; no cell is missing."""
        y = column.values
        mean, scale = float(y.mean()), deviation(y)
        if y.min() == y.max():
            mean, scale = float(y[0]), SCALE_OF_ONE_VALUE * (abs(float(y[0])) or 1.0)
        return cls(name=column.name, format=column.format, mean=mean, scale=max(scale, SMALLEST))

    def encode(self, column: Column) -> Array:
        """Return the standardised numbers (n_rows,)."""
        standardised: Array = (column.values - self.mean) / self.scale
        return standardised

    def within(self, y: Array) -> NumberTarget:
        """Return the target with the ends of these numbers as the limits of every answer."""
        return self.model_copy(update={"low": float(y.min()), "high": float(y.max())})

    def decode(self, y: ArrayLike) -> Array:
        """Return numbers in the units of the target, in whatever shape y has."""
        numbers: Array = np.asarray(y, dtype=np.float64) * self.scale + self.mean
        return numbers

    def within_limits(self, y: Array) -> Array:
        """Return standardised numbers within the limits, where there are some."""
        if self.low is None or self.high is None:
            return y
        low, high = ((end - self.mean) / self.scale for end in (self.low, self.high))
        return np.clip(y, low, high)

    def answer(self, outputs: ArrayLike) -> Array:
        """Return outputs as answers: decoded, and within the limits."""
        numbers = self.decode(outputs)
        return numbers if self.low is None else np.clip(numbers, self.low, self.high)


def _in_order(name: str, labels: Sequence[Any]) -> tuple[list[int], Labels, str]:
    """Return the order of the labels, the sorted labels as plain data, and the name of their type.

    Raises
    ------
    DataError
        If they cannot be kept as what they are.
    """
    problem = why_not(labels)
    try:
        order = sorted(range(len(labels)), key=labels.__getitem__)
        kind = type_of(labels) or ""
        plain = () if problem else tuple(LABEL_TYPES[kind].write(labels[i]) for i in order)
    except (TypeError, ValueError) as error:
        problem = problem or f"its labels cannot be kept as what they are: {error}; give text in their place"
    if problem:
        raise DataError(f'the target "{name}" cannot be predicted as it is: {problem}.')
    return order, cast(Labels, plain), kind


@lru_cache(maxsize=8)
def _codes(target: ClassTarget) -> tuple[dict[tuple[Any, Any], int], dict[str, int]]:
    """Return the code of each label, and of each text that stands for one label alone."""
    classes = target.classes
    labels = list(classes) if classes.dtype.kind in "Mm" else classes.tolist()
    exact = {same_key(label): code for code, label in enumerate(labels)}
    loose: dict[str, int] = {}
    for code, label in enumerate(labels):
        key = _key(label)
        loose[key] = -1 if key in loose else code
    return exact, loose


def _key(label: Any) -> str:
    """Return what two labels share that may be the same in another file: 1, 1.0, "1" and " 1 " do, True and "True"."""
    return str(int(label)) if isinstance(label, float) and label.is_integer() else str(label).strip()
