"""Whether a model is as sure as it says, in the examination, the report and `clearprop evaluate`."""

from __future__ import annotations

import numpy as np
import pytest

from clearprop import TableClassifier, TableRegressor
from clearprop.examination import examine, part_again
from clearprop.examination.sure import calibration_error, how_sure
from clearprop.report.report import report_page
from clearprop.tables import read_table


def test_the_shares_are_those_of_the_intervals_themselves():
    model = TableRegressor(hidden=(8,), n_epochs=10, members=3).fit("diabetes", test=0.2)
    table = read_table("diabetes")
    sure = how_sure(model, table)
    y = table.column("progression").values
    for level, held in zip(sure.levels, sure.held, strict=True):
        low, high = model.predict_interval(table, level).T
        assert held == pytest.approx(np.mean((low <= y) & (y <= high)), abs=0.01)
    assert sure.size == pytest.approx(np.diff(model.predict_interval(table, 0.9)[0])[0], rel=1e-6)


def test_a_calibration_error_is_the_gap_between_what_was_said_and_what_came():
    P = np.array([[0.9, 0.1]] * 10 + [[0.4, 0.6]] * 10)
    codes = np.array([0] * 9 + [1] + [1] * 9 + [0])
    assert calibration_error(P, codes) == pytest.approx((0 * 10 + 0.3 * 10) / 20)


@pytest.mark.parametrize(("kind", "data"), [(TableClassifier, "iris"), (TableRegressor, "diabetes")])
def test_the_report_draws_it(kind, data):
    model = kind(hidden=(6,), n_epochs=6, members=2).fit(data, test=0.2)
    seen = examine(model, part_again(model, read_table(data)))
    assert seen.sure.levels[0] == 0.5
    assert "How often it holds what it says" in report_page(seen, None)


def test_where_no_rows_were_held_out_there_is_nothing_to_say():
    model = TableRegressor(hidden=(4,), n_epochs=3, validation=0.0).fit("diabetes", test=0.2)
    assert how_sure(model, read_table("diabetes")) is None
    assert examine(model, part_again(model, read_table("diabetes"))).sure is None
