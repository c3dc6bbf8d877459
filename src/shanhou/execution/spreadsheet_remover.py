"""Takes rows and cells out of workbooks.

In xlsx and xlsm a row that goes is cleared where it stands, not cut out: every formula, merged
range, name, filter and print area elsewhere goes on pointing where it pointed, and every kept row
keeps the number under which the plan, the log and people know it. Empty rows are no records.
xls, xlsb, ods and et cannot be written: their kept rows go to an xlsx beside, as texts, and the
original is destroyed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shanhou.errors import Fault, Refusal
from shanhou.execution.delimited_remover import Listed, listed_rows
from shanhou.execution.file_replacing import (
    Moment,
    StepLedger,
    at_once,
    part_of,
    replace_once,
    rewritten,
)
from shanhou.execution.order import NotRemoved, Removal, Removed, Scrubbed
from shanhou.execution.spreadsheet_parts import (
    is_rewritten,
    lost_parts,
    open_workbook,
    told_by_openpyxl,
)
from shanhou.sources.spreadsheet import Workbook
from shanhou.vault.canonical import row_digest
from shanhou.vault.keys import shred_file
from shanhou.vault.tables import Dataset

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

Cells = tuple[str | None, ...]


class SpreadsheetRemover:
    """Implements `order.Remover` for one workbook with all its sheets."""

    def __init__(
        self,
        path: Path,
        datasets: Sequence[Dataset],
        ledger: StepLedger,
        *,
        may_lose: frozenset[str] = frozenset(),
        moment: Moment = at_once,
    ) -> None:
        """`may_lose`: the parts of `lost_parts(path)` whose loss people approved."""
        self.path = path
        self._datasets = tuple(datasets)
        self._ledger = ledger
        self._moment = moment
        self.step = ""
        self._may_lose = may_lose

    @property
    def target(self) -> Path:
        """Where the kept rows stand afterwards."""
        old = self.path.exists() and not is_rewritten(self.path)
        return self.path.with_suffix(".xlsx") if old or not self.path.exists() else self.path

    def remove(self, removals: Sequence[Removal], *, step: str) -> tuple[Removed, ...]:
        """Write the workbook anew without what leaves, and put it in the old one's place.

        Raises:
            Refusal: SH-E-644 it holds parts that would be lost and nobody approved that.
            Fault: SH-E-641 a sheet is not there any more; SH-E-643 the new file is not what it
                should be; SH-E-645 another file stands where the kept rows would go.
        """
        if not removals:
            return ()
        self.step = step
        target = self.target
        if self._ledger.get(step) is None:
            self._allowed(target)
        write = self._clear if target == self.path else self._export
        return replace_once(
            self.path, self._ledger, step, lambda part: write(removals, part), becomes=target,
            moment=self._moment,
        )  # fmt: skip

    def scrub(self) -> tuple[Scrubbed, ...]:
        """Remove an unfinished new file; say what became of an original of an old format."""
        shred_file(part_of(self.target))
        detail = "old file overwritten once and replaced"
        if self.target != self.path:
            detail = "kept rows exported to xlsx, the original overwritten once and removed"
        return (rewritten(self._ledger, self.step, detail),)

    def left(self, removals: Sequence[Removal]) -> tuple[NotRemoved, ...]:
        """Listed rows that still stand in their sheet as they were collected."""
        stands = self.path if self.path.exists() else self.target
        if not stands.exists():
            return ()
        there = {
            name: {row_digest(cells) for cells in rows.values()}
            for name, rows in self._read(stands, exported=stands != self.path).items()
        }
        return tuple(
            NotRemoved(removal.dataset.name, rec, "SH-X-07")
            for removal in removals
            for rec, digest in zip(*(removal.rows[name].to_pylist() for name in ("rec", "digest")),
                                   strict=True)
            if digest in there.get(removal.dataset.name, set())
        )  # fmt: skip

    def carriers(self) -> tuple[Path, ...]:
        """The workbook, the xlsx in its stead, and an unfinished new file."""
        files = {self.path, self.target, part_of(self.target)}
        return tuple(sorted(path for path in files if path.exists()))

    def forget(self) -> None:
        """The ledger of files is the caller's."""

    def _allowed(self, target: Path) -> None:
        unapproved = set(lost_parts(self.path)) - self._may_lose
        if unapproved:
            raise Refusal("SH-E-644", place=self.path.name, parts=", ".join(sorted(unapproved)))
        if target != self.path and target.exists():
            raise Fault("SH-E-645", place=target.name)

    def _read(self, path: Path, *, exported: bool = False) -> dict[str, dict[int, Cells]]:
        """The rows of every sheet by their number, under the dataset's name.

        A collected sheet is read as it was collected; of any other every row counts.
        """
        name = _file_name(self._datasets[0], self.path)
        workbook = Workbook(path, self._datasets[0].source, name)
        collected = {one.name: one for one in self._datasets}
        found: dict[str, dict[int, Cells]] = {}
        for sheet in workbook.sheets:
            was = collected.get(sheet.dataset.name)
            below = _header_of(was, exported=exported)
            width = len((was or sheet.dataset).fields)
            found[sheet.dataset.name] = {
                place: _as_wide(cells, width) for place, cells in workbook.rows(sheet, below=below)
            }
        return found

    def _heads(self) -> dict[str, list[Cells]]:
        """The rows of each collected sheet down to its header, which says each field's name."""
        name = _file_name(self._datasets[0], self.path)
        workbook = Workbook(self.path, self._datasets[0].source, name)
        collected = {one.name: one for one in self._datasets}
        heads: dict[str, list[Cells]] = {one.dataset.name: [] for one in workbook.sheets}
        for sheet in workbook.sheets:
            was = collected.get(sheet.dataset.name)
            if was is not None:
                at = _header_of(was, exported=True)
                above = {place: cells for place, cells in workbook.rows(sheet, below=0)
                         if place < at and was.header_line}  # fmt: skip
                names = tuple(field.name for field in was.fields)
                heads[was.name] = [*(above.get(n, ()) for n in range(1, at)), names]
        return heads

    def _sheets(self, removals: Sequence[Removal]) -> dict[str, _Sheet]:
        """What becomes of every row of every sheet."""
        rows = self._read(self.path)
        orders = {one.dataset.name: one for one in removals}
        if not orders.keys() <= rows.keys():
            raise Fault("SH-E-641", dataset=min(orders.keys() - rows.keys()))
        return {name: _judged(there, orders.get(name)) for name, there in rows.items()}

    def _clear(self, removals: Sequence[Removal], part: Path) -> tuple[Removed, ...]:
        sheets = self._sheets(removals)
        with told_by_openpyxl(set()):
            workbook = open_workbook(self.path)
            formulas: dict[str, set[tuple[int, int]]] = {}
            for worksheet in workbook.worksheets:
                vars(worksheet)["_pivots"] = []  # their cache repeats the rows; named as lost
                name = f"{_file_name(self._datasets[0], self.path)}#{worksheet.title}"
                if name in sheets:
                    _clear_sheet(worksheet, sheets[name])
                    formulas[name] = _formulas(worksheet)
            workbook.save(part)
            workbook.close()
        self._check(part, sheets, formulas)
        return tuple(sheets[one.dataset.name].told(one) for one in removals)

    def _export(self, removals: Sequence[Removal], part: Path) -> tuple[Removed, ...]:
        import xlsxwriter

        sheets = self._sheets(removals)
        heads = self._heads()
        with xlsxwriter.Workbook(part, {"constant_memory": True}) as workbook:
            for name, sheet in sheets.items():
                page = workbook.add_worksheet(name.rsplit("#", 1)[1])
                rows = [*heads[name], *sheet.kept.values()]
                for at, cells in enumerate(rows):
                    for column, cell in enumerate(cells):
                        if cell is not None:
                            page.write_string(at, column, cell)
        written = {
            name: list(rows.values()) for name, rows in self._read(part, exported=True).items()
        }
        for name, sheet in sheets.items():
            expected = [_trimmed(cells) for cells in sheet.kept.values() if any(cells)]
            if [_trimmed(cells) for cells in written.get(name, [])] != expected:
                shred_file(part)
                raise Fault("SH-E-643", place=self.path.name)
        return tuple(sheets[one.dataset.name].told(one) for one in removals)

    def _check(
        self,
        part: Path,
        sheets: Mapping[str, _Sheet],
        formulas: Mapping[str, set[tuple[int, int]]],
    ) -> None:
        """Read the new file as a reader would; only formulas' results may be missing."""
        written = self._read(part)
        for name, sheet in sheets.items():
            expected = _comparable(sheet.kept, formulas.get(name, set()))
            if _comparable(written.get(name, {}), formulas.get(name, set())) != expected:
                shred_file(part)
                raise Fault("SH-E-643", place=self.path.name)


@dataclass
class _Sheet:
    """What becomes of the rows of one sheet."""

    before: int
    kept: dict[int, Cells]
    """The rows as they read afterwards."""
    gone: list[int] = field(default_factory=list)
    emptied: dict[int, tuple[int, ...]] = field(default_factory=dict)
    exceptions: list[NotRemoved] = field(default_factory=list)

    def told(self, removal: Removal) -> Removed:
        fields = sum(len(shape) for shape in self.emptied.values())
        after = self.before - len(self.gone)
        return Removed(removal.dataset.name, self.before, after, len(self.gone),
                       len(self.emptied), fields, tuple(self.exceptions))  # fmt: skip


def _judged(rows: Mapping[int, Cells], removal: Removal | None) -> _Sheet:
    sheet = _Sheet(len(rows), dict(rows))
    for place, one in (listed_rows(removal) if removal else {}).items():
        assert removal is not None
        code = _exception(rows.get(place), one)
        shape = removal.shapes[one.shape]
        if code:
            sheet.exceptions.append(NotRemoved(removal.dataset.name, one.rec, code))
        elif shape is None:
            sheet.gone.append(place)
            del sheet.kept[place]
        else:
            sheet.emptied[place] = shape
            cells = rows[place]
            sheet.kept[place] = tuple(None if n in shape else c for n, c in enumerate(cells))
    return sheet


def _exception(cells: Cells | None, one: Listed) -> str:
    if cells is None:
        return "SH-X-02"
    return "" if row_digest(cells) == one.digest else "SH-X-01"


def _clear_sheet(worksheet: Worksheet, sheet: _Sheet) -> None:
    places = dict.fromkeys(sheet.gone) | dict(sheet.emptied)
    # asked for once: the library finds it by looking at every cell of the sheet
    last = worksheet.max_column
    for place, shape in places.items():
        for cell in next(worksheet.iter_rows(place, place, 1, last)):
            if shape is None or int(cell.column or 0) - 1 in shape:
                _clear_cell(cell)


def _clear_cell(cell: Any) -> None:
    from openpyxl.cell.cell import MergedCell

    if not isinstance(cell, MergedCell):
        cell.value = None
        cell.hyperlink = None
    cell.comment = None


def _formulas(worksheet: Worksheet) -> set[tuple[int, int]]:
    """Row and column (from 1 and from 0) of every formula."""
    return {
        (int(cell.row or 0), int(cell.column or 0) - 1)
        for row in worksheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


def _comparable(
    rows: Mapping[int, Cells], formulas: set[tuple[int, int]]
) -> dict[int, tuple[str | None, ...]]:
    plain = {
        place: _trimmed(tuple(None if (place, n) in formulas else c for n, c in enumerate(cells)))
        for place, cells in rows.items()
    }
    return {place: cells for place, cells in plain.items() if cells}


def _header_of(dataset: Dataset | None, *, exported: bool) -> int:
    """The row below which the rows of a sheet begin; an export gives every sheet a header."""
    if dataset is None:
        return 0
    if dataset.header_line is None:  # collected before readers noted it
        raise Fault("SH-E-641", dataset=dataset.name)
    return max(dataset.header_line, 1) if exported else dataset.header_line


def _as_wide(cells: Cells, width: int) -> Cells:
    """A row as wide as it was collected; wider where something was written beside it since."""
    return cells[: max(width, len(_trimmed(cells)))] + (None,) * (width - len(cells))


def _trimmed(cells: Cells) -> Cells:
    last = max((n for n, cell in enumerate(cells, start=1) if cell is not None), default=0)
    return cells[:last]


def _file_name(dataset: Dataset, path: Path) -> str:
    """The file's part of a dataset's name: `<source id>/<path>` without `#<sheet>`."""
    end = dataset.name.index(f"{path.name}#") + len(path.name)
    return dataset.name[:end]
