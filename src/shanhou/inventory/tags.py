"""What the law calls each category: its class, and from which profile on it is sensitive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any

from shanhou.inventory.documents import document
from shanhou.inventory.kinds import Category


class SensitiveProfile(StrEnum):
    """敏感个人信息的口径, mildest first: each calls sensitive what those before it do, and more."""

    GB45574 = "gb45574"
    GB35273_STRICT = "gb35273_strict"


class Check(StrEnum):
    """How a tag was checked against the law (see `law.yaml`)."""

    STATUTE = "statute"
    SECONDARY = "secondary"
    UNVERIFIED = "unverified"
    DESIGN = "design"


@dataclass(frozen=True)
class LawTag:
    """The law's words for one category; empty or None where it says nothing."""

    code: str = ""
    """The class of personal information, GB/T 43697-2024 annex B."""
    code_check: Check | None = None
    sensitive: SensitiveProfile | None = None
    """The mildest profile under which it is sensitive."""
    sensitive_check: Check | None = None


@cache
def law_tags() -> Mapping[Category, LawTag]:
    """The tags of `rules/law.yaml`; a category that is not there has none."""
    return MappingProxyType({Category(e["category"]): _tag(e) for e in document("law.yaml")})


def _tag(entry: Mapping[str, Any]) -> LawTag:
    named, grave = entry.get("class"), entry.get("sensitive")
    return LawTag(
        code=named["code"] if named else "",
        code_check=Check(named["check"]) if named else None,
        sensitive=SensitiveProfile(grave["profile"]) if grave else None,
        sensitive_check=Check(grave["check"]) if grave else None,
    )


@cache
def sensitive_under(profile: SensitiveProfile) -> frozenset[Category]:
    """The categories that a profile calls sensitive."""
    order = list(SensitiveProfile)
    counted = order[: order.index(profile) + 1]
    return frozenset(category for category, tag in law_tags().items() if tag.sensitive in counted)
