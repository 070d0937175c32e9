# make demo    set up, then train a small model on the bundled stories and let it write
# make test    set up with development tools; format, lint, types, import contracts, tests
# make lint    all of that but the tests
# make campaign, make bench    slow searches for faults; what the speed figures come from
#
# Everything lives in .venv; versions are those of constraints.txt. Which build of torch is taken
# is pip's matter: see README.md, "Which torch".

VENV := .venv
BIN := $(VENV)/bin
# The first Python that is new enough; `make PYTHON=…` takes another one.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
# Python reads every module as text again where this forbids it to keep what it compiled: a start of the
# workbench takes more than twice as long then, and the tests start hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE
# Texts that are not ours, for the tests that need them; without them they skip.
GPTLAB_TEST_DATA ?= $(abspath $(wildcard ../shared))
export GPTLAB_TEST_DATA
# One more than there are cores: some wait for a process or a file.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

.PHONY: demo test lint unit campaign bench clean

demo: $(VENV)/.ready
	@$(BIN)/gptlab train --preset cpu200k
	@printf '\nWhat it writes now:\n\n'
	@$(BIN)/gptlab sample "A figura é poética" --max-tokens 400
	@printf '\n\nNext: source %s/activate, then try\n' $(BIN)
	@printf '  gptlab sample "Era uma vez" --compare temperature=0.5,0.9,1.0,2.0\n'
	@printf '  gptlab train --preset cpu-best          # ten minutes, and a better text\n'
	@printf '  gptlab train --preset cpu200k --corpus YOUR-TEXT.txt\n'
	@printf '  gptlab --help\n'

test: lint unit

lint: $(VENV)/.ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(VENV)/.ready-dev
	$(BIN)/pytest -n $(WORKERS)

campaign: $(VENV)/.ready-dev
	$(BIN)/pytest -n $(WORKERS) -m campaign --timeout 3600

bench: $(VENV)/.ready
	for file in benchmarks/*.py; do echo "$$file"; $(BIN)/python $$file || exit 1; done

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build
	find gptlab_tui tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "GPTLab needs Python 3.11 or newer; none was found."; exit 2; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 2; }

# The build tool comes first, in its pinned version, so that nothing is fetched behind our back.
$(VENV)/.ready: $(BIN)/python pyproject.toml constraints.txt
	$(INSTALL) hatchling
	$(INSTALL) --no-compile --no-build-isolation -e .
	$(BIN)/python -m compileall -q -j 0 gptlab_tui $(addprefix $(VENV)/lib/python3*/site-packages/,textual rich typer)
	touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	$(INSTALL) --no-build-isolation -e '.[dev]'
	touch $@
