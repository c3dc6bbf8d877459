#!/usr/bin/env bash
# Renew the hashed requirements; needs uv (pip install uv). Run after editing pyproject.toml or *.in.
set -euo pipefail
cd "$(dirname "$0")/.."
lock() { uv pip compile "$@" --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q; }
lock requirements/build.in -o requirements/build.txt
lock pyproject.toml -c requirements/held.in -o requirements/run.txt
lock pyproject.toml requirements/dev.in -c requirements/held.in -o requirements/dev.txt
lock requirements/spark.in -c requirements/run.txt -o requirements/spark.txt
