"""Inputs: stage 0 of a network, from a row of X to a[0]."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from clearprop.computed_once import cached_property
from clearprop.equations._whole import whole
from clearprop.equations.stages import Beside, Embedding, Numbers, OneHot, Stage
from clearprop.errors import UsageError

ONE_HOT = "one-hot"


@dataclass(frozen=True)
class Inputs:
    """Which columns X holds, and through which stages they enter.

    X holds `n_numeric` columns of numbers, then one column of codes 0 .. n−1 for each entry n of `categories`.
    Numbers pass through; a code becomes a one-hot row, or a row of a trained embedding matrix E (n, size).

    Parameters
    ----------
    n_numeric : int
    categories : tuple of int
        Number of codes of each categorical column.
    embedding : "one-hot", int, or a tuple of these with one entry per categorical column
        How codes enter: as one-hot rows, or as embeddings of that size.
    stages : sequence of Stage, optional
        Instead of all these: the stages themselves, which take the columns of X in their order. Stages of codes come
        after those of numbers.

    Raises
    ------
    UsageError
        If there is no column, or the stages are not in that order.

    Examples
    --------
    >>> from clearprop.equations.stages import Embedding, Numbers
    >>> Inputs(2, (5,), embedding=3) == Inputs(stages=[Numbers(2), Embedding(codes=5, size=3)])
    True
    """

    stages: tuple[Stage, ...]

    def __init__(
        self,
        n_numeric: int = 0,
        categories: Iterable[int] = (),
        embedding: str | int | tuple[str | int, ...] = ONE_HOT,
        *,
        stages: Iterable[Stage] | None = None,
    ) -> None:
        made = _plain(n_numeric, tuple(categories), embedding) if stages is None else tuple(stages)
        object.__setattr__(self, "stages", made)
        if not made or not all(isinstance(stage, Stage) for stage in made):
            raise UsageError(f"inputs need at least one stage, each a Stage such as Numbers(3), got {made!r}.")
        if any(before.n_codes and not after.n_codes for before, after in pairwise(made)):
            raise UsageError(f"stages of codes come after those of numbers, as X has its columns; got {made!r}.")

    def with_places(self, stairs: Iterable[Stage]) -> Inputs:
        """Return inputs with columns of places among bins between the numbers and the codes."""
        return Inputs(stages=[*self._of_numbers, *stairs, *self._of_codes])

    def with_embeddings(self, sizes: tuple[str | int, ...]) -> Inputs:
        """Return inputs whose codes enter as asked for: "one-hot", or an embedding of that size, for each column."""
        return Inputs(stages=[*self._of_numbers, *_plain(0, self.categories, sizes)]) if self.categories else self

    @property
    def _of_numbers(self) -> tuple[Stage, ...]:
        return tuple(stage for stage in self.stages if not stage.n_codes)

    @property
    def _of_codes(self) -> tuple[Stage, ...]:
        return tuple(stage for stage in self.stages if stage.n_codes)

    @cached_property
    def stage(self) -> Beside:
        """All stages side by side, as one."""
        return Beside(self.stages)

    @cached_property
    def n_columns(self) -> int:
        """Number of columns of X."""
        return self.stage.n_columns

    @cached_property
    def n_numeric(self) -> int:
        """Number of columns of X that hold numbers; the others, behind them, hold codes."""
        return sum(stage.n_columns for stage in self.stages if not stage.n_codes)

    @cached_property
    def categories(self) -> tuple[int, ...]:
        """Number of codes of each categorical column."""
        return tuple(stage.n_codes for stage in self.stages for _ in range(stage.n_columns) if stage.n_codes)

    @property
    def embeddings(self) -> tuple[str | int, ...]:
        """One entry per categorical column: "one-hot" or the size of its embedding."""
        coded = (stage for stage in self.stages if stage.n_codes)
        return tuple(stage.size if isinstance(stage, Embedding) else ONE_HOT for stage in coded)

    @cached_property
    def plain(self) -> bool:
        """Whether `n_numeric`, `categories` and `embeddings` say all."""
        numbers = (Numbers(self.n_numeric),) if self.n_numeric else ()
        coded = tuple(stage for stage in self.stages if type(stage) in (OneHot, Embedding))
        return self.stages == numbers + coded

    @property
    def widths(self) -> tuple[int, ...]:
        """Number of columns of a[0] each categorical column becomes."""
        return tuple(stage.width for stage in self.stages if stage.n_codes)

    @cached_property
    def width(self) -> int:
        """Number of columns of a[0]."""
        return self.stage.width


def _plain(
    n_numeric: object, categories: tuple[object, ...], embedding: str | int | tuple[str | int, ...]
) -> tuple[Stage, ...]:
    numbers = whole("the number of numeric columns", n_numeric)
    codes = [whole("a number of codes", n) for n in categories]
    each = embedding if isinstance(embedding, tuple) else (embedding,) * len(codes)
    if len(each) != len(codes):
        raise UsageError(f"embedding must have one entry per categorical column ({len(codes)}), got {len(each)}.")
    if numbers < 0 or any(n < 1 for n in codes) or not (numbers or codes):
        raise UsageError(f"a network needs at least one input column, got {numbers} of numbers and {codes} of codes.")
    coded = [_coded(n, size) for n, size in zip(codes, each, strict=True)]
    return (Numbers(numbers), *coded) if numbers else tuple(coded)


def _coded(codes: int, size: object) -> Stage:
    if isinstance(size, str) and size == ONE_HOT:
        return OneHot(codes)
    units = whole('embedding must be "one-hot" or a size, and a size', size)
    if units < 1:
        raise UsageError(f'embedding must be "one-hot" or a size of 1 or more, got {size!r}.')
    return Embedding(codes, units)
