#!/bin/sh
# Optuna 5.0.0: a study in a file, opened again with a seeded sampler, draws once more what it has already tried: 3 trials and
# 3 trials are three settings, each twice. One would guess that a resumed study goes on with its draws.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q optuna==5.0.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
for Sampler in (optuna.samplers.RandomSampler, optuna.samplers.TPESampler):
    for _ in range(2):
        study = optuna.create_study(
            storage="sqlite:///study.db", study_name=Sampler.__name__, load_if_exists=True, sampler=Sampler(seed=0)
        )
        study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=3)
    drawn = [trial.params["x"] for trial in study.trials]
    print(Sampler.__name__, [round(x, 4) for x in drawn])
    assert drawn[:3] == drawn[3:], "this has changed"
PYTHON
