"""Copying a case's state from one home to another, and telling whether both hold the same.

The digest of a table is that of its rows in the order of their keys: SHA-256 over the canonical
bytes of each (`vault.canonical.row_bytes`), numbers in decimal and bytes in hexadecimal.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from shanhou.cases.statements import add
from shanhou.cases.tables import TABLES, Table
from shanhou.vault.canonical import json_digest, row_bytes

if TYPE_CHECKING:
    from shanhou.cases.base import Base

_BATCH = 1_000


@dataclass(frozen=True)
class Held:
    """How many rows a table holds, and their digest."""

    rows: int
    sha256: str


def copy(source: Base, target: Base) -> None:
    """Write every row of one home into the tables of the other, which are empty."""
    for table in TABLES:
        rows = source.stream(_asked(table))
        while batch := tuple(islice(rows, _BATCH)):
            target.executemany(add(table.name, table.names), batch)


def empty(base: Base) -> None:
    """Remove every row; the events go only where the state no longer lies."""
    for table in TABLES:
        base.execute(f"delete from @{table.name} where 1 = 1")  # noqa: S608 - names of our tables


def standing(base: Base) -> dict[str, Held]:
    """What a home holds, table by table."""
    return {table.name: _held(base, table) for table in TABLES}


def state_digest(held: dict[str, Held]) -> str:
    """One digest over the counts and digests of all tables."""
    return json_digest({name: [one.rows, one.sha256] for name, one in held.items()})


def _held(base: Base, table: Table) -> Held:
    digest, count = hashlib.sha256(), 0
    for row in base.stream(_asked(table)):
        digest.update(row_bytes([_cell(one) for one in row]))
        count += 1
    return Held(count, digest.hexdigest())


def _asked(table: Table) -> str:
    return f"select {table.names} from @{table.name} t order by {table.key}"  # noqa: S608 - as above


def _cell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) else bytes(value).hex()
