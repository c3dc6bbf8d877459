"""The language of a page: the one somebody chose, else the browser's, else Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import translation

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase


def language(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Each page in its reader's language, and marked so."""

    def around(request: HttpRequest) -> HttpResponseBase:
        chosen = known(request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""))
        if not chosen:
            asked = request.headers.get("Accept-Language", "").lower()
            chosen = "en" if asked.startswith("en") else settings.LANGUAGE_CODE
        translation.activate(chosen)
        request.LANGUAGE_CODE = chosen
        answer = get_response(request)
        answer.headers.setdefault("Content-Language", chosen)
        return answer

    return around


def known(language: str) -> str:
    """The language, if pages are written in it; else nothing."""
    return language if language in {code for code, _ in settings.LANGUAGES} else ""
