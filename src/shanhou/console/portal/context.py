"""What stands around every page of the portal."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from shanhou.console.house.words import language
from shanhou.console.portal.home import PRINT_COOKIE
from shanhou.console.portal.models import PublicCase


def around(request: HttpRequest) -> dict[str, Any]:
    place = getattr(request, "place", None)
    return {
        "lang": language(),
        "html_lang": "en" if language() == "en" else "zh-Hans",
        "large": request.COOKIES.get(PRINT_COOKIE) == "large",
        "place": place,
        # a person answers on every page: without a case, whoever may be meant
        "phones": [] if place else list(PublicCase.objects.filter(open=True).order_by("id")[:20]),
        "inside": bool(getattr(request, "visitor", None)),
    }
