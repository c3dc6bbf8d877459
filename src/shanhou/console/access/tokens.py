"""Tokens: made and shown once, found by their digest, never worth more than their person is."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from allauth.mfa.utils import is_mfa_enabled
from django.http import Http404
from django.utils import timezone

from shanhou.console.access import rows
from shanhou.console.access.roles import May
from shanhou.console.access.seats import Seat, seat_at
from shanhou.console.models import Membership, Token
from shanhou.errors import Refusal

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from shanhou.console.models import HeldCase

PREFIX = "shanhou_"
"""So that a scanner of code knows one that somebody left lying about."""
AT_SCREENS = frozenset({May.APPROVE, May.REVEAL, May.MANAGE})
"""What no token is worth: a person does it before a screen."""
MOST_DAYS = 366
_USED_EVERY = timedelta(hours=1)


def grantable(rights: Iterable[May]) -> list[May]:
    """What a token of somebody with these rights may be used for, in the order of the list."""
    held = set(rights) - AT_SCREENS
    return [one for one in May if one in held]


def make(seat: Seat, user: User, *, name: str, rights: Iterable[str], days: int) -> str:
    """A new token, told this once.

    Raises:
        Refusal: SH-E-898 it has no name, no right that its person has, or no end within a year.
    """
    wanted = [one.value for one in grantable(seat.rights) if one.value in set(rights)]
    called = name.strip()
    if not called or len(called) > 80 or not called.isprintable():
        raise Refusal("SH-E-898", problem="name")
    if not wanted:
        raise Refusal("SH-E-898", problem="rights")
    if not 1 <= days <= MOST_DAYS:
        raise Refusal("SH-E-898", problem="days")
    secret = PREFIX + secrets.token_urlsafe(32)
    Token.objects.create(
        case=seat.held, user=user, person=seat.person.id, name=called, sha256=_digest(secret),
        rights=wanted, ends_at=timezone.now() + timedelta(days=days),
    )  # fmt: skip
    return secret


def revoke(seat: Seat, number: int) -> None:
    """End a token: one's own, or of anybody where one looks after the case.

    Raises:
        Http404: there is no such token for them.
    """
    found = Token.objects.filter(case=seat.held, pk=number).first()
    mine = found is not None and found.person == seat.person.id
    if found is None or not (mine or seat.may(May.MANAGE)):
        raise Http404
    Token.objects.filter(pk=found.pk, revoked_at=None).update(revoked_at=timezone.now())


def revoke_all(held: HeldCase, person: str) -> int:
    """End every token of a person in a case; how many there were."""
    mine = Token.objects.filter(case=held, person=person, revoked_at=None)
    return mine.update(revoked_at=timezone.now())


def found(secret: str) -> Token | None:
    """The token of that text, if it counts today and its person still sits in the case."""
    if not secret.startswith(PREFIX) or len(secret) > 200:
        return None
    now, digest = timezone.now(), _digest(secret)
    rows.asked_by(None, key=digest)
    one = (
        Token.objects.select_related("case", "user")
        .filter(sha256=digest, revoked_at=None, ends_at__gt=now)
        .first()
    )
    if one is not None:
        rows.asked_by(one.user_id)
    if one is None or not one.user.is_active or not is_mfa_enabled(one.user):
        return None
    if not Membership.objects.filter(case=one.case, user=one.user, person=one.person).exists():
        return None
    if one.used_at is None or now - one.used_at > _USED_EVERY:
        Token.objects.filter(pk=one.pk).update(used_at=now)
    return one


def seat_of(token: Token, number: str) -> Seat:
    """The place in a case that a token stands for, narrowed to what it may be used for.

    Raises:
        Http404: it is of another case, or its person is named there no longer.
    """
    if token.case.number != number:
        raise Http404
    seat = seat_at(token.case, token.person)
    worth = frozenset(grantable(seat.rights)) & {May(one) for one in token.rights}
    return Seat(seat.held, seat.person, worth, seat.settings, by_token=True)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
