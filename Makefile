# Libra in a few verbs. Needs Python 3.11 or later, nothing else; what the tests need beyond that is used where it is.
PYTHON ?= python3
PORT ?= 8000
EXAMPLE ?= yes
PY := .venv/bin/python
UV ?= uv
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1) # of tests, which now and then wait

.PHONY: setup run test lint months bench lock

setup: .venv/installed

.venv/installed: requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Libra needs Python 3.11 or later. Name one: make PYTHON=python3.11")'
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@echo "Installing what Libra stands on; the first time this takes a few minutes."
	@.venv/bin/pip install --quiet --require-hashes --requirement requirements-dev.txt
	@touch $@

# The example library is made once, when nothing is stored yet; EXAMPLE=no leaves Libra empty. What a person needs comes last.
run: setup
	@$(PY) manage.py migrate --verbosity 0
	@people=$$($(PY) manage.py people); test "$(EXAMPLE)" = no || { $(PY) manage.py demo --if-empty && $(PY) manage.py bursar_demo --if-empty; }; echo "$$people"
	@echo "Libra is at http://127.0.0.1:$(PORT)/  Stop it with Ctrl-C."
	@exec .venv/bin/gunicorn config.wsgi --worker-class gthread --workers 1 --threads 8 --bind 127.0.0.1:$(PORT) \
		--timeout 300 --graceful-timeout 10 --no-control-socket --log-level warning

# Everything on SQLite; then all that uses the database once more on PostgreSQL, where one answers.
test: setup
	@DATABASE_URL= REDIS_URL= $(PY) -m pytest -n $(WORKERS) -q -rs -m "not postgres"
	@url=$$($(PY) tests/postgres.py) && { test -z "$$url" || \
		DATABASE_URL=$$url REDIS_URL= $(PY) -m pytest -n $(WORKERS) -q -rs --hypothesis-profile=few \
			-m "(database or postgres) and not (browser or sqlite or anywhere)"; }

lint: setup
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@.venv/bin/djhtml --check --tabwidth 2 templates
	@$(PY) manage.py check
	@$(PY) manage.py makemigrations --check --dry-run

months: setup
	@$(PY) bench/months.py

bench: setup .venv-bench/installed
	@$(PY) -m bench

.venv-bench/installed: requirements-bench.txt
	@test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/pip install --quiet --require-hashes --requirement requirements-bench.txt
	@touch $@

# After a change to the dependencies in pyproject.toml.
lock:
	$(UV) pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-header --no-emit-index-url \
		pyproject.toml --output-file requirements.txt
	$(UV) pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-header --no-emit-index-url \
		--group dev pyproject.toml --output-file requirements-dev.txt
	$(UV) pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-header --no-emit-index-url \
		bench/peers.in --output-file requirements-bench.txt
