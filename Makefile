# The commands of this project. Each sets up what it needs first; nothing has to be installed by hand.
#   make demo      the whole job, from crawl to recommendation, on a local Melon
#   make test      style, types, import law and the fast tests     make test-all  the long ones too
#   make coverage  what the fast tests run, per package             make mutants   what they would not notice
#   make lowest    the oldest declared versions of everything
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt
# Two workers: the tests start browsers and database servers, and a small machine has two cores.
PYTEST := $(BIN)/python -m pytest
WORKERS ?= 2
# A worker keeps the tests of a file, and with them what they share, until one that has none left takes over half of its rest.
PARALLEL = -n $(WORKERS) --dist worksteal
# A test starts hundreds of processes: none is to compile this project anew, whatever an image for production sets.
export PYTHONDONTWRITEBYTECODE =
# What `make test` runs, browsers and both databases included; name a folder or a file to run less.
FAST ?= tests

.PHONY: demo test test-all coverage mutants lowest lint format bench bench-smoke docs build clean

demo: .venv/.base
	$(BIN)/reumi demo

test: lint
	$(PYTEST) $(PARALLEL) -m "not slow" $(FAST) $(ARGS)

test-all: lint
	$(PYTEST) $(PARALLEL) --timeout 3600 --hypothesis-profile thorough $(ARGS)

coverage: .venv/.dev
	$(PYTEST) $(PARALLEL) -m "not slow and not browser" --cov --cov-report=term:skip-covered --cov-report=json:.coverage.json tests/unit tests/integration tests/properties
	$(BIN)/python scripts/coverage_by_package.py .coverage.json

mutants: .venv/.dev
	$(PIP) --group mutants
	rm -rf mutants
	$(BIN)/mutmut run --max-children $(WORKERS)
	$(BIN)/mutmut results

# An environment of its own. torch alone stays as it is in .venv: an older one would come as a CUDA build of several gigabytes.
lowest: export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)
lowest: .venv/.dev
	$(PIP) --group lowest
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-lowest
	$(BIN)/pip freeze | grep '^torch==' > .venv-lowest/torch.txt
	$(BIN)/uv pip install --quiet --python .venv-lowest --resolution lowest-direct --override .venv-lowest/torch.txt --editable ".[all]" --group dev
	.venv-lowest/bin/python -m pytest -n $(WORKERS) -m "not slow and not browser" tests/unit
	.venv-lowest/bin/reumi demo --folder .venv-lowest/demo

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: .venv/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/.dev
	$(BIN)/python -m benchmarks

bench-smoke: .venv/.dev
	$(BIN)/python -m benchmarks --smoke

docs: .venv/.dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

build: .venv/.dev
	$(BIN)/python -m build --no-isolation

clean:
	rm -rf .venv .venv-lowest mutants build dist site demo-output .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "reumi needs Python 3.11 or newer; run: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	PYTHON=$(PYTHON) sh scripts/system-packages.sh
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"

# The base install is all that the demo needs: no torch.
.venv/.base: .venv/bin/python pyproject.toml constraints.txt
	PYTHON=$(PYTHON) sh scripts/system-packages.sh
	$(PIP) --editable .
	touch $@

# Everything, for the tests. torch goes first and pinned: left to itself, pip would take a CUDA build of several gigabytes.
.venv/.dev: .venv/.base
	$(PIP) torch
	$(PIP) --editable ".[all]" --group dev
	# axe-core, for the tests of what a screen reader gets.
	npm install --silent --prefix .venv/npm --no-audit --no-fund axe-core@4 || echo "axe-core could not be installed: its tests will be left out" >&2
	touch $@
