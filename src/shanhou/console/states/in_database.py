"""A case's state in the console's database: one set of tables, every statement of one case.

On PostgreSQL each open case has a connection of its own. The lease is held by that connection and
what is written goes through it, so who loses the one can no longer do the other. On SQLite it is
the connection of the thread, since a second one would wait for the first; leases are lock files.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, Error, OperationalError, connections, transaction

from shanhou.cases.base import Row, Rows
from shanhou.cases.state_home import Away, away
from shanhou.cases.statements import of_case
from shanhou.console.home import PART
from shanhou.errors import Fault, Refusal
from shanhou.vault.lock import try_lock

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

PREFIX = {"postgresql": "case_state.", "sqlite": "state_"}
WAITS_S = 30
"""So long each try to write waits for its turn, where the database does not say itself."""
_LOCK_NOT_AVAILABLE = "55P03"
"""PostgreSQL's code of a lock that was not had in time (its manual, appendix A)."""
_SQLITE_BUSY = 5
"""SQLite's code of the same (sqlite3.h)."""
_BATCH = 2_000


class InDatabase:
    """The state of one case, as the case folder says that it lies here."""

    def __init__(self, folder: Path, found: Away, *, arriving: bool = False) -> None:
        """Open it.

        `arriving`: for whoever brings or clears a state here, within a turn to write.

        Raises:
            Fault: SH-E-913 the database holds no state that answers to what the folder says;
                SH-E-911 somebody else writes.
        """
        self._folder, self._away = folder, found
        self._raw = _connection()
        self.prefix = PREFIX[self._raw.vendor]
        self._leases: set[str] = set()
        self._turn: transaction.Atomic | None = None
        try:
            self.held = self._arrived() if arriving else self._found()
        except BaseException as error:
            if arriving:
                self.rollback()
            self.close()
            if arriving and isinstance(error, OperationalError) and _is_busy(error):
                raise Fault("SH-E-911") from None
            raise

    def _found(self) -> int:
        with self._raw.cursor() as cursor:
            cursor.execute(
                f"select held from {self.prefix}home"  # noqa: S608 - a name of ours
                " where number = %s and mark = %s and lies = 'database'",
                [self._away.number, self._away.mark],
            )
            row = cursor.fetchone()
        if row is None or self._away.number != self._folder.name:
            raise Fault("SH-E-913", path=self._folder.name)
        return int(row[0])

    def _arrived(self) -> int:
        self._begin()
        with self._raw.cursor() as cursor:
            cursor.execute(
                f"insert into {self.prefix}home (number, mark, lies)"  # noqa: S608 - as above
                " values (%s, %s, 'folder') on conflict (number) do update"
                " set mark = excluded.mark, lies = excluded.lies returning held",
                [self._away.number, self._away.mark],
            )
            return int(cursor.fetchone()[0])

    # ---- what is asked and written ---------------------------------------------------------------

    def execute(self, text: str, values: Sequence[Any] = ()) -> Rows:
        cursor = self._raw.cursor()
        cursor.execute(_marked(text, self.prefix, self.held), list(values))
        return cursor

    def executemany(self, text: str, rows: Iterable[Sequence[Any]]) -> None:
        with self._raw.cursor() as cursor:
            cursor.executemany(_marked(text, self.prefix, self.held), [list(row) for row in rows])

    def stream(self, text: str, values: Sequence[Any] = ()) -> Iterator[Row]:
        with self._raw.chunked_cursor() as cursor:
            cursor.execute(_marked(text, self.prefix, self.held), list(values))
            while rows := cursor.fetchmany(_BATCH):
                yield from rows

    # ---- turns -----------------------------------------------------------------------------------

    def begin(self, tries: int) -> None:
        """Begin to write; the row that says where the state lies is the turn of its writers.

        Raises:
            Refusal: SH-E-915 the state has moved away.
        """
        for left in reversed(range(tries)):
            try:
                self._begin()
                stands = self._stands(lock=True)
            except OperationalError as busy:
                self.rollback()
                if not _is_busy(busy):
                    raise
                if not left:
                    raise Fault("SH-E-911") from None
            else:
                break
        if not stands:
            self.rollback()
            raise Refusal("SH-E-915", number=self._away.number)

    def commit(self) -> None:
        if self._turn is not None:
            turn, self._turn = self._turn, None
            broken = self._raw.needs_rollback
            turn.__exit__(None, None, None)
            kept = not broken
        else:
            with self._raw.cursor() as cursor:
                cursor.execute("commit")
                # of a transaction that failed within, the server says yes and undoes it
                kept = cursor.statusmessage == "COMMIT"
        if not kept:
            raise Undone

    def rollback(self) -> None:
        if self._turn is not None:
            turn, self._turn = self._turn, None
            undone = Undone()
            turn.__exit__(Undone, undone, None)
        elif self._raw.vendor == "postgresql":
            # a connection that broke has nothing left to undo
            with suppress(Error), self._raw.cursor() as cursor:
                cursor.execute("rollback")

    def _begin(self) -> None:
        if self._raw.vendor == "sqlite":
            turn = transaction.atomic(DEFAULT_DB_ALIAS, durable=True)
            turn.__enter__()
            self._turn = turn
            return
        with self._raw.cursor() as cursor:
            cursor.execute("begin")
            cursor.execute(f"set local lock_timeout = '{WAITS_S}s'")

    def _stands(self, *, lock: bool = False) -> bool:
        """Whether the state still lies here, by the folder's word and the database's."""
        locked = " for update" if lock and self._raw.vendor == "postgresql" else ""
        with self._raw.cursor() as cursor:
            cursor.execute(
                f"select mark, lies from {self.prefix}home where held = %s{locked}",  # noqa: S608 - as above
                [self.held],
            )
            row = cursor.fetchone()
        kept = row is not None and tuple(row) == (self._away.mark, "database")
        return kept and away(self._folder) == self._away

    # ---- leases ----------------------------------------------------------------------------------

    @contextmanager
    def lease(self, name: str) -> Iterator[bool]:
        held = self._locked(name) if self._raw.vendor == "postgresql" else (
            try_lock(self._folder / f"{name}.lock"))  # fmt: skip
        with held as had:
            if had and not self._stands():
                raise Refusal("SH-E-915", number=self._away.number)
            yield had

    @contextmanager
    def _locked(self, name: str) -> Iterator[bool]:
        # the server would give its session the same lock twice
        if name in self._leases:
            yield False
            return
        key = _lock_number(self.held, name)
        with self._raw.cursor() as cursor:
            cursor.execute("select pg_try_advisory_lock(%s)", [key])
            had = bool(cursor.fetchone()[0])
        if not had:
            yield False
            return
        self._leases.add(name)
        try:
            yield True
        finally:
            self._leases.discard(name)
            with suppress(Error), self._raw.cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(%s)", [key])

    def close(self) -> None:
        if self._raw.vendor == "postgresql":
            self._raw.close()

    # ---- moving ----------------------------------------------------------------------------------

    def lies(self, where: str) -> None:
        """Write, within a turn, where the state lies from its end on."""
        with self._raw.cursor() as cursor:
            cursor.execute(
                f"update {self.prefix}home set lies = %s where held = %s",  # noqa: S608 - as above
                [where, self.held],
            )


class Undone(Exception):
    """A statement of the turn had failed, so that nothing of it was kept."""


def lies_here(number: str) -> bool:
    """Whether the database takes itself for the home of a case; the folder's word counts."""
    return _held_here(number) is not None


def events_here(number: str) -> Iterator[bytes] | None:
    """The events of a case whose home the database takes itself for; none where it does not."""
    held = _held_here(number)
    return None if held is None else _events_of(held)


def _held_here(number: str) -> int | None:
    _require_no_page()
    raw = connections[DEFAULT_DB_ALIAS]
    with raw.cursor() as cursor:
        cursor.execute(
            f"select held from {PREFIX[raw.vendor]}home"  # noqa: S608 - as above
            " where number = %s and lies = 'database'",
            [number],
        )
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def _events_of(held: int) -> Iterator[bytes]:
    raw = connections[DEFAULT_DB_ALIAS]
    with raw.chunked_cursor() as cursor:
        cursor.execute(
            f"select body from {PREFIX[raw.vendor]}event where held = %s order by seq",  # noqa: S608 - as above
            [held],
        )
        while rows := cursor.fetchmany(_BATCH):
            for row in rows:
                yield bytes(row[0])


def _require_no_page() -> None:
    # no assertion: it is to hold also where Python leaves those out (-O)
    if os.environ.get(PART) == "web":
        raise RuntimeError("pages show what the worker told, and ask no state")


def _connection() -> BaseDatabaseWrapper:
    _require_no_page()
    raw = connections[DEFAULT_DB_ALIAS]
    if raw.vendor != "postgresql":
        return raw
    own = connections.create_connection(DEFAULT_DB_ALIAS)
    with own.cursor() as cursor:
        cursor.execute("show synchronous_commit")
        if cursor.fetchone()[0] in {"off", "local"}:
            cursor.execute("set synchronous_commit = on")
    return own


@lru_cache(maxsize=4096)
def _marked(text: str, prefix: str, held: int) -> str:
    # no text of ours holds a mark or a per cent sign but as a place for a value
    return of_case(text, prefix, held).replace("?", "%s")


def _lock_number(held: int, name: str) -> int:
    """The number of a lease among the server's locks: 64 bits of a digest of its name."""
    digest = hashlib.sha256(f"shanhou/{held}/{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _is_busy(error: OperationalError) -> bool:
    cause: Any = error.__cause__
    code = getattr(cause, "sqlite_errorcode", -1) & 0xFF
    return code == _SQLITE_BUSY or getattr(cause, "sqlstate", "") == _LOCK_NOT_AVAILABLE
