"""What a cut off move left in the home that counts no more, and how it is told from a state.

A move copies the log and adds at most its own entry. So what lies in the other home is a rest if
its log, less one last entry of a move, is how the log of the home that counts begins; anything
else may be the only copy of somebody's work, and stays until a person has looked at it.
"""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shanhou.cases.in_folder import WAITS_S, is_busy
from shanhou.cases.moving import empty
from shanhou.cases.state_home import STATE_FILE, Away
from shanhou.console.states.in_database import InDatabase, events_here
from shanhou.errors import Coded, Fault
from shanhou.evidence.entry import Act, parse_entry
from shanhou.evidence.proof import Tree, leaf_hash
from shanhou.vault.keys import shred_file, sync_folder

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from shanhou.cases.base import Base

COMING = "coming." + STATE_FILE
"""The file that a state is written to before it takes its place."""
GONE = "gone." + STATE_FILE
"""The file that was a rest, while it is overwritten: half of one tells nothing of itself."""
_ENDS = ("", "-wal", "-shm", "-journal")
_EVENTS = "select body from {event} order by seq"


@dataclass(frozen=True)
class Log:
    """The log that the events of a state make."""

    tree: Tree
    moved: bool
    """Whether its last entry is that of a move."""

    @property
    def size(self) -> int:
        return self.tree.size

    @property
    def root(self) -> str:
        return self.tree.root.hex()

    def began(self, home: Log) -> bool:
        """Whether it is, but for one last entry of a move, how the other log begins."""
        sizes = (self.size, self.size - 1) if self.moved else (self.size,)
        return any(one <= home.size and self.tree.root_of_first(one) == home.tree.root_of_first(one)
                   for one in sizes)  # fmt: skip


def log_of(base: Base) -> Log:
    """The log of an open state."""
    return _log(bytes(row[0]) for row in base.stream(_EVENTS.format(event="@event e")))


def require_rest(folder: Path, home: InDatabase | None) -> None:
    """Refuse where the home that does not count holds what the other one does not know.

    `home`: the open state in the database; none where the state lies in the folder.

    Raises:
        Fault: SH-E-916 there are two states, of which neither is a rest of the other; SH-E-904 a
            file of a state does not open; SH-E-911 somebody holds it.
    """
    if home is None:
        events = events_here(folder.name)
        rest = None if events is None else _log(events)
    else:
        rest = _log_in(folder)
    if rest is None:
        return
    _require_begun(rest, _log_in(folder) if home is None else log_of(home), folder.name)


def leftovers(folder: Path) -> list[Path]:
    """The files of a state that lie in a case folder, and those of a copy that came or went."""
    files = (folder / f"{name}{end}" for name in (STATE_FILE, COMING, GONE) for end in _ENDS)
    return [path for path in files if path.is_file()]


def clear_folder(folder: Path, home: InDatabase) -> None:
    """Overwrite and remove what the folder still holds of a case whose state lies in the database.

    Raises:
        Fault: SH-E-916 it is no rest, and stays.
    """
    require_rest(folder, home)
    for end in _ENDS:
        with suppress(FileNotFoundError):
            (folder / f"{STATE_FILE}{end}").replace(folder / f"{GONE}{end}")
    sync_folder(folder)
    shred_copies(folder)


def shred_copies(folder: Path) -> None:
    """Overwrite and remove the files that never were a home, or no longer are."""
    for name in (COMING, GONE):
        for end in _ENDS:
            with suppress(FileNotFoundError):
                shred_file(folder / f"{name}{end}")


def clear_database(folder: Path) -> None:
    """Remove what the database still holds of a case whose state lies in its folder.

    Raises:
        Fault: SH-E-916 it is no rest, and stays; SH-E-911 somebody else writes.
    """
    rest = InDatabase(folder, Away(folder.name, secrets.token_hex(16)), arriving=True)
    try:
        _require_begun(log_of(rest), _log_in(folder), folder.name)
        empty(rest)
        rest.commit()
    except BaseException:
        rest.rollback()
        raise
    finally:
        rest.close()


def _require_begun(rest: Log, counts: Log | None, number: str) -> None:
    if counts is None or not rest.began(counts):
        raise Fault("SH-E-916", number=number, problem="both")


def _log_in(folder: Path) -> Log | None:
    """The log of the file in a folder, which is read only; none where there is no file."""
    path = folder / STATE_FILE
    if not path.is_file():
        return None
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True,
                                     timeout=WAITS_S)) as raw:  # fmt: skip
            made = raw.execute("select 1 from sqlite_master where name = 'event'").fetchone()
            rows = raw.execute(_EVENTS.format(event="event")) if made else ()
            return _log(row[0] for row in rows)
    except sqlite3.DatabaseError as error:
        if is_busy(error):
            raise Fault("SH-E-911") from None
        raise Fault("SH-E-904", path=path.name) from None


def _log(events: Iterable[bytes]) -> Log:
    hashes, last = [], b""
    for last in events:
        hashes.append(leaf_hash(last))
    return Log(Tree.of(hashes), _is_move(last))


def _is_move(entry: bytes) -> bool:
    try:
        return bool(entry) and parse_entry(entry).act == Act.MOVE
    except Coded:  # what is no entry is none of a move
        return False
