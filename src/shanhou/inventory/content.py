"""What cells of free text hold: the strictest thing found decides the cell (design, 4.10)."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from shanhou.inventory.documents import document
from shanhou.inventory.kinds import GROUP, Category, FieldGroup
from shanhou.inventory.rules import Recogniser, Rules, rules

if TYPE_CHECKING:
    import pyarrow as pa

_IDENTITY = frozenset({"national_id_18", "national_id_masked", "card", "passport", "uscc",
                       "uscc_masked", "card_masked"})  # fmt: skip
_CONTACT = frozenset(
    {
        "mobile",
        "phone_masked",
        "landline",
        "landline_masked",
        "email",
        "email_masked",
        "phone_international",
    }
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


_BY_GROUP = MappingProxyType(
    {
        FieldGroup.HOME_ACCESS: Holding.CREDENTIAL,
        FieldGroup.FAMILY_HEALTH: Holding.HEALTH,
        FieldGroup.IDENTITY: Holding.IDENTITY,
        FieldGroup.ID_IMAGE: Holding.IDENTITY,
        FieldGroup.PAYMENT: Holding.IDENTITY,
        FieldGroup.CONTACT: Holding.CONTACT,
        FieldGroup.PREFERENCE: Holding.CONTACT,
    }
)
"""What a shape of a case's own rules makes of a text, by the group of its category."""
_BY_CATEGORY = MappingProxyType(
    {Category.FAMILY: Holding.FAMILY, Category.ORG_CODE: Holding.IDENTITY}
)


def text_holds(cells: pa.Array, known: Rules | None = None) -> pa.Array:
    """The strictest thing each cell holds, as the words of `Holding`; null and blank: nothing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(cells, pa.ChunkedArray):
        cells = cells.combine_chunks()
    coded = pc.fill_null(cells.cast(pa.string()), "").dictionary_encode()
    texts = _narrow(coded.dictionary)
    held = pa.nulls(len(texts), pa.string())
    for holding, pattern in _patterns(known or rules()):
        left = pc.is_null(held)
        if not pc.any(left).as_py():
            break
        found = pc.and_(left, pc.match_substring_regex(texts, pattern))
        held = pc.if_else(found, holding.value, held)
    held = pc.fill_null(held, Holding.NOTHING.value)
    return held.take(coded.indices)


def tells_of(texts: pa.Array, holding: Holding) -> pa.Array:
    """Whether each text tells of this, whatever stricter thing it tells of besides."""
    import pyarrow as pa
    import pyarrow.compute as pc

    said = _narrow(pc.fill_null(texts.cast(pa.string()), ""))
    return pc.match_substring_regex(said, dict(_patterns(rules()))[holding])


def _narrow(texts: pa.Array) -> pa.Array:
    """Full-width letters and digits as plain ones."""
    import pyarrow.compute as pc

    wide = pc.match_substring_regex(texts, r"[\x{FF01}-\x{FF5E}\x{3000}]")
    if not pc.any(wide).as_py():
        return texts
    return pc.if_else(wide, pc.utf8_normalize(texts, "NFKC"), texts)


@lru_cache(maxsize=8)
def _patterns(known: Rules) -> tuple[tuple[Holding, str], ...]:
    parts: dict[Holding, list[str]] = {kind: [] for kind in Holding if kind is not Holding.NOTHING}
    for entry in document("content.yaml"):
        parts[Holding(entry["holds"])] += [f"(?:{one})" for one in entry["patterns"]]
    for one in known.recognisers:
        kind = _told_by(one)
        if kind is not None:
            parts[kind].append(f"(?:^|[^0-9A-Za-z*])(?:{one.search})(?:$|[^0-9A-Za-z*])")
    parts[Holding.CONTACT].append(_ADDRESSED)
    return tuple((kind, "|".join(patterns)) for kind, patterns in parts.items())


def _told_by(one: Recogniser) -> Holding | None:
    """What a text holds that has a recogniser's shape in it."""
    if not one.search:
        return None
    if one.id in _IDENTITY:
        return Holding.IDENTITY
    if one.id in _CONTACT:
        return Holding.CONTACT
    if not one.own or one.never_alone:
        return None
    return _BY_CATEGORY.get(one.category) or _BY_GROUP.get(GROUP[one.category])
