# What each target needs is installed by scripts/bootstrap, once, into .venv.
.PHONY: run demo test test-long chaos check bench pictures lint format messages schema lock bootstrap bootstrap-dev
MAKEFLAGS += --no-print-directory
PYTHON_VENV = .venv/bin/python

# Everything on http://localhost:8000, with a one-time link to claim it.
run: bootstrap
	@exec $(PYTHON_VENV) manage.py up

# The same against simulated platforms, with a database of its own: no accounts needed.
demo: bootstrap-dev
	@LUMIO_VAR_DIR=var/demo exec $(PYTHON_VENV) -m tests.fakes --demo -- $(PYTHON_VENV) manage.py up

# Every check and test, as CI runs them.
test: bootstrap-dev
	@exec $(PYTHON_VENV) scripts/check.py

# Also the soaks, fault and chaos runs.
test-long: bootstrap-dev
	@exec $(PYTHON_VENV) scripts/check.py --long

# Five minutes in which everything dies at random, and the count of what that cost; `SEED=7` strikes as an earlier run did.
chaos: bootstrap-dev
	@exec $(PYTHON_VENV) -m tests.chaos $(if $(SEED),--seed $(SEED))

# Known weaknesses of what is pinned. It asks the network, and its answer changes without us: no part of `make test`.
# What could not be asked about fails it, too.
check: bootstrap-dev
	@exec .venv/bin/pip-audit --strict --requirement requirements.txt --require-hashes --disable-pip --progress-spinner off

# Speed and size, measured against other ways to do the same, one `name: value` line each.
bench: bootstrap-dev
	@exec $(PYTHON_VENV) -m benchmarks

# Every picture of the documentation, taken anew: docs/images. It takes some minutes.
pictures: bootstrap-dev
	@exec $(PYTHON_VENV) -m tests.processes.with_services $(PYTHON_VENV) -m tests.pictures

lint: bootstrap-dev
	@exec $(PYTHON_VENV) scripts/check.py --lint

format: bootstrap-dev
	@.venv/bin/ruff check --quiet --fix . ; .venv/bin/ruff format .

# Needs gettext: apt install gettext, brew install gettext.
UNUSED_KEYS = LUMIO_SECRET_KEY=unused LUMIO_ENCRYPTION_KEYS=unused:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
messages: bootstrap
	@$(UNUSED_KEYS) $(PYTHON_VENV) manage.py makemessages --locale de --no-location --no-obsolete --ignore '.venv/*' --ignore 'tests/*' --ignore 'var/*'
	@$(UNUSED_KEYS) $(PYTHON_VENV) manage.py compilemessages --ignore '.venv/*'

# After a change of the API: writes docs/openapi.json and lumio/schema.graphql, which a test compares.
schema: bootstrap
	@$(UNUSED_KEYS) $(PYTHON_VENV) scripts/write_schema.py

# After a change of requirements.in or requirements-dev.in: pins every version and hash anew, for all systems.
LOCK = .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate
lock: bootstrap-dev
	@$(LOCK) --upgrade requirements.in -o requirements.txt
	@$(LOCK) --upgrade requirements-dev.in -o requirements-dev.txt

bootstrap:
	@scripts/bootstrap requirements.txt

bootstrap-dev:
	@scripts/bootstrap requirements-dev.txt
