"""Collecting a million rows, beside the bare reading of the same SQLite table and the same CSV.

`python benchmarks/bench_collect.py [--rows 1000000]`
"""

from __future__ import annotations

import argparse
import csv
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from measuring import heading, row

if TYPE_CHECKING:
    from shanhou.sources.database import DatabaseReader
    from shanhou.sources.folder import FolderReader

_TITLES = ("id", "name", "phone", "paid", "day", "note")
_SALT = 7_919


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    heading("Collect, beside the bare read")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        _write(place, 10)
        _collect(_database(place), 10)  # what is loaded once is not a row's cost
        (place / "firm.db").unlink()
        _write(place, rows)
        bare = _clock(lambda: _read_sqlite(place / "firm.db"))
        ours = _clock(lambda: _collect(_database(place), rows))
        row("SQLite: bare read", rows=rows, seconds=bare)
        row("SQLite: collect", rows=rows, seconds=ours, against=bare)
        bare = _clock(lambda: _read_csv(place / "firm.csv"))
        ours = _clock(lambda: _collect(_file(place), rows))
        row("CSV: bare read", rows=rows, seconds=bare)
        row("CSV: collect", rows=rows, seconds=ours, against=bare)


def _write(place: Path, rows: int) -> None:
    raw = sqlite3.connect(place / "firm.db")
    raw.execute("create table firm (id integer primary key, name text, phone text, paid real,"
                " day text, note text)")  # fmt: skip
    raw.executemany("insert into firm values (?,?,?,?,?,?)", map(_line, range(rows)))
    raw.commit()
    raw.close()
    with (place / "firm.csv").open("w", encoding="utf8", newline="") as file:
        out = csv.writer(file)
        out.writerow(_TITLES)
        out.writerows(map(_line, range(rows)))


def _line(n: int) -> tuple[object, ...]:
    # 199 0000 xxxx stands for no subscriber
    return (n, f"示例{n * _SALT % 9973}", f"1990000{n % 10_000:04d}", n % 997 / 4,
            f"2025-{n % 12 + 1:02d}-{n % 28 + 1:02d}", f"note {n * _SALT}")  # fmt: skip


def _read_sqlite(path: Path) -> None:
    raw = sqlite3.connect(path)
    for _ in raw.execute("select * from firm"):
        pass
    raw.close()


def _read_csv(path: Path) -> None:
    with path.open(encoding="utf8", newline="") as file:
        for _ in csv.reader(file):
            pass


def _database(place: Path) -> DatabaseReader:
    from shanhou.sources.database import DatabaseReader

    return DatabaseReader("firm", f"sqlite:///{place / 'firm.db'}")


def _file(place: Path) -> FolderReader:
    from shanhou.sources.folder import FolderReader

    return FolderReader("firm", place / "firm.csv")


def _collect(reader: DatabaseReader | FolderReader, rows: int) -> None:
    from shanhou.sources.intake import take_in
    from shanhou.vault.generation import scratch_desk

    with scratch_desk() as desk:
        dataset = reader.datasets()[0]
        assert take_in(desk, reader, dataset, table="d0000", first_rec=0).rows == rows
    reader.close()


def _clock(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
