"""One table in every format: the same names, kinds, cells and gaps, or a refusal that names what the file is."""

import gzip
import json
import struct

import h5py
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pyarrow.orc
import pytest
import scipy.io

from clearprop.errors import DataError, UsageError
from clearprop.tables import read_table, stream_table

AGES = [76.0, None, 60.5, 21.0, 48.0, 33.0]
TOWNS = ["kyiv", "lima", "kyiv", None, "Zürich, old", "it's"]
SMOKES = ["no", "yes", "yes", "no", "no", "yes"]
COLUMNS = {"age": AGES, "town": TOWNS, "smokes": SMOKES}
KINDS = {"age": "number", "town": "category", "smokes": "boolean"}


def frame():
    return pd.DataFrame(COLUMNS)


def write_arff(path):
    rows = ["76.0,kyiv,no", "?,lima,yes", "60.5,kyiv,yes", "21,?,no", "48,'Zürich, old',no", "33,'it\\'s',yes"]
    head = "@relation 'a b'\n@attribute age REAL\n@ATTRIBUTE 'town' {lima, kyiv, 'Zürich, old', 'it\\'s'}\n"
    body = "@attribute smokes {no,yes}\n@data\n" + "\n".join(rows) + "\n"
    path.write_text("% a comment\n\n" + head + body, encoding="utf-8")


def write_sav(path):
    import pyreadstat

    cells = frame().assign(smokes=[float(word == "yes") for word in SMOKES])
    labels = {"smokes": {0.0: "no", 1.0: "yes"}}
    pyreadstat.write_sav(cells, path, variable_value_labels=labels, row_compress=path.suffix == ".zsav")


def write_dta(path):
    import pyreadstat

    cells = frame().assign(smokes=[int(word == "yes") for word in SMOKES])
    pyreadstat.write_dta(cells, path, variable_value_labels={"smokes": {0: "no", 1: "yes"}})


def write_xpt(path):
    import pyreadstat

    pyreadstat.write_xport(frame(), path, file_format_version=8)


def write_stream(path):
    table = pa.Table.from_pandas(frame())
    with pa.ipc.new_stream(path, table.schema) as writer:
        writer.write_table(table)


def write_arrow(path):
    table = pa.Table.from_pandas(frame())
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table)


WRITERS = {
    "t.csv": lambda path: frame().to_csv(path, index=False),
    "t.parquet": lambda path: frame().to_parquet(path),
    "t.jsonl": lambda path: frame().to_json(path, orient="records", lines=True),
    "records.json": lambda path: frame().to_json(path, orient="records"),
    "pretty.json": lambda path: frame().to_json(path, orient="records", indent=2),
    "columns.json": lambda path: frame().to_json(path),
    "split.json": lambda path: frame().to_json(path, orient="split"),
    "index.json": lambda path: frame().to_json(path, orient="index"),
    "table.json": lambda path: frame().to_json(path, orient="table", index=False),
    "lists.json": lambda path: path.write_text(json.dumps(COLUMNS)),
    "t.xlsx": lambda path: frame().to_excel(path, index=False),
    "t.feather": lambda path: frame().to_feather(path),
    "t.arrow": write_arrow,
    "t.arrows": write_stream,
    "t.orc": lambda path: frame().to_orc(path),
    "t.avro": lambda path: pl.DataFrame(COLUMNS).write_avro(path),
    "t.sav": write_sav,
    "t.zsav": write_sav,
    "t.dta": write_dta,
    "pandas.dta": lambda path: frame().fillna({"town": ""}).to_stata(path, write_index=False, version=118),
    "t.xpt": write_xpt,
    "t.arff": write_arff,
}


def check(table):
    assert {column.name: column.kind for column in table.columns.values()} == KINDS
    assert {name: column.cells() for name, column in table.columns.items()} == COLUMNS


@pytest.mark.parametrize("name", WRITERS)
def test_one_table_in_every_format(tmp_path, name):
    WRITERS[name](tmp_path / name)
    check(read_table(tmp_path / name))


@pytest.mark.parametrize("name", [name for name in WRITERS if not name.endswith((".json", ".jsonl", ".csv"))])
def test_a_format_is_known_by_how_the_file_begins(tmp_path, name):
    WRITERS[name](tmp_path / name)
    (tmp_path / name).rename(tmp_path / "download")
    check(read_table(tmp_path / "download"))


@pytest.mark.parametrize("name", ["t.sav", "t.xlsx", "t.arff", "t.feather", "records.json", "t.avro"])
def test_the_target_keeps_its_labels(tmp_path, name):
    WRITERS[name](tmp_path / name)
    table = read_table(tmp_path / name, target="town").with_classes("town")
    assert table.column("town").cells() == TOWNS


FOREIGN = {
    "HDF5": lambda path: h5py.File(path, "w").close(),
    "SQLite": lambda path: path.write_bytes(b"SQLite format 3\0" + bytes(84)),
    "an R workspace": lambda path: path.write_bytes(gzip.compress(b"RDX3\nX\n" + bytes(40))),
    "an R object": lambda path: path.write_bytes(gzip.compress(b"X\n\0\0\0\x03\0\4\2\2")),
    "an R expression": lambda path: path.write_text("structure(list(age = c(76, 56)), class = 'data.frame')"),
    "MATLAB 7.3": lambda path: path.write_bytes(b"MATLAB 7.3 MAT-file, Platform: GLNXA64" + bytes(90)),
    "pickle": lambda path: path.write_bytes(b"\x80\x04\x95\x10\0"),
    "zip archive": lambda path: path.write_bytes(b"PK\x03\x04" + bytes(30)),
    "HTML": lambda path: path.write_text("<!doctype html><p>404</p>"),
    "PNG": lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(20)),
    "bzip2": lambda path: path.write_bytes(b"BZh91AY"),
    "XML": lambda path: path.write_text("<?xml version='1.0'?><t/>"),
}  # fmt: skip


@pytest.mark.parametrize("kind", FOREIGN)
def test_what_holds_no_table_is_named(tmp_path, kind):
    FOREIGN[kind](tmp_path / "t.dat")
    with pytest.raises(DataError) as caught:
        read_table(tmp_path / "t.dat")
    assert kind in str(caught.value)
    assert "NUL" not in str(caught.value)


def test_only_text_and_parquet_stay_on_disk(tmp_path):
    WRITERS["t.sav"](tmp_path / "t.sav")
    with pytest.raises(UsageError, match=r"t\.sav is a file of SPSS, which cannot stay on disk"):
        stream_table(tmp_path / "t.sav")


def test_matrices_of_matlab(tmp_path):
    X = np.arange(12.0).reshape(4, 3)
    names = np.array(["a", "b", "c"], dtype=object)
    scipy.io.savemat(tmp_path / "t.mat", {"X": X, "y": np.array([0.0, 1, 1, 0]), "names": names, "k": 3.0})
    table = read_table(tmp_path / "t.mat")
    assert table.names == ("a", "b", "c", "y")
    assert table.target == "y"
    assert table.column("b").cells() == [1.0, 4.0, 7.0, 10.0]
    assert table.notes == ('"k" does not have 4 rows; it was left out.',)


def test_variables_of_netcdf(tmp_path):
    with scipy.io.netcdf_file(tmp_path / "t.nc", "w") as file:
        file.createDimension("row", 3)
        file.createDimension("level", 2)
        for name in ("u", "v"):
            file.createVariable(name, "f8", ("row",))[:] = [1.0, 2.5, 4.0]
        file.createVariable("pressure", "f8", ("level",))[:] = [1.0, 2.0]
    table = read_table(tmp_path / "t.nc")
    assert table.names == ("u", "v")
    assert table.column("v").cells() == [1.0, 2.5, 4.0]
    assert table.notes == ('"pressure" does not run along "row" alone; it was left out.',)


def write_idx(path, array):
    head = struct.pack(">HBB", 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    path.write_bytes(gzip.compress(head + array.astype("u1").tobytes()))


def test_pictures_and_their_labels(tmp_path):
    pictures = np.arange(24).reshape(3, 4, 2)
    write_idx(tmp_path / "train-images-idx3-ubyte.gz", pictures)
    write_idx(tmp_path / "train-labels-idx1-ubyte.gz", np.array([7, 0, 7]))
    table = read_table(tmp_path / "train-images-idx3-ubyte.gz")
    assert table.names == (*(f"x{i}" for i in range(8)), "y")
    assert table.column("x3").cells() == [3, 11, 19]
    assert table.column("y").cells() == [7, 0, 7]
    assert table.target == "y"


def test_pictures_that_end_early(tmp_path):
    path = tmp_path / "cut-idx3"
    path.write_bytes(struct.pack(">HBB3I", 0, 8, 3, 1 << 31, 28, 28) + bytes(100))
    with pytest.raises(DataError, match="ends 1683627179932 bytes before the end it announces"):
        read_table(path)


SPARSE = "1 1:0.5 3:2\n-1 2:1 # a comment\n1 qid:3 3:-1\n"


def test_svmlight(tmp_path):
    (tmp_path / "t.txt").write_text(SPARSE)
    table = read_table(tmp_path / "t.txt")
    assert {name: column.cells() for name, column in table.columns.items()} == {
        "y": [1, -1, 1],
        "x1": [0.5, 0.0, 0.0],
        "x2": [0.0, 1.0, 0.0],
        "x3": [2.0, 0.0, -1.0],
    }
    assert table.target == "y"
    assert any("counts its features from 1" in note for note in table.notes)


def test_svmlight_keeps_its_columns_whichever_features_occur(tmp_path):
    """A reader that guesses the base of each file shifts the columns of a test file in which index 0 does not occur."""
    (tmp_path / "train.svm").write_text("1 0:1 3:2\n-1 1:1\n")
    (tmp_path / "test.svm").write_text("1 1:5 7:9\n")
    train = read_table(tmp_path / "train.svm")
    kinds = {column.name: column.kind for column in train.columns.values()}
    test = read_table(tmp_path / "test.svm", kinds=kinds)
    assert test.names == train.names == ("y", "x0", "x1", "x2", "x3")
    assert [test.column(name).cells() for name in ("x0", "x1", "x3")] == [[0.0], [5.0], [0.0]]
    assert any("1 features that the training file had not" in note for note in test.notes)


def test_svmlight_can_be_told_where_it_begins(tmp_path):
    (tmp_path / "t.svm").write_text("1 0:1 2:2\n-1 1:1\n")
    table = read_table(tmp_path / "t.svm", index_base=0)
    assert table.names == ("y", "x1", "x2", "x3")
    with pytest.raises(DataError, match="has the index 0, but index_base=1"):
        read_table(tmp_path / "t.svm", index_base=1)


def test_svmlight_names_the_line_that_is_wrong(tmp_path):
    (tmp_path / "t.svm").write_text("1 1:1 2:2\n-1 1=1\n")
    with pytest.raises(DataError, match=r"t\.svm:2 is no row of svmlight"):
        read_table(tmp_path / "t.svm")
