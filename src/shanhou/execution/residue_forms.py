"""The byte forms in which a text may lie in a raw file."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

ANCHOR_BYTES = 8
"""Shorter forms are met by chance: a two-character name is in every file of a Chinese company."""


@dataclass(frozen=True)
class Piece:
    """Bytes to look for, and whose they are."""

    content: bytes
    form: str
    needle_number: int


def pieces_of(number: int, text: str, window: int) -> Iterator[Piece]:
    """Every form of a needle, whole or in windows; those under eight bytes are left out."""
    seen: set[bytes] = set()
    for form, content, scale in forms_of(text):
        width = len(content)
        if window:
            width = min(width, max(ANCHOR_BYTES, round(max(window, ANCHOR_BYTES) * scale)))
        for start in range(len(content) - width + 1):
            piece = content[start : start + width]
            if len(piece) >= ANCHOR_BYTES and piece not in seen:
                seen.add(piece)
                yield Piece(piece, form, number)


def forms_of(text: str) -> Iterator[tuple[str, bytes, float]]:
    """Name, bytes, and how many bytes of it one byte of the text takes."""
    plain = text.encode()
    yield "utf-8", plain, 1
    yield "utf-16-le", text.encode("utf-16-le"), 2
    yield "utf-16-be", text.encode("utf-16-be"), 2
    yield "gb18030", text.encode("gb18030"), 1
    yield "hex", plain.hex().encode(), 2
    yield "HEX", plain.hex().upper().encode(), 2
    for shift in range(3):
        yield f"base64+{shift}", _base64_inside(plain, shift), 4 / 3
    yield "lower", text.lower().encode(), 1  # full-text indexes fold case
    yield "json", json.dumps(text)[1:-1].encode(), 1
    yield "xml", escape(text).encode(), 1


def _base64_inside(plain: bytes, shift: int) -> bytes:
    """The base64 letters that depend on the text alone when it stands `shift` bytes into a run."""
    letters = base64.b64encode(b"\0" * shift + plain + b"\0\0")
    first = -(-shift * 8 // 6)
    last = (shift + len(plain)) * 8 // 6
    return letters[first:last]
