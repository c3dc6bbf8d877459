# Twelve verbs at most. A newcomer needs two: make demo, make test.
PYTHON ?= python3
BIN := .venv/bin

# make console shows the cases that make demo made, and the customers' portal beside them
.PHONY: setup check fix test demo console bench torture mutate docs
setup:
	@$(PYTHON) tools/bootstrap.py
	@$(BIN)/python tools/browser.py

check: setup
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --no-cache --quiet .
	@SHANHOU_CONSOLE=.mypy_cache/console $(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/deptry src --no-ansi
	@$(BIN)/python tools/gates.py

fix: setup
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

test: setup
	@$(BIN)/python -m pytest -n 3 --dist loadfile -m "not torture" --durations 40

demo: setup
	@$(BIN)/shanhou demo --case all --out demo

torture: setup
	@$(BIN)/python -m pytest -m torture

mutate: setup
	@$(BIN)/python tools/mutate.py --write

bench: setup
	@for script in benchmarks/bench_*.py; do $(BIN)/python $$script || exit 1; done

console: setup
	@$(BIN)/shanhou web --home demo --cases . --portal-port 8001
