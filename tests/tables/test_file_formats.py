"""One table in every format: the same names, kinds, cells and gaps, or a refusal that names what the file is."""

import gzip
import json
import os
import struct
import subprocess
import sys
import threading
import zipfile

import h5py
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pyarrow.orc
import pytest
import scipy.io
import scipy.sparse
from one_table import COLUMNS, KINDS, TOWNS, WRITERS

from clearprop.errors import DataError, UsageError
from clearprop.tables import read_table, stream_table
from clearprop.tables.sources import limits
from clearprop.tables.sources.bounded import unpacked_size


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


def test_a_sparse_matrix_of_matlab_has_its_zeros(tmp_path):
    cells = scipy.sparse.csc_matrix([[1.5, 0.0], [0.0, 0.0], [0.0, 2.5]])
    scipy.io.savemat(tmp_path / "t.mat", {"X": cells, "y": np.array([1, 2, 1])})
    table = read_table(tmp_path / "t.mat")
    assert [table.column(name).values.tolist() for name in ("x0", "x1", "y")] == [[1.5, 0, 0], [0, 0, 2.5], [1, 2, 1]]


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


def test_the_index_of_pandas_is_no_feature(tmp_path):
    cells = pd.DataFrame({"u": [1.5, 2.5, 3.5], "y": ["a", "b", "a"]}, index=pd.Index([2, 0, 1], name="row"))
    for write, name in ((cells.to_parquet, "t.parquet"), (cells.to_feather, "t.feather")):
        write(tmp_path / name)
        table = read_table(tmp_path / name)
        assert table.names == ("u", "y")
        assert any('Column "row" is the index of a pandas data frame' in note for note in table.notes)
        assert set(read_table(tmp_path / name, keep=["row"]).names) == {"row", "u", "y"}
    with stream_table(tmp_path / "t.parquet") as streamed:
        assert streamed.names == ("u", "y")


def test_names_that_differ_in_case_stay(tmp_path):
    cells = pd.DataFrame({"Age": [1, 2], "age": [3, 4], "AGE": [5, 6], "age_1": [7, 8]})
    cells.to_parquet(tmp_path / "t.parquet")
    cells.to_json(tmp_path / "t.jsonl", orient="records", lines=True)
    cells.to_json(tmp_path / "t.json", orient="records")
    expected = {name: cells[name].tolist() for name in cells}
    for name in ("t.parquet", "t.jsonl", "t.json"):
        found = read_table(tmp_path / name).columns
        assert {column: found[column].cells() for column in found} == expected
    with stream_table(tmp_path / "t.parquet") as streamed:
        assert streamed.names == tuple(expected)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_durations_are_seconds_whoever_wrote_them(tmp_path, unit):
    seconds = pa.array([90, None, 3], type=pa.duration("s"))
    table = pa.table({"n": [1, 2, 3], "took": seconds.cast(pa.duration(unit))})
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet")
    assert read_table(tmp_path / "t.parquet").column("took").cells() == [90.0, None, 3.0]
    assert read_table(table).column("took").cells() == [90.0, None, 3.0]
    with stream_table(tmp_path / "t.parquet") as streamed:
        assert streamed.column("took").cells() == [90.0, None, 3.0]
        assert streamed.column("n").cells() == [1, 2, 3]


def test_durations_of_pandas_and_polars(tmp_path):
    spans = pd.to_timedelta([90, 3], "s")
    pd.DataFrame({"took": spans}).to_parquet(tmp_path / "pandas.parquet")
    pl.DataFrame({"took": spans}).write_parquet(tmp_path / "polars.parquet")
    for name in ("pandas.parquet", "polars.parquet"):
        assert read_table(tmp_path / name).column("took").cells() == [90.0, 3.0]


MOMENTS = ["2024-03-01T00:30:00+02:00", "2024-02-29T23:00:00Z", "2024-02-29T18:00:00-05:00"]


def test_offsets_count_whatever_holds_the_moments(tmp_path):
    (tmp_path / "t.csv").write_text("t,n\n" + "".join(f"{moment},1\n" for moment in MOMENTS))
    (tmp_path / "t.jsonl").write_text("".join(json.dumps({"t": moment, "n": 1}) + "\n" for moment in MOMENTS))
    cells = pd.DataFrame({"t": pd.to_datetime(MOMENTS, utc=True), "n": 1})
    cells.to_parquet(tmp_path / "t.parquet")
    cells.to_feather(tmp_path / "t.feather")
    expected = read_table(cells).column("t").values.tolist()
    for name in ("t.csv", "t.jsonl", "t.parquet", "t.feather"):
        column = read_table(tmp_path / name).column("t")
        assert column.kind == "date"
        assert column.values.tolist() == expected


def test_values_declared_missing_are_missing(tmp_path):
    import pyreadstat

    cells = pd.DataFrame({"age": [30.0, 99.0, 41.0], "sex": [1.0, 2.0, 9.0]})
    pyreadstat.write_sav(
        cells, tmp_path / "t.sav", missing_ranges={"age": [99], "sex": [9]},
        variable_value_labels={"sex": {1.0: "m", 2.0: "f", 9.0: "refused"}},
    )  # fmt: skip
    table = read_table(tmp_path / "t.sav")
    assert table.column("age").cells() == [30.0, None, 41.0]
    assert table.column("sex").cells() == ["m", "f", None]


def test_labels_of_some_numbers_leave_a_column_of_numbers(tmp_path):
    import pyreadstat

    cells = pd.DataFrame({"age": [30.0, 99.0, 41.0], "n": [1.0, 2.0, 3.0]})
    pyreadstat.write_sav(cells, tmp_path / "t.sav", variable_value_labels={"age": {99.0: "refused"}})
    table = read_table(tmp_path / "t.sav")
    assert table.column("age").cells() == [30.0, 99.0, 41.0]
    assert any('labels stand for some of its numbers only ("refused")' in note for note in table.notes)


def test_a_report_in_excel(tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["Report of May"], [], ["name", "share", "n"], ["007", 0.25, 3], ["x", None, 4], [], ["y", 0.5, 5]):
        sheet.append(row)
    other = book.create_sheet("second")
    other.append(["q"])
    other.append([1.5])
    book.save(tmp_path / "t.xlsx")
    table = read_table(tmp_path / "t.xlsx")
    assert {name: column.cells() for name, column in table.columns.items()} == {
        "name": ["007", "x", "y"], "share": [0.25, None, 0.5], "n": [3, 4, 5],
    }  # fmt: skip
    assert table.n_empty == 1
    assert table.where(2) == "t.xlsx:7"
    assert any('Sheet "Sheet" of t.xlsx was read; --sheet chooses another: "second".' == note for note in table.notes)
    assert read_table(tmp_path / "t.xlsx", sheet="second").column("q").cells() == [1.5]
    assert read_table(tmp_path / "t.xlsx", sheet=1).column("q").cells() == [1.5]
    with pytest.raises(DataError, match=r'has no sheet "secnd"; did you mean "second"\?'):
        read_table(tmp_path / "t.xlsx", sheet="secnd")


ODD_ARFF = """% made by hand
@relation 'a b'
@attribute 'sepal length' numeric
@attribute note string
@attribute day date "yyyy-MM-dd"
@attribute c {'a, b', c, "it''s"}
@data
1.5,'x, y',2024-01-02,'a, b'
% in between
?,'it\\'s',?,c
2e3, "\\"q\\"", '2024-02-03', ?, {3}
"""


def test_odd_arff(tmp_path):
    (tmp_path / "t.arff").write_text(ODD_ARFF)
    table = read_table(tmp_path / "t.arff")
    assert table.column("sepal length").cells() == [1.5, None, 2000.0]
    assert table.column("note").cells() == ["x, y", "it's", '"q"']
    assert table.column("day").kind == "date"
    assert [str(cell)[:10] for cell in table.column("day").cells()] == ["2024-01-02", "None", "2024-02-03"]
    assert table.column("c").cells() == ["a, b", "c", None]


def test_sparse_arff_leaves_out_zeros_and_the_first_label(tmp_path):
    (tmp_path / "t.arff").write_text(
        "@relation s\n@attribute a numeric\n@attribute b {x,y,z}\n@attribute c numeric\n"
        "@data\n{0 3, 2 1}\n{1 y}\n{1 ?}\n"
    )
    table = read_table(tmp_path / "t.arff")
    assert table.column("a").cells() == [3.0, 0.0, 0.0]
    assert table.column("b").cells() == ["x", "y", None]
    assert table.column("c").cells() == [1.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("1,2", "t.arff:5 has 2 cells, expected 1"),
        ("x", 't.arff:5, column "a": "x" is not a number'),
        ("'x", "t.arff:5: the quotes do not close"),
        ("{1 2}", "t.arff:5: expected pairs of the number of an attribute"),
    ],
)
def test_bad_lines_of_arff_are_named(tmp_path, line, said):
    (tmp_path / "t.arff").write_text(f"@relation s\n@attribute a numeric\n@data\n1\n{line}\n2\n3\n")
    with pytest.raises(DataError) as caught:
        read_table(tmp_path / "t.arff")
    assert said in str(caught.value)


# write.table of R 4.2.2: the names are one short, as the row names have none
R_TABLES = {
    "blanks": '"age" "town" "smokes"\n"1" 76 "kyiv" "no"\n"2" NA "lima" "yes"\n"3" 60.5 "kyiv" "yes"\n',
    "tabs": '"age"\t"town"\t"smokes"\n"a"\t76\t"kyiv"\t"no"\n"b"\tNA\t"lima"\t"yes"\n"c"\t60.5\t"kyiv"\t"yes"\n',
    "commas": "age,town,smokes\nann,76,kyiv,no\nbob,NA,lima,yes\ncid,60.5,kyiv,yes\n",
}


@pytest.mark.parametrize("marks", R_TABLES)
def test_the_row_names_of_r_are_no_feature(tmp_path, marks):
    (tmp_path / "t.txt").write_text(R_TABLES[marks])
    table = read_table(tmp_path / "t.txt", target="smokes")
    assert {name: column.cells() for name, column in table.columns.items()} == {
        "age": [76.0, None, 60.5], "town": ["kyiv", "lima", "kyiv"], "smokes": ["no", "yes", "yes"],
    }  # fmt: skip
    assert any("taken for the names of the rows" in note for note in table.notes)


def test_a_delimiter_at_the_end_of_every_row_makes_no_row_names(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1,x,\n2,y,\n3,z,\n")
    assert read_table(tmp_path / "t.csv").names == ("a", "b")


def test_a_pipe_is_read_once_and_looked_through(tmp_path):
    """Threads write into a named pipe as another program would."""
    for text, n_rows in ((SPARSE, 3), ("a,b\n1,x\n2,y\n", 2)):
        pipe = tmp_path / f"pipe{n_rows}"
        os.mkfifo(pipe)
        writer = threading.Thread(target=pipe.write_text, args=(text,))
        writer.start()
        assert len(read_table(pipe)) == n_rows
        writer.join()


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_standard_input(tmp_path, name):
    made = subprocess.run(
        [sys.executable, "-m", "clearprop", "inspect", name, "--json"],
        input="a,b\n1,x\n2,y\n", capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(made.stdout)["rows"] == 2


@pytest.mark.parametrize(
    ("name", "extra", "package"),
    [("t.xlsx", "excel", "python_calamine"), ("t.sav", "stats", "pyreadstat"), ("t.avro", "avro", "fastavro"),
     ("t.feather", "arrow", "pyarrow")],
)  # fmt: skip
def test_a_library_that_is_missing_is_named_with_how_to_install_it(tmp_path, monkeypatch, name, extra, package):
    import clearprop.tables.sources.peek as peek

    def missing(module):
        raise ImportError(module)

    WRITERS[name](tmp_path / name)
    monkeypatch.setattr(peek, "import_module", missing)
    with pytest.raises(DataError) as caught:
        read_table(tmp_path / name)
    assert f"pip install 'clearprop[{extra}]'" in str(caught.value)
    assert package in str(caught.value)


def gzip_of_one_line(path, megabytes):
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(megabytes):
            file.write(bytes(1 << 20).replace(b"\0", b"a"))


def test_a_line_without_an_end_is_refused_before_it_fills_the_memory(tmp_path):
    """300 MB in one line; the process takes no more than if it were 10 MB."""
    gzip_of_one_line(tmp_path / "t.csv.gz", 300)
    program = (
        "import resource; from clearprop.tables import read_table; import duckdb, numpy\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        f"try: read_table({str(tmp_path / 't.csv.gz')!r})\n"
        "except ValueError as error: print(error)\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)\n"
    )
    made = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    said, megabytes = made.stdout.splitlines()
    assert said == "t.csv.gz:1 is a line of more than 8 MB, longer than a row may be. Are the line ends missing?"
    assert int(megabytes) < 100


@pytest.mark.parametrize("above", ["", "# a comment\n"])
def test_a_long_cell_is_read(tmp_path, above):
    (tmp_path / "t.csv").write_text(f'{above}a,b\n1,"{"x" * 200_000}"\n2,y\n3,z\n')
    assert [len(cell) for cell in read_table(tmp_path / "t.csv").column("b").cells()] == [200_000, 1, 1]


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    """The sizes in the directory of a zip may lie, so what is packed is counted."""
    WRITERS["t.xlsx"](tmp_path / "t.xlsx")
    monkeypatch.setattr(limits, "IN_MEMORY", 2000)
    with pytest.raises(DataError, match=r"t\.xlsx (has|unpacks to) more than"):
        read_table(tmp_path / "t.xlsx")


def test_a_zip_that_lies_about_its_size_is_counted(tmp_path):
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(10_000_000))
    packed = bytearray(path.read_bytes())
    at = packed.index(b"PK\x01\x02")
    packed[at + 24 : at + 28] = (10).to_bytes(4, "little")  # the size that the directory tells
    path.write_bytes(packed)
    assert zipfile.ZipFile(path).infolist()[0].file_size == 10
    assert unpacked_size(path, 1 << 20) > 1 << 20
    assert unpacked_size(path, 1 << 34) == 10
