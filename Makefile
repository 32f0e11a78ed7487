# Two commands from an empty clone: `make run` and `make test`. Nothing is installed outside .venv.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: run test lint types unit bench soak lock clean help

help: ## Show what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

run: $(VENV)/installed ## Install on the first start, then start Atelier
	@$(BIN)/atelier run

test: lint types unit ## Everything that must hold: ruff, mypy, import-linter, the tests and their coverage

lint: $(VENV)/developing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types: $(VENV)/developing
	$(BIN)/mypy

unit: $(VENV)/developing
	$(BIN)/pytest -n auto --dist loadfile --cov --cov-report=term

bench: $(VENV)/developing ## Measure; prints a table
	$(BIN)/python -m tests.benchmarks

soak: $(VENV)/developing ## Kill it at 100 random moments while people ask, and count what they got
	$(BIN)/python -m tests.soak --moments 100

$(VENV)/installed: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Atelier needs Python 3.11 or newer; install it and run make again." >&2; exit 1; }
	@test -x $(BIN)/python || { echo "Making $(VENV) …"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing; the first time this takes a few minutes …"
	@# torch by its exact version and first: another package's range would take another build of it.
	@$(PIP) install torch==2.13.0
	@$(PIP) install --constraint constraints.txt --editable .
	@# It renders the tunes of /music. What it depends on plays sound on this machine, which nobody needs, and has no wheel.
	@$(PIP) install --constraint constraints.txt --no-deps tinysoundfont || echo "Tunes come without audio: tinysoundfont cannot be installed here."
	@touch $@

$(VENV)/developing: $(VENV)/installed
	@$(PIP) install --constraint constraints.txt --editable '.[dev]'
	@touch $@

lock: $(VENV)/developing ## Pin what is installed now
	@$(BIN)/python -m pip freeze --exclude-editable | sed -E 's/^torch==([0-9.]+).*/torch==\1/' > constraints.txt

clean: ## Remove what make made; your data stays
	rm -rf $(VENV) .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis
