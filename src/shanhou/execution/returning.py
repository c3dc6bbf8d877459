"""退还: each customer's readable copy, and the principal's tables where we only processed."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from shanhou.errors import Refusal
from shanhou.execution.agefile import file_sha256
from shanhou.execution.order import Parcel
from shanhou.execution.package_manifest import Counted
from shanhou.execution.package_names import file_name, identifiers, last_part
from shanhou.execution.package_parts import BOM, Tally, header_bytes, parts
from shanhou.vault.canonical import json_digest
from shanhou.vault.keys import sync_folder, write_durably

if TYPE_CHECKING:
    from jinja2 import Template

_SUBJECT = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HEAD_BYTES = 512
# a number or a phone with its country code is no formula
_HARMLESS = re.compile(r"[+-]?[0-9][0-9 ]*(\.[0-9]+)?")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Words:
    """One label in both languages."""

    zh: str
    en: str


@dataclass(frozen=True)
class Section:
    """What one dataset holds of a subject."""

    title: Words
    fields: tuple[Words, ...]
    rows: tuple[tuple[str | None, ...], ...]


@dataclass(frozen=True)
class SubjectCopy:
    """Everything that is returned to one subject; `subject` is a number, never a name."""

    subject: str
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class ReturnFacts:
    """Who returns, on which day, under which plan; printed on every copy."""

    handler: Words
    plan_digest: str
    returned_on: str
    rehearsal: bool
    asked: bool = False
    """A copy of everything held, at the customer's request; no return under the plan."""


@dataclass(frozen=True)
class Returned:
    """One copy as it lies in the folder."""

    subject: str
    records: int
    html_sha256: str
    csv_sha256: str
    rendered: bool
    """False where the same copy lay there already."""


@dataclass(frozen=True)
class ReturnedTable:
    """One dataset given back to the principal."""

    counted: Counted
    file: str
    sha256: str


def write_copies(
    folder: Path, copies: Iterable[SubjectCopy], *, facts: ReturnFacts
) -> Iterator[Returned]:
    """Write one HTML page and one CSV a subject, one subject in memory at a time.

    A copy that lies there complete is left as it is, so a run that was killed goes on.

    Raises:
        Refusal: SH-E-675 a subject's number cannot be a file name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for copy in copies:
        yield _write_copy(folder, copy, facts)


def return_tables(folder: Path, parcels: Sequence[Parcel]) -> tuple[ReturnedTable, ...]:
    """Write one CSV a dataset for the principal, values exact; harmless to run again.

    Raises:
        Fault: SH-E-650, SH-E-662 the rows are not as told; the file is not left there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = identifiers(file_name(last_part(one.dataset)) for one in parcels)
    return tuple(
        _write_table(folder / f"{number}-{name}.csv", parcel)
        for number, (parcel, name) in enumerate(zip(parcels, names, strict=True), start=1)
    )


def copy_digest(copy: SubjectCopy, facts: ReturnFacts) -> str:
    """SHA-256 of everything a copy shows; tells whether it was rendered before."""
    return json_digest(_plain({"copy": asdict(copy), "facts": asdict(facts)}))


def _write_copy(folder: Path, copy: SubjectCopy, facts: ReturnFacts) -> Returned:
    if not _SUBJECT.fullmatch(copy.subject):
        raise Refusal("SH-E-675", name=copy.subject[:8])
    page, table = folder / f"{copy.subject}.html", folder / f"{copy.subject}.csv"
    digest = copy_digest(copy, facts)
    complete = table.exists() and _rendered(page, digest)
    if not complete:
        # the page is last: where it stands with this digest, the CSV stands too
        write_durably(table, _csv(copy), private=True)
        write_durably(page, _html(copy, facts, digest).encode(), private=True)
    records = sum(len(section.rows) for section in copy.sections)
    return Returned(
        copy.subject, records, file_sha256(page), file_sha256(table), rendered=not complete
    )


def _rendered(page: Path, digest: str) -> bool:
    if not page.exists():
        return False
    with page.open("rb") as file:
        return f'content="{digest}"'.encode() in file.read(_HEAD_BYTES)


def _csv(copy: SubjectCopy) -> bytes:
    """One value a line, for people who open it by a double click: what a spreadsheet would run
    as a formula gets an apostrophe; the page shows every value exactly.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(("数据 Data", "记录 Record", "项目 Field", "内容 Value"))
    for section in copy.sections:
        for number, row in enumerate(section.rows, start=1):
            for label, value in zip(section.fields, row, strict=True):
                said = (f"{section.title.zh} {section.title.en}", str(number),
                        f"{label.zh} {label.en}", value or "")  # fmt: skip
                writer.writerow([_no_formula(one) for one in said])
    return BOM + out.getvalue().encode()


def _no_formula(value: str) -> str:
    if value.startswith(_FORMULA) and not _HARMLESS.fullmatch(value):
        return "'" + value
    return value


def _html(copy: SubjectCopy, facts: ReturnFacts, digest: str) -> str:
    page: str = _template().render(copy=copy, facts=facts, digest=digest)
    return page


@cache
def _template() -> Template:
    from jinja2 import Environment

    text = resources.files("shanhou.execution").joinpath("returning.html.j2").read_text("utf8")
    return Environment(autoescape=True).from_string(text)


def _write_table(path: Path, parcel: Parcel) -> ReturnedTable:
    tally = Tally()
    temporary = path.with_name(path.name + ".part")
    try:
        with temporary.open("wb") as file:
            for part in parts(parcel, tally):
                file.write(part.csv if part.number == 0 else _without_header(part.csv, parcel))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)
    counted = Counted(parcel.dataset, tally.rows, str(tally.total))
    return ReturnedTable(counted, path.name, file_sha256(path))


def _without_header(part: bytes, parcel: Parcel) -> bytes:
    header = header_bytes(parcel.fields)
    assert part.startswith(header), "each part begins with the same header"
    return part.removeprefix(header)


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value
