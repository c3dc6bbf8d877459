"""A list of the case taken out as a file: CSV or a workbook, logged with its digest.

No cell may act when the file is opened: what a spreadsheet would take for a formula is made text.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, Digested, FactValue
from shanhou.flow.list_files import VIEWS
from shanhou.flow.noting import note

if TYPE_CHECKING:
    from shanhou.wiring import Case

EXPORTS = "exports"
FORMS = ("csv", "xlsx")
_KEPT = 5
"""So many files of one list lie there; the oldest goes when another is made."""
# the rows of a sheet (ECMA-376 part 1, 18.3.1.73), one of them for the headings
_SHEET_ROWS = 1_048_575
_ACTS = ("=", "+", "-", "@", "\t", "\r")
"""What begins a formula in a spreadsheet."""


@dataclass(frozen=True)
class TakenOut:
    """A file that was made, and how many rows it holds."""

    name: str
    rows: int


def exports_of(folder: Path) -> Path:
    """Where the files lie; a close destroys them with the views they were made of."""
    return folder / VIEWS / EXPORTS


def take_out(
    case: Case, what: str, lines: Iterable[Mapping[str, Any]], *, form: str, by: str, filters: str
) -> TakenOut:
    """Write the lines of a list as a file and log who took it, how it was filtered, its digest.

    Raises:
        Refusal: SH-E-614 it is no known form; SH-E-902 nobody of that id may take it.
    """
    case.settings.person(by)
    if form not in FORMS:
        raise Refusal("SH-E-614", form=form, forms=" | ".join(FORMS))
    folder = exports_of(case.folder)
    folder.mkdir(parents=True, exist_ok=True)
    for old in sorted(folder.glob(f"{what}-*"), reverse=True)[_KEPT - 1 :]:
        old.unlink(missing_ok=True)
    path = folder / f"{what}-{case.store.event_count():08d}.{form}"
    half = path.with_name(f".{path.name}")  # nobody is sent a file that the log does not know
    rows = _csv(half, lines) if form == "csv" else _workbook(half, what, lines)
    try:
        _note_it(case, what, half, form=form, by=by, filters=filters, rows=rows)
    except BaseException:
        half.unlink(missing_ok=True)
        raise
    half.replace(path)
    return TakenOut(path.name, rows)


def _note_it(
    case: Case, what: str, file: Path, *, form: str, by: str, filters: str, rows: int
) -> None:
    with case.store.commit() as unit:
        told: dict[str, FactValue] = {
            "list": what,
            "form": form,
            "filters": filters,
            "rows_count": rows,
        }
        note(case, unit, Act.EXPORT, by, subject=[Digested("export", _digest(file))], facts=told)


def _safe(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_ACTS):
        return f"'{value}"
    return value


def _csv(path: Path, lines: Iterable[Mapping[str, Any]]) -> int:
    rows = 0
    # the mark lets spreadsheets on Windows see that it is UTF-8
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        for line in lines:
            if not rows:
                out.writerow(line)
            out.writerow([_safe(value) for value in line.values()])
            rows += 1
    return rows


def _workbook(path: Path, what: str, lines: Iterable[Mapping[str, Any]]) -> int:
    """Sheet after sheet; text as text, so that no number loses its first zeros."""
    from xlsxwriter import Workbook

    rows = 0
    book = Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False,
                                "strings_to_urls": False, "strings_to_numbers": False})  # fmt: skip
    for line, sheet, at in _placed(book, what, lines):
        if at == 1:
            for column, name in enumerate(line):
                sheet.write_string(0, column, name)
        for column, value in enumerate(line.values()):
            if isinstance(value, int):
                sheet.write_number(at, column, value)
            else:
                sheet.write_string(at, column, str(_safe(value)))
        rows += 1
    book.close()
    return rows


def _placed(
    book: Any, what: str, lines: Iterable[Mapping[str, Any]]
) -> Iterator[tuple[Mapping[str, Any], Any, int]]:
    """Each line with its sheet and its row there."""
    sheet, at = None, _SHEET_ROWS
    for line in lines:
        if at == _SHEET_ROWS:
            sheet = book.add_worksheet(f"{what} {len(book.worksheets()) + 1}")
            sheet.freeze_panes(1, 0)
            at = 0
        at += 1
        yield line, sheet, at


def _digest(path: Path) -> str:
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
