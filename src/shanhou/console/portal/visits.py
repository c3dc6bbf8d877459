"""Who is inside: a cookie that opens what the visit knows, for two hours from the last step."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from shanhou.console.portal.models import Holder, PublicCase, Visit
from shanhou.console.portal.sealing import derived, hashed, opened, sealed

LASTS = timedelta(hours=2)
_ABOUT = "visit"


@dataclass
class Visitor:
    """A customer who showed their code or link, and what is known of them by that."""

    number: str
    ref: str
    subject: str
    own: str
    """Their own key, as hex: it opens their summary and shows the worker that they were here."""
    level: str = "L1"
    challenge: int = 0
    typed: str = ""
    """The six digits that matched, for the worker to check again."""
    asked_opinion: bool = False

    @property
    def key(self) -> bytes:
        return bytes.fromhex(self.own)


def begin(visitor: Visitor, answer: HttpResponseBase) -> None:
    """Let somebody in: their browser alone gets what opens the visit."""
    secret = secrets.token_urlsafe(32)
    Visit.objects.filter(ends_at__lt=timezone.now()).delete()
    Visit.objects.create(sha256=hashed(secret), sealed=_sealed(secret, visitor),
                         ends_at=timezone.now() + LASTS)  # fmt: skip
    answer.set_cookie(
        settings.PORTAL.visit_cookie, secret, max_age=int(LASTS.total_seconds()), httponly=True,
        samesite="Strict", secure=settings.PORTAL.told.https, path="/",
    )  # fmt: skip


def visitor_of(request: HttpRequest, place: PublicCase) -> Visitor | None:
    """Who is inside this case; a step makes the visit last on."""
    secret = request.COOKIES.get(settings.PORTAL.visit_cookie, "")
    now = timezone.now()
    found = Visit.objects.filter(sha256=hashed(secret), ends_at__gt=now).first()
    raw = opened(_key(secret), bytes(found.sealed), about=_ABOUT) if found else None
    visitor = Visitor(**json.loads(raw)) if raw else None
    if found is None or visitor is None or visitor.number != place.number or not place.open:
        return None
    Visit.objects.filter(pk=found.pk).update(ends_at=now + LASTS)
    return visitor


def lasts_on(request: HttpRequest, answer: HttpResponseBase) -> None:
    """The cookie lasts as long as the visit does."""
    name = settings.PORTAL.visit_cookie
    answer.set_cookie(
        name, request.COOKIES[name], httponly=True, path="/",
        max_age=int(LASTS.total_seconds()), samesite="Strict", secure=settings.PORTAL.told.https,
    )  # fmt: skip


def keep(request: HttpRequest, visitor: Visitor) -> None:
    """Remember what has become known during the visit."""
    secret = request.COOKIES.get(settings.PORTAL.visit_cookie, "")
    Visit.objects.filter(sha256=hashed(secret)).update(sealed=_sealed(secret, visitor))


def end(request: HttpRequest, answer: HttpResponseBase) -> None:
    secret = request.COOKIES.get(settings.PORTAL.visit_cookie, "")
    Visit.objects.filter(sha256=hashed(secret)).delete()
    answer.delete_cookie(settings.PORTAL.visit_cookie, path="/", samesite="Strict")


def summary_of(place: PublicCase, visitor: Visitor) -> dict[str, Any]:
    """What the customer is shown of themselves; nothing while it is being made anew."""
    found = Holder.objects.filter(case=place, edition=place.edition, ref=visitor.ref).first()
    raw = opened(visitor.key, bytes(found.sealed), about=visitor.ref) if found else None
    told: dict[str, Any] = json.loads(raw) if raw else {}
    return told


def _key(secret: str) -> bytes:
    return derived(secret.encode(), "visit")


def _sealed(secret: str, visitor: Visitor) -> bytes:
    return sealed(_key(secret), json.dumps(asdict(visitor)).encode(), about=_ABOUT)
