# Two commands are enough: `make run` and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.telal
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help run setup model corpus docs wheel package test check programs lock clean

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: setup model corpus docs ## set up, load the starter corpus, serve API, page and docs on 127.0.0.1:8000
	@$(BIN)/telal serve

setup: $(STAMP)/installed

$(STAMP)/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Telal needs Python 3.11 or newer; name one with: make run PYTHON=/path/to/python3"; exit 2; }
	@test -x $(BIN)/python || { echo "==> Making the virtual environment $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "==> Installing Telal and what it needs (about 2 GB, a few minutes the first time)"
	@$(BIN)/pip install --progress-bar on -q -c constraints.txt -e .
	@mkdir -p $(STAMP) && touch $@

model: setup
	@$(BIN)/telal model prepare

corpus: model
	@$(BIN)/telal ingest --starter

docs: api/site/index.html ## build the documentation, which a server shows at /docs/

api/site/index.html: mkdocs.yml README.md CHANGELOG.md $(shell find docs telal api/*.py api/*/*.py api/http rag/*.py -type f) $(STAMP)/docs
	@echo "==> Building the documentation"
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build -q

$(STAMP)/docs: pyproject.toml constraints.txt $(STAMP)/installed
	@$(BIN)/pip install -q -c constraints.txt -e '.[docs]'
	@touch $@

wheel: docs ## a package in dist/, with the documentation inside
	@$(BIN)/pip wheel -q --no-deps -w dist .

package: ## build the package, install it in an empty environment (2 GB), ask it the founding question
	@.ci/wheel

$(STAMP)/dev: pyproject.toml constraints.txt $(STAMP)/installed
	@echo "==> Installing what the tests need"
	@$(BIN)/pip install -q -c constraints.txt -e '.[dev,openai]'
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

test: $(STAMP)/dev programs ## install what the tests need and run the whole suite
	@$(BIN)/python -m pytest $(ARGS)

check: $(STAMP)/dev ## lint, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lock: $(STAMP)/dev ## write the versions in use to constraints.txt
	@$(BIN)/python -m pip freeze --exclude-editable | grep -viE '^(torch|torchvision|triton|nvidia)' > constraints.txt

clean: ## remove the virtual environment and the data of the checkout
	rm -rf $(VENV) telal-data build dist api/site *.egg-info
