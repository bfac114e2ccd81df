"""`--weights COLUMN`: rows that count more, and the report that finds them again."""

from __future__ import annotations


def test_the_report_judges_by_the_rows_that_were_held_out(clearprop, tmp_path):
    lines = ["a,w,y", *(f"{k % 9},{1 + k % 3},{'pq'[k % 2]}" for k in range(120))]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    assert clearprop("train", "t.csv", "--target", "y", "--weights", "w", "--epochs", "3", "--quiet").code == 0
    told = clearprop("report", "t.safetensors", "t.csv")
    assert told.code == 0
    assert "judged by 24 test rows" in told.err
    assert clearprop("predict", "t.safetensors", "t.csv", "--out", "p.csv").code == 0
