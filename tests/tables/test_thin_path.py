"""From a file to X and Y, and back."""

import numpy as np
import pytest

from clearprop.errors import DataError
from clearprop.tables import Schema, learn_schema, read_table
from clearprop.tables.sources.bundled import BUNDLED


@pytest.fixture
def people(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(
        "age,job,member,since,income\n"
        "39, clerk, yes,2020-01-05,<=50K\n"
        "50,nurse,no,2021-02-06,>50K\n"
        ",clerk,yes,2022-03-07,<=50K\n"
        "28,?,no,2023-04-08,>50K\n"
    )
    return path


def test_every_kind_of_column_is_recognised(people):
    kinds = {name: column.kind for name, column in read_table(people).columns.items()}
    assert kinds == {"age": "number", "job": "category", "member": "boolean", "since": "date", "income": "category"}


def test_a_file_becomes_numbers_first_and_codes_last(people):
    table = read_table(people)
    schema = learn_schema(table, "income", min_count=1)
    X = schema.encode(table)
    assert schema.column_names[:3] == ("age", "age is missing", "member")
    assert schema.column_names[-1] == "job"
    assert schema.inputs.categories == (4,)
    assert X[:, -1].tolist() == [0, 1, 0, 3]
    assert X[:, 1].tolist() == [0, 0, 1, 0]
    assert X[:, 2].tolist() == [1, 0, 1, 0]
    assert len(schema.feature_names) == schema.inputs.width


def test_class_labels_come_back_as_they_were(people):
    table = read_table(people)
    schema = learn_schema(table, "income")
    assert schema.decode_target(schema.encode_target(table)).tolist() == ["<=50K", ">50K", "<=50K", ">50K"]


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_sets_need_no_target(name):
    table = read_table(name)
    schema = learn_schema(table)
    assert schema.target.name == table.target
    assert schema.target.kind == ("numbers" if name == "diabetes" else "classes")
    assert np.isfinite(schema.encode(table)).all()
    assert Schema.from_dict(schema.to_dict()) == schema


def test_a_word_in_a_column_of_numbers_is_named_with_its_line(tmp_path):
    path = tmp_path / "train.csv"
    path.write_text("age,y\n39,1\n4O,0\n41,1\n")
    with pytest.raises(DataError) as caught:
        read_table(path)
    assert str(caught.value) == (
        'train.csv:3, column "age": "4O" is not a number. Fix the cell, or pass --na 4O, or --bad-rows quarantine.'
    )
