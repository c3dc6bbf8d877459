"""What a customer says is sealed to the worker at once; they get a number, the portal reads it no
more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.utils import timezone

from shanhou.console.portal.limits import SAYS, within
from shanhou.console.portal.models import Message, PublicCase
from shanhou.console.portal.numbers import new_number
from shanhou.console.portal.sealing import keyed, padded, result_key, sealed, to_worker
from shanhou.console.portal.visits import Visitor

_RESULT_STEP = 256


def say(
    place: PublicCase, visitor: Visitor, said: Sequence[tuple[str, str]], *, words: str = ""
) -> str:
    """Pass on what somebody inside says; its receipt number, or nothing past the daily limit."""
    if not within(SAYS, place.number, visitor.ref):
        return ""
    told = {"said": [list(one) for one in said], "words": words}
    return _kept(place, "said", told, visitor, kinds=",".join(kind for kind, _ in said))


def say_for_another(place: PublicCase, told: Mapping[str, str]) -> str:
    """Pass on what somebody asks for another person; a named officer looks into who asks."""
    return _kept(place, "behalf", told, None, kinds="relatives")


def ask_worker(
    place: PublicCase, what: str, told: Mapping[str, Any], *, visitor: Visitor | None
) -> None:
    """Ask for a code, a link or a signed receipt: nothing that the case would answer."""
    Message.objects.create(
        case=place, what=what, ref=visitor.ref if visitor else "", on_day=today_at(place),
        sealed=to_worker(settings.PORTAL, {**told, **_who(visitor)}),
    )  # fmt: skip


def receipt_mac(number: str) -> str:
    """By what a receipt's number is found."""
    return keyed(settings.PORTAL.pepper(), "receipt", number)


def _kept(
    place: PublicCase, what: str, told: Mapping[str, Any], visitor: Visitor | None, *, kinds: str
) -> str:
    number = new_number(place.pk)
    Message.objects.create(
        case=place, what=what, ref=visitor.ref if visitor else "", kinds=kinds[:200],
        receipt_mac=receipt_mac(number),
        result=sealed(result_key(number), padded({"said": told.get("said", []), "lines": []},
                                                 step=_RESULT_STEP), about="result"),
        on_day=today_at(place),
        own=sealed(visitor.key, number.encode(), about="number") if visitor else b"",
        sealed=to_worker(settings.PORTAL, {**told, **_who(visitor), "number": number}),
    )  # fmt: skip
    return number


def _who(visitor: Visitor | None) -> dict[str, Any]:
    """What lets the worker find out for itself who speaks."""
    if visitor is None:
        return {}
    return {"subject": visitor.subject, "ref": visitor.ref, "own": visitor.own,
            "challenge": visitor.challenge, "typed": visitor.typed}  # fmt: skip


def today_at(place: PublicCase) -> date:
    """Today, or the day that a rehearsal plays."""
    played = str(place.told.get("today", ""))
    return date.fromisoformat(played) if played else timezone.localdate()
