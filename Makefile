# make demo         install, then train, test and draw on synthetic heads
# make test         install, then run the tests
# make docs         install, then build the documentation into site/
# make wheels       build mmlandmark, mmlandmark-lite and what they need into dist/
# make test-oldest  install the oldest versions that setup.cfg allows, then run the tests
PYTHON ?= python3
BIN = .venv/bin
# the replacements of two packages that mmpose requires, see packaging/README.md
STAND_INS = ./packaging/xtcocotools ./packaging/chumpy
INSTALL = -m pip install -q --disable-pip-version-check
PINNED = $(BIN)/python $(INSTALL) -c constraints.txt
SOURCES = setup.cfg setup.py constraints.txt $(wildcard packaging/*/*)
# a process for each core, with one thread: OpenMP's threads wait for one another after
# every layer, and tiny networks then take minutes
PYTEST = OMP_NUM_THREADS=1 $(1)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

.PHONY: setup setup-full dev demo test test-oldest lint docs wheels lock

setup: .venv/installed
dev: .venv/dev

$(BIN)/python:
	$(PYTHON) -m venv .venv

.venv/installed: $(SOURCES) | $(BIN)/python
	$(PINNED) $(STAND_INS) -e .
	$(BIN)/mmlandmark doctor
	touch $@

# all extras, and the tools of the tests and of make lint
.venv/dev: $(SOURCES) | $(BIN)/python
	$(PINNED) $(STAND_INS) -e '.[dev]'
	$(BIN)/mmlandmark doctor
	touch $@ .venv/installed

# Full mmcv, compiled here (minutes), for mmdet's detectors. It replaces mmcv-lite. Its
# setup.py imports torch and pkg_resources, which an isolated build does not have.
setup-full: setup
	$(BIN)/python $(INSTALL) ninja psutil wheel 'setuptools<81'
	$(BIN)/python -m pip uninstall -q -y mmcv-lite
	MMCV_WITH_OPS=1 $(BIN)/python $(INSTALL) --no-build-isolation --no-deps --no-binary mmcv mmcv==2.1.0
	$(BIN)/mmlandmark doctor

demo: setup
	$(BIN)/mmlandmark demo

test: dev
	$(call PYTEST,$(BIN))

# removed first: pip would keep a newer version that fits
test-oldest:
	rm -rf .venv-oldest
	$(PYTHON) -m venv .venv-oldest
	.venv-oldest/bin/python packaging/oldest.py > .venv-oldest/constraints.txt
	.venv-oldest/bin/python $(INSTALL) -c .venv-oldest/constraints.txt $(STAND_INS) -e '.[dev]'
	.venv-oldest/bin/mmlandmark doctor
	$(call PYTEST,.venv-oldest/bin)

lint: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

# strict: a broken link or cross-reference fails; docs/site_hooks.py checks that it is offline
docs: setup
	$(PINNED) $(STAND_INS) -e '.[docs]'
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

wheels: $(BIN)/python
	$(BIN)/python packaging/build.py dist

# constraints.txt for every system and Python, with hashes; after a change of it or setup.cfg.
# The replacements have no hash: they are built here.
lock: wheels
	$(PINNED) uv
	$(BIN)/uv pip compile -q setup.cfg --all-extras --universal --python-version 3.11.5 \
		--generate-hashes --no-annotate --custom-compile-command 'make lock' \
		-c constraints.txt --find-links dist --no-emit-package xtcocotools \
		--no-emit-package chumpy --no-emit-package mmlandmark -o requirements.lock
