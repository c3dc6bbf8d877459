"""What cells of free text hold: the strictest thing found decides the cell (design, 4.10)."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from shanhou.inventory.rules import document, rules

if TYPE_CHECKING:
    import pyarrow as pa

_NUMBERED = r"[0-9０-９@]"
_IDENTITY = frozenset({"national_id_18", "national_id_masked", "card", "passport", "uscc"})
_CONTACT = frozenset(
    {"mobile", "phone_masked", "landline", "email", "email_masked", "phone_international"}
)
_ADDRESSED = (
    r"(?:路|街|大道|巷|弄|村|小区|花园|公寓|大厦|苑)[^。；;\n]{0,10}\d+\s*(?:号|弄|栋|幢|座|室|单元|楼)"
    r"|\d+\s*(?:栋|幢|号楼|单元)[^。；;\n]{0,6}\d+\s*室?"
    r"|微信\s*(?:号|是)?[:：]?\s*[\w-]{5,}|(?:加V|vx|VX)\s*(?:号|是)?[:：]?\s*[\w-]{6,}"
    r"|(?:QQ|qq)\s*(?:号|是)?[:：]?\s*[1-9]\d{4,11}"
)


class Holding(StrEnum):
    """What a text holds, strictest first."""

    CREDENTIAL = "credential"
    CHILD = "child"
    HEALTH = "health"
    FAMILY = "family"
    IDENTITY = "identity"
    CONTACT = "contact"
    NOTHING = "nothing"


def text_holds(cells: pa.Array) -> pa.Array:
    """The strictest thing each cell holds, as the words of `Holding`; null and blank: nothing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(cells, pa.ChunkedArray):
        cells = cells.combine_chunks()
    coded = pc.fill_null(cells.cast(pa.string()), "").dictionary_encode()
    texts = coded.dictionary
    wide = pc.match_substring_regex(texts, r"[\x{FF01}-\x{FF5E}\x{3000}]")
    if pc.any(wide).as_py():
        texts = pc.if_else(wide, pc.utf8_normalize(texts, "NFKC"), texts)
    held = pa.nulls(len(texts), pa.string())
    for holding, pattern in _patterns():
        left = pc.is_null(held)
        if not pc.any(left).as_py():
            break
        found = pc.and_(left, pc.match_substring_regex(texts, pattern))
        held = pc.if_else(found, holding.value, held)
    held = pc.fill_null(held, Holding.NOTHING.value)
    return held.take(coded.indices)


@cache
def _patterns() -> tuple[tuple[Holding, str], ...]:
    entries = document("content.yaml")
    worded = [(Holding(e["holds"]), "|".join(f"(?:{p})" for p in e["patterns"])) for e in entries]
    return (
        *worded,
        (Holding.IDENTITY, _shapes(_IDENTITY)),
        (Holding.CONTACT, f"{_shapes(_CONTACT)}|{_ADDRESSED}"),
    )


def _shapes(ids: frozenset[str]) -> str:
    searches = [r.search for r in rules().recognisers if r.id in ids and r.search]
    return "|".join(f"(?:^|[^0-9A-Za-z*])(?:{s})(?:$|[^0-9A-Za-z*])" for s in searches)
