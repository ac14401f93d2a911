# Needs make, python3 (3.11 or newer) with venv, and the network for the first call.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Modules are compiled when first imported: most of the packages' sixteen thousand never are.
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-compile -c constraints.txt

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench soak sanitize wheels docs clean

# A change of the core's sources installs anew, which compiles what changed.
CORE := $(shell find nmc_mesh/_core hatch_build.py -name '*.[ch]pp' -o -name '*.h' -o -name '*build.py')

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-6s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/.demo ## Sample, mesh, write and draw one particle of about 500 grains into demo/
	@echo "Drawing and meshing a particle ..."
	@$(BIN)/nmc-mesh demo demo

# A file's tests stay together: many share what is costly to make. More workers than four only wait,
# and so do threads of BLAS and OpenMP in each of them.
test: $(VENV)/.test ## Run the whole test suite on the machine's cores
	@OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile $(PYTEST_ARGS)

lint: $(VENV)/.test ## Style, formatting and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: $(VENV)/.test ## Run the benchmarks: ratios against a peer in the same run
	@$(BIN)/python -m pytest benchmarks/bench_*.py --benchmark-columns=median,ops $(PYTEST_ARGS)

sanitize: $(VENV)/.test ## The core under AddressSanitizer and UBSan: its tests and the short corpus (g++)
	@$(BIN)/python nmc_mesh/_core/build.py --sanitize address,undefined --output build/sanitized.so
	@LD_PRELOAD="$$(c++ -print-file-name=libasan.so)" NMC_MESH_CORE=build/sanitized.so \
	  ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 UBSAN_OPTIONS=halt_on_error=1 \
	  OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 \
	  $(BIN)/python -m pytest -q -n auto --maxprocesses 4 --dist worksteal tests/core tests/corpus/test_corpus.py

soak: $(VENV)/.test ## Mesh a thousand random particles, read two thousand damaged files of each format
	@$(BIN)/python benchmarks/soak_mesher.py 1000
	@$(BIN)/python -m benchmarks.soak_certificate 100
	@$(BIN)/python -m benchmarks.soak_readers 2000

wheels: $(VENV)/.wheels ## Build and check a wheel for each platform in dist/ (Linux, macOS, Windows; by zig)
	@$(BIN)/python .ci/wheels.py

# The notice that it silences is of the theme's makers, about a successor of MkDocs.
docs: $(VENV)/.docs ## Build the documentation site into build/site, warnings as errors
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet
	@echo "Open build/site/index.html"

clean: ## Remove the environment, the demo's output and all caches
	rm -rf $(VENV) demo build dist nmc_mesh/_core/*nmc_core.* .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "nmc_mesh needs Python 3.11 or newer; name one with: make demo PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { echo "python3 cannot make environments; on Debian: apt-get install python3-venv"; rm -rf $(VENV); exit 1; }

# Stamps make a second call fast: pip runs again only when the requirements change.
$(VENV)/.demo: pyproject.toml constraints.txt $(CORE) | $(BIN)/python
	@echo "Installing nmc_mesh into $(VENV) ..."
	@$(PIP) -e . matplotlib
	@touch $@

$(VENV)/.test: pyproject.toml constraints.txt $(CORE) | $(BIN)/python
	@echo "Installing nmc_mesh and its test tools into $(VENV) ..."
	@$(PIP) -e '.[dev,viz,gmsh,calibrate,cluster]'
	@touch $@ $(VENV)/.demo

$(VENV)/.wheels: constraints.txt | $(BIN)/python
	@$(PIP) hatchling lief ziglang
	@touch $@

$(VENV)/.docs: pyproject.toml constraints.txt $(CORE) | $(BIN)/python
	@echo "Installing nmc_mesh and what builds its site into $(VENV) ..."
	@$(PIP) -e '.[docs]'
	@touch $@
