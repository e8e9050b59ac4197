# make demo   install, then train, test and draw on synthetic heads
# make test   install, then run the tests
# make docs   install, then build the documentation into site/
PYTHON ?= python3
BIN = .venv/bin
PIP = $(BIN)/pip --disable-pip-version-check

.PHONY: setup setup-full demo test lint docs

setup: .venv/installed

# mmpose's dependency chumpy and our xtcocotools build from source, without isolation:
# their builds need the pip, numpy and setuptools<81 that stand here first.
.venv/installed: setup.cfg constraints.txt
	$(PYTHON) -m venv .venv
	$(PIP) install -q -c constraints.txt setuptools wheel cython numpy
	$(PIP) install -q -c constraints.txt --no-build-isolation --no-binary xtcocotools -e '.[dev]'
	$(BIN)/mmlandmark doctor
	touch $@

# Full mmcv, compiled here (minutes), for mmdet's detectors. It replaces mmcv-lite.
setup-full: setup
	$(PIP) install -q -c constraints.txt ninja psutil
	$(PIP) uninstall -q -y mmcv-lite
	MMCV_WITH_OPS=1 $(PIP) install -q --no-build-isolation --no-deps --no-binary mmcv mmcv==2.1.0
	$(BIN)/mmlandmark doctor

demo: setup
	$(BIN)/mmlandmark demo

# the tests of the backends need what the extra `fast` names, those of face parts `parts`,
# those of the page `web` and Playwright, which drives the machine's Chromium if it has one,
# those of DICOM files `dicom`, SimpleITK writes the MHA files; a process a core, one thread each: OpenMP's
# threads wait for one another after every layer, and tiny networks then take minutes
test: setup
	$(PIP) install -q -c constraints.txt openvino onnxruntime onnx onnxscript \
		mmsegmentation ftfy regex starlette uvicorn pydantic playwright pydicom SimpleITK \
		nbclient nbformat ipykernel
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

# strict: a broken link or cross-reference fails; docs/site_hooks.py checks that it is offline
docs: setup
	$(PIP) install -q -c constraints.txt mkdocs-material 'mkdocstrings[python]'
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
