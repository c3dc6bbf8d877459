"""The process that opens a workbook (`python -m shanhou.sources.sheet FILE`).

It answers questions, one JSON array a line: `["shape", {sheet: header row}]`, with the header rows
that a person named, or `["rows", sheet, header row, width]`. Each answer is an Arrow stream and
then the byte `DONE`; it ends with 3 for a password, 4 for damage.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

from shanhou.sources.sheet_words import DAMAGED, DONE, PASSWORD

MEMORY_BYTES = 6 << 30
_LOOK_ROWS = 30
_BATCH_ROWS = 20_000
_ABOVE = pa.struct([("line", pa.int64()), ("text", pa.string())])


@dataclass(frozen=True)
class Shape:
    """Where a sheet's table begins: row of the header (from 1), titles, group titles above them."""

    header_row: int
    titles: list[str]
    groups: list[str]
    title: str
    above: list[dict[str, Any]] = field(default_factory=list)
    """The filled rows above the header, as `line` and `text`."""
    code: str = ""
    """SH-E-114 one of them may be the header; SH-E-115 nothing is where a person named it."""


def main(arguments: Sequence[str]) -> int:
    _bound_memory()
    try:
        # from its bytes: a file that is held open could not be replaced everywhere
        content = io.BytesIO(Path(arguments[0]).read_bytes())
        workbook = CalamineWorkbook.from_filelike(content)
        for line in sys.stdin.buffer:
            _answer(workbook, json.loads(line))
    except PasswordError:
        return PASSWORD
    except CalamineError as error:
        return PASSWORD if "password" in str(error).lower() else DAMAGED
    except (MemoryError, OverflowError, ValueError, OSError):
        return DAMAGED
    return 0


def _answer(workbook: Any, question: Sequence[Any]) -> None:
    if question[0] == "shape":
        _send_shapes(workbook, question[1])
    else:
        _send_rows(workbook, *question[1:])
    sys.stdout.buffer.write(DONE)
    sys.stdout.buffer.flush()


def text_of(cell: Any) -> str | None:
    """A cell's one canonical text: whole numbers without a point, dates as ISO 8601."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, (dt.datetime, dt.date, dt.time)):
        return _moment(cell)
    return str(cell)


def _moment(cell: dt.datetime | dt.date | dt.time) -> str:
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    return cell.isoformat(" ") if isinstance(cell, dt.datetime) else cell.isoformat()


def find_header(
    rows: list[list[Any]],
    merged: list[tuple[int, int, int, int]],
    named: int | None = None,
) -> Shape | None:
    """The header: the last of the first rows of titles before the data begins.

    `named`: the row where a person says it begins, 0 for none. Title rows above it (one filled
    cell) become the sheet's title; a row of group titles merged over several columns becomes each
    column's group.
    """
    width = max((_filled_width(row) for row in rows), default=0)
    if width == 0:
        return None
    at = next((n for n, row in enumerate(rows) if _is_header(row, width)), None)
    if named is not None:
        at = named - 1 if named else None
    if at is None or at >= len(rows) or not any(map(_said, rows[at])):
        code = "SH-E-115" if named else ""
        return Shape(0, [""] * width, [""] * width, "", code=code)
    shape = _shape_at(at, rows, merged, width)
    above = [{"line": n, "text": _text(row)} for n, row in enumerate(rows[:at], 1)
             if any(map(_said, row))]  # fmt: skip
    # titles of groups are merged over their columns; nobody's row is
    across = {r1 for (r1, c1), (_r2, c2) in _pairs(merged) if c2 > c1}
    unsure = named is None and any(
        sum(map(_said, row)) > 1 for n, row in enumerate(rows[:at]) if n not in across
    )
    return replace(shape, above=above, code="SH-E-114" if unsure else "")


def _shape_at(
    at: int, rows: list[list[Any]], merged: list[tuple[int, int, int, int]], width: int
) -> Shape:
    title = " ".join(str(cell) for row in rows[:at] for cell in row if _said(cell))
    top = _spread(rows[at], at, merged, width)
    below = rows[at + 1] if at + 1 < len(rows) else []
    across = any(r1 == at and c2 > c1 for (r1, c1), (_r2, c2) in _pairs(merged))
    if across and _is_second_header(below, rows[at], width):
        names = [str(cell or "").strip() for cell in _padded(below, width)]
        titles = [name or group for name, group in zip(names, top, strict=True)]
        groups = [group if name else "" for name, group in zip(names, top, strict=True)]
        return Shape(at + 2, titles, groups, title)
    return Shape(at + 1, top, [""] * width, title)


def _pairs(
    merged: list[tuple[int, int, int, int]],
) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    for r1, c1, r2, c2 in merged:
        yield (r1, c1), (r2, c2)


def _is_header(row: list[Any], width: int) -> bool:
    said = [cell for cell in row if _said(cell)]
    return len(said) >= max(1, min(2, width), width // 2) and all(
        isinstance(cell, str) for cell in said
    )


def _is_second_header(row: list[Any], above: list[Any], width: int) -> bool:
    """Names under a merged group title: text only, every column titled by one or the other."""
    cells = _padded(row, width)
    upper = _padded(above, width)
    texts = [cell for cell in cells if _said(cell)]
    titled = all(_said(a) or _said(b) for a, b in zip(cells, upper, strict=True))
    return bool(texts) and titled and all(isinstance(cell, str) for cell in texts)


def _spread(
    row: list[Any], at: int, merged: list[tuple[int, int, int, int]], width: int
) -> list[str]:
    """A header row with each merged title repeated over the columns it covers."""
    titles = [(text_of(cell) or "").strip() for cell in _padded(row, width)]
    for (r1, c1), (_r2, c2) in _pairs(merged):
        if r1 == at:
            for column in range(c1, min(c2 + 1, width)):
                titles[column] = titles[c1]
    return titles


def _padded(row: list[Any], width: int) -> list[Any]:
    return [*row[:width], *[None] * (width - len(row))]


def _filled_width(row: list[Any]) -> int:
    return max((n + 1 for n, cell in enumerate(row) if _said(cell)), default=0)


def _said(cell: Any) -> bool:
    return cell is not None and str(cell).strip() != ""


def _text(row: list[Any]) -> str:
    """A row that is no record, in one line: its cells between tabs."""
    return "\t".join(text_of(cell) or "" for cell in row[: _filled_width(row)])


def _shape(sheet: Any, named: int | None) -> Shape | None:
    """A sheet's shape by its first filled rows, wide enough for its widest row of all."""
    if sheet.start is None:
        return None
    look = max(sheet.start[0], named or 0) + _LOOK_ROWS
    rows = sheet.to_python(skip_empty_area=False, nrows=look)
    width = max(map(_filled_width, rows), default=0)
    if width == 0 or sheet.end[1] >= width:
        rows = sheet.to_python(skip_empty_area=False)
        width = max(map(_filled_width, rows), default=0)
        first = next((n for n, row in enumerate(rows) if any(map(_said, row))), 0)
        rows = rows[: max(look, first + _LOOK_ROWS)]
    merged = [(r1, c1, r2, c2) for (r1, c1), (r2, c2) in sheet.merged_cell_ranges or ()]
    shape = find_header(rows, merged, named)
    if shape is None:
        return None
    beyond = [""] * (width - len(shape.titles))
    return replace(shape, titles=shape.titles + beyond, groups=shape.groups + beyond)


def _send_shapes(workbook: Any, named: Mapping[str, int]) -> None:
    found: list[dict[str, Any]] = []
    for meta in workbook.sheets_metadata:
        shape = _shape(workbook.get_sheet_by_name(meta.name), named.get(meta.name))
        if shape is not None:
            hidden = meta.visible != SheetVisibleEnum.Visible
            found.append({"sheet": meta.name, "hidden": hidden, **vars(shape)})
    schema = pa.schema([("sheet", pa.string()), ("hidden", pa.bool_()), ("header_row", pa.int64()),
                        ("titles", pa.list_(pa.string())), ("groups", pa.list_(pa.string())),
                        ("title", pa.string()), ("above", pa.list_(_ABOVE)),
                        ("code", pa.string())])  # fmt: skip
    _send(schema, [pa.RecordBatch.from_pylist(found, schema)])


def _send_rows(workbook: Any, name: str, header_row: int, width: int) -> None:
    rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    names = [*(f"c{n}" for n in range(width)), "line"]
    schema = pa.schema([(name, pa.string()) for name in names[:-1]] + [("line", pa.int64())])
    _send(schema, _batches(rows, header_row, width, schema))


def _batches(
    rows: list[list[Any]], header_row: int, width: int, schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    kept = [
        (number, row)
        for number, row in enumerate(rows[header_row:], start=header_row + 1)
        if any(_said(cell) for cell in row)
    ]
    for start in range(0, len(kept), _BATCH_ROWS):
        part = kept[start : start + _BATCH_ROWS]
        columns = [
            pa.array([text_of(row[n]) if n < len(row) else None for _, row in part], pa.string())
            for n in range(width)
        ]
        columns.append(pa.array([number for number, _ in part], pa.int64()))
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _send(schema: pa.Schema, batches: Any) -> None:
    with pa.ipc.new_stream(sys.stdout.buffer, schema) as stream:
        for batch in batches:
            stream.write_batch(batch)


def _bound_memory() -> None:
    """Address space up to a bound, where the system knows such a bound (not on Windows)."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
