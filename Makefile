# Everything a developer runs. It needs make, bash and Python 3.11 or later; the network is needed by `make setup` and by the test of the npm client.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# Where it is set, every process compiles everything anew: half of the time that a command takes to begin.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --no-input --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest
# More than there are processors: many tests wait for processes, clocks and disks.
JOBS ?= 3
SEED ?= 1
UV ?= uv

# The environment is stale when the lock is another one; ours is installed anew when its metadata is, or what browsers get.
LOCKED := $(VENV)/.locked-$(firstword $(shell cksum < requirements.lock))
INSTALLED := $(VENV)/.installed-$(firstword $(shell { cat requirements.lock pyproject.toml hatch_build.py; find web -type d -name node_modules -prune -o -type d -name dist -prune -o -type f -print0 | sort -z | xargs -0 cat; } | cksum))

CODE := src tests tools hatch_build.py $(wildcard bench)
# What `make check` runs of the tests: quick ones that need neither data, servers nor other people's clients. Fuzzing waits for `make test`.
QUICK := $(wildcard tests/house tests/kernel tests/engine tests/criteria tests/collect tests/unify tests/understand)

.PHONY: help setup demo check lint test browser bench soak lock reference

help:
	@echo "make setup      an environment in $(VENV), only when it is stale"
	@echo "make demo       a coffee chain with 12 stores, sent through the real doors  (DEMO_ARGS=--once: and exit)"
	@echo "make check      format, lint, types, imports, sizes, quick tests: under a minute"
	@echo "make test       check and every other test but soak: what CI runs, 25 minutes on two processors"
	@echo "make browser    Chromium from Debian, where there is none: for tests of web pages"
	@echo "make bench      the speed figures, each with its limit                      (BENCH_ARGS=…)"
	@echo "make soak       the long numbers, with a report in build/soak.txt           (SEED=…, SOAK_ARGS=--lf: go on)"
	@echo "make lock       write requirements.lock from pyproject.toml; needs uv        (LOCK_ARGS=--upgrade: newest)"
	@echo "make reference  write docs/reference/ anew from the code"

setup: $(INSTALLED)

$(INSTALLED): $(LOCKED)
	$(PIP) install -qq --no-deps --no-build-isolation --editable .
	rm -f $(VENV)/.installed-*
	touch $@

$(LOCKED):
	@for python in $${PYTHON:-} python3.11 python3 python3.12 python3.13 python3.14 python; do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	[ -n "$${found:-}" ] || { echo "Interplay needs Python 3.11 or later; name it: make setup PYTHON=/path/to/python" >&2; exit 1; }; \
	[ -x $(BIN)/python ] || "$$found" -m venv $(VENV)
	@echo "installing the locked dependencies into $(VENV)"
	$(PIP) install -qq --no-deps --require-hashes --requirement requirements.lock
	rm -f $(VENV)/.locked-*
	touch $@

demo: setup
	$(BIN)/interplay demo $(DEMO_ARGS)

lint: setup
	$(BIN)/ruff format --check --quiet $(CODE)
	$(BIN)/ruff check --quiet $(CODE)
	$(BIN)/python -m tools.lint
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy -p interplay -p tools

check: lint
	$(PYTEST) -n $(JOBS) -m "not slow and not soak and not real_data" --ignore-glob="*/test_fuzz.py" $(QUICK)

test: lint browser
	$(PYTEST) -n $(JOBS) -m "not soak" --durations=10

# Tests of what people see need a browser; who may install Debian packages gets it, others are told and those tests skip.
browser:
	@command -v $${CHROMIUM:-chromium} >/dev/null || { \
	  packages="chromium fonts-noto-cjk"; echo "installing $$packages, for tests in a browser"; \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	    { apt-get install -qq -y --no-install-recommends $$packages || \
	      { apt-get update -qq && apt-get install -qq -y --no-install-recommends $$packages; }; } >/dev/null; } || \
	  echo "no browser: tests of web pages will be skipped; apt-get install $$packages, or set CHROMIUM" >&2; }

bench: setup
	$(BIN)/python -m bench $(BENCH_ARGS)

soak: setup
	mkdir -p build
	{ echo "commit $$(git rev-parse HEAD) · seed $(SEED) · $$($(BIN)/python -V) · $$(uname -srm)"; \
	  $(PYTEST) -m soak --timeout=0 --durations=0 --hypothesis-seed=$(SEED) $(SOAK_ARGS); } 2>&1 | tee build/soak.txt

lock:
	$(UV) pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --no-annotate --quiet --output-file requirements.lock $(LOCK_ARGS)

reference: setup
	$(BIN)/python -m tools.reference
