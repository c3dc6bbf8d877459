"""Pages for what went wrong: each says what to do, none says more than its reader may know."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from shanhou.console.access.evading import evaded
from shanhou.console.access.seats import came_from
from shanhou.console.house.words import language
from shanhou.errors import Coded


def refused(request: HttpRequest, error: Coded, *, status: int = 409) -> HttpResponseBase:
    """What the case would not do, why, and what to do about it."""
    facts = {
        "told": error.told(language()),
        "code": error.code,
        "seat": getattr(request, "seat", None),
        "back": came_from(request),
    }
    return render(request, "console/refused.html", facts, status=status)


def _page(request: HttpRequest, status: int) -> HttpResponseBase:
    if request.path.startswith("/api/"):
        from shanhou.console.api.door import not_here

        return not_here(request)
    return render(request, "console/problem.html", {"status": status}, status=status)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:  # noqa: ARG001
    evaded("refused cell", request)
    return _page(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:  # noqa: ARG001
    if request.path.startswith("/invited/"):
        evaded("link of nothing", request)
    elif request.path.startswith("/cases/") and request.user.is_authenticated:
        evaded("id of nothing", request)
    return _page(request, 404)


def broken(request: HttpRequest) -> HttpResponseBase:
    return _page(request, 500)


def no_token(request: HttpRequest, reason: str = "") -> HttpResponseBase:  # noqa: ARG001
    """A form that was sent from elsewhere, or after the session's end."""
    evaded("form without token", request)
    return _page(request, 403)
