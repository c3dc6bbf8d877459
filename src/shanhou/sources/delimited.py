"""Reads CSV and its kin: UTF-8, UTF-16, GBK/GB18030, any common delimiter, dirty rows set apart.

Nothing is dropped: every physical line ends in a row, in the header or in quarantine with its
number. Decoding never stops: what cannot be decoded puts its row in quarantine.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from shanhou.errors import Fault
from shanhou.sources.reader import (
    BATCH_ROWS,
    MAX_FIELDS,
    Fingerprint,
    Quarantined,
    Rows,
    unique_names,
)
from shanhou.vault.tables import Dataset, DatasetKind, Field

_BLOCK_BYTES = 1 << 20
_MAX_LINE_CHARACTERS = 1 << 24
_MAX_CELL_LINES = 200
"""A quoted cell that goes on for more lines than this is a lone quote, not a cell."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = (",", "\t", ";", "|")
_UNDECODED = re.compile("[\udc00-\udcff]")
KEPT = "shanhou-undecoded-kept"
"""How bytes that are no text are read: each as one lone surrogate, U+DC00 and the byte."""


def _keep_undecoded(error: UnicodeError) -> tuple[str | bytes, int]:
    """As `surrogateescape`, which leaves bytes under 0x80 of a broken UTF-16 file unread."""
    if isinstance(error, UnicodeDecodeError):
        lost = error.object[error.start : error.end]
        return "".join(chr(0xDC00 + byte) for byte in lost), error.end
    assert isinstance(error, UnicodeEncodeError)
    kept = error.object[error.start : error.end]
    if _UNDECODED.sub("", kept):
        raise error
    return bytes(ord(mark) - 0xDC00 for mark in kept), error.end


codecs.register_error(KEPT, _keep_undecoded)


@dataclass(frozen=True)
class Dialect:
    """How a file is written: its encoding, delimiter, header line and the width of its rows."""

    encoding: str
    delimiter: str
    header_line: int
    header: tuple[str, ...]


class DelimitedFile:
    """One delimited file as one dataset."""

    def __init__(self, path: Path, source: str, name: str) -> None:
        self.path = path
        self.dialect = sniff(path)
        fields = tuple(Field(title) for title in unique_names(list(self.dialect.header)))
        self.dataset = Dataset(name, source, DatasetKind.DELIMITED, fields)

    def read(self) -> Iterator[Rows]:
        width = len(self.dataset.fields)
        rows: list[list[str | None]] = []
        numbers: list[int] = []
        quarantined: list[Quarantined] = []
        for line, cells, text in records(self.path, self.dialect):
            code = fault_of(cells, text, width)
            if code:
                quarantined.append(Quarantined(line, code, text))
            else:
                rows.append([cell or None for cell in cells or ()])
                numbers.append(line)
            if len(rows) >= BATCH_ROWS:
                yield _rows(rows, numbers, width, quarantined)
                rows, numbers, quarantined = [], [], []
        if rows or quarantined:
            yield _rows(rows, numbers, width, quarantined)

    def fingerprint(self) -> Fingerprint:
        return Fingerprint(None, None, file_sha256(self.path))


def file_sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def sniff(path: Path) -> Dialect:
    """Encoding by the fewest bytes that cannot be decoded, delimiter and header by the first lines.

    Raises:
        Fault: SH-E-105 the file is empty; SH-E-107 its header is wider than any table.
    """
    encoding = _encoding(path)
    first = list(islice(_gathered(_lines(path, encoding)), 50))
    if not first:
        raise Fault("SH-E-105", place=path.name)
    texts = [one.text for one in first]
    delimiter = max(_DELIMITERS, key=lambda mark: _agreement(texts, mark))
    widths = [len(_cells(text, delimiter)) for text in texts]
    width = max(set(widths), key=lambda one: (widths.count(one), one))
    wide = [n for n, one in enumerate(widths) if one == width]
    # a spreadsheet's title row comes out as one filled cell and empty ones
    at = next((n for n in wide if _filled(texts[n], delimiter) >= min(2, width)), wide[0])
    header = _cells(texts[at], delimiter)
    if len(header) > MAX_FIELDS:
        raise Fault("SH-E-107", place=path.name, limit=MAX_FIELDS)
    return Dialect(encoding, delimiter, first[at].last, tuple(header))


def records(path: Path, dialect: Dialect) -> Iterator[tuple[int, list[str] | None, str]]:
    """Every record after the header: its first line's number, its cells, its text.

    Cells are None where the quoting never ends: then the record is that one line, and reading
    goes on with the next one, so that a lone quote cannot swallow its neighbours.
    """
    lines = _lines(path, dialect.encoding)
    for one in _gathered(line for line in lines if line[0] > dialect.header_line):
        if not one.closed:
            yield one.line, None, one.text
        elif '"' in one.text:
            yield one.line, _cells(one.text, dialect.delimiter), one.text
        else:
            yield one.line, one.text.split(dialect.delimiter), one.text


class _Gathered(NamedTuple):
    """The lines that make one record: the first and the last one's number, and the whole."""

    line: int
    last: int
    text: str
    closed: bool


def _gathered(lines: Iterable[tuple[int, str]]) -> Iterator[_Gathered]:
    """Lines put together where a quoted cell goes over several; blank lines left out."""
    waiting: list[tuple[int, str]] = []
    open_quote = False
    for number, line in lines:
        if not waiting and '"' not in line:
            if line.strip():
                yield _Gathered(number, number, line, closed=True)
            continue
        waiting.append((number, line))
        open_quote ^= line.count('"') % 2 == 1
        if not open_quote:
            text = "\n".join(text for _, text in waiting)
            yield _Gathered(waiting[0][0], number, text, closed=True)
            waiting = []
        elif len(waiting) > _MAX_CELL_LINES:
            yield from _unclosed(waiting)
            waiting, open_quote = [], False
    yield from _unclosed(waiting)


def _unclosed(waiting: list[tuple[int, str]]) -> Iterator[_Gathered]:
    """Give up on a line whose quote never closed; read the lines it would have swallowed."""
    for number, line in waiting:
        closed = line.count('"') % 2 == 0
        if not closed or line.strip():
            yield _Gathered(number, number, line, closed)


def _cells(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text), delimiter=delimiter), [])
    except csv.Error:
        return text.split(delimiter)


def fault_of(cells: list[str] | None, text: str, width: int) -> str:
    """The code of what is wrong with a record; empty when it can be read."""
    if cells is None:
        return "SH-Q-01"
    if len(cells) != width:
        return "SH-Q-02"
    if "\x00" in text:
        return "SH-Q-03"
    if not text.isascii() and _UNDECODED.search(text):
        return "SH-Q-04"
    return ""


def _rows(
    rows: list[list[str | None]], numbers: list[int], width: int, quarantined: list[Quarantined]
) -> Rows:
    columns = list(zip(*rows, strict=True)) if rows else [()] * width
    arrays = [pa.array(column, pa.string()) for column in columns]
    arrays.append(pa.array(numbers, pa.int64()))
    names = [*(f"c{n}" for n in range(width)), "line"]
    return Rows(pa.RecordBatch.from_arrays(arrays, names=names), tuple(quarantined))


def _encoding(path: Path) -> str:
    with path.open("rb") as handle:
        head = handle.read(4)
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    not_utf8 = _undecoded(path, "utf-8")
    return "gb18030" if not_utf8 and _undecoded(path, "gb18030") < not_utf8 else "utf-8"


def _undecoded(path: Path, encoding: str) -> int:
    decoder = codecs.getincrementaldecoder(encoding)(KEPT)
    count = 0
    with path.open("rb") as handle:
        while block := handle.read(_BLOCK_BYTES):
            text = decoder.decode(block)
            if not text.isascii():
                count += len(_UNDECODED.findall(text))
    return count + len(_UNDECODED.findall(decoder.decode(b"", final=True)))


def _lines(path: Path, encoding: str) -> Iterator[tuple[int, str]]:
    """Physical lines with their numbers, without the line end.

    Raises:
        Fault: SH-E-108 a line is longer than any row could be (a binary file, or a bomb).
    """
    with path.open(encoding=encoding, errors=KEPT, newline="") as handle:
        number = 0
        while line := handle.readline(_MAX_LINE_CHARACTERS):
            if len(line) >= _MAX_LINE_CHARACTERS:
                raise Fault("SH-E-108", place=path.name)
            number += 1
            yield number, line.rstrip("\r\n")


def _filled(line: str, delimiter: str) -> int:
    return sum(bool(cell.strip()) for cell in _cells(line, delimiter))


def _agreement(lines: list[str], delimiter: str) -> tuple[int, int]:
    """How many lines agree on a width above one, and that width."""
    widths = [len(_cells(line, delimiter)) for line in lines]
    width = max(set(widths), key=lambda one: (widths.count(one), one))
    return (0, 0) if width == 1 else (widths.count(width), width)
