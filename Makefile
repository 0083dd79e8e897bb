# Common tasks; `make help` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
KEY = $$($(BIN)/python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())")

# Three processes share the tests and what they compiled; TEST_SEED=<number> repeats an order.
TOGETHER = PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 3 --dist worksteal --durations=20

# Measure every figure, even after one that missed its target.
measure = missed=0; for each in $(1); do $(BIN)/python -m tests.bench.$$each || missed=1; done; exit $$missed

together = all=; for each in $(1); do $(BIN)/python -m tests.bench.$$each & all="$$all $$!"; done; \
  missed=0; for each in $$all; do wait $$each || missed=1; done; exit $$missed

.PHONY: help demo pictures test test-long check lint lock audit browser browsers nginx bench bench-small mutants simulate

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/ —/'

# Only what the locks name, with the hashes that they name. `make lock` makes them again from setup.cfg.
PIP = -m pip --disable-pip-version-check --quiet
TOOLS := $(VENV)/tools
LOCK = $(TOOLS)/bin/uv pip compile setup.cfg --universal --python-version 3.11 --generate-hashes --quiet \
  --custom-compile-command "make lock" --extra build

$(STAMP): setup.cfg pyproject.toml tests/requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "This project needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(PIP) install --require-hashes --requirement tests/requirements.lock
	$(BIN)/python $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

$(TOOLS)/.installed: setup.cfg
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python $(PIP) install 'uv >= 0.9' 'pip-audit >= 2.9' 'cyclonedx-bom >= 7'
	@touch $@

lock: $(TOOLS)/.installed ## Choose versions again and write both lock files (UPGRADE=1 takes the newest)
	$(LOCK) $(if $(UPGRADE),--upgrade) --output-file requirements.lock
	$(LOCK) $(if $(UPGRADE),--upgrade) --extra test --constraint requirements.lock --no-annotate \
	  --output-file tests/requirements.lock

audit: $(TOOLS)/.installed ## Look for known vulnerabilities, and list all components in dist/ (CycloneDX)
	$(TOOLS)/bin/python -m tests.support.audit

demo: $(STAMP) ## Start the app with a sandbox Schoology and SIS (READY=1: with the setup done; SIS=eschoolplus|oneroster)
	@LTI_APP_SECRET_KEYS="$(KEY)" exec $(BIN)/flask --app wsgi demo \
	  $(if $(filter-out 0,$(READY)),--ready) $(if $(SIS),--sis $(SIS))

browser: ## Install Chromium on Debian when no browser is found and you are root
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	       && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } \
	  || echo "No browser was found and none could be installed. Browser tests will be skipped."

browsers: browser ## Install Firefox and WebKit on Debian as well, for test-long
	@{ command -v firefox-esr && test -x /usr/bin/WebKitWebDriver && command -v Xvfb; } >/dev/null \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq \
	       && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	            firefox-esr webkit2gtk-driver xvfb >/dev/null; } \
	  || echo "FIREFOX OR WEBKIT WAS NOT FOUND AND COULD NOT BE INSTALLED. THEIR TESTS WILL BE SKIPPED."

nginx: ## Install nginx on Debian when it isn't there and you are root
	@PATH="$$PATH:/usr/sbin" command -v nginx >/dev/null \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	       && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq nginx-light >/dev/null; } \
	  || echo "No nginx was found and none could be installed. Tests of the web server will be skipped."

test: $(STAMP) browser ## Run the tests, including browser and PostgreSQL
	$(TOGETHER)

test-long: $(STAMP) browsers nginx ## Run everything (over an hour): soak, full matrices, random kills, benches, three browsers
	$(TOGETHER) -m ""
	BROWSER=firefox $(BIN)/python -m pytest \
	  tests/browser/test_story.py tests/browser/test_teachers_week.py tests/browser/test_frame.py

lint: $(STAMP) ## Check style, types, and imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy lti_app
	$(BIN)/lint-imports

check: lint test ## Run lint and tests; both must pass before a change lands

pictures: $(STAMP) browser ## Take the pictures of README.md and docs/tour.md again
	PICTURES=docs/images $(BIN)/python -m pytest -q -m "" tests/browser/test_pictures.py tests/browser/test_teachers_week.py

bench: $(STAMP) ## Measure a district of 100,000 students on both databases (about 90 minutes)
	@$(call measure,\
	  "roster --students 10000 100000 --database sqlite --slow" \
	  "roster --students 10000 100000 --database postgresql" \
	  one_by_one grades \
	  "prep --people 100000 --database sqlite" \
	  "prep --people 100000 --database postgresql" \
	  "live --students 5000" \
	  "oneroster --students 10000 100000")

bench-small: $(STAMP) ## Measure 5,000 students, in parallel (about two minutes)
	@$(call together,\
	  "roster --students 5000 --database sqlite" \
	  "roster --students 5000 --database postgresql" \
	  "grades --sections 1" \
	  sandbox \
	  "prep --people 5000 --database sqlite" \
	  "oneroster --students 5000" \
	  "disk --students 500")

simulate: $(STAMP) ## Tell the stories of SEEDS=1000 seeds, FROM=1 on: a district, its systems and processes with faults
	$(BIN)/python -m tests.simulation --seeds $(or $(SEEDS),1000) --from $(or $(FROM),1)

mutants: $(STAMP) ## Change FILES=… one place at a time and list the changes no test notices (TESTS=… SECONDS=… MINUTES=…)
	@test -n "$(FILES)" || { echo "Name the files, for example: make mutants FILES=lti_app/jobs/lease.py"; exit 2; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,mutants]'
	$(BIN)/python -m tests.support.mutants $(FILES) $(if $(TESTS),--tests "$(TESTS)") \
	  $(if $(SECONDS),--seconds $(SECONDS)) $(if $(MINUTES),--minutes $(MINUTES))
