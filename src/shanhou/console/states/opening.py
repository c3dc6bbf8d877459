"""Opening a case where its state lies, and clearing what a cut off move left behind."""

from __future__ import annotations

import secrets
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from shanhou.cases.moving import empty
from shanhou.cases.state_home import STATE_FILE, Away, away
from shanhou.cases.store import Store
from shanhou.console.states.in_database import InDatabase, lies_here
from shanhou.errors import Refusal
from shanhou.vault.keys import shred_file
from shanhou.wiring import Case, open_case

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

LEASES = ("case", "log")
"""Who moves a state holds both."""
_MOVED = frozenset({"SH-E-912", "SH-E-915"})


def open_store(folder: Path) -> Store:
    """The state of the case in a folder, wherever it lies.

    Raises:
        Fault: SH-E-913 it should lie in this database and does not.
    """
    found = away(folder)
    return Store(InDatabase(folder, found) if found else folder / STATE_FILE)


def open_held(folder: Path, on: date | None = None) -> Case:
    """Open a case of the console; what may be raised is that of `open_case` and `open_store`."""
    try:
        case = _opened(folder, on)
    except Refusal as moved:
        if moved.code not in _MOVED:
            raise
        case = _opened(folder, on)  # it was moved in this very moment
    _tidy(case)
    return case


def _opened(folder: Path, on: date | None) -> Case:
    found = away(folder)
    return open_case(folder, on, InDatabase(folder, found) if found else None)


def _tidy(case: Case) -> None:
    """Remove the copy that a cut off move left in the home that counts for nothing."""
    found = away(case.folder)
    left = leftovers(case.folder) if found else lies_here(case.folder.name)
    if not left:
        return
    with ExitStack() as leases, suppress(Refusal):  # who moves it now needs it still
        for one in LEASES:
            leases.enter_context(case.store.lease(one))
        if found:
            shred_leftovers(case.folder)
        else:
            clear_database(case.folder)


def leftovers(folder: Path, name: str = STATE_FILE) -> list[Path]:
    """The files of a state that lie in a case folder: SQLite's own and those beside it."""
    files = (folder / f"{name}{end}" for end in ("", "-wal", "-shm", "-journal"))
    return [path for path in files if path.is_file()]


def shred_leftovers(folder: Path, name: str = STATE_FILE) -> None:
    """Overwrite and remove them."""
    for path in leftovers(folder, name):
        with suppress(FileNotFoundError):
            shred_file(path)


def clear_database(folder: Path) -> None:
    """Remove what the database still holds of a case whose state lies in its folder."""
    rest = InDatabase.arriving(folder, Away(folder.name, secrets.token_hex(16)))
    try:
        empty(rest)
    except BaseException:
        rest.rollback()
        raise
    else:
        rest.commit()
    finally:
        rest.close()
