# Every target sets up what it needs in .venv; a fresh machine has Python 3.11 or newer and make.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet
# An editable install leaves its modules uncompiled, and start-up counts.
COMPILE := $(BIN)/python -m compileall -q netc dsl compiler runtime
INSTALL := $(PIP) install --constraint constraints.txt

.PHONY: demo test slow extras package browser editors vscode tree-sitter lint bench docs site tables fuzz verify clean

demo: .venv/train
	$(BIN)/python -m netc.runtime.demo

test: .venv/dev .links/netc
	$(BIN)/python -m pytest -p tests.coverage -n 2 --dist worksteal

# What takes minutes: full sizes and the largest models.
slow: .venv/dev .links/netc
	$(BIN)/python -m pytest -m slow

# Trackers and Ray, whose packages are many: runs kept in local stores, a sweep by two workers of Ray's.
extras: .venv/dev .links/netc
	$(INSTALL) --editable '.[mlflow,wandb,ray]'
	$(BIN)/python -m pytest -m extras

# What a person installs: wheel, sdist and editable, in clean environments outside the checkout.
package: .venv/dev
	$(BIN)/python -m pytest -m package tests/packaging

# Pages in a real Chromium, which must be on the path.
browser: site
	$(INSTALL) playwright
	$(BIN)/python -m pytest -m browser

# The extension of VS Code and its tests; needs Node and npm.
editors: .venv/dev .links/netc vscode
	$(BIN)/python -m pytest -m editors tests/editors

# The extension as one file, editors/vscode/netc.vsix.
vscode:
	cd editors/vscode && npm install --no-audit --no-fund && npm run package

# The tree-sitter parser, which is not committed, and its tests; needs a C compiler. npm's tree-sitter-cli
# fetches a program from the web; with one from elsewhere: make tree-sitter GENERATE="tree-sitter generate"
GENERATE ?= npm install --no-audit --no-fund && npm run generate
tree-sitter: .venv/dev .links/netc
	$(INSTALL) tree-sitter
	cd editors/tree-sitter-net && $(GENERATE)
	$(BIN)/python -m pytest -m tree_sitter tests/editors

lint: .venv/dev .links/netc
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy -p netc.dsl -p netc.compiler -p netc.runtime
	cd .links && ../$(BIN)/lint-imports --config ../pyproject.toml

bench: .venv/dev
	$(BIN)/python -m bench

verify: .venv/dev
	$(BIN)/netc verify models/

# docs/ as pages, and the playground, in site/. Needs Node and npm on the path.
site: .venv/dev .links/netc
	$(INSTALL) --editable '.[site]'
	PYTHONPATH=.links $(BIN)/python -m web.build

docs: .venv/run
	$(BIN)/python -m netc.compiler.reference
	$(BIN)/python -m netc.runtime.reference
	$(BIN)/python bench/mistakes.py
	$(BIN)/python -m netc.runtime.highlight

tables: .venv/dev
	$(BIN)/python -m netc.dsl.syntax.make_tables
	$(BIN)/python -m netc.dsl.make_methods
	$(BIN)/python -m netc.compiler.lower.onnx.make_kernels

fuzz: .venv/dev
	$(BIN)/python tests/laws/fuzz.py --count 5000 --seed 81 --processes 2
	NETC_HOSTILE=2000 $(BIN)/python -m pytest tests/runtime/cli/test_hostile.py
	NETC_HYPOTHESIS=fuzz $(BIN)/python -m pytest tests/dsl tests/laws tests/runtime/data -k "test_escape or laws or test_splits"

.venv/made:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "netc needs Python 3.11 or newer"; exit 1; }
	$(PYTHON) -m venv .venv
	touch $@

# What the compiler itself needs, and h5py for Keras's weight files.
.venv/run: .venv/made pyproject.toml setup.py constraints.txt
	$(INSTALL) --editable '.[h5]'
	$(COMPILE)
	touch $@

# Keras, which trains.
.venv/train: .venv/made pyproject.toml setup.py constraints.txt
	$(INSTALL) --editable '.[h5,train]'
	$(COMPILE)
	touch $@ .venv/run

# The tools of development, and Keras as the second backend.
.venv/dev: .venv/made pyproject.toml setup.py constraints.txt
	$(INSTALL) --editable '.[h5,train,dev]'
	$(COMPILE)
	touch $@ .venv/run .venv/train

# The package as one folder, for the tools that read sources: the checkout has its rooms beside netc/.
.links/netc:
	mkdir -p $@
	for file in __init__.py __main__.py py.typed; do ln -sfn ../../netc/$$file $@/$$file; done
	for room in dsl compiler runtime models; do ln -sfn ../../$$room $@/$$room; done

clean:
	rm -rf .venv .links .cache build site *.egg-info editors/*/node_modules editors/vscode/dist editors/vscode/*.vsix
	cd editors/tree-sitter-net/src && rm -rf parser.c grammar.json node-types.json tree_sitter
