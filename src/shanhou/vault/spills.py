"""Folders into which an open session spills, encrypted; those of killed processes are swept."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from shanhou.errors import Fault
from shanhou.vault.lock import try_lock

TEMPORARY_PREFIX = "shanhou-spill-"
_TRIES = 100
OWNER = "owner.lock"
"""Held while the folder's process lives; a folder whose lock is free was left behind."""
_INSIDE = "held"


def sweep_spills() -> int:
    """Remove spill folders that a killed process left; how many there were."""
    return sum(map(_swept, Path(tempfile.gettempdir()).glob(f"{TEMPORARY_PREFIX}*")))


@contextmanager
def own_folder() -> Iterator[Path]:
    """A new private folder, locked while the block runs, and gone when it ends.

    Between its making and its locking another process may take it for left behind and remove it;
    then there is another one. The lock lies beside what is given away, not in it: a process that
    reads its own lock file lets go of it, by the rules of POSIX, and the folder would be swept.
    """
    with ExitStack() as held:
        for _ in range(_TRIES):
            folder = Path(tempfile.mkdtemp(prefix=TEMPORARY_PREFIX))
            with suppress(sqlite3.OperationalError):
                if held.enter_context(try_lock(folder / OWNER)) and (folder / OWNER).exists():
                    break
        else:
            raise Fault("SH-E-206", generation=TEMPORARY_PREFIX)
        inside = folder / _INSIDE
        inside.mkdir()
        try:
            yield inside
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    if os.name == "nt":  # there an open file stays, and is removed now
        shutil.rmtree(folder, ignore_errors=True)


def _swept(path: Path) -> bool:
    try:
        with try_lock(path / OWNER) as dead:
            if dead:
                # while it is locked: whoever just made it sees that it is gone
                shutil.rmtree(path, ignore_errors=True)
    except sqlite3.Error:  # another user's, or no folder of ours: not ours to remove
        return False
    if dead and os.name == "nt":
        shutil.rmtree(path, ignore_errors=True)
    return dead
