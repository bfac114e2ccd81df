"""`clearprop compare`: which model is the best on these rows, and is it more than chance?"""

from __future__ import annotations

import pytest

from clearprop.selection import comparison


@pytest.fixture(autouse=True)
def of_scikit_learn_alone(monkeypatch):
    """Leave out what is slow to train."""
    found = comparison.others
    monkeypatch.setattr(comparison, "others", lambda classes: {"linear": found(classes)["linear"]})


def test_models_are_shown_side_by_side_and_written_as_a_page(clearprop, houses):
    told = clearprop(
        "compare", houses, "--target", "price", "--epochs", "3", "--folds", "2", "--out", "c.html", "--quiet"
    )
    assert told.code == 0
    assert "300 rows out of the same 2 folds" in told.out
    for name in ("clearprop", "8 networks", "linear"):
        assert name in told.out
    with open("c.html", encoding="utf-8") as file:
        assert "price, predicted from" in file.read()


def test_json_has_scores_differences_and_seconds(clearprop):
    facts = clearprop("compare", "iris", "--epochs", "3", "--folds", "2", "--json", "--quiet").facts
    ours, linear = facts["models"][0], facts["models"][2]
    assert ours["behind"] is None
    assert linear["behind"]["low"] < linear["behind"]["high"]
    assert ours["seconds"] > 0
    assert [*ours["scores"]] == [*linear["scores"]]
