# Two commands are all a newcomer needs: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test docs lint soak fuzz native test-native sanitize clean

demo: .venv/installed
	@mkdir -p demo
	$(BIN)/clearprop train digits --out demo/digits.safetensors
	$(BIN)/clearprop inspect demo/digits.safetensors
	$(BIN)/clearprop explain demo/digits.safetensors digits --out demo/one-digit.html
	@echo 'Now your own table:  . $(BIN)/activate;  clearprop train YOUR.csv --target COLUMN'

test: .venv/tested lint test-native
	$(BIN)/python -m pytest -n auto

lint: .venv/tested
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The site: docs/_build/html/index.html. A warning is an error. One BLAS thread: the networks on its pages are small.
docs: .venv/documented
	OMP_NUM_THREADS=1 $(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo "open docs/_build/html/index.html"

soak: .venv/tested
	$(BIN)/python -m pytest -n auto -m soak

fuzz: .venv/tested
	$(BIN)/python -m pip install --quiet atheris
	mkdir -p build/fuzz
	$(BIN)/python fuzz/model_file.py build/fuzz -runs=10000000 -max_len=4096 -timeout=5 -rss_limit_mb=1024
	$(BIN)/python fuzz/foreign_file.py --runs 1000000

# The native engine, built into the source tree for PYTHONPATH=src; PYTHON needs nanobind, PATH cmake and a compiler.
native:
	cmake -S native -B build/python -DCLEARPROP_PYTHON=ON -DCLEARPROP_TESTS=OFF -DPython_EXECUTABLE="$$(command -v $(PYTHON))" $(CMAKE_OPTIONS)
	cmake --build build/python --parallel 2
	cmake --install build/python --prefix src

# The C++ core by itself, without Python.
test-native: .venv/tested
	@if ! command -v c++ >/dev/null; then echo "no C++ compiler: the tests of the native core are left out"; exit 0; fi; \
	PATH="$(CURDIR)/$(BIN):$$PATH"; cmake -S native -B build/core && cmake --build build/core --parallel 2 && \
	ctest --test-dir build/core --output-on-failure

# The C++ tests under the address, undefined-behaviour and thread sanitizers; then, through the binding, the contract on
# arrays and the soak of drawn networks under the first two.
sanitize: .venv/tested
	PATH="$(CURDIR)/$(BIN):$$PATH"; for kind in address undefined thread; do \
	cmake -S native -B build/$$kind -DCLEARPROP_SANITIZE=$$kind && cmake --build build/$$kind --parallel 2 && \
	ctest --test-dir build/$$kind --output-on-failure || exit 1; done
	$(BIN)/python -m pip install --quiet "nanobind>=2.4"
	PATH="$(CURDIR)/$(BIN):$$PATH" cmake -S native -B build/binding -DCLEARPROP_PYTHON=ON -DCLEARPROP_TESTS=OFF \
	-DCLEARPROP_SANITIZE=address,undefined -DPython_EXECUTABLE="$(CURDIR)/$(BIN)/python"
	$(BIN)/cmake --build build/binding --parallel 2
	LD_PRELOAD="$$(c++ -print-file-name=libasan.so) $$(c++ -print-file-name=libubsan.so)" \
	ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
	PYTHONPATH=tests CLEARPROP_CORE="$$(ls build/binding/_native*.so)" $(BIN)/python -m pytest -p other_core -m "soak or not soak" \
	-k native tests/engines/test_contract_arrays.py tests/engines/test_native_soak.py

clean:
	rm -rf .venv demo build dist docs/_build docs/notations docs/pictures

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

.venv/documented: .venv/installed pyproject.toml
	$(BIN)/python -m pip install --quiet --group docs
	@touch $@
