"""``clearprop predict`` writes what the name ends in, block by block, with the columns one asks for."""

import csv
import json

import numpy as np
import pytest

from clearprop.fitting import streaming
from clearprop.tables import read_table


@pytest.fixture
def people(clearprop, tmp_path):
    """Train on a table with numbers for people, which are not to be learned from."""
    rng = np.random.default_rng(0)
    lines = [f"p{i:04d},{x:.4f},{'tall' if x > 0 else 'small'}" for i, x in enumerate(rng.normal(size=400))]
    (tmp_path / "people.csv").write_text("person,x,y\n" + "\n".join(lines) + "\n")
    clearprop("train", "people.csv", "--target", "y", "--epochs", "5", "--quiet", "--out", "m.safetensors")
    return "people.csv"


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("name", ["p.csv", "p.tsv", "p.jsonl", "p.parquet"])
def test_predictions_in_every_format_with_their_ids(people, clearprop, tmp_path, monkeypatch, name, streamed):
    monkeypatch.setattr(streaming, "ONCE_ABOVE", 0 if streamed else 1 << 40)
    assert clearprop("predict", "m.safetensors", people, "--id", "person", "--out", name).code == 0
    found = read_table(tmp_path / name, kinds={"person": "category"})
    assert found.names == ("person", "prediction", "probability of small", "probability of tall")
    assert found.column("person").cells() == [f"p{i:04d}" for i in range(400)]
    shown = list(csv.DictReader(clearprop("predict", "m.safetensors", people).out.splitlines()))
    assert found.column("prediction").cells() == [row["prediction"] for row in shown]


def test_ids_keep_their_zeros(people, clearprop, tmp_path):
    (tmp_path / "new.csv").write_text("x,nr\n1,007\n2,010\n")
    clearprop("predict", "m.safetensors", "new.csv", "--id", "nr", "--out", "p.jsonl")
    assert [json.loads(line)["nr"] for line in (tmp_path / "p.jsonl").read_text().splitlines()] == ["007", "010"]


@pytest.mark.parametrize("streamed", [False, True])
def test_ids_that_the_model_learned_from_keep_their_zeros_too(clearprop, tmp_path, monkeypatch, streamed):
    monkeypatch.setattr(streaming, "ONCE_ABOVE", 0 if streamed else 1 << 40)
    rows = [f"{17 * i % 100:04d},{i % 2}" for i in range(100)]
    (tmp_path / "t.csv").write_text("code,y\n" + "\n".join(rows) + "\n")
    clearprop("train", "t.csv", "--target", "y", "--epochs", "2", "--quiet", "--out", "m.safetensors")
    clearprop("predict", "m.safetensors", "t.csv", "--id", "code", "--out", "p.jsonl")
    clearprop("predict", "m.safetensors", "t.csv", "--out", "q.jsonl")
    carried, plain = (
        [json.loads(line) for line in (tmp_path / name).read_text().splitlines()] for name in ("p.jsonl", "q.jsonl")
    )
    assert [row.pop("code") for row in carried] == [row.partition(",")[0] for row in rows]
    assert carried == plain


def test_an_id_that_is_no_column_is_named(people, clearprop):
    result = clearprop("predict", "m.safetensors", people, "--id", "persn")
    assert result.code == 3
    assert 'did you mean "person"?' in result.err
    assert not result.out


def test_an_unknown_ending_is_refused_before_any_work(people, clearprop):
    result = clearprop("predict", "m.safetensors", people, "--out", "p.xlsx")
    assert result.code == 2
    assert "a table is written as .csv, .tsv" in result.err


def test_evaluation_is_the_same_block_by_block(people, clearprop, monkeypatch):
    figures = []
    for above in (0, 1 << 40):
        monkeypatch.setattr(streaming, "ONCE_ABOVE", above)
        figures.append(clearprop("evaluate", "m.safetensors", people, "--json").facts)
    assert figures[0].pop("sure") is None  # of a table on disk nothing is said of it
    assert figures[1].pop("sure")["levels"]
    assert figures[0] == figures[1]
