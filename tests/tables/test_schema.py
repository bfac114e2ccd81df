"""What is learned from training rows, how cells are encoded by it, and what does not fit."""

import json

import numpy as np
import pytest

from clearprop.errors import DataError, ModelFileError, UsageError
from clearprop.tables import Column, Schema, Table, learn_schema, read_table
from clearprop.tables.columns.column import category
from clearprop.tables.encodings.category import embedding_size
from clearprop.tables.encodings.scaling import Scaling


@pytest.mark.parametrize("name", ["x", "y"])
@pytest.mark.parametrize("rows", [np.array([0, 2, 3]), slice(2, None)])
def test_a_cell_that_cannot_be_learned_from_is_named_by_its_row_of_the_table(name, rows):
    data = {"x": [1.0, np.inf, 3.0, 2.0], "y": [1.0, np.inf, 3.0, 4.0]}
    data[name][3] = np.inf
    with pytest.raises(DataError, match=f'row 3, column "{name}": inf'):
        learn_schema(read_table(data), "y", rows=rows)


def mixed(n=60, seed=0):
    rng = np.random.default_rng(seed)
    numbers = rng.normal(50, 10, n)
    numbers[::7] = np.nan
    return read_table(
        {
            "number": numbers,
            "income": np.exp(rng.normal(10, 3, n)),
            "member": rng.integers(0, 2, n).astype(bool),
            "city": rng.choice(["Rome", "Oslo", "Lima"], n).tolist(),
            "day": np.datetime64("2020-01-01") + rng.integers(0, 900, n) * np.timedelta64(1, "D"),
            "y": rng.choice(["no", "maybe", "yes"], n).tolist(),
        }
    )


def test_numbers_come_first_and_codes_last():
    table = mixed()
    schema = learn_schema(table, "y")
    assert schema.column_names == (
        "number", "number is missing", "income", "member",
        "day", "day year sine", "day year cosine", "day week sine", "day week cosine",
        "city",
    )  # fmt: skip
    assert schema.inputs.n_numeric == 9
    assert schema.inputs.categories == (5,)
    assert schema.feature_names[9:] == (
        "city = Lima",
        "city = Oslo",
        "city = Rome",
        "city = (other)",
        "city = (missing)",
    )
    X = schema.encode(table)
    assert X.shape == (60, 10)
    assert X.dtype == np.float64
    assert schema.encode(table, dtype=np.float32).dtype == np.float32


def test_numbers_are_standardised_by_the_training_rows():
    x = np.arange(10.0)
    table = read_table({"x": x, "y": [0, 1] * 5})
    X = learn_schema(table, "y").encode(table)
    np.testing.assert_allclose(X[:, 0], (x - x.mean()) / x.std())


def test_a_missing_number_becomes_the_median_and_is_marked():
    table = read_table({"x": [1.0, 2, 6, None], "y": [0, 1, 0, 1]})
    schema = learn_schema(table, "y")
    X = schema.encode(table)
    assert X[:, 1].tolist() == [0, 0, 0, 1]
    assert X[3, 0] == schema.encode(read_table({"x": [2.0]}))[0, 0]
    mean = learn_schema(table, "y", impute="mean")
    assert mean.encode(table)[3, 0] == mean.encode(read_table({"x": [3.0]}))[0, 0] == 0


def test_a_heavy_tail_is_pulled_in_and_a_normal_one_is_not():
    rng = np.random.default_rng(0)
    assert Scaling.learn(rng.normal(size=1000)).logarithm is None
    heavy = np.exp(rng.normal(0, 2, size=1000))
    scaling = Scaling.learn(heavy)
    assert scaling.logarithm is not None
    assert np.abs(scaling(heavy)).max() <= 10
    order = np.argsort(heavy)
    assert (np.diff(scaling(heavy)[order]) > 0).all()


def test_two_values_need_no_logarithm():
    rare = np.zeros(10_000)
    rare[3] = 1.0
    scaling = Scaling.learn(rare)
    assert scaling.logarithm is None
    assert scaling(rare).max() <= 10


def test_an_absurd_number_at_predict_time_is_clipped():
    schema = learn_schema(read_table({"x": np.arange(10.0), "y": [0, 1] * 5}), "y")
    assert schema.encode(read_table({"x": [1e140, -1e140]}))[:, 0].tolist() == [20, -20]


def test_nothing_is_learned_from_rows_that_do_not_train():
    """Whatever stands in the held-out rows, the schema is the same."""
    table = mixed()
    rows = np.arange(40)
    poisoned = dict(table.columns)
    for name, column in table.columns.items():
        values = column.values.copy()
        values[40:] = 0 if column.kind in ("category", "boolean") else 1e9
        poisoned[name] = Column(name, column.kind, values, column.labels, column.format, column.integer)
    other = Table("poisoned", poisoned, table.n_rows)
    assert learn_schema(other, "y", rows=rows) == learn_schema(table, "y", rows=rows)
    assert learn_schema(other, "y") != learn_schema(table, "y")


def test_a_slice_of_the_table_gives_the_slice_of_the_encoding():
    table = mixed()
    schema = learn_schema(table, "y")
    X = schema.encode(table)
    np.testing.assert_array_equal(schema.encode(table.take(slice(10, 20))), X[10:20])
    rows = np.array([5, 3, 50])
    np.testing.assert_array_equal(schema.encode(table.take(rows)), X[rows])


def test_rare_unseen_and_missing_categories_have_their_codes():
    table = read_table({"c": ["a"] * 6 + ["b"] * 6 + ["rare", None], "y": [0, 1] * 7})
    schema = learn_schema(table, "y", min_count=3)
    assert schema.inputs.categories == (4,)
    X = schema.encode(read_table({"c": ["a", "b", "rare", "never seen", None]}))
    assert X[:, 0].tolist() == [0, 1, 2, 2, 3]


def test_many_categories_are_embedded():
    labels = [f"label{i}" for i in range(60) for _ in range(5)]
    schema = learn_schema(read_table({"c": labels, "y": [0, 1] * 150}), "y")
    assert schema.inputs.categories == (62,)
    assert schema.inputs.embeddings == (embedding_size(62),) == (16,)
    assert schema.feature_names == tuple(f"c[{k}]" for k in range(16))
    assert learn_schema(read_table({"c": labels, "y": [0, 1] * 150}), "y", one_hot_up_to=99).inputs.embeddings == (
        "one-hot",
    )


def test_dates_become_a_moment_and_its_cycles():
    hours = np.datetime64("2024-01-01T00", "s") + np.arange(0, 20 * 24, 6) * np.timedelta64(3600, "s")
    schema = learn_schema(read_table({"t": hours, "y": [0, 1] * 40}), "y")
    names = ("t", "t week sine", "t week cosine", "t day sine", "t day cosine")
    assert schema.column_names == names
    X = schema.encode(read_table({"t": np.array(["2024-01-01T06:00"], dtype="datetime64[s]")}))
    monday_at_six = 2 * np.pi * 0.25 / 7
    np.testing.assert_allclose(X[0, 1:], [np.sin(monday_at_six), np.cos(monday_at_six), 1, 0], atol=1e-12)


def test_columns_one_cannot_learn_from_are_dropped_with_a_reason():
    n = 40
    table = read_table(
        {
            "PassengerId": range_list(n),
            "same": ["a"] * n,
            "nothing": [None] * n,
            "name": [f"person number {i}x" for i in range(n)],
            "letter": ["word " * 30 + str(i) for i in range(n)],
            "x": range_list(n),
            "y": [0, 1] * (n // 2),
        }
    )
    schema = learn_schema(table, "y")
    assert schema.names == ("x",)
    assert {part.name: part.reason for part in schema.dropped} == {
        "PassengerId": "counts the rows",
        "same": "has the same value in every training row",
        "nothing": "has no value in any training row",
        "name": "has another value in nearly every row",
        "letter": "holds long text",
    }


def range_list(n):
    return list(range(1, n + 1))


@pytest.mark.parametrize(
    ("labels", "kind"),
    [
        (["no", "maybe", "no"], str),
        ([True, False, True], bool),
        ([3, 1, 3], int),
        ([0.5, 1.5, 0.5], float),
        (["10", "9", "10"], int),
    ],
)
def test_class_labels_keep_their_type(labels, kind):
    table = read_table({"x": [1.0, 2.0, 3.0], "y": labels})
    schema = learn_schema(table, "y", task="classes")
    again = Schema.from_dict(json.loads(json.dumps(schema.to_dict())))
    decoded = again.decode_target(again.encode_target(table)).tolist()
    assert decoded == [kind(label) for label in labels]
    assert all(type(label) is kind for label in decoded)
    assert list(again.target.labels) == sorted(set(decoded))


def test_class_weights_even_out_the_classes():
    schema = learn_schema(read_table({"x": np.arange(8.0), "y": ["a"] * 6 + ["b"] * 2}), "y")
    weights = np.array(schema.target.weights)
    np.testing.assert_allclose(weights * schema.target.counts, 4)


def test_regression_targets_are_standardised_and_back():
    y = np.array([1.0, 2.0, 30.0, 4.5])
    table = read_table({"x": np.arange(4.0), "y": y})
    schema = learn_schema(table, "y")
    Y = schema.encode_target(table)
    np.testing.assert_allclose([Y.mean(), Y.std()], [0, 1], atol=1e-12)
    np.testing.assert_allclose(schema.decode_target(Y), y)
    assert schema.decode_target(Y[:, None]).shape == (4, 1)


@pytest.fixture
def people():
    return learn_schema(
        read_table(
            {
                "age": [30.0, 40, 50, 60],
                "smoker": ["yes", "no", "no", "yes"],
                "city": ["Rome", "Oslo", "Rome", "Oslo"],
                "y": ["a", "b", "a", "b"],
            }
        ),
        "y",
    )


def test_columns_are_matched_by_name_not_order(people):
    X = people.encode(read_table({"city": ["Oslo"], "extra": [1], "smoker": ["yes"], "age": [45.0]}))
    np.testing.assert_array_equal(X, [[0, 1, 0]])


def test_missing_and_renamed_columns_are_listed(people):
    table = read_table({"Age": [45.0], "city": ["Oslo"], "weight": [1]})
    expected = (
        r'dict lacks 2 of the 3 columns the model was trained with: "age" \(is it "Age"\?\), "smoker"; '
        r'columns the model does not know: "Age", "weight"\. Rename or add them; their order does not matter\.'
    )
    with pytest.raises(DataError, match=expected):
        people.unknown(table)
    with pytest.raises(DataError, match='"age"'):
        people.encode(table)


def test_columns_the_model_does_not_know_are_named(people):
    table = read_table({"age": [45.0], "smoker": ["no"], "city": ["Oslo"], "weight": [1], "y": ["a"]})
    assert people.unknown(table) == ["weight"]


@pytest.mark.parametrize(
    ("column", "cells", "expected"),
    [
        ("age", [1.0, np.inf], 'row 1, column "age": inf is infinite'),
        ("age", [1.0, 1e200], 'row 1, column "age": 1e+200 is too large'),
        ("age", ["forty", "fifty"], 'row 0, column "age": "forty" is not a number. The model was trained with number'),
        ("age", np.array(["2020-01-01", "NaT"], dtype="datetime64[D]"), 'row 0, column "age"'),
        ("smoker", ["no", "perhaps"], 'row 1, column "smoker": "perhaps" is neither "no" nor "yes"'),
    ],
)
def test_a_cell_of_another_kind_is_named(people, column, cells, expected):
    table = read_table({"age": [1.0, 2], "smoker": ["no", "no"], "city": ["Oslo", "Rome"]} | {column: cells})
    with pytest.raises(DataError) as caught:
        people.encode(table)
    assert expected in str(caught.value)


def test_numbers_may_stand_where_categories_were(people):
    X = people.encode(read_table({"age": [1], "smoker": [True], "city": [5]}))
    assert X[0, 1:].tolist() == [1, 2]


def test_an_unknown_class_is_named_with_the_nearest(people):
    table = read_table({"age": [1.0], "smoker": ["no"], "city": ["Oslo"], "y": ["b."]})
    with pytest.raises(DataError, match=r'"b." is not a class of training. Did you mean "b"\? The model knows'):
        people.encode_target(table)


def test_kinds_let_new_files_be_read_as_the_training_file_was(tmp_path):
    train, new = tmp_path / "train.csv", tmp_path / "new.csv"
    train.write_text("day;size;zip;y\n" + "31/01/2020;1,5;01a;1\n01/02/2020;1.234,5;01;0\n" * 6)
    new.write_text("day;size;zip;note\n01/02/2020;1.500;01;4O\n")
    schema = learn_schema(read_table(train, kinds={"zip": "category"}), "y")
    table = read_table(new, kinds=schema.kinds)
    assert table.column("day").cells()[0].month == 2
    assert table.column("size").cells() == [1500.0]
    assert table.column("zip").cells() == ["01"]
    assert table.column("note").kind == "category"


@pytest.mark.parametrize(
    ("columns", "target", "expected"),
    [
        ({"x": [1.0, 2], "y": ["a", "a"]}, "y", "one class only, 'a'"),
        ({"x": [1.0, 2, 3], "y": ["a", None, "b"]}, "y", r'row 1, column "y": the target is missing \(1 such row\)'),
        ({"x": [1.0, 2, 3], "y": [1.0, np.inf, 2.5]}, "y", "inf is infinite"),
        ({"x": [1.0, np.inf], "y": [0, 1]}, "y", 'row 1, column "x": inf is infinite'),
        ({"x": [None, None], "y": [0, 1]}, "y", "no column of dict can be learned from"),
        ({"y": [0, 1]}, "y", "It has no other column"),
        ({"age": [1.0, 2], "y": [0, 1]}, "agee", 'no column "agee"; did you mean "age"'),
    ],
)
def test_tables_one_cannot_train_on_are_refused(columns, target, expected):
    with pytest.raises(DataError, match=expected):
        learn_schema(read_table(columns), target)


def test_rows_without_a_target_can_be_dropped_and_are_counted():
    table = read_table({"x": [1.0, 2, 3], "y": ["a", None, "b"]}).drop_missing("y")
    assert table.n_rows == 2
    assert table.notes == ('1 row without "y" dropped.',)
    assert table.where(1) == "dict, row 2"


@pytest.mark.parametrize("wrong", [{"task": "classification"}, {"impute": "zero"}, {"min_count": 0}])
def test_options_without_meaning_are_refused(wrong):
    with pytest.raises(UsageError):
        learn_schema(mixed(), "y", **wrong)


def test_a_number_target_can_be_forced_to_classes_and_words_not_to_numbers():
    table = read_table({"x": [1.0, 2, 3], "y": [5, 7, 9], "w": ["a", "b", "c"]})
    assert learn_schema(table, "y").target.kind == "numbers"
    assert learn_schema(table, "y", task="classes").target.labels == (5, 7, 9)
    with pytest.raises(DataError, match="holds category cells"):
        learn_schema(table, "w", task="numbers")


def test_a_schema_is_data():
    schema = learn_schema(mixed(), "y")
    again = Schema.from_dict(json.loads(json.dumps(schema.to_dict())))
    assert again == schema
    assert hash(again) == hash(schema)
    assert again.to_dict() == schema.to_dict()
    np.testing.assert_array_equal(again.encode(mixed()), schema.encode(mixed()))


def altered(change):
    data = learn_schema(mixed(), "y").to_dict()
    change(data)
    return data


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.update(more=1),
        lambda data: data.pop("columns"),
        lambda data: data.update(columns=[]),
        lambda data: data.update(n_rows="60"),
        lambda data: data["columns"].append(data["columns"][0]),
        lambda data: data["columns"][0].update(kind="image"),
        lambda data: data["columns"][0].update(fill=float("nan")),
        lambda data: data["columns"][0].update(fill="5"),
        lambda data: data["columns"][0]["scaling"].update(scale=float("inf")),
        lambda data: data["columns"][0]["scaling"].update(scale=0.0),
        lambda data: data["columns"][3].update(labels=[1, 2]),
        lambda data: data["columns"][3].update(labels=["b", "b"]),
        lambda data: data["columns"][3].update(embedding=0),
        lambda data: data["target"].update(labels=["a"]),
        lambda data: data["target"].update(labels=["a", 1, "b"]),
        lambda data: data["target"].update(counts=[1, 2, -3]),
    ],
)
def test_altered_data_are_refused_in_one_line(change):
    with pytest.raises(ModelFileError, match="the table schema does not hold: ") as caught:
        Schema.from_dict(altered(change))
    assert "\n" not in str(caught.value)


def test_labels_of_a_pandas_category_stay_what_they_are():
    column = category("c", [3, 1, None, 3])
    schema = learn_schema(Table("t", {"c": column, "x": Column("x", "number", np.arange(4.0))}, 4), min_count=1)
    assert schema.columns[0].labels == ("1", "3")


@pytest.mark.parametrize(("name", "step", "left_out"), [("id", 1, True), ("id", 0.5, False), ("age", 1, False)])
def test_only_whole_numbers_that_rise_and_are_called_so_count_the_rows(name, step, left_out):
    cells = (step * np.arange(30)).tolist()
    schema = learn_schema(read_table({name: cells, "x": [0.5, 1.5, 2.5] * 10}))
    assert [dropped.name for dropped in schema.dropped] == ([name] if left_out else [])


@pytest.mark.parametrize("codes", [[-1], [2], [0.0], [True]], ids=str)
def test_a_code_of_no_class_has_no_label(codes):
    schema = learn_schema(read_table({"x": [1.0, 2, 3], "y": ["a", "b", "a"]}), "y")
    assert schema.decode_target(np.array([1, 0], np.uint8)).tolist() == ["b", "a"]
    with pytest.raises(DataError, match="from 0 to 1"):
        schema.decode_target(codes)


def test_only_what_the_model_does_not_know_is_told_beside_a_missing_column():
    schema = learn_schema(read_table({"x": [1.0, 2, 3], "same": [1, 1, 1], "z": [3.0, 1, 2], "y": [0, 1, 0]}), "y")
    table = read_table({"x": [1.0], "same": [1], "y": [0], "Z ": [2.0]})
    with pytest.raises(DataError, match=r'lacks 1 of the 2 .*"z" \(is it "Z"\?\); .* does not know: "Z"\. Rename'):
        schema.encode(table)


def test_of_very_many_columns_only_the_first_are_listed():
    many = {f"pixel_{k}": [0.5, 1.5, 2.5] for k in range(2000)}
    schema = learn_schema(read_table(many | {"y": [1.0, 2.0, 4.0]}), "y")
    with pytest.raises(DataError, match=r'lacks 2000 of the 2000 .*"pixel_19" and 1980 more; .*"z"\.') as caught:
        schema.encode(read_table({"z": [1.0]}))
    assert len(str(caught.value)) < 700
