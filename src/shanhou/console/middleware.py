"""What happens to every request: second factor, no copies in caches."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.db import connection
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from shanhou.console.access import rows
from shanhou.console.access.cautions import keep
from shanhou.console.access.sessions import keep_few
from shanhou.console.models import DEVICE, DEVICE_AGE, AccountEvent
from shanhou.errors import Coded

_Next = Callable[[HttpRequest], HttpResponseBase]
_SEEN_S = 300
SEEN = "seen"
"""In a session: the second it was last in use, to five minutes."""
SINCE = "since"
"""In a session: the second it was first used signed in; using it on does not make it last."""
_WATCHED = "/stream"
"""What a page asks for by itself while nobody touches it."""
_FREE = ("/account/", "/static/", "/language", "/start")
"""Where one comes without a second factor: to set it up, to sign out, to read in one's language."""


def uncached(get_response: _Next) -> _Next:
    """No page of a case stays in a shared computer's cache."""

    def around(request: HttpRequest) -> HttpResponseBase:
        answer = get_response(request)
        if not request.path.startswith("/static/"):
            answer.headers.setdefault("Cache-Control", "no-store")
        return answer

    return around


def seen(get_response: _Next) -> _Next:
    """When a session was last in use, to five minutes, so that a page is read without a write; one
    that nobody used for an hour has ended, and so has any after eight.
    """

    def around(request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            now, last = int(time.time()), request.session.get(SEEN)
            since = request.session.get(SINCE, now)
            rested = last is not None and now - last > settings.SESSION_IDLE_S
            if rested or now - since > settings.SESSION_COOKIE_AGE:
                logout(request)
            elif (last is None or now - last > _SEEN_S) and not request.path.endswith(_WATCHED):
                request.session[SEEN], request.session[SINCE] = now, since
                UserSession.objects.create_from_request(request)
                if last is None:
                    _keep_few(request)
        return get_response(request)

    return around


def _keep_few(request: HttpRequest) -> None:
    for browser in keep_few(request):
        keep(request.user, AccountEvent.Kind.CAPPED, request, what=browser[:40])


def rows_of_who_asks(get_response: _Next) -> _Next:
    """The database is told who asks, where it can keep rows apart."""

    def around(request: HttpRequest) -> HttpResponseBase:
        if connection.vendor == "postgresql":
            rows.asked_by(request.user.pk if request.user.is_authenticated else None)
        return get_response(request)

    return around


def second_factor(get_response: _Next) -> _Next:
    """Who signed in with a password alone first sets up the second factor; the browser gets the
    mark by which it is known as one device.
    """

    def around(request: HttpRequest) -> HttpResponseBase:
        free = request.path.startswith(_FREE) or not request.user.is_authenticated
        if free or is_mfa_enabled(request.user):
            answer = get_response(request)
        else:
            answer = redirect("mfa_activate_totp")
        known = request.get_signed_cookie(DEVICE, default="", max_age=DEVICE_AGE)
        if request.user.is_authenticated and not known:
            answer.set_signed_cookie(
                DEVICE, secrets.token_hex(16), max_age=DEVICE_AGE, httponly=True,
                samesite="Strict", secure=settings.SESSION_COOKIE_SECURE,
            )  # fmt: skip
        return answer

    return around


class Refusals:
    """What a case refuses is told as its own page, wherever it comes up."""

    def __init__(self, get_response: _Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        from shanhou.console.views.problems import refused

        return refused(request, error) if isinstance(error, Coded) else None
