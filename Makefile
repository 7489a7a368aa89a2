# Signoff. `make` alone lists the verbs. Everything is installed into .venv from locks with hashes.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

# The first Python on the path that is 3.11 or newer; `make PYTHON=/path/to/python run` chooses another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$p; break; fi; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
ARGS ?=

# Programs that pip cannot bring; each is a Debian package of the same name.
PROGRAMS := chromium wrk

##@ Use

.PHONY: help
help:  ## List these verbs
	@awk 'BEGIN {FS = ":.*##"} \
		/^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*##/ {printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: run
run: $(VENV)/.installed  ## Serve the demo on http://127.0.0.1:8000 (ARGS="--port 8001"); Ctrl-C ends it
	@exec $(BIN)/signoff serve $(ARGS)

.PHONY: install
install: $(VENV)/.installed-dev  ## Make .venv with everything that development needs

##@ Check

.PHONY: test
test: install programs  ## All checks, then all tests: what CI runs
	@$(MAKE) lint
	@$(MAKE) types
	@$(MAKE) arrows
	@$(BIN)/pytest --numprocesses=2 --dist=loadfile $(ARGS)

.PHONY: lint
lint: install  ## ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

.PHONY: types
types: install  ## mypy --strict, the tests too
	@$(BIN)/mypy

.PHONY: arrows
arrows: install  ## import-linter: which room may import which
	@$(BIN)/lint-imports --no-logo

##@ Measure

.PHONY: bench
bench: install programs  ## Print speed ratios and the machine
	@$(BIN)/python -m bench $(ARGS)

.PHONY: soak
soak:  ## The long load and kill tests (they come with the store: none yet)
	@echo "make soak: there is nothing to run yet. The long load and kill tests test the store, and come with it." >&2
	@exit 2

##@ Keep

.PHONY: format
format: install  ## Let ruff format and fix what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: wheel
wheel: install  ## Build dist/*.whl
	@$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .

.PHONY: lock
lock: $(VENV)/.made  ## Renew the three locks (newest versions that Python 3.11 and later can all use)
	@[ -x $(BIN)/uv ] || $(PIP) install 'uv>=0.9'
	@$(LOCK) pyproject.toml --extra dev --group build --upgrade --output-file requirements-dev.lock
	@$(LOCK) pyproject.toml --constraint requirements-dev.lock --output-file requirements.lock
	@$(LOCK) --group build --constraint requirements-dev.lock --output-file requirements-build.lock
	@git diff --stat -- 'requirements*.lock' || true

LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock"

.PHONY: clean
clean:  ## Remove .venv and whatever the tools made
	@rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-output
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- how .venv is made: each stamp is newer than what it was made from ---

$(VENV)/.made:
	@[ -n "$(PYTHON)" ] || { echo "Signoff needs Python 3.11 or newer; none is on the path." >&2; exit 2; }
	@echo "Making $(VENV) with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.installed: requirements.lock requirements-build.lock pyproject.toml | $(VENV)/.made
	@echo "Installing Signoff into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements.lock -r requirements-build.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock pyproject.toml | $(VENV)/.made
	@echo "Installing Signoff and what its tests need into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $(VENV)/.installed $@

# What cannot be installed is named; the tests that need it then fail, and in CI this stops the run.
.PHONY: programs
programs:
	@missing=""; for p in $(PROGRAMS); do command -v $$p >/dev/null || missing="$$missing $$p"; done; \
	[ -n "$$missing" ] || exit 0; \
	if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
		echo "Installing Debian packages:$$missing ..."; \
		log=$$(mktemp); \
		{ apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $$missing; } \
			>"$$log" 2>&1 || tail -n 20 "$$log" >&2; \
		rm -f "$$log"; \
	fi; \
	absent=""; for p in $$missing; do command -v $$p >/dev/null || absent="$$absent $$p"; done; \
	[ -n "$$absent" ] || exit 0; \
	echo "NOT INSTALLED:$$absent. The tests that need it will fail. On Debian, as root: apt-get install$$absent" >&2; \
	[ -z "$${CI:-}" ] || exit 1
