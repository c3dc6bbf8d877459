"""Long lists of a case as files, for pages that open neither the vault nor the case's state.

One SQLite file per list, written whole under another name and then renamed: whoever has it open
keeps reading the old one. What filters find is counted when it is written, never on a page.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

VIEWS = "views"
"""The folder of a case in which pages find what they read; a close destroys it."""


def keep_list(path: Path, fill: Callable[[sqlite3.Connection], Mapping[str, Any]]) -> Path:
    """Write a list unless it lies there; older ones of its name are removed.

    `fill` writes the lines and gives back how many there are of each kind.
    """
    path.parent.mkdir(exist_ok=True)
    if not path.is_file():
        part = path.with_suffix(".part")
        part.unlink(missing_ok=True)
        with closing(sqlite3.connect(part)) as base:
            base.execute("pragma journal_mode = off")  # a file cut off midway is never renamed
            base.execute("pragma synchronous = off")
            # a million lines are sorted in files, beside two bounded caches
            base.execute("pragma temp_store = file")
            base.execute("pragma main.cache_size = -65536")
            base.execute("pragma temp.cache_size = -65536")
            told = fill(base)
            base.execute("create table counted (told text not null)")
            base.execute("insert into counted values (?)", [json.dumps(told)])
            base.commit()
        part.rename(path)
    for old in path.parent.glob(f"{path.name.partition('-')[0]}-*"):
        if old != path:
            with suppress(OSError):  # a page on Windows has it open; it goes next time
                old.unlink()
    return path


def opened_list(path: Path) -> sqlite3.Connection:
    """The list, read only and as it will stay."""
    address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    return sqlite3.connect(address, uri=True)


def list_counts(base: sqlite3.Connection) -> dict[str, Any]:
    """How many lines each filter of the list shows, as counted when it was written."""
    told: dict[str, Any] = json.loads(base.execute("select told from counted").fetchone()[0])
    return told


def counted_by(base: sqlite3.Connection, table: str, column: str) -> dict[str, int]:
    """How many lines have each value of a column."""
    rows = base.execute(f"select {column}, count(*) from {table} group by 1")  # noqa: S608 - our names
    return {str(value): int(n) for value, n in rows}
