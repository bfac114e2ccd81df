"""Draw data frames of every type that pandas, polars and pyarrow have, and text of every style; all from a seed."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

WORDS = ("red", "blue", "Größe", "o, k", 'a "q"', "x;y", "Zürich", "no way", "A12", "#1", "=1+1", "-", "tab\tin")


def _number(rng):
    return round(float(rng.normal(0, 10.0 ** rng.integers(-2, 5))), int(rng.integers(0, 5)))


def _day(rng):
    return date(1950, 1, 1) + timedelta(days=int(rng.integers(0, 30_000)))


def _moment(rng):
    return datetime(1950, 1, 1) + timedelta(seconds=int(rng.integers(0, 2_500_000_000)), milliseconds=0)


TEXTS = {
    "words": lambda rng: str(rng.choice(WORDS)),
    "few": lambda rng: str(rng.choice(["a", "b"])),
    "yes or no": lambda rng: str(rng.choice(["yes", "no"])),
    "capitals": lambda rng: str(rng.choice(["Yes", "yes", "No"])),
    "true or false": lambda rng: str(rng.choice(["True", "False"])),
    "digits": lambda rng: str(rng.integers(0, 99)),
    "zeros before": lambda rng: f"{rng.integers(0, 99):04d}",
    "zeros at times": lambda rng: str(rng.choice(["01", "1", "2", "007"])),
    "decimals": lambda rng: f"{_number(rng):.2f}",
    "decimals of any length": lambda rng: str(rng.choice(["2.5", "2.50", "3", "3.0", "4.125"])),
    "exponents": lambda rng: f"{_number(rng):.3e}",
    "decimal commas": lambda rng: f"{_number(rng):.3f}".replace(".", ","),
    "thousands": lambda rng: f"{rng.integers(1, 10**7):,}",
    "percent": lambda rng: f"{rng.integers(0, 100)}.{rng.integers(0, 9)}%",
    "dollars": lambda rng: f"${rng.integers(1, 10**5):,}.{rng.integers(10, 99)}",
    "euros": lambda rng: f"{rng.integers(1, 900)},{rng.integers(10, 99)} €",
    "units": lambda rng: f"{rng.integers(1, 99)} km",
    "brackets": lambda rng: str(rng.choice(["(1,234)", "5", "17", "2,345", "1.5"])),
    "K and M": lambda rng: f"{rng.integers(1, 99)}{rng.choice(['K', 'M'])}",
    "below a limit": lambda rng: str(rng.choice(["<0.01", "0.5", "0.7", "1.2", "3", "2", "4", "9", "11", "0.1"])),
    "a word among numbers": lambda rng: str(rng.choice(["NR", *map(str, range(1, 30))])),
    "missing as programs write it": lambda rng: str(rng.choice(["-", "n.a.", *map(str, range(1, 40))])),
    "ISO days": lambda rng: _day(rng).isoformat(),
    "ISO moments": lambda rng: _moment(rng).isoformat(sep=str(rng.choice(["T", " "]))),
    "offsets": lambda rng: f"{_moment(rng).isoformat()}{rng.choice(['Z', '+02:00', '-05:00'])}",
    "m/d/yy": lambda rng: f"{rng.integers(1, 13)}/{rng.integers(1, 29)}/{rng.integers(0, 99):02d}",
    "d.m.Y": lambda rng: f"{rng.integers(1, 29)}.{rng.integers(1, 13)}.{rng.integers(1950, 2030)}",
    "d.m.Y at times with a time": lambda rng: f"{rng.integers(1, 29)}.3.2020{rng.choice(['', ' 13:05'])}",
    "AM and PM": lambda rng: f"01/{rng.integers(10, 29)}/2020 0{rng.integers(1, 9)}:12:00 {rng.choice(['AM', 'PM'])}",
    "clocks": lambda rng: f"{rng.integers(0, 24):02d}:{rng.integers(0, 60):02d}",
    "versions": lambda rng: f"{rng.integers(1, 3)}.{rng.integers(0, 3)}.{rng.integers(0, 3)}",
    "underscores": lambda rng: str(rng.choice(["1_2", "12", "1_20"])),
    "twenty digits": lambda rng: f"123456789012345678{rng.integers(10, 99)}",
    "blanks around": lambda rng: str(rng.choice([" hi ", "hi", "ho"])),
    "classes that look missing": lambda rng: str(rng.choice(["NA", "None", "x", "y", "?"])),
    "ranges": lambda rng: str(rng.choice(["<50K", ">50K"])),
    "hexadecimal": lambda rng: f"0x{rng.integers(0, 255):x}",
    "mixed": lambda rng: str(rng.choice(["1", "two", "3.5", "2020-01-01"])),
}
PLAIN = {
    "whole": lambda rng: int(rng.integers(-1000, 1000)),
    "small": lambda rng: int(rng.integers(0, 100)),
    "long": lambda rng: int(rng.integers(-(2**53), 2**53)),
    "float": _number,
    "huge": lambda rng: float(rng.normal() * 10.0 ** rng.integers(-140, 140)),
    "bool": lambda rng: bool(rng.integers(2)),
    "day": _day,
    "moment": lambda rng: _moment(rng) + timedelta(milliseconds=int(rng.integers(0, 1000))),
    "zoned": lambda rng: _moment(rng).replace(tzinfo=UTC),
    "time": lambda rng: time(int(rng.integers(24)), int(rng.integers(60)), int(rng.integers(60))),
    "span": lambda rng: timedelta(seconds=int(rng.integers(-(10**6), 10**6)), milliseconds=int(rng.integers(1000))),
    "decimal": lambda rng: Decimal(int(rng.integers(-(10**8), 10**8))).scaleb(-2),
    "bytes": lambda rng: [b"a", b"b\xff", "é".encode()][rng.integers(3)],
    "word": lambda rng: str(rng.choice(WORDS)),
    "none": lambda rng: None,
}
PANDAS = {
    "whole": ["int16", "int32", "int64", "float64", "Int64", "object", "category", "int64[pyarrow]", "Sparse[int64]"],
    "small": ["int8", "uint8", "UInt16", "uint64", "category"],
    "long": ["int64", "Int64"],
    "float": ["float64", "float32", "Float64", "Float32", "object", "double[pyarrow]", "category"],
    "huge": ["float64"],
    "bool": ["bool", "boolean", "object", "bool[pyarrow]", "category"],
    "day": ["object", "datetime64[s]", "datetime64[ns]", "date32[day][pyarrow]", "category"],
    "moment": ["datetime64[ms]", "datetime64[us]", "datetime64[ns]", "object", "timestamp[ns][pyarrow]"],
    "zoned": ["datetime64[us, UTC]", "datetime64[ns, Europe/Rome]", "timestamp[us, tz=UTC][pyarrow]"],
    "time": ["object", "time64[us][pyarrow]"],
    "span": ["timedelta64[ms]", "timedelta64[ns]", "object", "duration[ms][pyarrow]"],
    "decimal": ["object"],
    "bytes": ["object"],
    "word": ["object", "str", "string", "category", "string[pyarrow]"],
    "none": ["object", "float64", "Int64", "string"],
    "text": ["object", "str", "string", "category", "string[pyarrow]"],
}  # fmt: skip
POLARS = {
    "whole": [pl.Int16, pl.Int32, pl.Int64, pl.Int128, pl.Float64],
    "small": [pl.Int8, pl.UInt8, pl.UInt64],
    "long": [pl.Int64, pl.Int128],
    "float": [pl.Float64, pl.Float32],
    "huge": [pl.Float64],
    "bool": [pl.Boolean],
    "day": [pl.Date],
    "moment": [pl.Datetime("ms"), pl.Datetime("us"), pl.Datetime("ns")],
    "zoned": [pl.Datetime("us", "UTC"), pl.Datetime("ns", "Europe/Rome")],
    "time": [pl.Time],
    "span": [pl.Duration("ms"), pl.Duration("us"), pl.Duration("ns")],
    "decimal": [pl.Decimal(12, 2)],
    "bytes": [pl.Binary],
    "word": [pl.String, pl.Categorical, pl.Enum(WORDS)],
    "none": [pl.Null, pl.Int64, pl.String],
    "text": [pl.String, pl.Categorical],
}
ARROW = {
    "whole": [pa.int16(), pa.int32(), pa.int64(), pa.float64(), pa.decimal128(20, 0)],
    "small": [pa.int8(), pa.uint8(), pa.uint64()],
    "long": [pa.int64()],
    "float": [pa.float64(), pa.float32()],
    "huge": [pa.float64()],
    "bool": [pa.bool_()],
    "day": [pa.date32(), pa.date64()],
    "moment": [pa.timestamp("ms"), pa.timestamp("us"), pa.timestamp("ns")],
    "zoned": [pa.timestamp("s", "UTC"), pa.timestamp("us", "Europe/Rome")],
    "time": [pa.time32("s"), pa.time64("us"), pa.time64("ns")],
    "span": [pa.duration("ms"), pa.duration("us"), pa.duration("ns")],
    "decimal": [pa.decimal128(12, 2)],
    "bytes": [pa.binary(), pa.large_binary()],
    "word": [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())],
    "none": [pa.null(), pa.int64(), pa.string()],
    "text": [pa.string(), pa.large_string(), pa.dictionary(pa.int8(), pa.string())],
}


def draw_frame(seed):
    """Return a frame, and for each column what was drawn: the kind or the style, and the type."""
    rng = np.random.default_rng(seed)
    n, library = int(rng.integers(4, 60)), str(rng.choice(["pandas", "polars", "pyarrow"]))
    columns, drawn = {"k": list(range(n))}, {}
    types = {}
    for place in range(int(rng.integers(1, 5))):
        kind = str(rng.choice([*PLAIN, *["text"] * 12]))
        style = str(rng.choice(list(TEXTS))) if kind == "text" else kind
        draw = TEXTS[style] if kind == "text" else PLAIN[kind]
        gaps = rng.random() < 0.4
        name = f"c{place}"
        columns[name] = [None if gaps and rng.random() < 0.3 else draw(rng) for _ in range(n)]
        choices = {"pandas": PANDAS, "polars": POLARS, "pyarrow": ARROW}[library][kind]
        types[name] = choices[rng.integers(len(choices))]
        drawn[name] = f"{style} as {types[name]} of {library}{' with gaps' if gaps else ''}"
    build = {"pandas": _pandas, "polars": _polars, "pyarrow": _arrow}[library]
    return build(columns, types), drawn


def _pandas(columns, types):
    made = {"k": pd.Series(columns["k"])}
    for name, type_ in types.items():
        cells = columns[name]
        if type_ in ("bool", "int8", "int16", "int32", "int64", "uint8", "uint64", "Sparse[int64]") and None in cells:
            cells = [0 if cell is None else cell for cell in cells]
        if type_ == "float64" or str(type_).startswith("datetime64"):
            made[name] = _cast(cells, type_)
        else:
            made[name] = pd.Series(cells, dtype=_dtype(type_))
    return pd.DataFrame(made)


def _cast(cells, type_):
    if type_ == "float64":
        return pd.Series(cells, dtype="float64")
    utc = any(getattr(cell, "tzinfo", None) for cell in cells)
    return pd.Series(pd.to_datetime(pd.Series(cells, dtype=object), utc=utc)).astype(type_)


def _dtype(type_):
    known = {"date32[day][pyarrow]": pa.date32(), "time64[us][pyarrow]": pa.time64("us")}
    return pd.ArrowDtype(known[type_]) if type_ in known else type_


def _polars(columns, types):
    series = [pl.Series("k", columns["k"])]
    for name, type_ in types.items():
        made = pl.Series(name, columns[name], strict=False)
        series.append(made if made.dtype == type_ else pl.Series(name, columns[name], dtype=type_, strict=False))
    return pl.DataFrame(series)


def _arrow(columns, types):
    arrays = {"k": pa.array(columns["k"])}
    for name, type_ in types.items():
        inner = type_.value_type if pa.types.is_dictionary(type_) else type_
        array = pa.array(columns[name], inner)
        arrays[name] = array.cast(type_) if pa.types.is_dictionary(type_) else array
    return pa.table(arrays)


def write(frame, way, path):
    """Write a frame by its own library; return whether that can."""
    try:
        _WRITERS[way](frame, path)
    except Exception:  # of whatever library: it cannot write such a type
        return False
    return True


def _csv(frame, path):
    if isinstance(frame, pd.DataFrame):
        frame.to_csv(path, index=False)
    elif isinstance(frame, pl.DataFrame):
        frame.write_csv(path)
    else:
        pyarrow.csv.write_csv(frame, path)


def _parquet(frame, path):
    if isinstance(frame, pd.DataFrame):
        frame.to_parquet(path)
    elif isinstance(frame, pl.DataFrame):
        frame.write_parquet(path)
    else:
        pyarrow.parquet.write_table(frame, path)


def _lines(frame, path):
    if isinstance(frame, pd.DataFrame):
        floats = frame.select_dtypes("float64").to_numpy()
        if ((floats != 0) & (np.abs(floats) < 1e-9)).any():
            raise NotImplementedError  # pandas writes 15 digits behind the point, and 0 for these
        frame.to_json(path, orient="records", lines=True, date_format="iso", date_unit="ns", double_precision=15)
    elif isinstance(frame, pl.DataFrame):
        if pl.Binary in frame.dtypes:
            raise NotImplementedError  # on which polars panics
        frame.write_ndjson(path)
    else:
        rows = frame.to_pylist()
        path.write_text("".join(json.dumps(row, default=_as_json) + "\n" for row in rows))


def _as_json(cell):
    return cell.isoformat() if hasattr(cell, "isoformat") else float(cell) if isinstance(cell, Decimal) else str(cell)


_WRITERS = {"csv": _csv, "parquet": _parquet, "jsonl": _lines}
WAYS = tuple(_WRITERS)
