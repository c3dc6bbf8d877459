"""Folders into which an open session spills, encrypted; those of killed processes are swept."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from pathlib import Path

from shanhou.vault.lock import try_lock

TEMPORARY_PREFIX = "shanhou-spill-"
OWNER = "owner.lock"
"""Held while the folder's process lives; a folder whose lock is free was left behind."""


def sweep_spills() -> int:
    """Remove spill folders that a killed process left; how many there were."""
    return sum(map(_swept, Path(tempfile.gettempdir()).glob(f"{TEMPORARY_PREFIX}*")))


def _swept(path: Path) -> bool:
    try:
        with try_lock(path / OWNER) as dead:
            pass
    except sqlite3.Error:  # another user's, or no folder of ours: not ours to remove
        return False
    if dead:
        shutil.rmtree(path, ignore_errors=True)
    return dead
