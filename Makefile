# `make demo` and `make test` need Debian 12 or the like with Python 3.11 or newer and venv, git, npm and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := build/demo
.DEFAULT_GOAL := help

help: ## Show the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

$(VENV)/installed: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable '.[all]' --group dev
	touch $@

install: $(VENV)/installed ## Make the virtual environment with maxctl[all] and the test tools

demo: $(VENV)/installed ## Walk the example through its lifecycle in build/demo
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh examples/demo.sh $(DEMO)

test: $(VENV)/installed ## Run all tests
	$(BIN)/python -m pytest -q -n 2 --dist worksteal

test-quick: $(VENV)/installed ## Run the tests that need no heavy tool
	$(BIN)/python -m pytest -q -n 2 -m 'not slow'

lint: $(VENV)/installed ## Lint, type check, and check the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports

schema: $(VENV)/installed ## Write schemas/ anew
	$(BIN)/python -m maxctl.core.schemas schemas

wheel: $(VENV)/installed ## Build sdist and wheel into dist/
	$(BIN)/python -m build

clean: ## Remove what the targets made
	rm -rf build dist $(VENV)

.PHONY: help install demo test test-quick lint schema wheel clean
