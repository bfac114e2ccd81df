"""`clearprop report` and `clearprop train --report`."""

from __future__ import annotations

QUICK = ("--epochs", "4", "--hidden", "8", "--quiet")


def test_train_writes_a_report_with_what_happened_inside(clearprop, houses, tmp_path):
    result = clearprop("train", houses, "--target", "price", *QUICK, "--report", "out.html")

    page = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert result.code == 0
    assert "out.html" in result.err
    assert "60 test rows" in page
    assert "Over the epochs" in page
    assert "--target price --hidden 8 --epochs 4" in page


def test_report_finds_the_rows_it_was_trained_on(clearprop, houses, tmp_path):
    clearprop("train", houses, "--target", "price", *QUICK, "--out", "m.safetensors")

    result = clearprop("report", "m.safetensors", houses, "--json")

    assert result.facts == {"report": "report.html", "rows": 60, "rows_are": "test"}
    assert "gradient boosting" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_report_judges_by_new_rows(clearprop, houses, tmp_path):
    clearprop("train", houses, "--target", "price", *QUICK, "--out", "m.safetensors")
    (tmp_path / "new.csv").write_text("\n".join(houses.read_text().splitlines()[:101]))

    result = clearprop("report", "m.safetensors", "new.csv", "--out", "new.html", "--json")

    assert result.facts == {"report": "new.html", "rows": 100, "rows_are": "new"}
    assert "not the rows it was trained on" in (tmp_path / "new.html").read_text(encoding="utf-8")


def test_report_needs_the_target(clearprop, houses, tmp_path):
    clearprop("train", houses, "--target", "price", *QUICK, "--out", "m.safetensors")
    (tmp_path / "blind.csv").write_text("rooms,age,town\n3,20,north\n4,30,east\n")

    result = clearprop("report", "m.safetensors", "blind.csv")

    assert result.code == 3
    assert "price" in result.err


def test_the_report_does_not_replace_the_model(clearprop, tmp_path):
    result = clearprop("train", "iris", "--epochs", "1", "--out", "m.safetensors", "--report", "./m.safetensors")
    assert result.code == 2
    assert "--report ./m.safetensors is where the model is saved" in result.err
    assert not (tmp_path / "m.safetensors").exists()
