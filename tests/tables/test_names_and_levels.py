"""Names of columns: levels of pandas, blanks around them, and signs that nobody sees."""

import numpy as np
import pandas as pd
import pytest

from clearprop.errors import DataError
from clearprop.estimators import TableRegressor
from clearprop.tables import read_table

TWO = [("A", "a"), ("A", "b"), ("B", "y")]


@pytest.fixture
def levels():
    cells = np.random.default_rng(0).normal(size=(60, 3))
    return pd.DataFrame(cells, columns=pd.MultiIndex.from_tuples(TWO))


@pytest.mark.parametrize("target", [("B", "y"), "('B', 'y')"])
def test_a_target_among_columns_of_two_levels_is_named_by_its_tuple(levels, target):
    model = TableRegressor(target, n_epochs=1).fit(levels)
    assert [column.name for column in model.schema_.columns] == ["('A', 'a')", "('A', 'b')"]
    assert model.predict(levels[TWO[::-1]]).tolist() == model.predict(levels).tolist()


def test_a_tuple_that_no_column_is_called_is_refused_with_the_nearest_name(levels):
    with pytest.raises(DataError, match=r'did you mean "\(\'B\', \'y\'\)"'):
        TableRegressor(("B", "z"), n_epochs=1).fit(levels)


def test_blanks_around_names_go_unless_they_tell_two_apart(tmp_path):
    frame = pd.DataFrame({"a": [1.0, 2.0], " a": [3.0, 4.0], " b ": [5.0, 6.0]})
    frame.to_csv(tmp_path / "t.csv", index=False)
    for source in (frame, tmp_path / "t.csv"):
        assert read_table(source).names == ("a", " a", "b")
    model = TableRegressor("b", n_epochs=1).fit(pd.concat([frame] * 20))
    assert model.predict(frame[[" a", "a"]]).tolist() == model.predict(frame[["a", " a"]]).tolist()


def test_signs_that_nobody_sees_are_no_part_of_a_name(tmp_path):
    (tmp_path / "t.csv").write_text("\u200ba,\u00a0b\u00a0\n1,2\n3,4\n")
    assert read_table(tmp_path / "t.csv").names == ("a", "b")
