# Isoloss: everything starts here. Needs make and Python 3.11, 3.12 or 3.13; fetches the rest.
#
#   make run ARGS="plan --hours 12"        make test PYTEST_ARGS="-k frontier -x"
#
# With another interpreter: make clean setup PYTHON=/path/to/python3.12

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run test fuzz lint bench screenshots bundle test-bundle notices \
	windows-installer installer test-installer clean

# The environment knows its absolute path, so a moved or copied checkout needs a new one:
# the stamps carry a checksum of the path.
HERE := $(shell pwd -P | cksum | cut -d ' ' -f 1)
READY := .venv/.ready-$(HERE)
SECONDS ?= 60
READY_TO_TEST := .venv/.ready-to-test-$(HERE)
PY := .venv/bin/python

export PYTHON

help: ## show this list
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /: /' | awk -F ': ' '{ printf "make %-18s %s\n", $$1, $$2 }'

setup: $(READY) ## make .venv and check the system libraries that Qt needs
	@echo "Ready: make run, make test"

run: $(READY) ## start Isoloss; pass options with ARGS="..."
	@.venv/bin/isoloss $(ARGS)

test: $(READY_TO_TEST) ## run the tests; pass options with PYTEST_ARGS="..."
	QT_QPA_PLATFORM=offscreen $(PY) -m pytest $(PYTEST_ARGS)

fuzz: $(READY) ## look for files that a reader cannot bear: SECONDS=60 each, ARGS="plan law"
	@sh packaging/bootstrap.sh fuzzer
	PYTHONPATH=build/fuzz/atheris $(PY) tests/fuzz/fuzz_readers.py $(SECONDS) $(ARGS)

lint: $(READY) ## check style, formatting, types and import contracts
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo

bench: $(READY) ## run tests/benchmarks/bench_*.py; pass options with PYTEST_ARGS="..."
	QT_QPA_PLATFORM=offscreen $(PY) -m pytest tests/benchmarks -o python_files='bench_*.py' \
		--benchmark-only --timeout=600 $(PYTEST_ARGS)

screenshots: $(READY_TO_TEST) ## draw the window into picture files (virtual display)
	QT_QPA_PLATFORM=xcb xvfb-run -a -s "-screen 0 1920x1200x24" $(PY) packaging/screenshots.py $(ARGS)

bundle: $(READY) ## make dist/isoloss, the app with all that it needs (PyInstaller)
	@$(PY) packaging/bundle.py

test-bundle: $(READY_TO_TEST) ## try every command, the window and the children of dist/isoloss
	QT_QPA_PLATFORM=offscreen $(PY) -m pytest tests/packaging/check_bundle.py $(PYTEST_ARGS)

notices: $(READY) ## write licence texts and bill of materials into build/notices
	$(PY) packaging/notices.py $(ARGS)

windows-installer: $(READY) ## the installer from a bundle made on Windows: PAYLOAD=folder
	$(PY) packaging/windows/build.py --payload "$(PAYLOAD)" $(ARGS)

installer: bundle ## make the .deb and the archive of dist/isoloss, with checksums (Linux)
	@sh packaging/bootstrap.sh package-tools
	@QT_QPA_PLATFORM=offscreen $(PY) packaging/linux/build.py

test-installer: $(READY) ## install, use and remove them in clean Debian roots (needs root)
	@sh packaging/bootstrap.sh clean-root-tools
	@$(PY) packaging/linux/try_in_clean_root.py $(ARGS)

clean: ## remove everything that make has made, .venv too
	rm -rf .venv .venv-tools build dist .benchmarks .hypothesis .import_linter_cache \
		.mypy_cache .pytest_cache .ruff_cache
	find core gui resources tests packaging -name __pycache__ -type d -prune -exec rm -rf {} +

# The script touches the stamp only when nothing is missing; otherwise it says what is and
# looks again next time.
$(READY): pyproject.toml uv.lock packaging/bootstrap.sh
	@sh packaging/bootstrap.sh environment $@

$(READY_TO_TEST): $(READY)
	@sh packaging/bootstrap.sh test-tools $@
