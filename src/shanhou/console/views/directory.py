"""Signing in by the house's own directory; whatever goes wrong there, the page is the same."""

from __future__ import annotations

import logging

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from allauth.core.ratelimit import consume
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from shanhou.console.access.cautions import keep
from shanhou.console.access.directories import (
    comes_back,
    connect,
    directory_called,
    goes_out,
    known,
    part,
)
from shanhou.console.access.oidc import Directory
from shanhou.console.access.seats import ask_again, proved
from shanhou.console.access.sessions import end_others
from shanhou.console.models import AccountEvent
from shanhou.errors import Fault

_log = logging.getLogger(__name__)


@require_POST
def go(request: HttpRequest, which: str) -> HttpResponseBase:
    """Out to the directory: to sign in, or to connect the account that is signed in."""
    directory = directory_called(which)
    if request.user.is_authenticated and not proved(request):
        return ask_again(request)
    if not consume(request, action="login"):
        return _no(request, directory, 429)
    try:
        at = goes_out(request, directory)
    except Fault as error:
        return _told(request, directory, error)
    answer = render(request, "console/directory_go.html", {"at": at, "directory": directory})
    # a redirect after a form would need the directory's host among where forms may go
    answer.headers["Refresh"] = f"0; url={at}"
    return answer


@require_GET
def back(request: HttpRequest, which: str) -> HttpResponseBase:
    """Back from the directory; each way back takes a way out, and those are counted."""
    directory = directory_called(which)
    try:
        subject = comes_back(request, directory)
        if request.user.is_authenticated:
            return _connected(request, directory, subject, request.user)
        user = known(directory, subject)
    except Fault as error:
        return _told(request, directory, error)
    record_authentication(request, user, method="directory", directory=directory.id)
    answer: HttpResponseBase = perform_login(request, user)
    return answer


def _connected(
    request: HttpRequest, directory: Directory, subject: str, user: User
) -> HttpResponseBase:
    connect(directory, subject, user)
    end_others(request, user)
    keep(user, AccountEvent.Kind.CONNECTED, request, what=directory.id)
    return redirect("own_account")


@require_POST
@login_required
def leave(request: HttpRequest, which: str) -> HttpResponseBase:
    """Part the account from the directory."""
    directory = directory_called(which)
    if not proved(request):
        return ask_again(request)
    assert request.user.is_authenticated
    part(directory, request.user)
    end_others(request, request.user)
    keep(request.user, AccountEvent.Kind.PARTED, request, what=directory.id)
    return redirect("own_account")


def _told(request: HttpRequest, directory: Directory, error: Fault) -> HttpResponseBase:
    """Who runs the console reads in its log what it was; who stands before it does not."""
    _log.warning("%s directory %s: %s", error.code, directory.id, error.facts.get("problem"))
    return _no(request, directory, 403)


def _no(request: HttpRequest, directory: Directory, status: int) -> HttpResponseBase:
    return render(request, "console/directory_no.html", {"directory": directory}, status=status)
