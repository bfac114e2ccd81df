# Two commands are all a newcomer needs: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint soak clean

demo: .venv/installed
	@mkdir -p demo
	$(BIN)/clearprop train digits --out demo/digits.safetensors
	$(BIN)/clearprop inspect demo/digits.safetensors

test: .venv/tested lint
	$(BIN)/python -m pytest -n auto -m "not soak"

lint: .venv/tested
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

soak: .venv/tested
	$(BIN)/python -m pytest -n auto -m soak

clean:
	rm -rf .venv demo build dist

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("clearprop needs Python >= 3.11, this is " + sys.version.split()[0] + "; say make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"

.venv/installed: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/tested: .venv/installed pyproject.toml
	$(BIN)/python -m pip install --quiet --group test
	@touch $@
