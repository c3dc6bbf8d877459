"""A case's state in its own folder: `case.db`.

SQLite with WAL and synchronous=FULL: what was acknowledged survives a killed process (design 4.2).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shanhou.cases.base import Row
from shanhou.cases.state_home import require_here, require_kept
from shanhou.cases.statements import plain
from shanhou.cases.tables import NUMBERED_LATER, indexes, schema
from shanhou.errors import Fault
from shanhou.vault.keys import keep_to_oneself
from shanhou.vault.lock import try_lock

WAITS_S = 30
"""So long each try to write waits for its turn."""


class InFolder:
    """The tables of one case in one file, made where they are not there yet."""

    def __init__(self, path: Path, *, moving: bool = False) -> None:
        """Open the file.

        `moving`: also while the state lies elsewhere, of whoever brings it here.

        Raises:
            Refusal: SH-E-912 the state lies elsewhere; SH-E-889 it is gone.
            Fault: SH-E-904 the file is no case database; SH-E-911 it lacks something that this
                version keeps, and somebody writes to it.
        """
        self._path, self._moving = path, moving
        if not moving:
            require_here(path.parent)
            require_kept(path.parent)
        try:
            self._raw = _opened(path)
        except sqlite3.DatabaseError as error:
            if is_busy(error):
                raise Fault("SH-E-911") from None
            raise Fault("SH-E-904", path=path.name) from None

    def execute(self, text: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        return self._raw.execute(plain(text), values)

    def executemany(self, text: str, rows: Iterable[Sequence[Any]]) -> None:
        self._raw.executemany(plain(text), rows)

    def stream(self, text: str, values: Sequence[Any] = ()) -> Iterator[Row]:
        yield from self._raw.execute(plain(text), values)

    def begin(self, tries: int) -> None:
        """Begin to write; each try waits as long as the connection was told to."""
        for left in reversed(range(tries)):
            try:
                self._raw.execute("begin immediate")
            except sqlite3.OperationalError as busy:
                if not is_busy(busy):
                    raise
                if not left:
                    raise Fault("SH-E-911") from None
            else:
                break
        try:
            self._require_here()
        except BaseException:
            self.rollback()
            raise

    def commit(self) -> None:
        self._raw.execute("commit")

    def rollback(self) -> None:
        self._raw.execute("rollback")

    @contextmanager
    def lease(self, name: str) -> Iterator[bool]:
        with try_lock(self._path.with_name(f"{name}.lock")) as held:
            if held:
                self._require_here()
            yield held

    def close(self) -> None:
        self._raw.close()

    def _require_here(self) -> None:
        # who waited while somebody moved the state away must not write where nobody reads
        if not self._moving:
            require_here(self._path.parent)


def is_busy(error: sqlite3.Error) -> bool:
    """Whether SQLite only says that somebody else writes."""
    # an error of Python's own module bears no code of SQLite's
    return getattr(error, "sqlite_errorcode", -1) & 0xFF == sqlite3.SQLITE_BUSY


def _opened(path: Path) -> sqlite3.Connection:
    keep_to_oneself(path)  # before anything of anybody is in it; what SQLite lays beside follows
    raw = sqlite3.connect(path, isolation_level=None, timeout=WAITS_S)
    try:
        raw.execute("pragma journal_mode=wal")
        raw.execute("pragma synchronous=full")
        raw.execute("pragma secure_delete=on")
        raw.executescript(schema())
        _number(raw)
        raw.executescript(indexes())
    except BaseException:
        raw.close()
        raise
    return raw


def _number(raw: sqlite3.Connection) -> None:
    """Give the rows of an older file the order in which they were written."""
    lacking = [one for one in NUMBERED_LATER if not _numbered(raw, one)]
    if not lacking:
        return
    raw.execute("begin immediate")
    try:
        for table in lacking:
            if not _numbered(raw, table):  # another process may have been faster
                raw.execute(f"alter table {table} add column ordinal integer not null default 0")
                raw.execute(f"update {table} set ordinal = rowid")  # noqa: S608 - names of our tables
    except BaseException:
        raw.execute("rollback")
        raise
    raw.execute("commit")


def _numbered(raw: sqlite3.Connection, table: str) -> bool:
    columns = raw.execute(f"pragma table_info({table})")
    return any(row[1] == "ordinal" for row in columns)
