# make verify: the main job.  make test: the tests.  make check: the quick part of them.
# Each sets up .venv first.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
FAKE   := .venv-cuda
ARGS   ?=
WORKERS ?= 2
DEVICE ?= cuda
OUT    ?= .verifier/gpu
SECONDS ?= 590
# CPU=1: torch without CUDA, which on Linux is several GB
ifdef CPU
export PIP_EXTRA_INDEX_URL := https://download.pytorch.org/whl/cpu
endif

.PHONY: verify deep nightly thirty lint check test test-long test-slow reproduce docs benchmark gpu gpu-fake gpu-wheels mutants readme certificate clean

verify: $(VENV)/installed
	@$(BIN)/python -m pytest properties -q $(ARGS); status=$$?; \
	    [ $$status -gt 1 ] || $(BIN)/verifier report; exit $$status

deep: $(VENV)/installed
	$(BIN)/python -m pytest properties --hypothesis-profile=deep $(ARGS)

# each night has its own seed, the date; `verifier combine .verifier/runs/*` multiplies what they found
nightly: $(VENV)/installed
	$(BIN)/python -m pytest properties --hypothesis-profile=nightly --run-seed $(shell date -u +%Y%m%d) $(ARGS)

# thirty default runs with different seeds, on a quiet machine; may be stopped, and goes on where it was
thirty: $(VENV)/installed
	$(BIN)/python -m benchmarks.seeds $(ARGS)

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# lint, types, and the tests that are not marked slow: about a minute
check: lint
	$(BIN)/python -m pytest tests -m "not slow and not very_slow" -n $(WORKERS) --dist worksteal $(ARGS)

test: lint
	$(BIN)/python -m pytest tests properties/test_negative_controls.py --controls all -m "not long and not very_slow" -n $(WORKERS) --dist worksteal --durations=15 $(ARGS)

# what `make test` leaves out and CI runs too: whole runs of the suite, and rates by long simulation
test-long: $(VENV)/installed
	$(BIN)/python -m pytest tests -m long -n $(WORKERS) --dist worksteal --durations=15 $(ARGS)

# what both leave out: codes that hang, crash and fill the memory; the documentation built, its
# commands run, and report, gallery and pages opened in a browser
test-slow: docs $(VENV)/browser
	$(BIN)/python -m pytest tests -m very_slow -n $(WORKERS) --dist worksteal $(ARGS)

# the paper's figures; e.g. make reproduce ARGS="--scale smoke"
reproduce: $(VENV)/installed
	$(BIN)/verifier reproduce $(ARGS)

# the documentation site, in docs/_build/html: offline, every example run, any warning an error
docs: $(VENV)/docs
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html $(ARGS)

$(VENV)/docs: $(VENV)/installed
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[docs]'
	touch $@

$(VENV)/browser: $(VENV)/installed
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[browser]'
	command -v chromium || apt-get install --quiet --yes chromium || echo "no chromium: its tests are skipped"
	touch $@

# what the wheel says of negative controls, by a full run of this very source: before a release
certificate: $(VENV)/installed
	rm -rf .verifier/certificate
	$(BIN)/verifier run --level full -- --evidence .verifier/certificate $(ARGS)
	cp .verifier/certificate/certificate.json verifier/suite/certificate.json

# faults drawn at random in the library's source: what notices them; goes on where it was interrupted
mutants: $(VENV)/installed
	$(BIN)/python -m benchmarks.mutants $(ARGS)

benchmark: $(VENV)/installed
	mkdir -p .verifier
	$(BIN)/python -m pytest benchmarks --benchmark-json=.verifier/bench.json $(ARGS)
	$(BIN)/verifier bench .verifier/bench.json

# the loops on CUDA tensors without values, and so without a GPU; needs pip's CUDA build of torch
gpu-fake: $(FAKE)/installed
	$(FAKE)/bin/python -m pytest tests/devices $(ARGS)

$(FAKE)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(FAKE)
	grep -v '^torch==' constraints.txt > $(FAKE)/constraints.txt
	$(FAKE)/bin/python -m pip install --quiet -c $(FAKE)/constraints.txt -e '.[test,data,report]'
	$(FAKE)/bin/python -c 'import torch; assert torch.version.cuda, f"torch {torch.__version__} is a CPU build"'
	touch $@

# put the newest runs' results into the README; no figure there is typed by hand
readme: $(VENV)/installed
	$(BIN)/python docs/update_columns.py
	$(BIN)/python docs/update_gpu.py
	$(BIN)/python docs/update_readme.py
	$(BIN)/python docs/update_your_code.py
	$(BIN)/python docs/update_scale.py --shown

# on a machine with a GPU and torch, needing neither .venv nor a network: docs/gpu.md
gpu:
	$(PYTHON) -m benchmarks.gpu --device $(DEVICE) --output $(OUT) --seconds $(SECONDS)

# what such a machine may lack, to be carried there beside the checkout; for its Python 3.12
gpu-wheels:
	$(PYTHON) -m pip download --quiet --no-deps --only-binary=:all: \
	    --python-version 3.12 --implementation cp --platform manylinux_2_28_x86_64 \
	    --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 \
	    -c constraints.txt -r benchmarks/gpu/wheels.txt -d .whl

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; assert (3, 11) <= sys.version_info < (3, 14), "Python 3.11 to 3.13 needed"'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[test,data,report]'
	touch $@

clean:
	rm -rf $(VENV) $(FAKE) docs/_build docs/examples .verifier .hypothesis .pytest_cache .mypy_cache .ruff_cache .benchmarks
