"""What happens to every request: language, second factor, no copies in caches."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Awaitable, Callable

from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import translation
from django.utils.decorators import sync_and_async_middleware

from shanhou.console import rows
from shanhou.console.models import DEVICE, DEVICE_AGE
from shanhou.errors import Coded

_Answer = HttpResponseBase | Awaitable[HttpResponseBase]
_Next = Callable[[HttpRequest], _Answer]
_SEEN_S = 300
_FREE = ("/account/", "/static/", "/language", "/start")
"""Where one comes without a second factor: to set it up, to sign out, to read in one's language."""


def _around(get_response: _Next, before: Callable[[HttpRequest], HttpResponseBase | None],
            after: Callable[[HttpRequest, HttpResponseBase], None]) -> _Next:  # fmt: skip
    """One middleware for both worlds: streams are served asynchronously."""
    if iscoroutinefunction(get_response):

        async def asynchronous(request: HttpRequest) -> HttpResponseBase:
            early = await sync_to_async(before)(request)
            answer = early or await get_response(request)
            after(request, answer)
            return answer

        markcoroutinefunction(asynchronous)
        return asynchronous

    def synchronous(request: HttpRequest) -> HttpResponseBase:
        answer = before(request) or get_response(request)
        assert isinstance(answer, HttpResponseBase)
        after(request, answer)
        return answer

    return synchronous


def _nothing(_request: HttpRequest) -> None:
    return None


@sync_and_async_middleware
def uncached(get_response: _Next) -> _Next:
    """No page of a case stays in a shared computer's cache."""

    def after(request: HttpRequest, answer: HttpResponseBase) -> None:
        if not request.path.startswith("/static/"):
            answer.headers.setdefault("Cache-Control", "no-store")

    return _around(get_response, _nothing, after)


@sync_and_async_middleware
def language(get_response: _Next) -> _Next:
    """The language somebody chose, else the browser's, else Chinese."""

    def before(request: HttpRequest) -> None:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        known = {code for code, _ in settings.LANGUAGES}
        if chosen not in known:
            asked = request.headers.get("Accept-Language", "").lower()
            chosen = "en" if asked.startswith("en") else settings.LANGUAGE_CODE
        translation.activate(chosen)
        request.LANGUAGE_CODE = chosen

    def after(_request: HttpRequest, answer: HttpResponseBase) -> None:
        answer.headers.setdefault("Content-Language", translation.get_language() or "zh-hans")

    return _around(get_response, before, after)


@sync_and_async_middleware
def seen(get_response: _Next) -> _Next:
    """When a session was last in use, to five minutes: a page is read without a write."""

    def before(request: HttpRequest) -> None:
        key = request.session.session_key if request.user.is_authenticated else None
        mark = hashlib.sha256((key or "").encode()).hexdigest()
        if key and cache.add(f"seen-{mark}", 1, timeout=_SEEN_S):
            UserSession.objects.create_from_request(request)

    return _around(get_response, before, lambda _request, _answer: None)


@sync_and_async_middleware
def rows_of_who_asks(get_response: _Next) -> _Next:
    """The database is told who asks, where it can keep rows apart."""

    def before(request: HttpRequest) -> None:
        if connection.vendor == "postgresql":
            rows.asked_by(request.user.pk if request.user.is_authenticated else None)

    return _around(get_response, before, lambda _request, _answer: None)


@sync_and_async_middleware
def second_factor(get_response: _Next) -> _Next:
    """Who signed in with a password alone first sets up the second factor; the browser gets the
    mark by which it is known as one device.
    """

    def before(request: HttpRequest) -> HttpResponseBase | None:
        if request.path.startswith(_FREE) or not request.user.is_authenticated:
            return None
        return None if is_mfa_enabled(request.user) else redirect("mfa_activate_totp")

    def after(request: HttpRequest, answer: HttpResponseBase) -> None:
        known = request.get_signed_cookie(DEVICE, default="", max_age=DEVICE_AGE)
        if request.user.is_authenticated and not known:
            answer.set_signed_cookie(
                DEVICE, secrets.token_hex(16), max_age=DEVICE_AGE, httponly=True,
                samesite="Strict", secure=settings.SESSION_COOKIE_SECURE,
            )  # fmt: skip

    return _around(get_response, before, after)


@sync_and_async_middleware
def refusals(get_response: _Next) -> _Next:
    """What a case refuses is told as its own page, wherever it comes up."""

    def process_exception(request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        from shanhou.console.views.problems import refused

        return refused(request, error) if isinstance(error, Coded) else None

    around = _around(get_response, _nothing, lambda _request, _answer: None)
    around.process_exception = process_exception  # type: ignore[attr-defined]
    return around
