"""The worker carries between a case and its portal: summaries out, what customers say in.

It believes no portal: who speaks is worked out again from the case's own key, and a six-digit code
counts only with the case's own word on it.
"""

from __future__ import annotations

import hmac
import json
import logging
import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from shanhou.console.exchange.results import taken, tell_results
from shanhou.console.portal.doors import code_mac, token_key
from shanhou.console.portal.models import Challenge, Door, Holder, Message, Parcel, PublicCase
from shanhou.console.portal.router import ALIAS
from shanhou.console.portal.sealing import code_key, hashed, keyed, padded, sealed
from shanhou.console.worker_key import opened_by_worker
from shanhou.errors import Coded
from shanhou.flow import portal as of_case
from shanhou.flow.plans import plan_so_far
from shanhou.flow.telling import portal_key
from shanhou.notices.portal_code import mac_of, normal, own_key, portal_code, portal_ref
from shanhou.vault.canonical import digest_hex

if TYPE_CHECKING:
    from shanhou.disposition.plan import Plan
    from shanhou.wiring import Case

_log = logging.getLogger(__name__)
_BATCH = 1_000
_BUSY = frozenset({"SH-E-905", "SH-E-911"})
"""Somebody else is at the case: it is tried again."""
_MOST_TRIES, _MOST_OF_RECEIPTED = 3, 12
"""What somebody has a receipt for is tried for hours before a person looks."""
_LONGEST_REST = timedelta(hours=1)
_LINK_LASTS, _CODE_LASTS = timedelta(hours=24), timedelta(minutes=10)
RECEIPT_LASTS = timedelta(days=30)
_SUMMARY_STEP = 256


# ---- out ----------------------------------------------------------------------------------------


def publish_portal(case: Case) -> None:
    """What the portal shows of a case, brought up to date; nothing where it has none."""
    place = PublicCase.objects.filter(number=case.folder.name).first()
    if place is None:
        return
    if case.store.stage("closed") is not None:
        _empty(place)
        return
    place.told = of_case.notice_told(case)
    place.save(update_fields=["told"])
    plan = plan_so_far(case)
    if plan is not None and place.open:
        _publish_summaries(case, place, plan)
    tell_results(case, place)


def _publish_summaries(case: Case, place: PublicCase, plan: Plan) -> None:
    """A new edition of every customer's summary, which holds once it is whole."""
    made_of = digest_hex(f"{plan.digest}|{place.told['template']}".encode())
    if place.made_of == made_of:
        return
    edition = place.edition + 1
    # what a killed run left of it
    Holder.objects.filter(case=place, edition=edition).delete()
    pepper, key = settings.PORTAL.pepper(), portal_key(case)
    every = (_holder(place, edition, one, key, pepper) for one in of_case.summaries(case, plan))
    for batch in _batches(every):
        Holder.objects.bulk_create(batch)
    with transaction.atomic(using=ALIAS):
        place.edition, place.made_of = edition, made_of
        place.save(update_fields=["edition", "made_of"])
        Holder.objects.filter(case=place).exclude(edition=edition).delete()


def _holder(
    place: PublicCase, edition: int, one: of_case.Summary, key: bytes, pepper: bytes
) -> Holder:
    subject, own = one.subject, own_key(key, one.subject)
    code, ref = normal(portal_code(key, subject)), portal_ref(key, subject)
    told = {
        "subject": subject, "name": one.name, "contact": one.contact, "asked": list(one.asked),
        "lines": [[line.group, line.outcome, line.records, line.until] for line in one.lines],
    }  # fmt: skip
    return Holder(
        case=place, edition=edition, ref=ref,
        code_mac=code_mac(pepper, place.number, subject, code),
        by_code=sealed(code_key(pepper, place.number, subject, code), own, about="code"),
        sealed=sealed(own, padded(told, step=_SUMMARY_STEP), about=ref),
    )  # fmt: skip


def _batches(rows: Iterator[Holder]) -> Iterator[list[Holder]]:
    while batch := list(islice(rows, _BATCH)):
        yield batch


def _empty(place: PublicCase) -> None:
    """The case has ended: of customers nothing stays but how they were answered."""
    if place.closed:
        return
    with transaction.atomic(using=ALIAS):
        for kept in (Holder, Door, Challenge, Parcel):
            kept.objects.filter(case=place).delete()
        Message.objects.filter(case=place, receipt_mac="").delete()
        Message.objects.filter(case=place).update(sealed=b"", own=b"", back=b"", ref="")
        place.open, place.closed, place.made_of = False, True, ""
        place.save(update_fields=["open", "closed", "made_of"])


# ---- in -----------------------------------------------------------------------------------------


def waiting_cases() -> list[str]:
    """The numbers of the cases to which somebody said something."""
    found = Message.objects.filter(state=Message.State.WAITING).order_by("case_id")
    return list(found.values_list("case__number", flat=True).distinct())


def carry(case: Case) -> int:
    """Take in what waits for a case; how many were taken. What somebody else's work at the case
    stands in the way of waits on.
    """
    place = PublicCase.objects.get(number=case.folder.name)
    done = 0
    behind: set[str] = set()
    for one in Message.objects.filter(case=place, state=Message.State.WAITING)[:_BATCH]:
        if one.ref in behind or _rests(one):
            # what the same person said before comes first: the last word counts
            behind |= {one.ref} if one.ref else set()
            continue
        try:
            told = json.loads(opened_by_worker(bytes(one.sealed)))
            _TAKES[one.what](case, place, one, told)
            done += 1
        except Coded as error:
            if error.code in _BUSY:
                break
            done += _tried(one, error.code)
            behind |= {one.ref} if one.ref else set()
        except Exception as error:  # noqa: BLE001 - the last door: what one customer says stops none
            done += _tried(one, type(error).__name__)
            behind |= {one.ref} if one.ref else set()
    return done


def _rests(one: Message) -> bool:
    """Whether a message that could not be taken waits for its next try, longer each time."""
    rest = min(timedelta(seconds=5) * 2**one.tries, _LONGEST_REST)
    return one.tries > 0 and timezone.now() < one.changed_at + rest


def _tried(one: Message, why: str) -> int:
    one.tries += 1
    _log.error("message %s (%s) was not taken: %s", one.pk, one.what, why)
    if one.tries >= (_MOST_OF_RECEIPTED if one.receipt_mac else _MOST_TRIES):
        if one.receipt_mac:
            one.state = Message.State.FAILED
        else:
            one.delete()
            return 1
    one.save(update_fields=["tries", "state", "changed_at"])
    return 1 if one.state == Message.State.FAILED else 0


def _known(case: Case, one: Message, told: Mapping[str, Any]) -> str:
    """The customer who speaks, or nothing: the portal's word alone is worth nothing."""
    key, subject = portal_key(case), str(told.get("subject", ""))
    mine = hmac.compare_digest(str(told.get("own", "")), own_key(key, subject).hex())
    return subject if mine and one.ref == portal_ref(key, subject) else ""


def _level(case: Case, one: Message, told: Mapping[str, Any]) -> str:
    found = Challenge.objects.filter(pk=int(told.get("challenge") or 0), ref=one.ref).first()
    typed = str(told.get("typed", ""))
    if found is None or not typed:
        return "L1"
    word = mac_of(portal_key(case), "six", one.ref, found.ends_at.isoformat(), typed)
    return "L2" if hmac.compare_digest(word, found.worker_mac) else "L1"


def _said(case: Case, place: PublicCase, one: Message, told: Mapping[str, Any]) -> None:
    del place
    subject = _known(case, one, told)
    if not subject:
        _refuse(one)
        return
    said = [(str(kind), str(value)) for kind, value in told["said"]]
    names = of_case.heard(case, subject, said, receipt=str(told["number"]),
                          on=one.on_day, words=str(told.get("words", "")))  # fmt: skip
    taken(case, one, str(told["number"]), names, level=_level(case, one, told))


def _behalf(case: Case, place: PublicCase, one: Message, told: Mapping[str, Any]) -> None:
    del place
    subject = of_case.who_is(case, str(told["contact"]), str(told["name"]))
    if subject:
        taken_for(case, one, told, subject)
        return
    of_case.keep_words(case, paper(one), _words(told))
    _refuse(one)


def taken_for(case: Case, one: Message, told: Mapping[str, Any], subject: str) -> None:
    """Take what was asked on behalf of a customer as a request of their relatives."""
    names = of_case.heard(case, subject, [("relatives", "requested")], on=one.on_day,
                          receipt=str(told["number"]), words=_words(told))  # fmt: skip
    taken(case, one, str(told["number"]), names, level="L0")


def paper(one: Message) -> str:
    """Under what name lies what was written and fits no one customer."""
    return f"P{one.pk:05d}"


def _words(told: Mapping[str, Any]) -> str:
    asked = ("name", "contact", "kinship", "own_name", "own_contact", "words")
    return "\n".join(f"{name}: {told.get(name, '')}" for name in asked)


def _refuse(one: Message) -> None:
    """A person looks into it; what was said stays sealed for them."""
    one.state = Message.State.FAILED
    one.save(update_fields=["state", "changed_at"])


def _code(case: Case, place: PublicCase, one: Message, told: Mapping[str, Any]) -> None:
    """Six digits to the contact on file."""
    subject = _known(case, one, told)
    if subject:
        digits = f"{secrets.randbelow(10**6):06d}"
        key = portal_key(case)
        text = _text(case, "six", code=digits)
        if of_case.bring(case, subject, text, code=digits, key=f"code-{one.pk}"):
            ends_at = timezone.now() + _CODE_LASTS
            Challenge.objects.filter(case=place, ref=one.ref, ends_at__lt=timezone.now()).delete()
            Challenge.objects.create(
                case=place, ref=one.ref, ends_at=ends_at,
                mac=keyed(settings.PORTAL.pepper(), "six", place.number, one.ref, digits),
                worker_mac=mac_of(key, "six", one.ref, ends_at.isoformat(), digits),
            )  # fmt: skip
    one.delete()


def _lost(case: Case, place: PublicCase, one: Message, told: Mapping[str, Any]) -> None:
    """A link that works once, and the code of the letter, to the contact on file."""
    subject = of_case.who_is(case, str(told["contact"]), str(told["name"]))
    address = case.settings.notices.portal
    if subject and address:
        key, token = portal_key(case), secrets.token_urlsafe(32)
        text = _text(case, "link", subject=subject, code=portal_code(key, subject),
                     link=f"{address.address}/n/{place.number}/{token}/",
                     typed=f"{address.address.partition('://')[2]}/c/{place.number}")  # fmt: skip
        if of_case.bring(case, subject, text, code=portal_code(key, subject),
                         key=f"link-{one.pk}"):  # fmt: skip
            Door.objects.create(
                case=place, ref=portal_ref(key, subject), token_sha256=hashed(token),
                by_token=sealed(token_key(token), own_key(key, subject), about="link"),
                ends_at=timezone.now() + _LINK_LASTS,
            )  # fmt: skip
    one.delete()


def _receipt(case: Case, place: PublicCase, one: Message, told: Mapping[str, Any]) -> None:
    """The signed receipt of what was done, for the customer alone."""
    from shanhou.flow.proving import customer_receipt

    subject, plan = _known(case, one, told), plan_so_far(case)
    if subject and plan is not None:
        made = customer_receipt(case, plan, subject)
        own = own_key(portal_key(case), subject)
        Parcel.objects.update_or_create(
            case=place, ref=one.ref, what="receipt", request="",
            defaults={"sealed": sealed(own, made, about="receipt"), "collected_at": None,
                      "ends_at": timezone.now() + RECEIPT_LASTS},
        )  # fmt: skip
    one.delete()


def _text(case: Case, name: str, **facts: str) -> str:
    """A short text in the first language of the case's notices."""
    from shanhou.console.portal.words import words

    language = case.settings.notices.languages[0]
    handler = case.settings.parties.handler.name
    return words()[f"text_{name}"][language].format(handler=handler, **facts)


_TAKES: Mapping[str, Callable[[Case, PublicCase, Message, Mapping[str, Any]], None]] = {
    "said": _said, "behalf": _behalf, "code": _code, "lost": _lost, "receipt": _receipt,
}  # fmt: skip


# ---- for the officers ---------------------------------------------------------------------------


def portal_told(case: Case) -> dict[str, Any]:
    """How the portal of a case stands, as counts and numbers of requests."""
    named = case.settings.notices.portal
    told: dict[str, Any] = {"address": named.address if named else "", "open": False}
    place = PublicCase.objects.filter(number=case.folder.name).first()
    if place is None:
        return told
    messages = Message.objects.filter(case=place).exclude(receipt_mac="")
    return {
        **told, "open": place.open, "closed": place.closed, "visits": place.visits,
        "holders": Holder.objects.filter(case=place, edition=place.edition).count(),
        "states": {state: messages.filter(state=state).count() for state in Message.State.values},
        "rows": [_row(one) for one in messages.order_by("-id")[:200]],
        "parcels": [{"what": one.what, "request": one.request, "collected": bool(one.collected_at),
                     "ends": one.ends_at.date().isoformat()}
                    for one in Parcel.objects.filter(case=place).defer("sealed")],
        "opinions": [{"question": one.question, "answer": one.answer, "n": one.n}
                     for one in place.opinions.order_by("question", "answer")],
    }  # fmt: skip


def _row(one: Message) -> dict[str, Any]:
    return {
        "id": one.pk, "paper": paper(one) if one.what == "behalf" else "", "state": one.state,
        "kinds": one.kinds.split(","), "level": one.level, "on": one.on_day.isoformat(),
        "requests": [name for name in one.requests.split(",") if name],
    }  # fmt: skip
