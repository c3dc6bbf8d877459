"""Pages for what went wrong: what to do now, and whom to call; never what is known of whom."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render


def _page(request: HttpRequest, why: str, status: int) -> HttpResponseBase:
    return render(request, "portal/problem.html", {"why": why}, status=status)


def bad(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:  # noqa: ARG001
    return _page(request, "bad", 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:  # noqa: ARG001
    return _page(request, "again", 403)


def no_token(request: HttpRequest, reason: str = "") -> HttpResponseBase:  # noqa: ARG001
    """A form from elsewhere, or from a page that was open too long."""
    return _page(request, "again", 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:  # noqa: ARG001
    return _page(request, "none", 404)


def broken(request: HttpRequest) -> HttpResponseBase:
    return _page(request, "broken", 500)
