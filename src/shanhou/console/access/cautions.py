"""What befell the way an account signs in, so that its own person is told of it.

Failed tries, changed passwords and factors, sessions that somebody or the limit ended: told on the
first page after the next sign-in until it was noted, listed for ninety days, then gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.account.signals import password_changed, password_set
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
)
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from shanhou.console.access.sessions import browser_words
from shanhou.console.models import AccountEvent

KEPT_FOR = timedelta(days=90)
MOST_FAILED = 1_000
"""So many failed tries of one account are kept; whoever has more is told that there were more."""
_MOST_TOLD = 20
_SIGNED_IN = "signed-in-at"
"""In a session: when its person signed in."""
_Kind = AccountEvent.Kind
_FAILED = (_Kind.FAILED, _Kind.FACTOR_FAILED)


@dataclass(frozen=True)
class Cautions:
    """What somebody is told of on their first page."""

    failed: int
    """Tries with a wrong password."""
    factor_failed: int
    """Tries whose password was right and whose second factor was wrong."""
    first: datetime | None
    last: datetime | None
    changes: list[AccountEvent]

    @property
    def many(self) -> bool:
        return self.failed + self.factor_failed >= MOST_FAILED

    def __bool__(self) -> bool:
        return bool(self.failed or self.factor_failed or self.changes)


def listen() -> None:
    """From here on each of these is kept for its person."""
    user_logged_in.connect(_signed_in, dispatch_uid="shanhou-caution-in")
    user_login_failed.connect(_failed, dispatch_uid="shanhou-caution-failed")
    authentication_failed.connect(_factor_failed, dispatch_uid="shanhou-caution-factor")
    for signal in (password_changed, password_set):
        signal.connect(_password, dispatch_uid="shanhou-caution-password")
    for signal, kind in (
        (authenticator_added, _Kind.FACTOR_ADDED), (authenticator_removed, _Kind.FACTOR_REMOVED),
        (authenticator_reset, _Kind.FACTOR_RENEWED),
    ):  # fmt: skip
        signal.connect(_Factor(kind), weak=False, dispatch_uid=f"shanhou-caution-{kind}")


def keep(
    user: Any, kind: AccountEvent.Kind, request: HttpRequest | None, *, what: str = "",
    by: Any = None,
) -> None:  # fmt: skip
    """Keep one event for its person."""
    told = request.META.get("HTTP_USER_AGENT", "") if request is not None else ""
    AccountEvent.objects.create(
        user=user, kind=kind, browser=browser_words(told)[:60], what=what, by=by
    )


def cautions_of(request: HttpRequest) -> Cautions:
    """What befell the asking account before this sign-in and was not noted yet."""
    events = _untold(request)
    failed = dict.fromkeys(_FAILED, 0)
    times: list[datetime] = []
    changes: list[AccountEvent] = []
    for one in events.select_related("by").order_by("-at")[: MOST_FAILED + _MOST_TOLD]:
        if one.kind in failed:
            failed[_Kind(one.kind)] += 1
            times.append(one.at)
        elif len(changes) < _MOST_TOLD:
            changes.append(one)
    return Cautions(failed[_Kind.FAILED], failed[_Kind.FACTOR_FAILED],
                    min(times, default=None), max(times, default=None), changes)  # fmt: skip


def note_cautions(request: HttpRequest) -> None:
    """Its person has read what the first page told them."""
    _untold(request).update(told_at=timezone.now())


def _untold(request: HttpRequest) -> QuerySet[AccountEvent]:
    events = AccountEvent.objects.filter(user_id=request.user.pk or 0, told_at=None)
    since = request.session.get(_SIGNED_IN)
    return events.filter(at__lte=datetime.fromisoformat(since)) if since else events


def events_of(user: Any) -> list[AccountEvent]:
    """The latest events of an account, for the page of its sessions."""
    found = AccountEvent.objects.filter(user=user).select_related("by").order_by("-at")
    return list(found[:_MOST_TOLD])


def sweep_cautions() -> None:
    """What is older than ninety days goes, and at once what was kept of no account."""
    AccountEvent.objects.filter(at__lt=timezone.now() - KEPT_FOR).delete()
    AccountEvent.objects.filter(user=None).delete()
    failed = AccountEvent.objects.filter(kind__in=_FAILED)
    many = failed.values("user").annotate(n=Count("pk")).filter(n__gt=MOST_FAILED)
    for user in many.values_list("user", flat=True):
        mine = failed.filter(user=user).order_by("-at").values_list("at", flat=True)
        failed.filter(user=user, at__lte=mine[MOST_FAILED]).delete()


def _signed_in(*, request: HttpRequest | None = None, **_facts: Any) -> None:
    if request is not None and hasattr(request, "session"):
        request.session[_SIGNED_IN] = timezone.now().isoformat()


def _failed(*, credentials: Any, request: HttpRequest | None = None, **_facts: Any) -> None:
    name = str(credentials.get("username") or "")
    # who has no account here is worked on just as long: a try tells nobody which names there are
    user = User.objects.filter(username__iexact=name).first()
    keep(user, _Kind.FAILED, request)


def _factor_failed(*, user: Any, request: HttpRequest | None = None, **_facts: Any) -> None:
    keep(user, _Kind.FACTOR_FAILED, request)


def _password(*, user: Any, request: HttpRequest | None = None, **_facts: Any) -> None:
    keep(user, _Kind.CHANGED, request)


class _Factor:
    """A second factor that was added, taken away or renewed."""

    def __init__(self, kind: AccountEvent.Kind) -> None:
        self._kind = kind

    def __call__(
        self, *, user: Any, authenticator: Any, request: HttpRequest | None = None, **_facts: Any
    ) -> None:
        keep(user, self._kind, request, what=str(authenticator.type))
