# make serve and make test install everything they need into .venv. They need python3 (3.11 or newer) and access to a
# package registry.

# The tests start many processes, which are up sooner with byte code.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: serve test docs llms dialects-doc pages-test image-test check soak soak-requests fuzz bench bench-baseline bench-linear bench-attack schema clients clients-test clients-doc suites suites-test servers servers-install servers-test servers-learned bindings-test cluster-test constraints clean

# make serve PORT=8080 listens on another port; a variable PORT of the environment is not meant for this server.
serve: $(VENV)/serve.stamp
	$(BIN)/dav424 serve $(if $(filter command,$(origin PORT)),--port $(PORT)) $(ARGS)

# One worker for each core, eight at most; JOBS=0 runs all tests in one process.
JOBS ?= auto
test: $(VENV)/test.stamp
	$(BIN)/python -m pytest -n $(JOBS) --maxprocesses 8 --dist worksteal --ignore=tests/image --ignore=tests/suites --ignore=tests/bindings --ignore=tests/pages_in_browser --ignore=tests/servers --ignore=tests/cluster $(ARGS)

# The pages in Chromium, which the system provides, with screenshots in build/screenshots: make pages-test ARGS='-k axe'
pages-test: clients
	$(BIN)/python -m pytest -n $(JOBS) --maxprocesses 8 --dist worksteal tests/pages_in_browser $(ARGS)

# Builds the image from the Dockerfile and runs it, without a Docker engine. It needs root, buildah and debootstrap.
image-test: $(VENV)/test.stamp
	$(BIN)/python -m pytest tests/image $(ARGS)

# CI runs this beside the tests: style, types, and the proof of every bundled scenario.
check: $(VENV)/test.stamp
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/dav424 check scenarios dialects
	$(BIN)/dav424 prove --each-dialect

# Builds the documentation site in build/docs; a warning is an error.
docs: $(VENV)/test.stamp
	$(BIN)/python -m docs._ext.build build/docs

# Writes the list of pages for language models, from docs/index.md.
llms: $(VENV)/test.stamp
	$(BIN)/python -m docs._ext.build --llms

# Writes the page of dialects and traits from the code.
dialects-doc: $(VENV)/test.stamp
	$(BIN)/python -m docs._ext.build --dialects

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
# The tables and their plots are in build/bench, too.
bench: $(VENV)/bench.stamp
	$(BIN)/python -m tests.bench.bench --into build/bench $(ARGS)

# Fails for a regression beyond noise since the last version; make bench-baseline ARGS=--write writes tests/bench/baseline.json anew.
bench-baseline: $(VENV)/test.stamp
	$(BIN)/python -m tests.bench.baseline $(ARGS)

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

# Runs the tests of other projects against the server: those of python-caldav, and caldav-server-tester.
suites: $(VENV)/test.stamp
	$(BIN)/python -m tests.suites.install

suites-test: suites
	$(BIN)/python -m pytest tests/suites $(ARGS)

clients-doc: clients
	$(BIN)/python -m tests.clients.page

# Installs WebDAV servers of other projects in build/servers; tests/servers/sources.py names the packages of Debian when they are missing.
servers-install: $(VENV)/test.stamp
	$(BIN)/python -m tests.servers.install

# Probes all of them and writes docs/servers.md; make servers SERVERS='apache go' prints what it finds in some.
servers: servers-install
	$(BIN)/python -m tests.servers.servers_page $(SERVERS)

# Compares docs/servers.md with the servers, and the servers with the dialects of their names.
servers-test: servers-install
	$(BIN)/python -m pytest -n $(JOBS) --maxprocesses 8 --dist worksteal tests/servers --ignore=tests/servers/test_learned.py $(ARGS)

# Learns a dialect from each server, and compares the answers in it with those of the server.
servers-learned: servers-install
	$(BIN)/python -m pytest -n $(JOBS) --maxprocesses 8 --dist worksteal tests/servers/test_learned.py $(ARGS)

# Runs the packages for Node, JUnit and Go with their own runners. The system provides node, npm, go and JUnit 5.
bindings-test: $(VENV)/test.stamp
	$(BIN)/python -m pytest -n $(JOBS) --maxprocesses 8 tests/bindings $(ARGS)

# Runs three servers that share their spaces, behind a load balancer, and breaks them. The system provides redis-server and haproxy.
cluster-test: $(VENV)/test.stamp
	$(BIN)/python -m pytest tests/cluster $(ARGS)

schema: $(VENV)/serve.stamp
	$(BIN)/dav424 schema > docs/scenario.schema.json
	$(BIN)/dav424 schema --dialect > docs/dialect.schema.json

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "dav424 needs Python 3.11 or newer; choose one with: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "This Python can't make virtual environments; on Debian, run: apt-get install python3-venv"; exit 1; }

$(VENV)/serve.stamp: pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

# Dependency groups need pip 25.1; that of the environment is as old as its Python.
$(VENV)/test.stamp: pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group test
	@touch $@ $(VENV)/serve.stamp

$(VENV)/fuzz.stamp: $(VENV)/test.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group test --group fuzz
	@touch $@

$(VENV)/bench.stamp: $(VENV)/test.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group test --group bench
	@touch $@

# Writes the versions that the image and the action install: the newest ones that fit, for each version of Python.
constraints: $(VENV)/test.stamp
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-header --no-annotate --extra calendars --extra tls --extra valkey pyproject.toml -o constraints.txt

clean:
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage*
