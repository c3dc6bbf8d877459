"""Links that show how a case stands: made and shown once, found by their digest, ended at any time.

A link opens once the log has that it was made, and nothing from the moment it is revoked.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db.models import F, Q, QuerySet
from django.http import Http404
from django.utils import timezone

from shanhou.console.access import rows
from shanhou.console.models import ProgressLink
from shanhou.errors import Refusal
from shanhou.vault.canonical import digest_hex

if TYPE_CHECKING:
    from shanhou.console.access.seats import Seat

MOST_DAYS, USUAL_DAYS = 90, 30
MOST = 20
"""So many links of a case may count at a time; who needs more has lost sight of them."""
_LONGEST_LABEL = 80


class Stands(StrEnum):
    """Where in its life a link is."""

    WAITS = "waits"
    """The log does not have it yet."""
    COUNTS = "counts"
    ENDED = "ended"
    REVOKED = "revoked"


def stands(link: ProgressLink, now: datetime) -> Stands:
    """Where in its life it is at a moment."""
    if link.revoked_at:
        return Stands.REVOKED
    if link.ends_at <= now:
        return Stands.ENDED
    return Stands.COUNTS if link.noted_at else Stands.WAITS


def make(seat: Seat, *, for_whom: str, days: int) -> tuple[ProgressLink, str]:
    """A new link and its secret, told this once.

    Raises:
        Refusal: SH-E-878 it does not say for whom, or for how long within 90 days, or so many
            others count already.
    """
    now, called = timezone.now(), for_whom.strip()
    if not called or len(called) > _LONGEST_LABEL or not called.isprintable():
        raise Refusal("SH-E-878", problem="for")
    if not 1 <= days <= MOST_DAYS:
        raise Refusal("SH-E-878", problem="days")
    others = ProgressLink.objects.filter(case=seat.held, revoked_at=None, ends_at__gt=now)
    if others.count() >= MOST:
        raise Refusal("SH-E-878", problem="number")
    secret = secrets.token_urlsafe(32)
    made = ProgressLink.objects.create(
        case=seat.held, person=seat.person.id, for_whom=called, sha256=digest_hex(secret.encode()),
        ends_at=now + timedelta(days=days),
    )  # fmt: skip
    return made, secret


def revoke(seat: Seat, number: int) -> None:
    """End a link of the case at once, whoever made it.

    Raises:
        Http404: the case has no such link.
    """
    found = ProgressLink.objects.filter(case=seat.held, pk=number)
    if not found.exists():
        raise Http404
    found.filter(revoked_at=None).update(revoked_at=timezone.now(), revoked_by=seat.person.id)


def found(secret: str) -> ProgressLink | None:
    """The link of that secret, if it counts now."""
    digest = digest_hex(secret.encode())
    rows.known_by(digest)
    counting = ProgressLink.objects.filter(
        sha256=digest, revoked_at=None, ends_at__gt=timezone.now(), noted_at__isnull=False
    )
    return counting.first()


def opened(link: ProgressLink) -> None:
    """Count that somebody opened it."""
    ProgressLink.objects.filter(pk=link.pk).update(
        opened=F("opened") + 1, last_opened=timezone.now()
    )


def owed() -> QuerySet[ProgressLink]:
    """The links of which the log does not yet have all, the oldest first; a closed case's log takes
    nothing more.
    """
    lacks = Q(noted_at=None) | Q(revoked_at__isnull=False, end_noted_at=None)
    return ProgressLink.objects.filter(lacks, case__closed=False).order_by("pk")
