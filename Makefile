# Lightwell: every command of daily work. `make` alone lists them.

PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help install run dev test stress lint format bench status requirements clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/.installed  ## make .venv with everything the service needs

run: install  ## start the service: HOST, PORT (8080) and DATA_DIR (./data) from the environment or .env
	@PATH="$(CURDIR)/$(BIN):$$PATH" python -m utils.http.frontend gunicorn app:app

dev: install  ## the same app under Flask's development server, on threads
	@$(BIN)/flask run --port $${PORT:-8080}

test: .venv/.tested  ## install, then run all tests (ARGS="…" goes to pytest)
	@$(BIN)/python -m pytest $(ARGS)

stress: .venv/.tested  ## 10,000 random operations on chats, the server killed in between, on every database
	@LIGHTWELL_STRESS_OPERATIONS=10000 $(BIN)/python -m pytest tests/stress $(ARGS)

lint: .venv/.tested  ## format check, lint, types, import rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: .venv/.tested  ## bring the source into the house's form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: .venv/.tested  ## measure start, memory, CPU and streams (PEER=http://… PEER_PID=… beside a running peer)
	@$(BIN)/python -m tests.bench $(if $(PEER),--peer $(PEER) --peer-pid $(PEER_PID)) $(ARGS)

status: .venv/.tested  ## write the README's status table anew
	@$(BIN)/python -m tests.house.status

requirements: .venv/.tested  ## pin anew what setup.cfg asks for (needs the registry)
	@$(BIN)/python -m pip install -q uv
	@$(BIN)/uv pip compile -q --upgrade --universal --generate-hashes --no-annotate --no-header \
		--python-version 3.11 setup.cfg -o requirements.txt
	@$(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate --no-header --extra test --extra otel \
		--python-version 3.11 -c requirements.txt setup.cfg -o tests/requirements.txt

clean:  ## remove .venv and caches; the data folder stays
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

.venv/.installed: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/.tested: .venv/.installed tests/requirements.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r tests/requirements.txt
	@touch $@
