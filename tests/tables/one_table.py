"""One table, and who writes it in every format that can be read: `WRITERS`, by the name of the file."""

import json

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pyarrow.orc

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
