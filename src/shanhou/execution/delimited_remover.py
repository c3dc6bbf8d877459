"""Takes rows and cells out of CSV and its kin; every other byte stays as it was."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from shanhou.cases.ledger import STOPPED
from shanhou.errors import Fault
from shanhou.execution.file_replacing import (
    Moment,
    StepLedger,
    at_once,
    destroy_once,
    part_of,
    replace_once,
    rewritten,
)
from shanhou.execution.order import NotRemoved, Removal, Removed, Scrubbed
from shanhou.sources.delimited import Dialect, dialect_of, fault_of, records
from shanhou.sources.reader import unique_names
from shanhou.vault.canonical import row_digest
from shanhou.vault.keys import shred_file
from shanhou.vault.tables import Dataset

_LONE_RETURN: re.Pattern[bytes] = re.compile(rb"(?<=\r)(?!\n)")
_WHOLE_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r(?!\Z)(?!\n))")
_BLOCK_BYTES = 1 << 20
_LINE_END = re.compile(r"(\r\n|\r|\n)?\Z")


class DelimitedRemover:
    """Implements `order.Remover` for one delimited file."""

    def __init__(
        self, path: Path, dataset: Dataset, ledger: StepLedger, *, remove_empty: bool = False,
        moment: Moment = at_once,
    ) -> None:  # fmt: skip
        """`remove_empty`: a file whose every row goes is destroyed; else its header stays."""
        self.path = path
        self._dataset = dataset
        self._ledger = ledger
        self.step = ""
        self._remove_empty = remove_empty
        self._moment = moment

    def remove(self, removals: Sequence[Removal], *, step: str) -> tuple[Removed, ...]:
        """Write the file anew without what leaves, and put it in the old one's place.

        Raises:
            Fault: SH-E-641 the header is not the collected one; SH-E-643 the new file is not
                what it should be, or the old one changed meanwhile: nothing was done.
        """
        if not removals:
            return ()
        (removal,) = removals
        if removal.dataset.name != self._dataset.name:
            raise Fault("SH-E-641", dataset=removal.dataset.name)
        self.step = step
        told = self._ledger.get(step)
        fresh = told is None or told.get("state") == STOPPED
        if fresh and self._remove_empty and (whole := self._whole(removal)):
            return (destroy_once(self.path, self._ledger, step, whole, moment=self._moment),)
        if told is not None and not fresh and "after" not in told:
            nothing = Removed("", 0, 0, 0, 0, 0)
            return (destroy_once(self.path, self._ledger, step, nothing, moment=self._moment),)
        return replace_once(
            self.path, self._ledger, step, lambda part: (self._rewrite(removal, part),),
            moment=self._moment,
        )  # fmt: skip

    def scrub(self) -> tuple[Scrubbed, ...]:
        """Remove an unfinished new file; the old one was overwritten when it was replaced."""
        shred_file(part_of(self.path))
        return (rewritten(self._ledger, self.step, "old file overwritten once and replaced"),)

    def left(self, removals: Sequence[Removal]) -> tuple[NotRemoved, ...]:
        """Listed rows that still stand in the file as they were collected, at whatever line."""
        if not self.path.exists():
            return ()
        digests = {row_digest(row.cells) for row in self._rows() if not row.fault}
        return tuple(
            NotRemoved(removal.dataset.name, rec, "SH-X-07")
            for removal in removals
            for rec, digest in zip(*(removal.rows[name].to_pylist() for name in ("rec", "digest")),
                                   strict=True)
            if digest in digests
        )  # fmt: skip

    def carriers(self) -> tuple[Path, ...]:
        """The file, and an unfinished new one."""
        return tuple(path for path in (self.path, part_of(self.path)) if path.exists())

    def forget(self) -> None:
        """The ledger of files is the caller's."""

    def _whole(self, removal: Removal) -> Removed | None:
        """What is told if every row of the file goes and nothing else stands in it."""
        listed = listed_rows(removal)
        dialect = self._dialect()
        count = 0
        for row in self._rows(dialect):
            one = listed.get(row.line)
            whole = one is not None and removal.shapes[one.shape] is None
            if row.fault or not whole or (one and row_digest(row.cells) != one.digest):
                return None
            count += 1
        if count != len(listed):
            return None
        return Removed(removal.dataset.name, count, 0, count, 0, 0)

    def _dialect(self) -> Dialect:
        dialect = dialect_of(self.path, self._dataset)
        names = [field.name for field in self._dataset.fields]
        if unique_names(list(dialect.header)) != names:
            raise Fault("SH-E-641", dataset=self._dataset.name)
        return dialect

    def _rows(self, dialect: Dialect | None = None) -> Iterator[_Row]:
        dialect = dialect or self._dialect()
        for line, cells, text in records(self.path, dialect):
            fault = fault_of(cells, text, len(dialect.header))
            yield _Row(line, tuple(cell or None for cell in cells or ()), text, fault)

    def _rewrite(self, removal: Removal, part: Path) -> Removed:
        dialect = self._dialect()
        with self.path.open("rb") as old, part.open("wb") as new:
            encoding = plain_encoding(dialect.encoding, old.read(2))
            old.seek(0)
            work = _Work(removal, dialect, encoding, listed_rows(removal))
            lines = enumerate(physical_lines(old, dialect.encoding), start=1)
            written = 0
            for row in self._rows(dialect):
                for number, raw in lines:
                    written = number
                    if number == row.line:
                        break
                    new.write(raw)
                assert written == row.line
                span = row.text.count("\n")
                raw = b"".join([raw, *(more for _, more in islice(lines, span))])
                new.write(work.outcome(row, raw))
            for _, raw in lines:
                new.write(raw)
        self._check(part, dialect, work)
        return work.told()

    def _check(self, part: Path, dialect: Dialect, work: _Work) -> None:
        """Read the new file as a reader would: it holds the kept rows, in order, and no other."""
        seen = hashlib.sha256()
        for _, cells, text in records(part, dialect):
            if fault_of(cells, text, len(dialect.header)):
                seen.update(text.encode("utf8", "surrogatepass"))
            else:
                seen.update(row_digest([cell or None for cell in cells or ()]).encode())
        if seen.digest() != work.expected.digest():
            shred_file(part)
            raise Fault("SH-E-643", place=self.path.name)


@dataclass(frozen=True)
class Listed:
    """A row that is to leave, as it was collected."""

    rec: int
    digest: str
    shape: int


@dataclass(frozen=True)
class _Row:
    line: int
    cells: tuple[str | None, ...]
    text: str
    fault: str


@dataclass
class _Work:
    """What becomes of each row, counted as it is written."""

    removal: Removal
    dialect: Dialect
    encoding: str
    listed: Mapping[int, Listed]
    before: int = 0
    deleted: int = 0
    emptied_rows: int = 0
    emptied_fields: int = 0
    met: set[int] = field(default_factory=set)
    exceptions: list[NotRemoved] = field(default_factory=list)
    expected: hashlib._Hash = field(default_factory=hashlib.sha256)

    def outcome(self, row: _Row, raw: bytes) -> bytes:
        """The bytes that stand in the new file for a row."""
        if row.fault:
            self.expected.update(row.text.encode("utf8", "surrogatepass"))
            return raw
        self.before += 1
        one = self.listed.get(row.line)
        if one is not None:
            self.met.add(row.line)
        digest = row_digest(row.cells)
        if one is None or digest != one.digest:
            if one is not None:
                self.exceptions.append(NotRemoved(self.removal.dataset.name, one.rec, "SH-X-01"))
            self.expected.update(digest.encode())
            return raw
        shape = self.removal.shapes[one.shape]
        if shape is None:
            self.deleted += 1
            return b""
        return self._emptied(row, raw, shape)

    def _emptied(self, row: _Row, raw: bytes, shape: Sequence[int]) -> bytes:
        self.emptied_rows += 1
        self.emptied_fields += len(shape)
        cells = [None if n in shape else cell for n, cell in enumerate(row.cells)]
        self.expected.update(row_digest(cells).encode())
        mark = self.dialect.delimiter
        text = raw.decode(self.encoding, "surrogateescape")
        end = _LINE_END.search(text)
        assert end is not None
        blank = '""' if len(cells) == 1 else ""  # an empty line would be no row
        pieces = raw_cells(text[: end.start()], mark)
        line = mark.join(blank if n in shape else piece for n, piece in enumerate(pieces))
        if [cell or None for cell in _read(line, mark)] != cells:
            line = _written([cell or "" for cell in cells], mark)
        return (line + end.group()).encode(self.encoding, "surrogateescape")

    def told(self) -> Removed:
        name = self.removal.dataset.name
        gone = [NotRemoved(name, one.rec, "SH-X-02")
                for line, one in self.listed.items() if line not in self.met]  # fmt: skip
        after = self.before - self.deleted
        return Removed(name, self.before, after, self.deleted, self.emptied_rows,
                       self.emptied_fields, (*self.exceptions, *gone))  # fmt: skip


def listed_rows(removal: Removal) -> dict[int, Listed]:
    """The rows to remove by their line or sheet row."""
    rows = removal.rows.select(["rec", "digest", "shape", "place"]).to_pylist()
    return {int(row["place"]): Listed(row["rec"], row["digest"], row["shape"]) for row in rows}


def physical_lines(handle: BinaryIO, encoding: str) -> Iterator[bytes]:
    """The file's lines as they stand, ends included, cut where the reader cuts them."""
    if encoding == "utf-16":
        yield from _utf16_lines(handle)
        return
    for raw in handle:
        yield from (piece for piece in _LONE_RETURN.split(raw) if piece)


def _utf16_lines(handle: BinaryIO) -> Iterator[bytes]:
    first = handle.read(2)
    plain = plain_encoding("utf-16", first)
    decoder = codecs.getincrementaldecoder(plain)("surrogatepass")
    waiting = ""
    while block := handle.read(_BLOCK_BYTES):
        waiting += decoder.decode(block)
        lines = _WHOLE_LINE.findall(waiting)
        for line in lines:
            yield first + line.encode(plain, "surrogatepass")
            first = b""
        waiting = waiting[sum(map(len, lines)) :]
    rest = first + waiting.encode(plain, "surrogatepass") + decoder.getstate()[0]
    if rest:
        yield rest


def plain_encoding(encoding: str, head: bytes) -> str:
    """The encoding without its byte order mark."""
    if encoding == "utf-16":
        return "utf-16-be" if head.startswith(b"\xfe\xff") else "utf-16-le"
    return "utf-8" if encoding == "utf-8-sig" else encoding


def raw_cells(text: str, delimiter: str) -> list[str]:
    """A record's cells as they are written, quotes included."""
    mark = re.escape(delimiter)
    cell = rf'(?:^|(?<={mark}))("(?:[^"]|"")*"|[^{mark}]*)(?={mark}|\Z)'
    found: list[str] = re.findall(cell, text)
    return found


def _read(line: str, delimiter: str) -> list[str]:
    plain = line.replace("\r\n", "\n").replace("\r", "\n")
    return next(csv.reader(io.StringIO(plain, newline=""), delimiter=delimiter), [])


def _written(cells: Sequence[str], delimiter: str) -> str:
    line = io.StringIO(newline="")
    csv.writer(line, delimiter=delimiter, lineterminator="\r\n").writerow(cells)
    return line.getvalue().removesuffix("\r\n")
