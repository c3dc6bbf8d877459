"""How requests from the portal stand, told back to who asked; and what is to be fetched there."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils import timezone

from shanhou.console.portal.models import Challenge, Door, Message, Parcel, PublicCase, Tally, Visit
from shanhou.console.portal.sealing import derived, opened, result_key, sealed
from shanhou.flow import portal as of_case
from shanhou.flow.deleted import Deletion, deletions
from shanhou.flow.telling import portal_key
from shanhou.notices.letter import words
from shanhou.notices.portal_code import own_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shanhou.wiring import Case

COPY_LASTS = timedelta(days=14)
_GIVES = frozenset({"access", "copy", "portability"})
_CLOSES = frozenset({"fulfilled", "refused"})
_DELETES = "deletion"


def taken(case: Case, one: Message, number: str, names: Sequence[str], *, level: str) -> None:
    """The case has what was said: the portal's own copy is wiped, and the answer can come back."""
    key = result_key(number)
    one.sealed, one.level = b"", level
    one.requests = ",".join(names)
    one.back = sealed(_back_key(case), key, about="back")
    # a yes or no needs no answer: it is in the case's log
    one.state = Message.State.TAKEN if names else Message.State.ANSWERED
    one.save()


def tell_results(case: Case, place: PublicCase) -> None:
    """Every open request's state, sealed for who holds its receipt; copies for who asked.

    A granted deletion is told anew after each plan that was carried out: only then is it known what
    was deleted. Until the first it is not done.
    """
    open_ones = list(
        Message.objects.filter(case=place)
        .filter(Q(state=Message.State.TAKEN)
                | Q(state=Message.State.ANSWERED, kinds__contains=_DELETES))
        .exclude(requests="")
    )  # fmt: skip
    stands = of_case.answered(case, [name for one in open_ones for name in one.requests.split(",")])
    fates = deletions(case, [one.request for one in stands.values()
                             if one.kind == _DELETES and one.outcome == "fulfilled"])  # fmt: skip
    for one in open_ones:
        lines = [stands[name] for name in one.requests.split(",") if name in stands]
        told = [asdict(line) | _fate(fates.get(line.request)) for line in lines]
        answered = bool(lines) and all(line.outcome in _CLOSES for line in lines)
        done = answered and not any(line.get("pending") for line in told)
        key = opened(_back_key(case), bytes(one.back), about="back")
        if key is None:
            continue
        for line in lines if answered else ():
            if line.kind in _GIVES and line.outcome == "fulfilled":
                _parcel(case, place, one, line.request)
        before = json.loads(opened(key, bytes(one.result), about="result") or b"{}")
        if before.get("lines") == told:
            continue
        one.result = sealed(key, json.dumps(before | {"lines": told}).encode(), about="result")
        one.state = Message.State.ANSWERED if done else Message.State.TAKEN
        one.save(update_fields=["result", "state", "changed_at"])


def _fate(fate: Deletion | None) -> dict[str, Any]:
    """What is not deleted though somebody asked, until when and by which article: told honestly."""
    if fate is None:
        return {}
    if not fate.plan:
        return {"pending": True}
    groups = words()["groups"]
    return {
        "stays": [{"what": groups[one.group], "until": one.until, "basis": one.basis}
                  for one in fate.stays],
        "left": [groups[one] for one in fate.left],
    }  # fmt: skip


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
