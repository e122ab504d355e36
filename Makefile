# What a newcomer, a contributor and CI run. `make help` lists it.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
RUN := $(VENV)/installed-to-run
TEST := $(VENV)/installed-to-test
LDAP := $(VENV)/installed-to-ask-directories
NPM := tests/interop/node_modules/.package-lock.json

.DEFAULT_GOAL := help
.PHONY: help run test check bench build docs lock clean
.DELETE_ON_ERROR:

help: ## list what make can do
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' Makefile

run: $(RUN) ## install into .venv and start a demo at http://localhost:8000 (ARGS="--port 9000")
	@$(BIN)/python -m hibana_op dev $(ARGS)

test: $(TEST) $(NPM) ## install what the tests need and run them all (TESTS=tests/oauth runs a part)
	@sh ci/system-packages.sh $(BIN)/python
	@$(MAKE) --no-print-directory $(LDAP)
	@$(BIN)/python -m pytest -n 2 $(TESTS)

check: $(TEST) ## format, lint and types: what CI runs before the tests
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy

bench: $(TEST) ## measure the server and write bench/results/latest.json (PEER=node-oidc-provider)
	@$(BIN)/python -m bench $(if $(PEER),--peer $(PEER))

build: $(RUN) ## build the wheel into dist/
	@$(BIN)/python -m hatchling build --target wheel

docs: $(RUN) ## write the generated parts of docs/ anew: settings, commands, endpoints
	@$(BIN)/python -m ci.write_docs

lock: $(TEST) ## pin and hash the newest allowed versions of every dependency
	@sh ci/lock.sh $(BIN)/uv

clean: ## remove .venv and everything built; keeps hibana-data/
	@rm -rf $(VENV) dist htmlcov .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@rm -rf tests/interop/node_modules
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Hibana needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 …" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
		|| { rm -rf $(VENV); echo "$(PYTHON) cannot make a virtual environment." \
			"On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }

# Nothing is installed that a lock file does not pin and hash, not even what builds the package.
$(RUN): requirements.lock requirements-build.lock pyproject.toml | $(BIN)/python
	@echo "Installing Hibana into $(VENV) …"
	@$(PIP) install --require-hashes -r requirements.lock -r requirements-build.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(TEST): requirements-dev.lock requirements-build.lock pyproject.toml | $(BIN)/python
	@echo "Installing Hibana and what its tests need into $(VENV) …"
	@$(PIP) install --require-hashes -r requirements-dev.lock -r requirements-build.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $(RUN) $@

# Built here against the system's OpenLDAP, so it comes after the system's packages, and only the tests need it.
$(LDAP): requirements-ldap.lock requirements-build.lock | $(TEST)
	@echo "Installing the library of LDAP into $(VENV) …"
	@$(PIP) install --require-hashes --no-build-isolation -r requirements-ldap.lock
	@touch $@

# Node.js comes from a wheel in requirements-dev.lock, so nothing needs to be installed by hand.
$(NPM): tests/interop/package.json tests/interop/package-lock.json $(TEST)
	@echo "Installing the OpenID Connect clients for Node.js into tests/interop …"
	@$(BIN)/python ci/npm.py ci
