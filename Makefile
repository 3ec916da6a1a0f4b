# Every target does the set-up that it needs, once. `make` alone lists them.
#
#   PYTHON=python3.12      the interpreter that .venv is made with
#   ARGS='--select gold'   passed on to dbt (build, docs), pytest (test) or the benchmark
#   RETAIL_LANDING         the landing folder, `landing` when not set
#   RETAIL_DUCKDB          the DuckDB file, `retail.duckdb` when not set

.DEFAULT_GOAL := help
.SUFFIXES:

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
DBT := $(VENV)/bin/dbt
LANDING := $(or $(RETAIL_LANDING),landing)
DUCKDB := $(or $(RETAIL_DUCKDB),retail.duckdb)

# What dbt needs to start, and what the checks need on top.
DBT_READY := $(VENV)/.demo dbt_packages/.installed profiles.yml
TEST_READY := $(VENV)/.test $(DBT_READY)

.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile

##### Run #####

.PHONY: demo
demo: $(DBT_READY) ## Thirty days of events, built on DuckDB, with a summary of every table
	@$(PY) -m generators generate --days 30 --end 2026-01-31 --seed 42 --scale 1 --out "$(LANDING)"
	@$(PY) tools/dbt_progress.py build
	@$(DBT) --quiet run-operation summary
	@echo "next      . $(VENV)/bin/activate"
	@echo "          dbt build                      takes in what has landed since, and nothing twice"
	@echo "          dbt show --inline \"select * from {{ ref('gold_sales_fact') }}\" --limit 5"
	@echo "          make docs                      every table and column, explained"

.PHONY: build
build: $(DBT_READY) ## Build and test every model from what has landed (dbt build $(ARGS))
	@$(DBT) build $(ARGS)

.PHONY: seeds
seeds: $(DBT_READY) ## Write the master data to seeds/ again and load it
	@$(PY) -m generators export-seeds
	@$(DBT) seed

.PHONY: docs
docs: $(DBT_READY) ## Write the dbt documentation site to target/
	@$(DBT) docs generate $(ARGS)

##### Check #####

.PHONY: test
test: lint ## Everything that needs no cloud account: lint, then every test
	@$(PY) -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(ARGS)

# tests/project builds a fresh clone, which runs the unit tests of dbt.
FAST := tests/project tests/generators/test_manifests.py tests/generators/test_faults.py \
	tests/facts/test_oracle.py tests/facts/test_hand_written.py \
	tests/contract/test_values.py tests/expectations/test_expectations.py \
	tests/loads/test_batches.py tests/loads/test_conflicts.py

.PHONY: test-fast
test-fast: lint ## Lint, dbt's unit tests, DuckDB's main stories; no Spark (under 4 minutes on two cores)
	@$(PY) -m pytest -m "not slow" --numprocesses auto --dist loadfile --no-loadscope-reorder \
	    $(FAST) $(ARGS)

.PHONY: test-databricks
test-databricks: $(TEST_READY) ## The Databricks side alone, on a local SQL warehouse (needs a JDK 17)
	@$(PY) -m pytest tests/databricks $(ARGS)

# sqlfluff reads no macros: they are Jinja with SQL in it, the models are SQL with Jinja in it.
# Its processes leave semaphores behind, and Python would warn about them.
.PHONY: lint
lint: $(TEST_READY) ## Style and types of Python, SQL and YAML
	@$(VENV)/bin/ruff check --quiet
	@$(VENV)/bin/ruff format --check --quiet
	@$(VENV)/bin/mypy --no-error-summary
	@$(VENV)/bin/yamllint --strict .
	@PYTHONWARNINGS=ignore:resource_tracker \
	    $(VENV)/bin/sqlfluff lint --disable-progress-bar --processes 0 \
	    models data_tests

.PHONY: audit
audit: $(TEST_READY) ## Known vulnerabilities of every pinned package, as the registry lists them
	@$(PY) -m pip install -qq --disable-pip-version-check "pip-audit>=2.9"
	@$(VENV)/bin/pip-audit --strict --require-hashes --disable-pip --progress-spinner off \
	    --requirement requirements-test.txt

##### Measure #####

.PHONY: bench-generators
bench-generators: $(TEST_READY) ## Events per second of each generator
	@$(PY) -m benchmarks.generators $(ARGS)

.PHONY: bench-events
bench-events: $(TEST_READY) ## Memory that a hundred million events take (about two minutes)
	@$(PY) -m benchmarks.many_events $(ARGS)

.PHONY: bench-build
bench-build: $(TEST_READY) ## A first build against hand-written SQL, in CPU seconds
	@$(PY) -m benchmarks.build $(ARGS)

.PHONY: bench-versions
bench-versions: $(TEST_READY) ## Orders in four versions each, against as many lines of one each
	@$(PY) -m benchmarks.versions $(ARGS)

.PHONY: bench-incremental
bench-incremental: $(TEST_READY) ## A small batch on a short and on a long history
	@$(PY) -m benchmarks.incremental $(ARGS)

.PHONY: bench-nothing-new
bench-nothing-new: $(TEST_READY) ## A build with nothing new, on a week, the demo and a year
	@$(PY) -m benchmarks.nothing_new $(ARGS)

##### Trouble #####

.PHONY: fault-matrix
fault-matrix: $(TEST_READY) ## Twenty faulted worlds: whether every fault is found (a quarter of an hour)
	@$(PY) -m benchmarks.fault_matrix $(ARGS)

.PHONY: crash-matrix
crash-matrix: $(TEST_READY) ## 200 kills of generate and dbt, then the same tables as without kills (ten minutes)
	@$(PY) -m benchmarks.crash_matrix $(ARGS)

##### Set up #####

.PHONY: clean
clean: ## Remove what dbt made and the local database; .venv and the landing folder stay
	rm -rf target logs dbt_packages .mypy_cache .pytest_cache .ruff_cache .hypothesis
	rm -f "$(DUCKDB)" "$(DUCKDB).wal"

# With LOCK_ARGS=--upgrade to the newest versions that pyproject.toml allows, else as few changes
# as it asks for. The demo lock takes its versions from the test lock, so that one .venv serves both.
LOCK := $(VENV)/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--fork-strategy fewest --generate-hashes --no-strip-extras --no-annotate \
	--custom-compile-command "make lock"

.PHONY: lock
lock: $(VENV)/pyvenv.cfg ## Resolve pyproject.toml again into the two requirements files
	@$(PY) -m pip install -qq --disable-pip-version-check "uv>=0.9"
	@$(LOCK) $(LOCK_ARGS) --group test --output-file requirements-test.txt
	@$(LOCK) $(LOCK_ARGS) --constraint requirements-test.txt --output-file requirements.txt

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || \
	    { echo "Python 3.11 or newer is needed: name one with make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)

# Hashes stand for the whole lock. Bytecode is compiled by all cores at once, and now rather than
# in the first dbt command; a file that does not compile (a template) does not matter.
INSTALL = $(PY) -m pip install -qq --disable-pip-version-check --no-deps --no-compile \
	--require-hashes --requirement $< && \
	{ $(PY) -m compileall -qq -j 0 $(VENV)/lib > /dev/null 2>&1 || true; } && touch $@

$(VENV)/.demo: requirements.txt $(VENV)/pyvenv.cfg
	@echo "Installing $< into $(VENV), once: about half a minute ..."
	@$(INSTALL)

$(VENV)/.test: requirements-test.txt $(VENV)/.demo
	@echo "Installing $< into $(VENV), once: about half a minute ..."
	@$(INSTALL)

# `dbt deps` tries a package hub that it cannot reach for minutes: 20 seconds are enough.
BOUNDED := $(PY) -c 'import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:], timeout=20).returncode)'

dbt_packages/.installed: packages.yml package-lock.yml $(shell find vendor -type f) | $(VENV)/.demo
	@mkdir -p logs
	@$(BOUNDED) $(DBT) deps > logs/dbt_deps.log 2>&1 || { \
	    rm -rf dbt_packages && mkdir dbt_packages && cp -R vendor/dbt_utils dbt_packages/ && \
	    echo "The dbt package hub cannot be reached: vendor/dbt_utils stands in (logs/dbt_deps.log)."; }
	@touch $@

profiles.yml:
	@cp profiles.yml.example $@
	@echo "profiles.yml is a copy of profiles.yml.example: target local, on DuckDB."
