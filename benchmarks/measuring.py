"""Time and resident memory of a command with all its children, and the one table we print.

Wall time tells as much of the other programs of a busy machine as of ours; processor time does not,
so a stage has both.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_EVERY_SECONDS = 0.25
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
LIBRARIES = ("duckdb", "ibis-framework", "pyarrow", "numpy", "sqlalchemy", "pyrage")


@dataclass(frozen=True)
class Taken:
    """What one stage took: wall and processor seconds, peak resident bytes."""

    name: str
    seconds: float
    processor: float
    peak_bytes: int


@dataclass
class Measured:
    """What a command took, whole and by the stages it announced with `announce`."""

    seconds: float = 0.0
    processor: float = 0.0
    peak_bytes: int = 0
    """Of the command and its children together, sampled four times a second."""
    stages: list[Taken] = field(default_factory=list)


def announce(stage: str) -> None:
    """Say, in the measured process, that a stage begins; `end` after the last."""
    used = os.times()
    seconds = used.user + used.system + used.children_user + used.children_system
    print(f"stage {seconds:.3f} {stage}", flush=True)


def measure(command: Sequence[str]) -> Measured:
    """Run a command to its end; what it prints is shown, but for the lines that begin a stage."""
    found = Measured()
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT,
                               env=os.environ | {"PYTHONPATH": str(ROOT / "src")})  # fmt: skip
    over = threading.Event()
    peak = [0]

    def watch() -> None:
        while not over.wait(_EVERY_SECONDS):
            peak[0] = max(peak[0], resident_bytes(process.pid))
            found.peak_bytes = max(found.peak_bytes, peak[0])

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    stage, began, used = "", start, 0.0
    assert process.stdout is not None
    for line in process.stdout:
        if not line.startswith("stage "):
            print("   ", line, end="", file=sys.stderr)
            continue
        _, told, name = line.split(maxsplit=2)
        now = time.monotonic()
        if stage:
            found.stages.append(Taken(stage, now - began, float(told) - used, peak[0]))
        stage, began, used, peak[0] = name.strip(), now, float(told), 0
    code = process.wait()
    over.set()
    watcher.join()
    found.seconds = time.monotonic() - start
    found.processor = used
    if code:
        raise SystemExit(f"{command[-3:]} ended with {code}")
    return found


def resident_bytes(root: int) -> int:
    """Resident memory of a process and all that descend from it (Linux; elsewhere 0)."""
    parents: dict[int, int] = {}
    pages: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            # the name in brackets may hold spaces; after it: state, parent
            told = (entry / "stat").read_text().rpartition(")")[2].split()
            pages[int(entry.name)] = int((entry / "statm").read_text().split()[1])
        except (OSError, IndexError, ValueError):
            continue
        parents[int(entry.name)] = int(told[1])
    family = {root}
    grown = True
    while grown:
        more = {one for one, parent in parents.items() if parent in family} - family
        family |= more
        grown = bool(more)
    return _PAGE_BYTES * sum(pages.get(one, 0) for one in family)


def heading(title: str) -> None:
    """What was run, with what; absolute times are worth as little as the machine is quiet."""
    versions = [f"{name} {metadata.version(name)}" for name in LIBRARIES]
    print(f"\n{title}\nPython {platform.python_version()}, {os.cpu_count()} cores, "
          f"{', '.join(versions)}; ratios are of one run")  # fmt: skip


def row(name: str, *, rows: int, seconds: float, against: float | None = None,
        processor: float = 0.0, peak_bytes: int = 0) -> None:  # fmt: skip
    """One line of the table: rows, wall seconds, their ratio, processor seconds, memory."""
    ratio = f"{seconds / against:8.2f}x" if against else " " * 9
    used = f"{processor:9.2f} s cpu" if processor else ""
    memory = f"{peak_bytes / 2**20:8,.0f} MiB" if peak_bytes else ""
    print(f"{name:<44}{rows:>11,} rows{seconds:>9.2f} s{ratio}{used}{memory}", flush=True)
