"""Reads CSV and its kin: UTF-8, UTF-16, GBK/GB18030, any common delimiter, dirty rows set apart.

Nothing is dropped: every physical line ends in a row, in the header or in quarantine with its
number, those above the header too. Where it is not sure which line is the header, the file is
refused until a person names it. What cannot be decoded puts its row in quarantine.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import dropwhile, islice
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
_HEAD_BYTES = 1 << 16
_MAX_LINE_CHARACTERS = 1 << 24
_MAX_CELL_LINES = 200
"""A quoted cell that goes on for more lines than this is a lone quote, not a cell."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LOOK_RECORDS = 50
_DELIMITERS = (",", "\t", ";", "|")
_REPLACED = "\ufffd"
"""Stands for bytes that are no text; a file that holds it as text holds it in every encoding."""
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

    def __init__(self, path: Path, source: str, name: str, header_line: int | None = None) -> None:
        """`header_line`: where a person says the header stands; 0 for none."""
        self.path = path
        self.dialect = sniff(path, header_line)
        fields = tuple(Field(title) for title in unique_names(list(self.dialect.header)))
        self.dataset = Dataset(name, source, DatasetKind.DELIMITED, fields,
                               header_line=self.dialect.header_line)  # fmt: skip

    def read(self) -> Iterator[Rows]:
        width = len(self.dataset.fields)
        rows: list[list[str | None]] = []
        numbers: list[int] = []
        quarantined = list(above(self.path, self.dialect))
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


def sniff(path: Path, header_line: int | None = None) -> Dialect:
    """Encoding by the fewest bytes that cannot be decoded, delimiter and header by the first lines.

    `header_line`: any line of the header, 0 for none, as a person or an earlier reading named it.

    Raises:
        Fault: SH-E-105 the file is empty; SH-E-107 its header is wider than any table; SH-E-114
            filled lines above the header: one of them may be it; SH-E-115 no line is there.
    """
    encoding = _encoding(path)
    named = header_line or 1
    found = _gathered(_lines(path, encoding))
    first = list(islice(dropwhile(lambda one: one.last < named, found), _LOOK_RECORDS))
    if not first and header_line == 0:
        return Dialect(encoding, _DELIMITERS[0], 0, ("",))
    if not first and header_line is None:
        raise Fault("SH-E-105", place=path.name)
    if not first or (header_line and first[0].line > header_line):
        raise Fault("SH-E-115", place=path.name, line=named)
    texts = [one.text for one in first]
    delimiter = max(_DELIMITERS, key=lambda mark: _agreement(texts, mark))
    widths = [len(_cells(text, delimiter)) for text in texts]
    width = max(set(widths), key=lambda one: (widths.count(one), one))
    if width > MAX_FIELDS:
        raise Fault("SH-E-107", place=path.name, limit=MAX_FIELDS)
    if header_line == 0:
        return Dialect(encoding, delimiter, 0, ("",) * width)
    at = 0 if header_line else _header_at(texts, widths, width, delimiter)
    if any(_filled(text, delimiter) > 1 for text in texts[:at]):
        raise Fault("SH-E-114", place=path.name, line=first[at].line)
    header = _cells(texts[at], delimiter)
    if len(header) > MAX_FIELDS:
        raise Fault("SH-E-107", place=path.name, limit=MAX_FIELDS)
    header += [""] * (width - len(header) if header_line else 0)
    return Dialect(encoding, delimiter, first[at].last, tuple(header))


def _header_at(texts: list[str], widths: list[int], width: int, delimiter: str) -> int:
    wide = [n for n, one in enumerate(widths) if one == width]
    # a spreadsheet's title row comes out as one filled cell and empty ones
    return next((n for n in wide if _filled(texts[n], delimiter) >= min(2, width)), wide[0])


def dialect_of(path: Path, dataset: Dataset) -> Dialect:
    """How a collected file is written: the header stands where it stood, as wide as it was."""
    dialect = sniff(path, dataset.header_line)
    if dataset.header_line is None:
        return dialect
    missing = len(dataset.fields) - len(dialect.header)
    return replace(dialect, header=(*dialect.header, *[""] * missing))


def above(path: Path, dialect: Dialect) -> Iterator[Quarantined]:
    """What stands above the header, set apart: titles mostly, but no one's row unseen."""
    for one in _gathered(_lines(path, dialect.encoding)):
        if one.last >= dialect.header_line:
            return
        yield Quarantined(one.line, "SH-Q-05", one.text)


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


_BAD = bytes({*range(32), 127} - {9, 10, 11, 12, 13, 26, 27})
"""Control bytes that no text holds, but the end mark of DOS and the escapes of old printers."""
_FEWEST_BAD = 8


def is_text(path: Path) -> bool:
    """Whether a file begins as a text does, in whichever encoding; a few damaged bytes are borne.

    A picture or a scan has a twentieth and more of control bytes, or of bytes that are no text;
    what is called `.pdf` or `.csv` makes no difference.
    """
    with path.open("rb") as handle:
        head = handle.read(_HEAD_BYTES)
    if head.startswith(tuple(mark for mark, _ in _BOMS)):
        return True
    bad = len(head) - len(head.translate(None, _BAD))
    lost = min(head.decode(encoding, "replace").count(_REPLACED)
               for encoding in ("utf-8", "gb18030"))  # fmt: skip
    worst = max(bad, lost)
    return worst < _FEWEST_BAD or worst * 20 < len(head)


def _undecoded(path: Path, encoding: str) -> int:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    count = 0
    with path.open("rb") as handle:
        while block := handle.read(_BLOCK_BYTES):
            count += decoder.decode(block).count(_REPLACED)
    return count + decoder.decode(b"", final=True).count(_REPLACED)


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
