"""Writing a company's files row by row: one SQLite database, workbooks, delimited text.

Everything is written in one pass and in bounded memory, and the same rows give the same bytes.
"""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from shanhou_examples.rows import Row
from shanhou_examples.spec import DatasetTruth

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

_CHUNK_ROWS = 5_000
_CREATED = datetime(2026, 1, 1)  # noqa: DTZ001 -- XlsxWriter wants it without a zone


class Writer(Protocol):
    """Writes rows of its datasets and tells each row's key."""

    def write(self, row: Row) -> str: ...

    def close(self) -> None: ...


class DatabaseWriter:
    """One SQLite file; its tables are made in the order in which they are declared."""

    def __init__(self, path: Path, datasets: Iterable[DatasetTruth]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self._base = sqlite3.connect(path, isolation_level=None)
        self._base.execute("PRAGMA journal_mode=OFF")
        self._base.execute("PRAGMA synchronous=OFF")
        self._inserts: dict[str, str] = {}
        self._keys: dict[str, tuple[str, ...]] = {}
        self._columns: dict[str, tuple[str, ...]] = {}
        self._waiting: dict[str, list[tuple[Any, ...]]] = {}
        for dataset in datasets:
            self._create(dataset)
        self._base.execute("BEGIN")

    def _create(self, dataset: DatasetTruth) -> None:
        table = dataset.name.partition(".")[2]
        columns = tuple(field.name for field in dataset.fields)
        types = dataset.layout.get("types", {})
        key = tuple(dataset.layout["key"])
        lines = [f'"{name}" {types.get(name, "TEXT")}' for name in columns]
        lines.append(f"PRIMARY KEY ({', '.join(key)})")
        lines += [
            f"FOREIGN KEY ({name}) REFERENCES {to}"
            for name, to in dataset.layout.get("refs", {}).items()
        ]
        self._base.execute(f"CREATE TABLE {table} ({', '.join(lines)})")
        marks = ", ".join("?" * len(columns))
        self._inserts[dataset.name] = f"INSERT INTO {table} VALUES ({marks})"  # noqa: S608 -- own names
        self._keys[dataset.name] = key
        self._columns[dataset.name] = columns
        self._waiting[dataset.name] = []

    def write(self, row: Row) -> str:
        waiting = self._waiting[row.dataset]
        waiting.append(tuple(_plain(row.cells[name]) for name in self._columns[row.dataset]))
        if len(waiting) == _CHUNK_ROWS:
            self._flush(row.dataset)
        return json.dumps(
            [str(row.cells[name]) for name in self._keys[row.dataset]], ensure_ascii=False
        )

    def _flush(self, dataset: str) -> None:
        self._base.executemany(self._inserts[dataset], self._waiting[dataset])
        self._waiting[dataset].clear()

    def close(self) -> None:
        for dataset in self._waiting:
            self._flush(dataset)
        self._base.execute("COMMIT")
        self._base.close()


class WorkbookWriter:
    """One xlsx file; a sheet may have a title, group titles over its header, or be hidden."""

    def __init__(self, path: Path, datasets: Iterable[DatasetTruth]) -> None:
        from xlsxwriter import Workbook

        path.parent.mkdir(parents=True, exist_ok=True)
        self._book: Workbook = Workbook(str(path), {"constant_memory": True})
        self._book.set_properties({"created": _CREATED})
        self._date = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._sheets: dict[str, Worksheet] = {}
        self._columns: dict[str, tuple[str, ...]] = {}
        self._next: dict[str, int] = {}
        for dataset in datasets:
            self._add(dataset)

    def _add(self, dataset: DatasetTruth) -> None:
        sheet = self._book.add_worksheet(dataset.name.partition("#")[2])
        columns = tuple(field.name for field in dataset.fields)
        at = 0
        bold = self._book.add_format({"bold": True, "align": "center"})
        if title := dataset.layout.get("title"):
            sheet.merge_range(at, 0, at, len(columns) - 1, title, bold)
            at += 1
        if bands := dataset.layout.get("bands"):
            for band, names in bands.items():
                first, last = columns.index(names[0]), columns.index(names[-1])
                sheet.merge_range(at, first, at, last, band, bold)
            at += 1
        for column, name in enumerate(columns):
            sheet.write_string(at, column, name, bold)
        if dataset.layout.get("hidden"):
            sheet.hide()
        self._sheets[dataset.name] = sheet
        self._columns[dataset.name] = columns
        self._next[dataset.name] = at + 1

    def write(self, row: Row) -> str:
        sheet, at = self._sheets[row.dataset], self._next[row.dataset]
        for column, name in enumerate(self._columns[row.dataset]):
            cell = row.cells[name]
            if isinstance(cell, date):
                sheet.write_datetime(at, column, cell, self._date)
            elif isinstance(cell, str):
                sheet.write_string(at, column, cell)
            elif cell is not None:
                sheet.write_number(at, column, cell)
        self._next[row.dataset] = at + 1
        return json.dumps([str(at + 1)])

    def close(self) -> None:
        self._book.close()


class DelimitedWriter:
    """One comma-separated file; a key is the line on which the row begins."""

    def __init__(self, path: Path, dataset: DatasetTruth) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        encoding = dataset.layout["encoding"]
        self._file = path.open("wb")
        if encoding == "utf-8-sig":
            self._file.write(b"\xef\xbb\xbf")
        self._encoding = encoding.removesuffix("-sig")
        self._columns = tuple(field.name for field in dataset.fields)
        self._line = 1
        self._put(self._columns)

    def _put(self, cells: Iterable[Any]) -> int:
        buffer = io.StringIO(newline="")
        csv.writer(buffer).writerow(cells)
        return self._append(buffer.getvalue().encode(self._encoding))

    def _append(self, raw: bytes) -> int:
        began = self._line
        self._file.write(raw)
        self._line += raw.count(b"\n")
        return began

    def write(self, row: Row) -> str:
        return json.dumps([str(self._put(_plain(row.cells[name]) for name in self._columns))])

    def spoil(self, cells: list[str], how: str) -> int:
        """Write a broken line: `fields` too many, `bytes` of no encoding, a lone `quote`."""
        if how == "fields":
            return self._put([*cells, "多出的一列", "又一列"])
        raw = ",".join(cells).encode(self._encoding)
        if how == "bytes":
            return self._append(raw + b"\xff\xff\r\n")
        return self._append(b'"' + raw + b"\r\n")

    @property
    def column_count(self) -> int:
        return len(self._columns)

    def close(self) -> None:
        self._file.close()


class Sources:
    """All files of a company, open at once."""

    def __init__(self, out: Path, datasets: Iterable[DatasetTruth]) -> None:
        parts: dict[str, list[DatasetTruth]] = {}
        for dataset in datasets:
            parts.setdefault(place_of(dataset), []).append(dataset)
        self._writers: dict[str, Writer] = {}
        self.delimited: dict[str, DelimitedWriter] = {}
        for place, held in parts.items():
            path = out / place
            if place.endswith(".csv"):
                self.delimited[held[0].name] = DelimitedWriter(path, held[0])
                self._writers[held[0].name] = self.delimited[held[0].name]
                continue
            writer: Writer = (
                DatabaseWriter(path, held) if place.endswith(".db") else WorkbookWriter(path, held)
            )
            self._writers |= dict.fromkeys((one.name for one in held), writer)

    def write(self, row: Row) -> str:
        return self._writers[row.dataset].write(row)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for writer in dict.fromkeys(self._writers.values()):
            writer.close()


def place_of(dataset: DatasetTruth) -> str:
    """The file of a dataset, from the folder of sources."""
    return f"{dataset.source}.db" if dataset.is_table else dataset.name.partition("#")[0]


def _plain(cell: object) -> object:
    return cell.isoformat() if isinstance(cell, date) else cell
