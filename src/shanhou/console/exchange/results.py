"""How requests from the portal stand, told back to who asked; and what is to be fetched there."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from shanhou.console.portal.models import Challenge, Door, Message, Parcel, PublicCase, Tally, Visit
from shanhou.console.portal.sealing import derived, opened, result_key, sealed
from shanhou.flow import portal as of_case
from shanhou.flow.telling import portal_key
from shanhou.notices.letter import words
from shanhou.notices.portal_code import own_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shanhou.disposition.plan import Plan
    from shanhou.wiring import Case

COPY_LASTS = timedelta(days=14)
_GIVES = frozenset({"access", "copy", "portability"})
_CLOSES = frozenset({"fulfilled", "refused"})


def taken(case: Case, one: Message, number: str, names: Sequence[str], *, level: str) -> None:
    """The case has what was said: the portal's own copy is wiped, and the answer can come back."""
    key = result_key(number)
    one.sealed, one.level = b"", level
    one.requests = ",".join(names)
    one.back = sealed(_back_key(case), key, about="back")
    # a yes or no needs no answer: it is in the case's log
    one.state = Message.State.TAKEN if names else Message.State.ANSWERED
    one.save()


def tell_results(case: Case, place: PublicCase, plan: Plan | None) -> None:
    """Every open request's state, sealed for who holds its receipt; copies for who asked."""
    open_ones = list(Message.objects.filter(case=place, state=Message.State.TAKEN)
                     .exclude(requests=""))  # fmt: skip
    stands = of_case.answered(case, [name for one in open_ones for name in one.requests.split(",")])
    for one in open_ones:
        lines = [stands[name] for name in one.requests.split(",") if name in stands]
        done = bool(lines) and all(line.outcome in _CLOSES for line in lines)
        told = [asdict(line) | _stays(case, plan, line, done=done) for line in lines]
        key = opened(_back_key(case), bytes(one.back), about="back")
        if key is None:
            continue
        for line in lines if done else ():
            if line.kind in _GIVES and line.outcome == "fulfilled":
                _parcel(case, place, one, line.request)
        before = json.loads(opened(key, bytes(one.result), about="result") or b"{}")
        one.result = sealed(key, json.dumps(before | {"lines": told}).encode(), about="result")
        one.state = Message.State.ANSWERED if done else Message.State.TAKEN
        one.save(update_fields=["result", "state", "changed_at"])


def _stays(case: Case, plan: Plan | None, line: of_case.Answered, *, done: bool) -> dict[str, Any]:
    """What is not deleted though somebody asked, until when and by which article: told honestly."""
    from shanhou.flow.requests import what_stays

    if plan is None or not done or line.kind != "deletion":
        return {}
    subject = next(one.subject for one in case.store.requests.all() if one.name == line.request)
    groups = words()["groups"]
    return {"stays": [{"what": groups[one.group], "until": one.until, "basis": one.basis}
                      for one in what_stays(case, plan, subject)]}  # fmt: skip


def _parcel(case: Case, place: PublicCase, one: Message, request: str) -> None:
    """The copy, sealed with what only the customer brings; once."""
    subject = next(each.subject for each in case.store.requests.all() if each.name == request)
    made = of_case.copy_of(case, request)
    if made is None or not one.ref:
        return
    own = own_key(portal_key(case), subject)
    Parcel.objects.get_or_create(
        case=place, ref=one.ref, what="copy", request=request,
        defaults={"sealed": sealed(own, made, about="copy"),
                  "ends_at": timezone.now() + COPY_LASTS},
    )  # fmt: skip


def sweep() -> None:
    """What has had its time is gone: copies nobody fetched, visits, codes, links, counts."""
    now = timezone.now()
    Parcel.objects.filter(ends_at__lt=now).exclude(sealed=b"").update(sealed=b"")
    for one in (Visit, Challenge, Door, Tally):
        one.objects.filter(ends_at__lt=now - timedelta(days=1)).delete()


def _back_key(case: Case) -> bytes:
    return derived(portal_key(case), "back")
