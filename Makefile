# Two commands: `make accompany` and `make test`. Both set everything up first; a second run is quick.
#
#   make accompany                                  the bundled example
#   make accompany VOCAL=take.m4a                   your own recording
#   make accompany VOCAL="my take.wav" OUT=band ARGS="--seed 7 --variations 3"
#   make accompany ARGS="--from take-band --regenerate 5-9"      change what was made
#   make test                                       the test suite
#   make check                                      lint, types, import rules
#
# PYTHON=python3.12 picks an interpreter; TORCH_INDEX=URL (or none) says where PyTorch's CPU build comes from.

ifndef PYTHON
PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$p; exit; fi; done; echo python3)
endif
VENV ?= .venv
export VENV VOCAL OUT

.DEFAULT_GOAL := help
.PHONY: accompany test check format setup setup-test clean help

accompany: setup
	@"$$VENV/bin/samuel" accompany $(if $(VOCAL),"$$VOCAL",$(if $(findstring --from,$(ARGS)),,--example)) $(if $(OUT),-o "$$OUT") $(ARGS)

test: setup-test
	@"$$VENV/bin/python" -m pytest -n logical --maxprocesses 4 --dist worksteal $(ARGS)

check: setup-test
	@scripts/check

format: setup-test
	@"$$VENV/bin/ruff" check --fix-only --quiet . && "$$VENV/bin/ruff" format .

setup:
	@$(PYTHON) scripts/setup.py run

setup-test:
	@$(PYTHON) scripts/setup.py test

clean:
	rm -rf "$$VENV" .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

help:
	@sed -n 's/^#   //p' Makefile
