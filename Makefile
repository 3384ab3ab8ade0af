# Each target sets up what it needs first, and takes seconds when nothing changed.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# two processes or more, a file at a time: the tests of a file share what they made
PYTEST := -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
READY  := $(VENV)/ready

.PHONY: lab test test-backends soak course bench build site site-test clean

lab: $(READY)
	$(BIN)/mmcourse doctor
	$(BIN)/mmcourse lab $(ARGS)

test: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python $(PYTEST) $(ARGS)

# outputs on JAX and PyTorch against TensorFlow's from the same weights, then every test of layers, models and losses;
# JAX compiles each small step anew, so it is told not to optimise (this is about results, not speed), not to note where
# each step comes from, and to keep what it has compiled for the other process and the next run; PyTorch gets one thread a
# process, or they stand in each other's way
ON_JAX := KERAS_BACKEND=jax XLA_FLAGS=--xla_cpu_use_fusion_emitters=false JAX_TRACEBACK_IN_LOCATIONS_LIMIT=0 \
	JAX_DISABLE_MOST_OPTIMIZATIONS=1 JAX_COMPILATION_CACHE_DIR=$(CURDIR)/.venv-jax/compiled \
	JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS=0 JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES=-1 .venv-jax/bin/python
ON_TORCH := OMP_NUM_THREADS=1 KERAS_BACKEND=torch .venv-torch/bin/python
test-backends: $(READY) .venv-jax/ready .venv-torch/ready
	KERAS_BACKEND=tensorflow $(BIN)/python tests/backends/agree.py write $(VENV)/outputs.npz
	$(ON_JAX) tests/backends/agree.py compare $(VENV)/outputs.npz
	$(ON_TORCH) tests/backends/agree.py compare $(VENV)/outputs.npz
	$(ON_TORCH) $(PYTEST) tests/layers tests/models tests/losses
	$(ON_JAX) $(PYTEST) tests/layers tests/models tests/losses

# kill training 50 times at drawn moments, over six optimizers, and compare its end with that of a run let alone
soak: $(READY)
	$(BIN)/python tests/training/soak.py 50

course: $(READY)
	$(BIN)/mmcourse run $(ARGS)

# the layers are measured beside PyTorch, which nothing else in this environment needs
bench: $(READY) $(VENV)/torch
	set -e; for name in data layers training pretrained; do echo "== $$name"; $(BIN)/python benchmarks/$$name.py; done

build: $(READY)
	$(BIN)/mmcourse build $(ARGS)

# from what is committed, without running a lesson and without a network; a warning is an error
site: $(VENV)/docs
	mkdir -p build/pages
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going --jobs auto -c site build/pages build/site
	@echo "open build/site/index.html"

# in a real browser: Chromium, of this machine or the one that Playwright brings
site-test: build/site/index.html
	$(BIN)/python -m pytest tests/site

build/site/index.html:
	$(MAKE) site

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; assert (3, 11) <= sys.version_info[:2] <= (3, 13), f"Python 3.11 to 3.13 is needed, this is {sys.version}: make PYTHON=python3.12"'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --progress-bar on --constraint constraints.txt --editable '.[course,dev]'
	touch $(READY)

$(VENV)/docs: $(READY)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[docs]'
	touch $(VENV)/docs

$(VENV)/torch: $(READY)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch==2.13.0
	touch $(VENV)/torch

.venv-jax/ready: ENGINE = 'jax==0.10.2'
.venv-torch/ready: ENGINE = 'torch==2.13.0'
.venv-%/ready: constraints.txt
	$(PYTHON) -m venv .venv-$*
	.venv-$*/bin/python -m pip install --quiet --upgrade pip
	.venv-$*/bin/python -m pip install --quiet --constraint constraints.txt keras numpy packaging pytest pytest-xdist $(ENGINE)
	touch $@

clean:
	rm -rf $(VENV) .venv-jax .venv-torch dist build
