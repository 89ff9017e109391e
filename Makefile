# Two commands are enough: `make run` and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.telal
DATA   := $(or $(TELAL_DATA_DIR),telal-data)
PORT   := $(or $(TELAL_SERVER__PORT),8000)
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help run port setup corpus docs wheel package test test-all check audit programs lock clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: port setup corpus docs ## set up, load the starter corpus, serve API, page and docs on 127.0.0.1:8000
	@$(BIN)/telal serve

port: # before what takes minutes
	@$(PYTHON) -c 'import socket, sys; socket.create_server(("127.0.0.1", int(sys.argv[1])))' $(PORT) 2>/dev/null || \
		{ echo "Port $(PORT) cannot be used; another program may listen on it. Name another one: make run TELAL_SERVER__PORT=8001"; exit 2; }

# What pip fetches, a line each; its errors go past this. Fails when pip does.
FETCHED := awk '/^failed$$/ {bad = 1} /^ *Downloading / {sub(/^.*\//, "  ", $$2); print $$2, $$3, $$4; fflush()} \
	/^Installing collected/ {print "  all is fetched, it is unpacked now"; fflush()} END {exit bad}'

setup: $(STAMP)/installed

# setuptools warns of every editable installation; pip before 23.3 that lxml has no extra "html_clean", which justext asks
# for by its old spelling.
$(STAMP)/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Telal needs Python 3.11 or newer; name one with: make run PYTHON=/path/to/python3"; exit 2; }
	@test -x $(BIN)/python || { echo "==> Making the virtual environment $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "==> Installing Telal and what it needs (about 800 MB, some minutes the first time)"
	@$(BIN)/python -m pip install -q 'pip>=23.3'
	@{ PYTHONWARNINGS=ignore $(BIN)/python -m pip install --progress-bar off -c constraints.txt -e . || echo failed; } | $(FETCHED)
	@mkdir -p $(STAMP) && touch $@

corpus: $(DATA)/.starter

$(DATA)/.starter: $(wildcard ingest/starter/*) | $(STAMP)/installed
	@$(BIN)/telal model prepare
	@$(BIN)/telal ingest --starter
	@touch $@

# Built when their text changed, whatever the dates of the files.
docs: $(STAMP)/docs ## build the documentation, which a server shows at /docs/
	@now=$$(find docs mkdocs.yml README.md CHANGELOG.md telal api rag/*.py */commands* \
			\( -name '*.py' -o -path 'docs/*' -o -name '*.md' -o -name mkdocs.yml \) -type f \
			-not -path '*/node_modules/*' -not -path '*/__pycache__/*' -not -path 'api/site/*' \
			| LC_ALL=C sort -u | xargs cat | cksum); \
	test -f api/site/index.html && test "$$now" = "$$(cat $(STAMP)/site 2>/dev/null)" || { \
		echo "==> Building the documentation"; \
		NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build -q && echo "$$now" > $(STAMP)/site; }

$(STAMP)/docs: pyproject.toml constraints.txt | $(STAMP)/installed
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install -q -c constraints.txt -e '.[docs]'
	@touch $@

wheel: docs ## a package in dist/, with the documentation inside
	@$(BIN)/pip wheel -q --no-deps -w dist .

package: ## build the package, install it in an empty environment (800 MB), ask it the founding question
	@.ci/wheel

$(STAMP)/dev: pyproject.toml constraints.txt | $(STAMP)/installed
	@echo "==> Installing what the tests need"
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install -q -c constraints.txt -e '.[dev,openai]'
	@touch $@

programs:
	@missing=""; \
	command -v chromium >/dev/null || missing="$$missing chromium"; \
	command -v npm >/dev/null || missing="$$missing nodejs npm"; \
	command -v redis-server >/dev/null || missing="$$missing redis-server"; \
	command -v haproxy >/dev/null || missing="$$missing haproxy"; \
	command -v faketime >/dev/null || missing="$$missing faketime"; \
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || missing="$$missing postgresql"; \
	test -z "$$missing" || { \
		echo "==> Installing$$missing for the tests"; \
		sudo=$$(test "$$(id -u)" = 0 || echo sudo); \
		$$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq $$missing >/dev/null; }

# `make test ARGS="tests/rag -k names"` runs a part of it; -n 0 in ARGS runs it in one process.
TESTS := -n 2 --dist loadfile

test: $(STAMP)/dev programs ## what you wait for while you work: all that a user meets
	@$(BIN)/python -m pytest $(TESTS) -m "not slow and not data" $(ARGS)

test-all: $(STAMP)/dev programs ## the same and what takes long: kills, wheels, training, real sites, the second database
	@$(BIN)/python -m pytest $(TESTS) $(ARGS)

check: $(STAMP)/dev ## lint, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

audit: $(STAMP)/dev ## licences of what is installed, and known holes in it (over the network)
	@$(BIN)/python -m research.packages

IMAGE := openai ollama postgres redis otel
LOCK  := $(BIN)/uv pip compile -q --generate-hashes --no-annotate --no-header --python-version 3.12 --python-platform linux -c constraints.txt

lock: $(STAMP)/dev ## write the versions in use to constraints.txt, and those of the container with their hashes
	@$(BIN)/python -m pip freeze --exclude-editable | grep -viE '^(torch|torchvision|triton|nvidia)' > constraints.txt
	@echo 'setuptools>=77' | $(LOCK) pyproject.toml - $(IMAGE:%=--extra %) -o deploy/requirements.txt
	@printf 'mkdocs-material\nmkdocstrings-python\n' | $(LOCK) - -o deploy/requirements-docs.txt

clean: ## remove the virtual environment and the data of the checkout
	rm -rf $(VENV) telal-data build dist api/site *.egg-info
