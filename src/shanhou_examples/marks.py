"""By what a value is known again, however it was typed, moved or wrapped in a sentence."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from hashlib import blake2b

_DROPPED = re.compile(r"[\s\-]")
_TOKENS = re.compile(
    r"记录[A-Z]{7}"  # a note's mark
    r"|\d{8}#"  # a door code
    r"|(?<![0-9A-Z])91[0-9A-Z]{16}(?![0-9A-Z])"  # a company's code
    r"|(?<!\d)\d{17}[\dX](?!\d)|(?<!\d)\d{19}(?!\d)|(?<!\d)\d{15}(?!\d)"  # resident number, card
    r"|(?<![0-9A-Z])E\d{8}(?!\d)"  # a passport
    r"|(?<!\d)(?:\+?86)?(1[3-9]\d{9})(?!\d)"  # a mobile
    r"|KH\d{7}@EXAMPLE\.COM"
)


def cell_text(cell: object) -> str:
    """A cell as text, the same from a database, a sheet or a delimited file."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return (
            cell.date().isoformat()
            if cell == datetime.combine(cell, datetime.min.time())
            else str(cell)
        )
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def tokens(text: str) -> frozenset[str]:
    """The distinctive values within a text: phones, numbers, door codes, note marks."""
    plain = _DROPPED.sub("", unicodedata.normalize("NFKC", text)).upper()
    return frozenset(found[1] or found[0] for found in _TOKENS.finditer(plain))


def digest(cells: Iterable[object]) -> str:
    """Digest of some cells' texts; empty where all are empty."""
    texts = [cell_text(cell) for cell in cells]
    if not any(texts):
        return ""
    return blake2b("\x1f".join(texts).encode(), digest_size=8).hexdigest()


def summed(total: int, cells: Iterable[object]) -> int:
    """Add one row to the sum of a table's rows, which does not depend on their order."""
    return (total + int(digest(cells) or "0", 16)) % 2**64
