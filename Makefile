# `make demo` and `make test` need Debian 12 or the like with Python 3.11 or newer and venv, git, npm, ssh-keygen and
# make; for images a container engine and a registry, which `make engine` starts.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := build/demo
# what `make engine` makes; without it, or to build on another image, set these yourself
BASE := maxctl-base:bookworm
ON_BASE := MAXCTL_BASE_IMAGE="$${MAXCTL_BASE_IMAGE:-$(BASE)}" MAXCTL_BUILD_NETWORK="$${MAXCTL_BUILD_NETWORK:-host}"
.DEFAULT_GOAL := help

help: ## Show the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

$(VENV)/installed: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable '.[all]' --group dev
	touch $@

install: $(VENV)/installed ## Make the virtual environment with maxctl[all] and the test tools

engine: ## Start a container engine and a registry, and make a base image (Debian, as root)
	@.ci/engine

demo: $(VENV)/installed ## Walk the example through its lifecycle in build/demo
	@$(ON_BASE) PATH="$(CURDIR)/$(BIN):$$PATH" sh examples/demo.sh $(DEMO)

test: $(VENV)/installed ## Run all tests
	$(ON_BASE) $(BIN)/python -m pytest -q -n 2 --dist worksteal

test-quick: $(VENV)/installed ## Run the tests that need no heavy tool
	$(BIN)/python -m pytest -q -n 2 -m 'not slow'

test-full: $(VENV)/installed ## Run the tests that need PyTorch or scikit-learn, too, and install both
	$(BIN)/python -m pip install --quiet --group frameworks
	$(BIN)/python -m pytest -q -n 2 -m frameworks

lint: $(VENV)/installed ## Lint, type check, and check the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports

schema: $(VENV)/installed ## Write schemas/ and licenses/compiled/ anew
	$(BIN)/python -m maxctl.core.schemas schemas
	$(BIN)/python -m maxctl.policy.schema schemas
	$(BIN)/python -m maxctl.policy.compiled licenses

wheel: $(VENV)/installed ## Build sdist and wheel into dist/
	$(BIN)/python -m build

clean: ## Remove what the targets made
	rm -rf build dist $(VENV)

.PHONY: help install engine demo test test-quick test-full lint schema wheel clean
