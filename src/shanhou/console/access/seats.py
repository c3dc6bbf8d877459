"""Who comes into a case: membership scopes every view, duties every action.

A case that somebody does not belong to does not exist for them: the answer is the same 404 as for
a number nobody gave.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec
from urllib.parse import urlsplit, urlunsplit

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from shanhou.cases.parties import Person
from shanhou.cases.settings import Settings
from shanhou.console.access.case_files import settings_of
from shanhou.console.access.roles import May, rights
from shanhou.console.models import DEVICE, DEVICE_AGE, HeldCase, Membership
from shanhou.errors import Coded

if TYPE_CHECKING:
    from django.contrib.auth.models import User

P = ParamSpec("P")


class SeatRequest(HttpRequest):
    """A request of somebody who has a place in the case it is about."""

    seat: Seat
    user: User


@dataclass
class Seat:
    """Somebody's place in a case: who they are there, and what that lets them do."""

    held: HeldCase
    person: Person
    rights: frozenset[May]
    settings: Settings
    by_token: bool = False
    """Whether a program asks for them, which no screen can ask to prove itself."""

    def may(self, may: May) -> bool:
        return may in self.rights

    @cached_property
    def can(self) -> dict[str, bool]:
        """For templates: `seat.can.approve`."""
        return {one.value: one in self.rights for one in May}


View = Callable[Concatenate[SeatRequest, P], HttpResponseBase]


def seat_of(request: SeatRequest, number: str) -> Seat:
    """The caller's place in a case.

    Raises:
        Http404: there is no such case for them.
    """
    found = (
        Membership.objects.select_related("case")
        .filter(case__number=number, user=request.user)
        .first()
    )
    if found is None:
        raise Http404
    return seat_at(found.case, found.person)


def seat_at(held: HeldCase, who: str) -> Seat:
    """The place of a person of a case.

    Raises:
        Http404: the case file names them no longer.
    """
    try:
        settings = settings_of(held.folder)
        person = settings.person(who)
    except Coded as error:
        # who is no longer named in the case file has no place in the case
        raise Http404 from error
    return Seat(held, person, rights(person), settings)


def in_case(
    *needs: May, fresh: bool = False
) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """A view of one case, for those of its people who may do any of these things.

    `fresh`: they proved who they are within the last five minutes, or do so first.
    """
    assert needs, "every view names who may see it"

    def around(view: View[P]) -> Callable[..., HttpResponseBase]:
        @login_required
        @wraps(view)
        def guarded(
            request: SeatRequest, number: str, *args: Any, **kwargs: Any
        ) -> HttpResponseBase:
            seat = seat_of(request, number)
            if not seat.rights & set(needs):
                raise PermissionDenied
            if fresh and not proved(request):
                return ask_again(request)
            request.seat = seat
            return view(request, *args, **kwargs)

        guarded.needs = frozenset(needs)  # type: ignore[attr-defined]
        guarded.fresh = fresh  # type: ignore[attr-defined]
        return guarded

    return around


def ask_again(request: HttpRequest) -> HttpResponseBase:
    """To the page that asks for the password or second factor again, and then back.

    What was posted is not kept: after five minutes a person reads again what they sign.
    """
    path = request.get_full_path() if request.method == "GET" else came_from(request) or "/"
    return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': path})}")


def came_from(request: HttpRequest) -> str:
    """The page of this console that a form stood on; empty where none is told."""
    told = urlsplit(request.headers.get("Referer", ""))
    if told.netloc != request.get_host() or not told.path.startswith("/"):
        return ""
    return urlunsplit(("", "", told.path, told.query, ""))


def device_of(request: HttpRequest) -> str:
    """Which browser this is: one device is one eye, whoever signs in on it."""
    held = request.get_signed_cookie(DEVICE, default="", max_age=DEVICE_AGE)
    return f"browser-{held[:16]}" if held else ""


def proved(request: HttpRequest) -> bool:
    """Whether they proved who they are within the last five minutes."""
    return bool(did_recently_reauthenticate(request))
