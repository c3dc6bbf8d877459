"""Look at the world after execution: what is gone, what is still there, what arrived where.

Reads files with its own eyes (sqlite3, csv, openpyxl). A value is known by its marks, however
it is spelt; a row that had to stay is known by the digest of its cells.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shanhou_examples import marks
from shanhou_examples.truth import Record, Truth

_STAYS = ("KEEP", "HOLD")


@dataclass(frozen=True)
class World:
    """Where to look: the sources after execution, and what was handed over, kept, given back."""

    source: Path
    target: Path | None = None
    archive: Path | None = None
    returns: Path | None = None


@dataclass(frozen=True)
class Fault:
    """Something found where it may not be, or not found where it must be; keys only."""

    what: str
    dataset: str
    key: str = ""
    group: str = ""

    def told(self) -> str:
        return f"world: {self.what}: {self.dataset} {self.key} {self.group}".rstrip()


@dataclass
class _Seen:
    """One dataset of the sources after execution."""

    by_key: dict[str, dict[str, str]] = field(default_factory=dict)
    digests: Counter[tuple[str, str]] = field(default_factory=Counter)
    tokens: set[str] = field(default_factory=set)
    rows: int = 0
    digest_sum: int = 0


def check_world(truth: Truth, world: World) -> tuple[Fault, ...]:
    """Every fault of the world left behind; only for cases whose truth holds its records inline.

    Raises:
        ValueError: the case is too large, its truth holds no marks.
    """
    if truth.inline is None:
        raise ValueError(truth.customers)
    seen = {name: _seen(world.source, name, said) for name, said in truth.datasets.items()}
    faults = [*_bystanders(truth, seen), *_in_sources(truth.inline, seen)]
    faults += _nowhere(truth, world, seen)
    places = (
        ("target", world.target, "TRANSFER", frozenset[str]()),
        ("archive", world.archive, "RETAIN", _of_vouchers(truth)),
        ("returns", world.returns, "RETURN", frozenset[str]()),
    )
    for name, path, outcome, allowed in places:
        if path is not None:
            faults += _arrived(truth.inline, _tokens_under(path), name, outcome, allowed)
    return tuple(faults)


def _bystanders(truth: Truth, seen: Mapping[str, _Seen]) -> Iterator[Fault]:
    for name, said in truth.datasets.items():
        if said["scope"] == "out":
            now = seen[name]
            if (now.rows, f"{now.digest_sum:016x}") != (said["rows"], said["digest_sum"]):
                yield Fault("out of scope, yet changed", name)


def _in_sources(records: Iterable[Record], seen: Mapping[str, _Seen]) -> Iterator[Fault]:
    staying: dict[str, set[str]] = {}
    for record, group, outcome in _items(records):
        if outcome in _STAYS:
            staying.setdefault(record.dataset, set()).update(record.tokens.get(group, ()))
    wanted: Counter[tuple[str, str, str]] = Counter()
    for record, group, outcome in _items(records):
        now, was = seen[record.dataset], record.digests.get(group, "")
        if not was:
            continue
        if outcome in _STAYS:
            wanted[record.dataset, group, was] += 1
            if not _stayed(record, group, now, wanted[record.dataset, group, was]):
                yield Fault(f"{outcome}, yet changed or gone", record.dataset, record.key, group)
            continue
        left = set(record.tokens.get(group, ())) - staying.get(record.dataset, set())
        if now.by_key.get(record.key, {}).get(group) == was or left & now.tokens:
            yield Fault(f"{outcome}, yet still in the source", record.dataset, record.key, group)


def _items(records: Iterable[Record]) -> Iterator[tuple[Record, str, str]]:
    for record in records:
        for group, outcome in record.outcomes.items():
            yield record, group, outcome


def _stayed(record: Record, group: str, now: _Seen, at_least: int) -> bool:
    """Rows of a table are known by their key; lines of a file move up when others go."""
    was = record.digests[group]
    if "/" not in record.dataset:
        return now.by_key.get(record.key, {}).get(group) == was
    return now.digests[group, was] >= at_least


def _nowhere(truth: Truth, world: World, seen: Mapping[str, _Seen]) -> Iterator[Fault]:
    """What was destroyed and only destroyed is in no dataset and in no folder at all."""
    gone = frozenset(truth.planted.get("DESTROY", ()))
    found = {name: gone & one.tokens for name, one in seen.items()}
    for name, path in (
        ("target", world.target),
        ("archive", world.archive),
        ("returns", world.returns),
    ):
        if path is not None:
            found[f"({name})"] = gone & _tokens_under(path)
    found["(raw bytes of the sources)"] = _raw(world.source, gone)
    for name, tokens in found.items():
        if tokens:
            yield Fault(f"{len(tokens)} destroyed values found", name)


def _raw(folder: Path, tokens: frozenset[str]) -> frozenset[str]:
    """Destroyed values that still stand in a file's bytes, e.g. in free pages of a database."""
    found: set[str] = set()
    for path in sorted(folder.rglob("*")):
        for raw in _bytes(path):
            found |= {
                token
                for token in tokens
                if any(token.encode(code, "ignore") in raw for code in ("utf8", "gbk"))
            }
    return frozenset(found)


def _bytes(path: Path) -> Iterator[bytes]:
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            yield from (book.read(part) for part in book.namelist())
    elif path.is_file():
        yield path.read_bytes()


def _arrived(
    records: Iterable[Record], found: set[str], place: str, outcome: str, allowed: frozenset[str]
) -> Iterator[Fault]:
    may: set[str] = set(allowed)
    for record in records:
        for group, said in record.outcomes.items():
            if said == outcome:
                may.update(record.tokens.get(group, ()))
    for record in records:
        for group, said in record.outcomes.items():
            tokens = record.tokens.get(group, ())
            # a free text may arrive with parts blacked out
            if said == outcome and group != "free_text" and not found.issuperset(tokens):
                yield Fault(f"{outcome}, yet not in the {place}", record.dataset, record.key, group)
            elif said != outcome and any(t in found and t not in may for t in tokens):
                yield Fault(f"{said}, yet in the {place}", record.dataset, record.key, group)


def _of_vouchers(truth: Truth) -> frozenset[str]:
    """Accounting originals are sealed whole, with all that stands in them."""
    vouchers = {name for name, said in truth.datasets.items() if said["role"] == "voucher"}
    return frozenset(
        token
        for record in truth.inline or ()
        if record.dataset in vouchers
        for tokens in record.tokens.values()
        for token in tokens
    )


def _seen(source: Path, dataset: str, said: Mapping[str, Any]) -> _Seen:
    now = _Seen()
    groups: dict[str, list[str]] = {}
    for name, one in said["fields"].items():
        groups.setdefault(one["field_group"], []).append(name)
    for key, cells in _rows(source, dataset, said):
        now.rows += 1
        now.digest_sum = marks.summed(now.digest_sum, (cells.get(name) for name in said["fields"]))
        held = {
            group: marks.digest(cells.get(name) for name in names)
            for group, names in groups.items()
        }
        now.digests.update(held.items())
        if key:
            now.by_key[key] = held
        for cell in cells.values():
            now.tokens |= marks.tokens(marks.cell_text(cell))
    return now


def _rows(
    source: Path, dataset: str, said: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, object]]]:
    if "/" not in dataset:
        yield from _table_rows(source, dataset, said["key"])
        return
    place, _, sheet = dataset.partition("#")
    if not (source / place).exists():
        return
    if sheet:
        yield from _sheet_rows(source / place, sheet, said["header_line"])
    else:
        yield from _delimited_rows(source / place, said["encoding"])


def _table_rows(
    source: Path, dataset: str, key: list[str]
) -> Iterator[tuple[str, Mapping[str, object]]]:
    name, _, table = dataset.partition(".")
    base = sqlite3.connect(f"{(source / name).absolute().as_uri()}.db?mode=ro", uri=True)
    try:
        if not base.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone():
            return
        found = base.execute(f'SELECT * FROM "{table}"')  # noqa: S608 -- a name from the truth
        columns = [column[0] for column in found.description]
        for row in found:
            cells = dict(zip(columns, row, strict=True))
            yield json.dumps([str(cells[part]) for part in key], ensure_ascii=False), cells
    finally:
        base.close()


def _sheet_rows(
    path: Path, sheet: str, header_line: int
) -> Iterator[tuple[str, Mapping[str, object]]]:
    from openpyxl import load_workbook

    book = load_workbook(path, read_only=True)
    try:
        if sheet not in book.sheetnames:
            return
        lines = book[sheet].iter_rows(min_row=header_line, values_only=True)
        header = [str(name) for name in next(lines, ())]
        for line in lines:
            if any(cell is not None and cell != "" for cell in line):
                yield "", dict(zip(header, line, strict=False))
    finally:
        book.close()


def _delimited_rows(path: Path, encoding: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    text = path.read_bytes().decode(encoding, errors="replace")
    lines = csv.reader(io.StringIO(text, newline=""))
    header = next(lines, [])
    for line in lines:
        if len(line) == len(header):
            yield "", dict(zip(header, line, strict=True))


def _tokens_under(place: Path) -> set[str]:
    """All marks in a file, or in each file of a folder."""
    paths = sorted(place.rglob("*")) if place.is_dir() else [place]
    found: set[str] = set()
    for path in paths:
        if path.is_file():
            for text in _texts(path):
                found |= marks.tokens(text)
    return found


def _texts(path: Path) -> Iterator[str]:
    raw = path.read_bytes()
    if raw.startswith(b"SQLite format 3"):
        yield from _database_texts(path)
    elif path.suffix == ".xlsx":
        yield from _workbook_texts(path)
    else:
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("gbk", errors="replace")
        # cell by cell: numbers of two cells must not run together
        yield from re.split("[,\n]", text)


def _database_texts(path: Path) -> Iterator[str]:
    base = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    tables = base.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (table,) in tables:
        for row in base.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 -- its own names
            yield from map(marks.cell_text, row)
    base.close()


def _workbook_texts(path: Path) -> Iterator[str]:
    from openpyxl import load_workbook

    book = load_workbook(path, read_only=True)
    for sheet in book.worksheets:
        for line in sheet.iter_rows(values_only=True):
            yield from map(marks.cell_text, line)
    book.close()
