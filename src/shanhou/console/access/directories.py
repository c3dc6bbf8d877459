"""The house's own directories: which there are, and who of it is which account.

Nobody gets an account or a seat by them: somebody who has both connects who they are there, and
comes in by it afterwards, with the second factor of the console as ever.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest
from django.urls import reverse

from shanhou.console.access.oidc import Asked, Directory, new_asked, where, who
from shanhou.console.models import Identity
from shanhou.errors import Fault

_KEPT = "directory"
_SECONDS = 600
"""How long somebody may take on the directory's own pages."""


def directories() -> tuple[Directory, ...]:
    found: tuple[Directory, ...] = settings.DIRECTORIES
    return found


def directory_called(name: str) -> Directory:
    """Raises `Http404` where the console's file names none so."""
    for one in directories():
        if one.id == name:
            return one
    raise Http404


def goes_out(request: HttpRequest, directory: Directory) -> str:
    """The directory's address for this browser; whoever is signed in connects, others sign in.

    Raises:
        Fault: SH-E-872 the directory does not answer.
    """
    asked = new_asked()
    at = where(directory, asked, _back(request, directory))
    request.session[_KEPT] = {"directory": directory.id, "user": request.user.pk,
                              "at": time.time(), **asdict(asked)}  # fmt: skip
    return at


def comes_back(request: HttpRequest, directory: Directory) -> str:
    """Who came back, as the directory calls them; the way out is used once and by one browser.

    Raises:
        Fault: SH-E-872 it is another way, another account's, too old, or cannot be believed.
    """
    kept: dict[str, Any] = request.session.pop(_KEPT, {})
    asked = Asked(*(str(kept.get(name, "")) for name in ("state", "nonce", "verifier")))
    mine = kept.get("directory") == directory.id and kept.get("user") == request.user.pk
    if not mine or not 0 <= time.time() - kept["at"] < _SECONDS:
        raise Fault("SH-E-872", directory=directory.id, problem="state")
    answer = {name: value for name, value in request.GET.items() if isinstance(value, str)}
    return who(directory, asked, _back(request, directory), answer)


def known(directory: Directory, subject: str) -> User:
    """The account that somebody of the directory connected.

    Raises:
        Fault: SH-E-872 there is none.
    """
    one = Identity.objects.filter(directory=directory.id, issuer=directory.server, subject=subject,
                                  user__is_active=True).select_related("user").first()  # fmt: skip
    if one is None:
        raise Fault("SH-E-872", directory=directory.id, problem="nobody")
    return one.user


def connect(directory: Directory, subject: str, user: User) -> None:
    """From now on somebody of the directory is this account.

    Raises:
        Fault: SH-E-872 they are another one already.
    """
    try:
        with transaction.atomic():
            Identity.objects.filter(user=user, directory=directory.id).delete()
            Identity.objects.create(user=user, directory=directory.id, issuer=directory.server,
                                    subject=subject)  # fmt: skip
    except IntegrityError:
        raise Fault("SH-E-872", directory=directory.id, problem="taken") from None


def part(directory: Directory, user: User) -> None:
    """The account comes in by this directory no more."""
    Identity.objects.filter(user=user, directory=directory.id).delete()


def connected(user: User) -> list[dict[str, Any]]:
    """Each directory, and since when the account is connected there; none where it is not."""
    since = {one.directory: one.since for one in Identity.objects.filter(user=user)
             if any((one.directory, one.issuer) == (each.id, each.server)
                    for each in directories())}  # fmt: skip
    return [{"directory": one, "since": since.get(one.id)} for one in directories()]


def _back(request: HttpRequest, directory: Directory) -> str:
    return request.build_absolute_uri(reverse("directory_back", args=[directory.id]))
