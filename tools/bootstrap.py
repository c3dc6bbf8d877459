"""Make `.venv` from the hashed requirements; needs nothing but Python 3.11 itself.

A second run compares one digest and ends. Where Python lacks venv or pip it says what to install.
With SHANHOU_SPARK=1, or where CI runs, Spark comes on top: 456 MB that few need.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
REQUIREMENTS = ROOT / "requirements" / "dev.txt"
BUILD = ROOT / "requirements" / "build.txt"
SPARK = ROOT / "requirements" / "spark.txt"
STAMP = VENV / "requirements.sha256"
SPARK_STAMP = VENV / "spark.sha256"
"""Of its own, so that Spark stays in an environment when the next command does not ask for it."""


def main() -> int:
    if sys.version_info < (3, 11):
        return stop("Python 3.11 or newer is needed", "install python3.11 and run make again")
    wanted = digest()
    if not (held(STAMP, wanted) and python().exists()):
        failed = make(wanted)
        if failed:
            return failed
    asked = os.environ.get("SHANHOU_SPARK") == "1" or os.environ.get("CI") == "true"
    spark = hashlib.sha256(SPARK.read_bytes()).hexdigest()
    if asked and not held(SPARK_STAMP, spark):
        run(
            [
                *pip_install(),
                "--require-hashes",
                "--no-deps",
                "--no-build-isolation",
                "-r",
                str(SPARK),
            ]
        )
        SPARK_STAMP.write_text(spark, encoding="ascii")
    return 0


def held(stamp: Path, wanted: str) -> bool:
    return stamp.exists() and stamp.read_text(encoding="ascii") == wanted


def make(wanted: str) -> int:
    """The environment anew, without Spark."""
    missing = [module for module in ("venv", "ensurepip") if not available(module)]
    if missing:
        return stop(
            f"this Python lacks {' and '.join(missing)}",
            "Debian: apt-get install python3-venv python3-pip; Fedora: dnf install python3-pip",
        )
    shutil.rmtree(VENV, ignore_errors=True)
    run([sys.executable, "-m", "venv", str(VENV)])
    run([*pip_install(), "--require-hashes", "--only-binary", ":all:", "-r", str(BUILD)])
    run([*pip_install(), "--require-hashes", "--no-build-isolation", "-r", str(REQUIREMENTS)])
    run([*pip_install(), "--no-deps", "--no-build-isolation", "--no-index", "-e", str(ROOT)])
    STAMP.write_text(wanted, encoding="ascii")
    return 0


def digest() -> str:
    """What the environment is made from: the interpreter, the pins and the project's metadata."""
    parts = [
        sys.version.encode(),
        str(ROOT).encode(),
        REQUIREMENTS.read_bytes(),
        BUILD.read_bytes(),
    ]
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))
    parts.append(json.dumps([told["build-system"], told["project"]]).encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def python() -> Path:
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def pip_install() -> list[str]:
    return [str(python()), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]


def available(module: str) -> bool:
    check = [sys.executable, "-c", f"import {module}"]
    return subprocess.run(check, capture_output=True, check=False).returncode == 0


def run(command: list[str]) -> None:
    done = subprocess.run(command, check=False)
    if done.returncode:
        raise SystemExit(stop("set-up stopped", f"see above; failed: {' '.join(command[:5])} ..."))


def stop(what: str, remedy: str) -> int:
    print(f"shanhou set-up: {what}. What to do: {remedy}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
