# make run: the app on http://localhost:7860.  make test: everything that must hold before a commit lands.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run share test lint audit clean

run: $(READY)
	$(BIN)/python app.py

share: $(READY)
	$(BIN)/python app.py --share

test: tools lint
	$(BIN)/python -m pytest -n 2 --dist loadfile
	$(MAKE) test-backends

# Detectron2 and torchvision for real. Their files are checked by hash and unpacked outside the project; nothing of them
# is installed beside the app.
.PHONY: test-backends
test-backends: $(READY)-dev
	site=$$($(BIN)/python tests/support/backends_site.py) && \
	SKETCHPOSE_BACKENDS="$$site" timeout 480 $(BIN)/python -m pytest tests/backends -n 2 --dist loadfile

# Gradio writes a stub beside every component class; mypy would read it in place of the source.
lint: $(READY)-dev
	find app.pyi annotator tests -name "*.pyi" -delete 2>/dev/null || true
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Known vulnerabilities of what is installed, by the Python Packaging Advisory Database; needs a network.
audit: $(READY)
	test -x build/audit/bin/pip-audit || { $(PYTHON) -m venv build/audit && \
	build/audit/bin/python -m pip install -q --disable-pip-version-check pip-audit==2.10.1; }
	PIPAPI_PYTHON_LOCATION=$(CURDIR)/$(BIN)/python build/audit/bin/pip-audit --skip-editable

# The proof that the tests hold on any machine: RUNS times beside two busy loops, then with the kernels of any processor.
.PHONY: test-hard
test-hard: tools $(READY)-dev
	PATH="$(CURDIR)/$(BIN):$$PATH" tests/support/hard.sh $(or $(RUNS),3)

# The browser tests need Chromium and the editor's tests need Node. Only `make system` installs them; in a container, which
# is nobody's own machine, the tests ask for that themselves.
CONTAINER ?= $(wildcard /.dockerenv /run/.containerenv)
LACKING = lacking=""; \
	command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	  || lacking="$$lacking chromium"; \
	command -v node >/dev/null || lacking="$$lacking nodejs"

.PHONY: system tools
system:
	@$(LACKING); test -z "$$lacking" || { \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$lacking >/dev/null; }

tools:
	@$(LACKING); if [ -z "$$lacking" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && [ -n "$(CONTAINER)" ]; then \
	  echo "In this container, make system installs what the tests need:$$lacking"; $(MAKE) -s system; \
	else \
	  echo "The tests need$$lacking: as root, run make system (on Debian or Ubuntu: apt-get install$$lacking)." >&2; exit 1; \
	fi

# make run CPU=1: torch without the gigabytes of CUDA that Linux gets otherwise.
$(READY): requirements.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(if $(CPU),$(BIN)/python -m pip install -q --disable-pip-version-check -r pre-requirements.txt)
	$(BIN)/python -m pip install -q --disable-pip-version-check -e .
	touch $@

$(READY)-dev: $(READY)
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) build *.egg-info
