# What a person may want of this project; `make help` lists it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
KEY = $$($(BIN)/python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())")

.PHONY: help demo test check lint browser bench bench-small soak

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/ —/'

$(STAMP): setup.cfg pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $(STAMP)

demo: $(STAMP) ## Start the app with a sandbox Schoology and a sandbox eSchoolPLUS
	@LTI_APP_SECRET_KEYS="$(KEY)" exec $(BIN)/flask --app wsgi demo

browser: ## Install Debian's browser when there is none and we may
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	       && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } \
	  || echo "No browser was found and none could be installed."

test: $(STAMP) browser ## Run every test, browser and PostgreSQL included
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

lint: $(STAMP) ## Look at style, types and imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy lti_app
	$(BIN)/lint-imports

check: lint test ## Everything that must be well before a change lands

bench: $(STAMP) ## Measure a district of 100,000 students on both databases (about half an hour)
	$(BIN)/python -m tests.bench.roster --students 10000 100000 --database sqlite
	$(BIN)/python -m tests.bench.roster --students 10000 100000 --database postgresql
	$(BIN)/python -m tests.bench.one_by_one
	$(BIN)/python -m tests.bench.grades
	$(BIN)/python -m tests.bench.prep --people 100000 --database sqlite
	$(BIN)/python -m tests.bench.prep --people 100000 --database postgresql
	$(BIN)/python -m tests.bench.live --students 5000

bench-small: $(STAMP) ## The same at 5,000 students, in about a minute
	$(BIN)/python -m tests.bench.roster --students 5000 --database sqlite
	$(BIN)/python -m tests.bench.roster --students 5000 --database postgresql
	$(BIN)/python -m tests.bench.grades --sections 1
	$(BIN)/python -m tests.bench.prep --people 5000 --database sqlite
	$(BIN)/python -m tests.bench.live --students 1000

soak: $(STAMP) ## Ten minutes of random teachers under live sync, with kills and outages
	SOAK_MINUTES=10 $(BIN)/python -m pytest -s tests/functional/test_soak.py
