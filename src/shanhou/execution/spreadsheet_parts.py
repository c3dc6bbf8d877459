"""What a workbook holds that does not survive its rewriting, told before anything is rewritten."""

from __future__ import annotations

import os
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpyxl import Workbook

REWRITTEN = frozenset({".xlsx", ".xlsm"})
_PARTS = (
    ("xl/media/", "images"),
    ("xl/charts/", "charts"),
    ("xl/chartsheets/", "charts"),
    ("xl/pivot", "pivot tables"),
    ("xl/externalLinks/", "external links"),
    ("xl/vbaProject", "macros"),
    ("xl/threadedComments/", "threaded comments"),
    ("xl/persons/", "threaded comments"),
    ("xl/slicer", "slicers"),
    ("xl/timeline", "timelines"),
    ("xl/embeddings/", "embedded objects"),
    ("xl/activeX/", "controls"),
    ("xl/ctrlProps/", "controls"),
    ("xl/queryTables/", "queries"),
    ("xl/connections", "queries"),
    ("xl/richData/", "rich values"),
    ("xl/metadata", "rich values"),
    ("xl/revisions/", "revisions"),
    ("customXml/", "custom parts"),
    ("customUI", "custom parts"),
)
_KEPT = ("[Content_Types].xml", "_rels/", "docProps/", "xl/_rels/", "xl/workbook", "xl/styles",
         "xl/sharedStrings", "xl/theme/", "xl/worksheets/", "xl/calcChain", "xl/comments",
         "xl/tables/", "xl/drawings/", "xl/printerSettings/")  # fmt: skip


def lost_parts(path: Path) -> tuple[str, ...]:
    """The parts of a workbook that its rewriting loses, in words of the plan; empty: none.

    `formula results` come back when a spreadsheet program opens the file and calculates. Old
    formats (xls, xlsb, ods, et) keep their rows' texts only.
    """
    if not is_rewritten(path):
        return ("formats", "formulas", "original format")
    lost: set[str] = set()
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            lost.update(_lost(name, path))
            if name.lower().startswith("xl/worksheets/sheet") and _has_formula(archive, name):
                lost.add("formula results")
    with told_by_openpyxl(lost):
        open_workbook(path).close()
    return tuple(sorted(lost))


def is_rewritten(path: Path) -> bool:
    """Whether the format can be written: xlsx and xlsm, told by the first bytes and the name."""
    return path.suffix.lower() in REWRITTEN and zipfile.is_zipfile(path)


def open_workbook(path: Path) -> Workbook:
    """The workbook with its formulas; macros stay in xlsm, links to other files do not."""
    # with lxml, which documents bring along, it would write Chinese as numbered references
    os.environ.setdefault("OPENPYXL_LXML", "False")
    import openpyxl

    return openpyxl.load_workbook(
        path, keep_vba=path.suffix.lower() == ".xlsm", keep_links=False, rich_text=True
    )


@contextmanager
def told_by_openpyxl(lost: set[str]) -> Iterator[None]:
    """Take the writer's own warnings of what it cannot keep as names of lost parts."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        yield
    for warning in told:
        words = str(warning.message)
        if "will be removed" in words or "not supported" in words:
            lost.add(words.split(" extension", maxsplit=1)[0].strip().lower())


def _lost(name: str, path: Path) -> Iterator[str]:
    if name.startswith("xl/vbaProject") and path.suffix.lower() == ".xlsm":
        return
    part = next((part for start, part in _PARTS if name.startswith(start)), None)
    if part is not None:
        yield part
    elif name.startswith("xl/") and not name.startswith(_KEPT):
        yield "other parts"


def _has_formula(archive: zipfile.ZipFile, name: str) -> bool:
    content = archive.read(name)
    return b"<f>" in content or b"<f " in content or b":f>" in content
