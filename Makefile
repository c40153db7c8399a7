# The commands of the README. Each makes what it needs; a second call finds it made.
#   make run     the site with a fictional demonstration, on port 8000 until Ctrl-C
#   make ladder  screen the sample workbook      make quick   the tests of under a minute
#   make test    everything that CI runs         make check   style, types, layers, policies
#   make bundle  one file that installs without internet
#   make bench   measure against peers           make lock    rewrite the lock files
#   make guide   draw the pictures of the guide anew
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SAMPLE := src/tidui/tables/sample/enterprises.xlsx
RESULT := build/ladder.xlsx
ON := 2026-06-30
PORT ?= 8000
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
LOCKED := --require-hashes --no-build-isolation --use-pep517
PYTEST := $(BIN)/python -m pytest
SHARED := -n 2 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help run ladder test quick check bench bundle guide lock clean
.DELETE_ON_ERROR:

help:
	@sed -n 's/^#   //p' Makefile

run: $(VENV)/run-ready
	@exec $(BIN)/tidui demo --bind 127.0.0.1:$(PORT)

ladder: $(VENV)/run-ready
	@mkdir -p $(dir $(RESULT))
	$(BIN)/tidui ladder $(SAMPLE) --on $(ON) --out $(RESULT)

# Two processes share each run by files: what a file starts (a server, a browser, a Spark session) it starts once.
# A browser's tests have a process of their own: while Playwright's loop runs, Django gives the thread another connection,
# and one with an open transaction from before would block the emptying of tables for ever.
test: check
	$(PYTEST) $(SHARED) -m "not spark and not browser"
	$(PYTEST) $(SHARED) -m "spark or browser"
	TIDUI_TEST_DATABASE=postgres $(PYTEST) $(SHARED) -m "database and not browser"
	TIDUI_TEST_DATABASE=postgres $(PYTEST) $(SHARED) -m "journey"

quick: $(VENV)/test-ready
	$(PYTEST) -n 2 --hypothesis-profile=quick -m "not slow and not postgres and not spark and not browser and not database"

check: $(VENV)/test-ready
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/tidui check
	$(BIN)/python scripts/messages --check
	$(BIN)/python scripts/diagrams --check

bench: $(VENV)/test-ready
	$(BIN)/python -m benchmarks.rules
	$(BIN)/python -m benchmarks.web.importing
	$(BIN)/python -m benchmarks.web.pages
	$(BIN)/python -m benchmarks.web.applications
	$(BIN)/python -m benchmarks.web.submission --rush --out build/submission-rush.md
	$(BIN)/python -m benchmarks.web.draw --out benchmarks/web/DRAW.md
	$(BIN)/python -m benchmarks.web.chair

guide: $(VENV)/test-ready
	TIDUI_TEST_PICTURES=yes $(PYTEST) -m "browser"

bundle: $(VENV)/run-ready
	$(BIN)/python scripts/bundle

# The locks hold for any Python from 3.11 on; they are written with the oldest.
COMPILE = CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options
RUN_EXTRAS := --extra native --extra plan --extra site --extra postgres
lock: $(VENV)/test-ready
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "make lock wants Python 3.11, the oldest that Tidui runs on")'
	$(COMPILE) --only-build-deps --build-deps-for editable -o requirements/build.lock pyproject.toml
	$(COMPILE) $(RUN_EXTRAS) --extra duckdb --extra spark --extra dev -o requirements/test.lock pyproject.toml
	$(COMPILE) $(RUN_EXTRAS) -c requirements/test.lock -o requirements/run.lock pyproject.toml

clean:
	rm -rf $(VENV) build dist

# Stamps. The environment of `make test` holds that of `make run` (the same versions, see `lock`), so it stands for both.
$(VENV)/base: requirements/build.lock
	@scripts/system-packages run
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Tidui needs Python 3.11 or newer; name one with make PYTHON=…")'
	@echo "making $(VENV)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(PIP_INSTALL) --require-hashes -r requirements/build.lock
	@touch $@

$(VENV)/run-ready: $(VENV)/base requirements/run.lock pyproject.toml apt.txt
	@scripts/system-packages run
	@echo "installing what make run needs (once)"
	@$(PIP_INSTALL) $(LOCKED) -r requirements/run.lock
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/test-ready: $(VENV)/base requirements/test.lock pyproject.toml apt.txt
	@scripts/system-packages test
	@echo "installing what make test needs (once; Spark is large)"
	@$(PIP_INSTALL) $(LOCKED) -r requirements/test.lock
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $(VENV)/run-ready $@
