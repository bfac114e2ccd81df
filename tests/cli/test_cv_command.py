"""`clearprop cv`: from a table to scores with intervals, and an answer for every row."""

from __future__ import annotations

import csv

from clearprop import TableRegressor, cross_validate


def test_a_table_is_cross_validated_and_every_row_answered(clearprop, houses):
    told = clearprop("cv", houses, "--target", "price", "--epochs", "4", "--folds", "3", "--out", "cv.csv", "--quiet")
    assert told.code == 0
    assert "300 rows out of fold: 3 folds" in told.out
    assert "95 % interval" in told.out
    assert told.err.endswith(f"Next: clearprop train {houses} --target price --members 3\n")
    with open("cv.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["line"]) for row in rows] == [*range(2, 302)]
    by_hand = cross_validate(TableRegressor("price", n_epochs=4), houses, folds=3)
    assert [float(row["prediction"]) for row in rows] == by_hand.predictions.tolist()
    assert {row["fold"] for row in rows} == {"1", "2", "3"}


def test_json_has_the_scores_of_one_and_of_the_mean_of_the_seeds(clearprop):
    facts = clearprop("cv", "iris", "--epochs", "3", "--folds", "2", "--seeds", "2", "--json", "--quiet").facts
    assert (facts["rows"], facts["folds"], facts["seeds"], len(facts["by_fold"])) == (150, 2, 2, 2)
    for scores in (facts["scores"], facts["scores_of_mean"]):
        assert scores["log_loss"]["low"] <= scores["log_loss"]["value"] <= scores["log_loss"]["high"]


def test_what_train_refuses_cv_refuses(clearprop):
    assert clearprop("cv", "iris", "--folds", "1").code == 2
    assert clearprop("cv", "iris", "--out", "cv.xyz").code == 2
    assert clearprop("cv", "no_such.csv", "--target", "y").code == 3
