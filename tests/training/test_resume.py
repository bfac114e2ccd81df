"""Progress goes into a checkpoint and comes back without a digit lost."""

import json

import numpy as np
import pytest

from clearprop.errors import ModelFileError
from clearprop.training import EpochRecord, Progress, as_columns, as_records, thinned
from clearprop.training.progress import Best, Sums
from clearprop.training.resume import progress_from_plain, progress_to_plain


def record(epoch, **values):
    numbers = {
        "loss": 0.1 * epoch, "penalty": 1 / 3, "metric": None, "validation_loss": None, "validation_metric": None,
        "learning_rate": 0.01, "gradient_norm": 2.0, "seconds": 0.5,
    }  # fmt: skip
    return EpochRecord(epoch=epoch, **(numbers | values))


def there_and_back(progress):
    data, vectors, records = progress_to_plain(progress)
    return progress_from_plain(json.loads(json.dumps(data, allow_nan=False)), vectors, records)


@pytest.mark.parametrize(
    "values",
    [{}, {"metric": 0.7, "validation_loss": 1e300, "validation_metric": -1.5}, {"learning_rate": None}],
    ids=["few", "all", "of a solver"],
)
def test_everything_comes_back(values):
    records = [record(epoch, **values) for epoch in (1, 2, 3)]
    best = Best(-0.7, 2, np.arange(3.0))
    progress = Progress(3, 4, Sums(1.0, 0.1 + 0.2, 1e-320, 3.0), 12.5, records, best, waited=1)
    assert there_and_back(progress) == progress
    assert isinstance(there_and_back(progress).records[0].epoch, int)


def test_numbers_that_are_none_come_back():
    progress = Progress(
        1, records=[record(1, loss=float("inf"), metric=float("nan"))], best=Best(np.inf, 1, np.ones(2))
    )
    back = there_and_back(progress)
    assert back.records[0].loss == back.best.value == np.inf
    assert np.isnan(back.records[0].metric)


def test_columns_of_records_are_records_again():
    records = [EpochRecord(k, 0.5 / k, 0.1, None, 0.7, 0.9, 0.01, 2.0, k / 10) for k in (1, 2, 3)]
    assert as_records(as_columns(records)) == records
    assert as_records({}) == []


def test_before_the_first_epoch_there_are_no_records():
    assert there_and_back(Progress(step=3)) == Progress(step=3)


def test_records_of_schema_1_0_are_read():
    data, vectors, _ = progress_to_plain(Progress(1, records=[record(1)]))
    data["records"] = [record(1, loss=float("inf")).as_dict() | {"loss": "inf"}]
    assert progress_from_plain(data, vectors, None).records == [record(1, loss=float("inf"))]


def test_columns_that_do_not_fit_are_refused():
    data, vectors, records = progress_to_plain(Progress(1, records=[record(1)]))
    with pytest.raises(ModelFileError, match="does not hold"):
        progress_from_plain(data, vectors, records[:, :2])


@pytest.mark.parametrize("length", [0, 1, 9, 10, 11, 12, 25, 1000])
def test_a_thinned_column_keeps_its_ends(length):
    column = list(range(length))
    short = thinned(column, 10)
    assert len(short) <= 11
    assert short[:1] + short[-1:] == column[:1] + column[-1:]
    assert short == column or len(short) >= 6
