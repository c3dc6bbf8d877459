"""Turn facts into a PDF/A that looks the same everywhere: one font, no system fonts, fixed date."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from shanhou.errors import Fault

FONT_PACKAGE = "manimgx_fonts_cjk"
FONT_FAMILY = "Noto Sans CJK SC"
FONT_FILE = "NotoSansCJK-VF.otf.ttc"


def typeset(
    template: str, facts: Mapping[str, Any], *, document: str, room: str = "shanhou.evidence"
) -> bytes:
    """The PDF/A-2b of a room's template over JSON facts.

    Raises:
        Fault: SH-E-706, the font lacks a character; a box would stand in its place.
    """
    import typst

    source = resources.files(room).joinpath(template)
    missing = missing_glyphs("".join(_texts(facts)) + source.read_text(encoding="utf8"))
    if missing:
        raise Fault("SH-E-706", glyphs=missing, document=document)
    with resources.as_file(source) as path, resources.as_file(_font_folder()) as fonts:
        pdf: bytes = typst.compile(
            str(path),
            font_paths=[str(fonts)],
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=["a-2b"],
            sys_inputs={"facts": json.dumps(facts, ensure_ascii=False), "font": FONT_FAMILY},
        )
    return pdf


def missing_glyphs(text: str) -> str:
    """The characters of a text that the font cannot show, by code point."""
    wanted = {sign for sign in text if not sign.isspace()}
    return " ".join(f"U+{ord(sign):04X}" for sign in sorted(wanted - _glyphs()))


@cache
def _glyphs() -> frozenset[str]:
    from fontTools.ttLib import TTFont

    with resources.as_file(_font_folder()) as fonts:
        # 2: the place of the simplified Chinese face in the collection
        font = TTFont(Path(fonts) / FONT_FILE, fontNumber=2, lazy=True)
        if font["name"].getDebugName(1) != FONT_FAMILY:
            raise Fault("SH-E-706", glyphs=FONT_FAMILY, document=FONT_FILE)
        glyphs = frozenset(map(chr, font.getBestCmap()))
        font.close()
    return glyphs


def _font_folder() -> Any:
    return resources.files(FONT_PACKAGE)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
