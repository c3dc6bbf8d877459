"""A lock that a dead process lets go of by itself, on every system: SQLite's own file lock."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def try_lock(path: Path) -> Iterator[bool]:
    """Hold the lock file while the block runs; yields whether it could be had."""
    raw = sqlite3.connect(path, isolation_level=None, timeout=0)
    try:
        try:
            raw.execute("begin exclusive")
        except sqlite3.OperationalError:
            yield False
        else:
            yield True
    finally:
        raw.close()
