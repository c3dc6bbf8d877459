"""What stands around every page."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from shanhou.console.words import language, say

_SCREENS = (
    "case", "sources", "inventory", "customers", "facts", "owed", "plan", "approvals", "notices",
    "answers", "requests", "portal", "holds", "execution", "evidence", "papers", "dates", "people",
)  # fmt: skip
"""A case's screens, in the order of the work."""


def around(request: HttpRequest) -> dict[str, Any]:
    seat = getattr(request, "seat", None)
    return {
        "lang": language(),
        "html_lang": "en" if language() == "en" else "zh-Hans",
        "house": settings.HOME.told.public_name,
        "seat": seat,
        "case_screens": [(name, say(f"nav_{name}")) for name in _SCREENS] if seat else [],
    }
