"""A turn to write to the case's file: one process at a time has it, the others wait."""

from __future__ import annotations

import sqlite3

from shanhou.errors import Fault


def begin(raw: sqlite3.Connection, tries: int) -> None:
    """Begin to write; each try waits as long as the connection was told to.

    Raises:
        Fault: SH-E-911 another process kept its turn through every try; nothing was written.
    """
    for left in reversed(range(tries)):
        try:
            raw.execute("begin immediate")
        except sqlite3.OperationalError as busy:
            if busy.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            if not left:
                raise Fault("SH-E-911") from None
        else:
            return
