# Clientscope. `make run` shows the site with demo data; `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN := .venv/bin

.PHONY: help install run test lint bench lock wheel clean dev test-programs

help: ## show this
	@sed -n 's/^\([a-z]*\):[^#]*## /make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

install: ## make .venv with the locked dependencies and the command dashapp
	@.ci/install run

run: install ## the site with demo data, at PORT (8050), its files in DASHAPP_HOME (instance/)
	@exec $(BIN)/dashapp trial

test: test-programs lint ## every check and test; installs what they need
	$(BIN)/pytest -q -n 2 --max-worker-restart 0 --dist loadscope --no-loadscope-reorder tests/browser tests/unit tests/data tests/app

lint: dev ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: dev test-programs ## the figures of benchmarks/README.md
	$(BIN)/python -m benchmarks

lock: dev ## write the lock files from pyproject.toml; UPGRADE=1 takes the newest versions
	@.ci/lock $(if $(UPGRADE),--upgrade)

wheel: dev ## build dist/clientscope-*.whl
	@$(BIN)/hatchling build -t wheel -d dist

clean: ## remove what was built and the tools' caches; .venv and the data stay
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

dev:
	@.ci/install dev

test-programs:
	@.ci/packages chromium=chromium chromedriver=chromium-driver redis-server=redis-server \
		'/usr/lib/postgresql/*/bin/initdb=postgresql'
