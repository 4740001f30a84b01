# make run: the app on http://localhost:7860.  make test: everything that must hold before a commit lands.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run share test lint clean

run: $(READY)
	$(BIN)/python app.py

share: $(READY)
	$(BIN)/python app.py --share

test: lint system
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
	rm -f app.pyi annotator/*.pyi tests/browser/*.pyi
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The browser tests need Chromium and the editor's tests need Node: installed when root, asked for otherwise.
.PHONY: system
system:
	@missing=""; \
	command -v chromium >/dev/null || missing="$$missing chromium"; \
	command -v node >/dev/null || missing="$$missing nodejs"; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$missing >/dev/null; \
	  else \
	    echo "The tests need$$missing. On Debian or Ubuntu: sudo apt-get install$$missing" >&2; exit 1; \
	  fi; \
	fi

$(READY): requirements.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check -e .
	touch $@

$(READY)-dev: $(READY)
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) build *.egg-info
