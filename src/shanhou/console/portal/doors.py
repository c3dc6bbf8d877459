"""How a customer comes in: by the code of their letter, or by a link they asked for.

Whatever does not open, does not open alike: a wrong code, a number nobody has, a link that was used
or is over, too many tries. The same statements run, the same page comes back.
"""

from __future__ import annotations

import json
import re

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from shanhou.console.portal.limits import ADDRESS, CUSTOMER, FAILURES, reached, within
from shanhou.console.portal.middleware import address_of
from shanhou.console.portal.models import Door, Holder, PublicCase
from shanhou.console.portal.sealing import code_key, derived, hashed, keyed, opened
from shanhou.console.portal.visits import Visitor
from shanhou.notices.portal_code import normal
from shanhou.subjects.answers import subject_id

_DECOY = bytes(60)
"""As long as a wrapped key: it is tried where there is nothing to try."""
_SUBJECT = re.compile(r"^S?(\d{1,12})$")
_MOST_TYPED = 64


def by_code(request: HttpRequest, place: PublicCase, number: str, code: str) -> Visitor | None:
    """Whoever typed the number and code of a letter of this case."""
    subject, typed = _subject(number), normal(code[:_MOST_TYPED])
    pepper, case = settings.PORTAL.pepper(), place.number
    full = reached(FAILURES, case)
    may = within(ADDRESS, address_of(request)) & within(CUSTOMER, case, subject) & (not full)
    mac = code_mac(pepper, case, subject, typed if may else "")
    held = Holder.objects.filter(case=place, edition=place.edition, code_mac=mac).first()
    own = opened(code_key(pepper, case, subject, typed),
                 bytes(held.by_code) if held else _DECOY, about="code")  # fmt: skip
    return _inside(place, own, held.ref if held else "", bytes(held.sealed) if held else _DECOY)


def by_link(request: HttpRequest, place: PublicCase, token: str) -> Visitor | None:
    """Whoever brings a link; it is used up by this, and by nothing less than a POST."""
    now = timezone.now()
    may = within(ADDRESS, address_of(request))
    sha256 = hashed(token if may else "")
    same = Door.objects.filter(token_sha256=sha256, case=place)
    first = same.filter(opened_at=None, ends_at__gt=now).update(opened_at=now) == 1
    door = same.first()
    own = opened(token_key(token), bytes(door.by_token) if door and first else _DECOY,
                 about="link")  # fmt: skip
    ref = door.ref if door else ""
    held = Holder.objects.filter(case=place, edition=place.edition, ref=ref).first()
    return _inside(place, own, ref, bytes(held.sealed) if held else _DECOY)


def code_mac(pepper: bytes, case: str, subject: str, code: str) -> str:
    """By what a number and code are found together; neither is found alone."""
    return keyed(pepper, "code", case, subject, code)


def token_key(token: str) -> bytes:
    return derived(token.encode(), "link")


def _inside(place: PublicCase, own: bytes | None, ref: str, summary: bytes) -> Visitor | None:
    told = opened(own or bytes(32), summary, about=ref)
    if own is None or told is None:
        within(FAILURES, place.number)
        return None
    return Visitor(place.number, ref, str(json.loads(told)["subject"]), own.hex())


def _subject(typed: str) -> str:
    found = _SUBJECT.fullmatch(normal(typed[:_MOST_TYPED]))
    return subject_id(int(found[1])) if found else ""
