"""Once a training has ended, its weights are kept, whatever the scores turn out to be."""

from __future__ import annotations

from clearprop import TableRegressor, load
from clearprop.fitting.facts import HeldOutFacts

ROWS = "a,y\n" + "".join(f"{k % 7},{k % 5}\n" for k in range(60))


TRAIN = ("train", "t.csv", "--target", "y", "--task", "numbers", "--epochs", "2", "--quiet")


def test_a_score_that_is_no_number_is_not_known_and_the_model_is_saved(clearprop, tmp_path):
    (tmp_path / "t.csv").write_text(ROWS)
    run = clearprop(*TRAIN, "--test", "0.01", "--json")
    assert run.facts["test"]["scores"]["r2"] is None
    assert any("not known: r2" in note for note in run.facts["notes"])
    assert load(tmp_path / "t.safetensors").facts_.test.scores["r2"] is None
    assert run.facts["parts"]["test"]["metric"] is None
    assert run.facts["parts"]["training"]["metric"] is not None
    shown = clearprop(*TRAIN, "--test", "0.01")
    assert next(line for line in shown.out.splitlines() if line.strip().startswith("test")).split()[-1] == "–"


def test_no_part_of_a_constant_target_has_an_r2(clearprop, tmp_path):
    """scikit-learn's 1 or 0 would say how good it is, where nothing can be said."""
    (tmp_path / "t.csv").write_text("a,y\n" + "".join(f"{k},1\n" for k in range(30)))
    parts = clearprop(*TRAIN, "--json").facts["parts"]
    assert parts["training"]["metric"] is None
    assert parts["test"]["metric"] is None


def test_a_model_with_a_score_that_is_no_number_can_be_saved_from_python(tmp_path):
    model = TableRegressor("y", n_epochs=2).fit({"a": [*range(40)], "y": [float(k % 5) for k in range(40)]})
    model.facts_ = model.facts_.but(test=HeldOutFacts(rows=1, scores={"r2": float("nan")}))
    model.save(tmp_path / "m.safetensors")
    assert load(tmp_path / "m.safetensors").facts_.test.scores == {"r2": None}


def test_the_model_is_on_disk_before_it_is_judged(clearprop, tmp_path, monkeypatch):
    (tmp_path / "t.csv").write_text(ROWS)

    def fails(*_):
        raise RuntimeError("judging went wrong")

    monkeypatch.setattr(TableRegressor, "judge", fails)
    assert clearprop(*TRAIN).code == 1
    assert load(tmp_path / "t.safetensors").facts_.epochs == 2
