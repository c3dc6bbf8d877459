"""A document as DOCX, which a lawyer can amend; the same document gives the same bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from shanhou.documents.blocks import (
    UNNUMBERED,
    Block,
    Contents,
    Document,
    Heading,
    Listed,
    Note,
    PageBreak,
    Paragraph,
    Part,
    Run,
    Runs,
    Signatures,
    Table,
    Title,
)
from shanhou.documents.measuring import shares
from shanhou.documents.words import phrase

if TYPE_CHECKING:
    from docx.document import Document as Word

_LATIN = "Times New Roman"
_BODY, _HEAD = "宋体", "黑体"
_SIZE, _SMALL, _TITLE = 12, 10, 18
_TEXT_MM = 156
"""A4 without the margins."""
_RED = "B3261E"
_QUIET = "5B6675"
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest day a zip entry can bear; it says nothing."""


def docx_bytes(document: Document, *, author: str, on: date) -> bytes:
    """The document as a DOCX file; `author` and `on` are its core properties."""
    import docx

    word = docx.Document()
    _without_the_librarys_picture(word)
    _page(word, document)
    _properties(word, document, author, on)
    for block, following in pairwise((*document.blocks, None)):
        assert block is not None
        _WRITE[type(block)](word, block, document)
        if isinstance(block, Paragraph) and isinstance(following, Table | Signatures):
            _keep_with_next(word)
    out = io.BytesIO()
    word.save(out)
    return _fixed(out.getvalue())


def _keep_with_next(word: Word) -> None:
    """The last paragraph stays on the page of what follows."""
    from docx.text.paragraph import Paragraph as Written

    # the section's own element stands last; asking for all paragraphs would take longer each time
    Written(word.element.body[-2], word).paragraph_format.keep_with_next = True


def _without_the_librarys_picture(word: Word) -> None:
    """Its template brings a small picture of itself."""
    relations = word.part.package.rels
    for number in [one.rId for one in relations.values() if one.reltype.endswith("/thumbnail")]:
        del relations[number]


def _page(word: Word, document: Document) -> None:
    """A4, the house's margins and fonts, the page number, and the mark of a rehearsal."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm, Pt, RGBColor

    section = word.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(27)
    section.top_margin, section.bottom_margin = Mm(28), Mm(25)
    normal = word.styles["Normal"]
    normal.font.size = Pt(_SIZE)
    _font(normal.element.get_or_add_rPr(), _BODY)
    normal.paragraph_format.line_spacing = 1.4
    normal.paragraph_format.space_after = Pt(4)
    for level in (1, 2, 3):
        style = word.styles[f"Heading {level}"]
        style.font.color.rgb = RGBColor(0, 0, 0)
        style.font.italic, style.font.bold = False, True
        style.font.size = Pt({1: _TITLE, 2: 13, 3: 12}[level])
        _font(style.element.get_or_add_rPr(), _HEAD)
        style.paragraph_format.space_before = Pt({1: 0, 2: 12, 3: 8}[level])
        style.paragraph_format.space_after = Pt({1: 14, 2: 6, 3: 4}[level])
    if document.rehearsal:
        head = section.header.paragraphs[0]
        head.alignment = WD_ALIGN_PARAGRAPH.CENTER
        told = Run(phrase("rehearsal", document.language), bold=True)
        _write(head, (told,), size=9, colour=_RED)
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _write(foot, (Run(f"{document.title}　"),), size=9, colour=_QUIET)
    _field(foot, "PAGE")
    _write(foot, (Run(" / "),), size=9, colour=_QUIET)
    _field(foot, "NUMPAGES")


def _font(properties: Any, east: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    fonts = properties.get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for name in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{name}"), _LATIN)
    fonts.set(qn("w:eastAsia"), east)
    spoken = OxmlElement("w:lang")
    spoken.set(qn("w:val"), "en-GB")
    spoken.set(qn("w:eastAsia"), "zh-CN")
    properties.append(spoken)


def _field(paragraph: Any, code: str) -> None:
    """A number that the office program counts itself."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    run = paragraph.add_run("1")
    run.font.size = Pt(9)
    field.append(run._r)  # noqa: SLF001 - moved into the field
    paragraph._p.append(field)  # noqa: SLF001 - the library has no words for fields


def _properties(word: Word, document: Document, author: str, on: date) -> None:
    at = datetime.combine(on, time(), UTC).replace(tzinfo=None)
    core = word.core_properties
    core.author = core.last_modified_by = author[:255]
    core.title, core.language = document.title[:255], {"zh": "zh-CN"}.get(document.language, "en")
    core.created = core.modified = at
    core.revision = 1
    core.comments = ""


def _write(
    paragraph: Any, runs: Runs, *, size: float | None = None, colour: str = "", bold: bool = False
) -> None:
    from docx.shared import Pt, RGBColor

    for run in runs:
        written = paragraph.add_run(run.text)
        written.bold = True if run.bold or bold else None
        if size:
            written.font.size = Pt(size)
        if colour:
            written.font.color.rgb = RGBColor.from_string(colour)


def _shown(runs: Runs, document: Document) -> Runs:
    """Blanks as a line to write on, with what belongs there."""
    return tuple(
        Run(phrase("blank", document.language).format(label=one.text), one.bold)
        if one.blank else one for one in runs
    )  # fmt: skip


def _title(word: Word, block: Title, document: Document) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    paragraph = word.add_paragraph(style="Heading 1")
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _write(paragraph, _shown(block.runs, document))


def _heading(word: Word, block: Heading, document: Document) -> None:
    style = block.level - 2 if block.level >= UNNUMBERED else block.level
    paragraph = word.add_paragraph(style=f"Heading {style}")
    paragraph.paragraph_format.keep_with_next = True
    gap = "" if block.label.endswith("、") or not block.label else "　"
    _write(paragraph, (Run(block.label + gap), *_shown(block.runs, document)))


def _paragraph(word: Word, block: Paragraph, document: Document) -> None:
    paragraph = word.add_paragraph()
    if document.language == "zh":
        _indent_two_signs(paragraph)
    _write(paragraph, _shown(block.runs, document))


def _listed(word: Word, block: Listed, document: Document) -> None:
    from docx.shared import Mm

    paragraph = word.add_paragraph()
    paragraph.paragraph_format.left_indent = Mm(12)
    paragraph.paragraph_format.first_line_indent = Mm(-9 if len(block.label) > 1 else -6)
    _write(paragraph, (Run(block.label + (" " if len(block.label) == 1 else "")),
                       *_shown(block.runs, document)))  # fmt: skip


def _indent_two_signs(paragraph: Any) -> None:
    """By two characters, whatever size an editor gives them."""
    from docx.oxml.ns import qn
    from docx.shared import Pt

    paragraph.paragraph_format.first_line_indent = Pt(2 * _SIZE)
    paragraph._p.pPr.find(qn("w:ind")).set(qn("w:firstLineChars"), "200")  # noqa: SLF001


def _note(word: Word, block: Note, document: Document) -> None:
    cell = _grid(word, 1, 1).cell(0, 0)
    for number, line in enumerate(block.lines):
        paragraph = cell.paragraphs[0] if number == 0 else cell.add_paragraph()
        _write(paragraph, _shown(line, document), size=_SMALL)
    _after(word)


def _table(word: Word, block: Table, document: Document) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.shared import Pt

    grid = _grid(word, len(block.rows) + 1, len(block.head))
    header = OxmlElement("w:tblHeader")
    grid.rows[0]._tr.get_or_add_trPr().append(header)  # noqa: SLF001 - repeated on each page
    _set_widths(grid, block)
    for row, cells in zip(grid.rows, (block.head, *block.rows), strict=True):
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))  # noqa: SLF001
        for cell, runs, right in zip(row.cells, cells, block.right, strict=True):
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_before = Pt(2)
            paragraph.paragraph_format.space_after = Pt(2)
            paragraph.paragraph_format.line_spacing = 1.0
            if right:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            _write(paragraph, _shown(runs, document), size=_SMALL, bold=cells is block.head)
    _after(word)


def _set_widths(grid: Any, block: Table) -> None:
    from docx.shared import Mm

    grid.autofit = False
    given = shares(block)
    for at, share in enumerate(given):
        grid.columns[at].width = Mm(_TEXT_MM * share / sum(given))
        for cell in grid.columns[at].cells:
            cell.width = Mm(_TEXT_MM * share / sum(given))


def _grid(word: Word, rows: int, columns: int) -> Any:
    grid = word.add_table(rows, columns)
    grid.style = "Table Grid"
    return grid


def _after(word: Word) -> None:
    from docx.shared import Pt

    gap = word.add_paragraph().paragraph_format
    gap.space_after, gap.line_spacing = Pt(0), Pt(8)


def _signatures(word: Word, block: Signatures, document: Document) -> None:
    from docx.shared import Pt

    said = document.language
    columns = 3 if len(block.places) > 2 else 2
    grid = word.add_table(-(-len(block.places) // columns), columns)
    for number, place in enumerate(block.places):
        cell = grid.rows[number // columns].cells[number % columns]
        named = (Run(phrase("colon", said)), *_shown(place.name, document)) if place.name else ()
        lines: list[Runs] = [(*place.capacity, *named)]
        told = phrase("seal" if place.sealed else "sign", said).splitlines()
        for at, line in enumerate((*lines, *((Run(one),) for one in told))):
            paragraph = cell.paragraphs[0] if at == 0 else cell.add_paragraph()
            paragraph.paragraph_format.keep_with_next = True
            paragraph.paragraph_format.space_after = Pt(10)
            _write(paragraph, line, size=11, bold=at == 0)
    _after(word)


def _break(word: Any, _block: PageBreak, _document: Document) -> None:
    word.add_page_break()


def _only_in_a_binder(_word: Word, block: Part | Contents, _document: Document) -> None:
    raise AssertionError(type(block))


_WRITE: Mapping[type[Block], Callable[[Any, Any, Document], None]] = {
    Title: _title, Heading: _heading, Paragraph: _paragraph, Listed: _listed, Note: _note,
    Table: _table, Signatures: _signatures, PageBreak: _break, Part: _only_in_a_binder,
    Contents: _only_in_a_binder,
}  # fmt: skip


def _fixed(written: bytes) -> bytes:
    """The same file without the hour it was written at."""
    out = io.BytesIO()
    with (zipfile.ZipFile(io.BytesIO(written)) as came,
          zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as goes):  # fmt: skip
        for name in _in_order(came.namelist()):
            entry = zipfile.ZipInfo(name, _ZIP_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            goes.writestr(entry, came.read(name))
    return out.getvalue()


def _in_order(names: Iterable[str]) -> list[str]:
    """The list of contents first, as office programs want it."""
    return sorted(names, key=lambda name: (name != "[Content_Types].xml", name))
