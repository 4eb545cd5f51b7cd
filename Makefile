# make demo       install everything and run the quickstart study
# make test       install everything and run every check
# make osdi       the same set-up, then the checks of compiled models in an ngspice that has OSDI (Debian 12, with a C compiler)
# make benchmark  the same set-up, then the measurements of benchmarks/, some hours
# All work on a bare Debian or Ubuntu machine. PYTHON=python3.12 make ... chooses an interpreter.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STUDY := reports/quickstart/study.toml

.PHONY: demo test lint types imports unit osdi benchmark clean

demo: $(VENV)/.demo
	$(BIN)/rramsim run $(STUDY)

test: lint types imports unit

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test
	$(BIN)/mypy

imports: $(VENV)/.test
	$(BIN)/lint-imports

unit: $(VENV)/.test
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

osdi: $(VENV)/.test
	library=$$(scripts/fetch_ngspice_osdi.sh $(CURDIR)/$(VENV)/ngspice) && NGSPICE_LIBRARY_PATH=$$library \
		$(BIN)/python -m pytest tests/spice/test_osdi.py tests/physics/test_verilog_a.py

benchmark: $(VENV)/.test
	$(BIN)/python -m benchmarks --write

# The pinned versions are those that the committed results and the checks were made with.
$(VENV)/.demo: pyproject.toml constraints.txt
	PYTHON=$(PYTHON) scripts/install_system.sh
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[all]'
	touch $@

$(VENV)/.test: pyproject.toml constraints.txt
	PYTHON=$(PYTHON) scripts/install_system.sh --test
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) build dist runs .mypy_cache .pytest_cache .ruff_cache .hypothesis
