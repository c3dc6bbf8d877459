"""`{% tell "name" %}` and filters for days and lists, in every template of the portal."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django import template

from shanhou.console.house import words as house
from shanhou.console.portal import words

register = template.Library()


@register.simple_tag
def tell(called: str, **facts: Any) -> str:
    """A phrase in the page's language; what is filled in is escaped like all else."""
    return words.tell(called, **facts)


@register.simple_tag
def tell_of(prefix: str, called: object, **facts: Any) -> str:
    """The phrase of a closed list: `tell_of "ask" "copy"` tells `ask_copy`."""
    return words.tell(f"{prefix}_{called}", **facts)


@register.simple_tag
def style() -> str:
    """The address of the one style sheet, new when it changes."""
    from pathlib import Path

    path = Path(__file__).resolve().parents[1] / "static" / "portal.css"
    return f"/static/portal.css?v={sha256(path.read_bytes()).hexdigest()[:12]}"


@register.filter
def half(value: Any) -> str:
    """The half of a pair of words that the page's language wants."""
    return str(value.get(house.language(), "")) if isinstance(value, dict) else str(value or "")


register.filter("day", house.day)
register.filter("number", house.number)
