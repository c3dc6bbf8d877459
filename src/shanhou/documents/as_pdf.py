"""A document as PDF/A, to be printed, signed and sealed; one font, a fixed date."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from shanhou.documents.blocks import Block, Document, Table
from shanhou.documents.measuring import shares
from shanhou.documents.words import phrase
from shanhou.evidence.typeset import typeset

_WORDS = ("rehearsal", "mark", "blank", "colon", "seal", "sign", "place_of_seal", "contents",
          "page", "number", "document", "asked_by")  # fmt: skip


def pdf_bytes(document: Document, *, author: str, on: date) -> bytes:
    """The document as PDF/A-2b.

    Raises:
        Fault: SH-E-706, the font lacks a character; a box would stand in its place.
    """
    facts = {
        "language": document.language,
        "title": document.title,
        "author": author,
        "on": [on.year, on.month, on.day],
        "rehearsal": document.rehearsal,
        "words": {name: phrase(name, document.language) for name in _WORDS},
        "blocks": [_json(block) for block in document.blocks],
    }
    return typeset("document.typ", facts, document=document.id, room="shanhou.documents")


def _json(block: Block) -> dict[str, Any]:
    told = {"is": type(block).__name__, **asdict(block)}
    if isinstance(block, Table):
        told["shares"] = shares(block)
    return told
