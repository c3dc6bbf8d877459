"""Reads xlsx, xls, xlsb and ods: every sheet, hidden ones too, with its header found.

The file is opened in a process of its own with bounded memory: a damaged or hostile workbook may
end that process, never this one. Rows come back as an Arrow stream over a pipe; nothing is written.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from shanhou.errors import Fault
from shanhou.sources.delimited import file_sha256
from shanhou.sources.opened import waiting as _waiting
from shanhou.sources.reader import MAX_FIELDS, Fingerprint, Quarantined, Rows, unique_names
from shanhou.vault.tables import Dataset, DatasetKind, Field

MAX_UNPACKED_BYTES = 2 << 30
MAX_RATIO = 200
"""A sheet packs about 10 to 1; a bomb 1,000 to 1 and more."""
_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True)
class Sheet:
    """One sheet as a dataset; the row numbers are those a person sees."""

    name: str
    dataset: Dataset
    hidden: bool
    header_row: int
    above: tuple[Quarantined, ...] = ()
    """What stands above the header: titles mostly, but no one's row unseen."""
    code: str = ""
    """Why it cannot be read as a table; empty when it can."""


class Workbook:
    """One spreadsheet file: a dataset per sheet that holds a table."""

    def __init__(
        self, path: Path, source: str, name: str, header_rows: Mapping[str, int] | None = None
    ) -> None:
        """`header_rows`: per sheet, where a person says the header begins; 0 for none."""
        check_container(path)
        self.path = path
        shapes = _ask(path, "shape", dict(header_rows or {})).to_pylist()
        self.sheets = tuple(_sheet(row, source, name) for row in shapes)

    def read(self, sheet: Sheet) -> Iterator[Rows]:
        """The rows below the header; empty rows are skipped."""
        width = len(sheet.dataset.fields)
        above = sheet.above
        with _answer(self.path, "rows", sheet.name, sheet.header_row, width) as stream:
            if above:
                yield Rows(pa.RecordBatch.from_pylist([], stream.schema), above)
            for batch in stream:
                yield Rows(batch)

    def rows(self, sheet: Sheet, *, below: int) -> Iterator[tuple[int, tuple[str | None, ...]]]:
        """Every filled row below a row, with its number and the whole of its cells."""
        width = len(sheet.dataset.fields)
        with _answer(self.path, "rows", sheet.name, below, width) as stream:
            for batch in stream:
                *columns, places = (column.to_pylist() for column in batch.columns)
                yield from zip(places, zip(*columns, strict=True), strict=True)

    def fingerprint(self) -> Fingerprint:
        return Fingerprint(None, None, file_sha256(self.path))


def check_container(path: Path) -> None:
    """Refuse bombs and locked files before anything opens them.

    Raises:
        Fault: SH-E-110 protected by a password; SH-E-111 unpacks to more than any workbook;
            SH-E-112 damaged.
    """
    with path.open("rb") as handle:
        head = handle.read(8)
    if head == _OLE2:
        if _encrypted(path):
            raise Fault("SH-E-110", place=path.name)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError):
        raise Fault("SH-E-112", place=path.name) from None
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(sum(entry.compress_size for entry in entries), 1)
    if unpacked > MAX_UNPACKED_BYTES or (unpacked > 50 << 20 and unpacked / packed > MAX_RATIO):
        raise Fault("SH-E-111", place=path.name, limit=MAX_UNPACKED_BYTES)


def _encrypted(path: Path) -> bool:
    """An OLE2 container that holds an encrypted package instead of a workbook."""
    content = path.read_bytes()
    return "EncryptedPackage".encode("utf-16-le") in content


def _sheet(row: dict[str, Any], source: str, name: str) -> Sheet:
    titles: list[str] = row["titles"]
    groups: list[str] = row["groups"]
    if len(titles) > MAX_FIELDS:
        raise Fault("SH-E-107", place=name, limit=MAX_FIELDS)
    fields = tuple(
        Field(title, comment=group)
        for title, group in zip(unique_names(titles), groups, strict=True)
    )
    dataset = Dataset(f"{name}#{row['sheet']}", source, DatasetKind.SHEET, fields,
                      comment=row["title"], header_line=row["header_row"])  # fmt: skip
    above = tuple(Quarantined(one["line"], "SH-Q-05", one["text"]) for one in row["above"])
    return Sheet(row["sheet"], dataset, row["hidden"], row["header_row"], above, row["code"])


def _ask(path: Path, *question: object) -> pa.Table:
    with _answer(path, *question) as stream:
        return stream.read_all()


@contextmanager
def _answer(path: Path, *question: object) -> Iterator[pa.RecordBatchStreamReader]:
    """An Arrow stream from the reading process; that it is whole is checked.

    Raises:
        Fault: SH-E-110, SH-E-112 by what the reading process says; a process that died or was
            too slow counts as damaged.
    """
    process = _waiting.take(path)
    try:
        yield process.ask(question)
        process.require_whole()
    except (pa.ArrowInvalid, OSError):
        raise Fault(process.end(), place=path.name) from None
    except BaseException:
        process.end()
        raise
    _waiting.keep(process)
