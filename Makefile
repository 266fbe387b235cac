# make serve and make test install everything they need into .venv. They need python3 (3.11 or newer) and access to a
# package registry.

# The tests start many processes, which are up sooner with byte code.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: serve test image-test check soak soak-requests fuzz bench bench-linear bench-attack schema clients clients-test clients-doc clean

# make serve PORT=8080 listens on another port; a variable PORT of the environment is not meant for this server.
serve: $(VENV)/serve.stamp
	$(BIN)/dav424 serve $(if $(filter command,$(origin PORT)),--port $(PORT)) $(ARGS)

# One worker for each core, eight at most; JOBS=0 runs all tests in one process.
JOBS ?= auto
test: $(VENV)/test.stamp
	$(BIN)/python -m pytest -n $(JOBS) --maxprocesses 8 --dist worksteal --ignore=tests/image $(ARGS)

# Builds the image from the Dockerfile and runs it, without a Docker engine. It needs root, buildah and debootstrap.
image-test: $(VENV)/test.stamp
	$(BIN)/python -m pytest tests/image $(ARGS)

# CI runs this beside the tests: style, types, and the proof of every bundled scenario.
check: $(VENV)/test.stamp
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/dav424 check scenarios
	$(BIN)/dav424 prove

# Runs the state machine and the generators of the tests for longer, then random requests: make soak SOAK=50 SOAK_REQUESTS=20000
SOAK ?= 20
SOAK_REQUESTS ?= 1000000
soak: $(VENV)/test.stamp
	DAV424_SOAK=$(SOAK) $(BIN)/python -m pytest tests/model/test_stateful.py tests/headers/test_headers_fuzz.py $(ARGS)
	$(MAKE) soak-requests

# The random requests alone; SOAK_SEED chooses other ones.
soak-requests: $(VENV)/test.stamp
	SOAK_REQUESTS=$(SOAK_REQUESTS) $(BIN)/python -m tests.model.soak

# Fuzzes the readers of untrusted text, for two hours: make fuzz FUZZ=600 READERS=xml FUZZ_SEED=1
FUZZ ?= 7200
fuzz: $(VENV)/fuzz.stamp
	FUZZ_SEED=$(FUZZ_SEED) $(BIN)/python -m tests.fuzz.fuzz $(FUZZ) $(READERS)

# Measures the server beside stock WsgiDAV, bare cheroot and, if it is installed, Apache httpd. Slow results fail nothing.
bench: $(VENV)/test.stamp
	$(BIN)/python -m tests.bench.bench $(ARGS)

# Fails if the time of a request grows faster than its size: make bench-linear ARGS='XML YAML'
bench-linear: $(VENV)/test.stamp
	$(BIN)/python -m tests.bench.linear $(ARGS)

# Measures how long the largest requests of one client keep another one waiting: make bench-attack ARGS='--members 10000'
bench-attack: $(VENV)/test.stamp
	$(BIN)/python -m tests.bench.attack $(ARGS)

# Installs WebDAV clients of other projects in build/clients. The system provides curl, cadaver, litmus, rclone, node and npm.
clients: $(VENV)/test.stamp
	$(BIN)/python -m tests.clients.install

clients-test: clients
	$(BIN)/python -m pytest -n $(JOBS) --maxprocesses 8 --dist loadgroup tests/clients $(ARGS)

clients-doc: clients
	$(BIN)/python -m tests.clients.page

schema: $(VENV)/serve.stamp
	$(BIN)/dav424 schema > docs/scenario.schema.json

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "dav424 needs Python 3.11 or newer; choose one with: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "This Python can't make virtual environments; on Debian, run: apt-get install python3-venv"; exit 1; }

$(VENV)/serve.stamp: pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/test.stamp: pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@ $(VENV)/serve.stamp

$(VENV)/fuzz.stamp: $(VENV)/test.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,fuzz]'
	@touch $@

clean:
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage*
