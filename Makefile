PYTHON ?= python3
PIP = .venv/bin/python -m pip --quiet --disable-pip-version-check
COMPILE = CUSTOM_COMPILE_COMMAND="make lock" .cache/lock/bin/pip-compile --quiet --generate-hashes \
	--no-emit-index-url --no-emit-find-links --allow-unsafe --strip-extras $(UPGRADE)

SHELL = /bin/bash
.SHELLFLAGS = -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help run test check fix bench chaos lock clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/.run ## Replay the fixtures into out/replay
	.venv/bin/adapter replay fixtures --out out/replay

test: check ## Check, then run every test and hold the floor of coverage
	.venv/bin/pytest -n 2 --dist loadgroup --cov $(ARGS)

check: .venv/.dev ## Lint, types, layers and packs: runs all, lists what failed, changes nothing
	@failed=(); \
	try() { echo "$$*"; "$$@" || failed+=("$$*"); }; \
	try .venv/bin/ruff check .; \
	try .venv/bin/lint-imports --no-logo --cache-dir .cache/import-linter; \
	try .venv/bin/mypy --strict adapter; \
	rm -rf .cache/packs; mkdir -p .cache/packs; packs=(); \
	for rules in mappings/*/rules.py; do folder=$$(dirname "$$rules"); name=$$(basename "$$folder" | tr - _); \
		ln -s "$(CURDIR)/$$folder" ".cache/packs/$$name"; packs+=(-p "$$name"); done; \
	try env MYPYPATH=.cache/packs .venv/bin/mypy --strict "$${packs[@]}"; \
	try .venv/bin/adapter packs check; \
	(( $${#failed[@]} == 0 )) || { printf 'failed: %s\n' "$${failed[@]}" >&2; exit 1; }

fix: .venv/.dev ## Let ruff repair what it can
	.venv/bin/ruff check --fix .

bench: .venv/.run ## Measure
	.venv/bin/python -m bench

chaos: .venv/.dev ## Kill the service 200 times in each window and at random, on each database, and account for every event
	ADAPTER_CRASH_ROUNDS=200 .venv/bin/pytest -n 2 --dist loadgroup -k killed tests/service/crashes

lock: ## Write the lock files again from pyproject.toml (UPGRADE=--upgrade: newest versions)
	$(PYTHON) -m venv --clear .cache/lock
	.cache/lock/bin/python -m pip --quiet --disable-pip-version-check install pip-tools
	$(COMPILE) --output-file requirements.txt pyproject.toml
	$(COMPILE) --constraint requirements.txt --all-build-deps --only-build-deps \
		--output-file requirements-build.txt pyproject.toml
	$(COMPILE) --constraint requirements.txt --constraint requirements-build.txt --all-build-deps --extra dev \
		--output-file requirements-dev.txt pyproject.toml

clean: ## Remove all that make made
	rm -rf .venv .cache .hypothesis .coverage .coverage.* out dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --clear: a package that left the lock must not linger and hide a missing dependency.
.venv/.lock: requirements.txt requirements-build.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=...")'
	$(PYTHON) -m venv --clear .venv
	$(PIP) install --require-hashes -r requirements.txt
	$(PIP) install --require-hashes -r requirements-build.txt
	@touch $@

.venv/.run: .venv/.lock pyproject.toml
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: .venv/.run requirements-dev.txt
	$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@
