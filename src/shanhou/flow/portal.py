"""The portal for customers, seen from the case: what it shows of whom, what comes back from it.

The portal itself holds no key of the case; everything here is done by the worker.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, Digested
from shanhou.flow.gathering import collected, register_of
from shanhou.flow.noting import COLLECT, MACHINE, SUBJECTS, note
from shanhou.flow.requests import COPIES
from shanhou.flow.telling import OUTBOX, PORTAL, occasion_of, template_of
from shanhou.vault.canonical import digest_hex
from shanhou.vault.keys import write_durably

if TYPE_CHECKING:
    import ibis

    from shanhou.disposition.plan import Plan
    from shanhou.notices.addressees import Addressee
    from shanhou.notices.channels import Channel
    from shanhou.vault.generation import Desk
    from shanhou.wiring import Case

SAID = "requests"
"""The folder of the case with what customers wrote about their requests; it goes with the close."""
CHANNEL = "portal"
_SURNAME_ONLY = 1
_WAYS = ("mobile", "phone", "email")


@dataclass(frozen=True)
class Line:
    """One kind of information of a customer, and what becomes of it."""

    group: str
    outcome: str
    records: int
    until: str
    """ISO day, `permanent`, or nothing."""


@dataclass(frozen=True)
class Summary:
    """What the portal shows a customer of themselves; every value masked."""

    subject: str
    name: str
    contact: str
    asked: tuple[str, ...]
    """What they are asked for, each by itself; `objection` where they may only object."""
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Answered:
    """How a request stands, as its customer is told."""

    request: str
    kind: str
    outcome: str
    """`open`, or a reply's word."""
    on: str
    due: str
    until: str
    article: str
    reason: str


def summaries(case: Case, plan: Plan) -> Iterator[Summary]:
    """What every customer of a plan is shown, in the order of their numbers; streamed."""
    from shanhou.notices.addressees import addressees
    from shanhou.notices.letter import Template
    from shanhou.subjects.naming import names

    generation = str(case.store.stage(f"plan:{plan.digest}"))
    asks = template_of(case) is Template.ART23
    register, done = register_of(case), collected(case)
    with case.vault.read(COLLECT, SUBJECTS, generation) as desk:
        called = names(desk, register, done, collected=COLLECT, subjects=SUBJECTS)
        # the letter on closing is for everybody: who is asked nothing may still look and ask
        people = addressees(desk, plan, called, Template.CLOSURE, generation=generation,
                            subjects=SUBJECTS, collected=COLLECT, datasets=done)  # fmt: skip
        contacts = _masked_contacts(desk, _reached_by(case, desk, _WAYS))
        at, masked = next(contacts, (-1, ""))
        for one in people:
            while -1 < at < one.sid:
                at, masked = next(contacts, (-1, ""))
            yield _summary(one, masked if at == one.sid else "", asks=asks)


def _summary(one: Addressee, contact: str, *, asks: bool) -> Summary:
    from shanhou.law.rule import Outcome
    from shanhou.subjects.answers import subject_id
    from shanhou.vault.masking import mask_text

    profile = one.profile
    moves = any(item.outcome in {Outcome.TRANSFER, Outcome.TRANSFER_AFTER_CONSENT}
                for item in profile.items)  # fmt: skip
    asked = ["objection"]
    if asks:
        asked = ["consent_provision", "consent_contract"] if moves else []
        asked += ["consent_sensitive"] if moves and profile.sensitive else []
        asked += ["consent_guardian"] if moves and profile.child else []
    lines = tuple(
        Line(item.group, item.outcome.value, count, _until(until))
        for item, count, until in zip(profile.items, one.counts, one.untils, strict=True)
    )
    name = mask_text("org_name" if profile.company else "person_name", one.name)
    return Summary(subject_id(one.sid), name, contact, tuple(asked), lines)


def _until(day: date | None) -> str:
    if day is None:
        return ""
    return "permanent" if day >= date.max else day.isoformat()


def _reached_by(case: Case, desk: Desk, ways: Sequence[str]) -> ibis.Table:
    """`sid`, `way`, `value`: the best contact of each customer, the first of the ways that is."""
    import ibis

    from shanhou.subjects.addresses import addresses

    places = addresses(desk, register_of(case), collected(case), collected=COLLECT,
                       subjects=SUBJECTS)  # fmt: skip
    ranks = {way: n for n, way in enumerate(ways)}
    first = places.filter(ibis.and_(places.nth == 0, places.way.isin(list(ranks))))
    rank = ibis.cases(*((first.way == way, n) for way, n in ranks.items()), else_=9)
    ranked = first.mutate(rank=rank)
    return ranked.group_by("sid").aggregate(way=ranked.way.argmin(ranked.rank),
                                            value=ranked["value"].argmin(ranked.rank))  # fmt: skip


def _masked_contacts(desk: Desk, places: ibis.Table) -> Iterator[tuple[int, str]]:
    from shanhou.vault.masking import mask

    for batch in desk.batches(places.order_by("sid")):
        mails = mask("email", batch["value"]).to_pylist()
        phones = mask("phone", batch["value"]).to_pylist()
        for sid, way, mail, number in zip(batch["sid"].to_pylist(), batch["way"].to_pylist(),
                                          mails, phones, strict=True):  # fmt: skip
            yield sid, mail if way == "email" else number


# ---- what comes back ----------------------------------------------------------------------------


def heard(
    case: Case,
    subject: str,
    said: Sequence[tuple[str, str]],
    *,
    receipt: str,
    on: date,
    words: str = "",
) -> tuple[str, ...]:
    """Take what a customer said at the portal, as an answers file would bring it; the numbers of
    the requests among it. The same receipt is never taken twice. `on`: the day it was said.

    Raises:
        Refusal: SH-E-883 it is nothing that a customer can say.
    """
    from shanhou.subjects.answers import read_answers

    day = case.on if case.played else min(on, case.on)
    rows = [{"contact": subject, "name": "", "kind": kind, "value": value,
             "on": day.isoformat(), "channel": CHANNEL, "receipt": digest_hex(receipt.encode())}
            for kind, value in said]  # fmt: skip
    content = "\n".join(json.dumps(row, sort_keys=True) for row in rows).encode()
    kinds = {kind for kind, _ in said}
    with case.store.lease("case"):
        with case.vault.read(COLLECT, SUBJECTS) as desk:
            found = read_answers(desk, content, name=CHANNEL, today=case.on, subjects=SUBJECTS,
                                 codes={subject: subject})  # fmt: skip
        if found.rejected or not found.answers:
            raise Refusal("SH-E-883", subject=subject)
        with case.store.commit() as unit:
            accepted = sum(unit.answer(one) for one in found.answers)
            if accepted:
                note(case, unit, Act.ANSWER, MACHINE, facts={"accepted_count": accepted,
                     "refused_count": 0, "channel": CHANNEL},
                     subject=[Digested("answers", digest_hex(content))])  # fmt: skip
    newest = {one.kind: one.name for one in case.store.requests.all()
              if one.subject == subject and one.kind in kinds}  # fmt: skip
    for name in newest.values() if words else ():
        keep_words(case, name, words)
    return tuple(sorted(newest.values()))


def keep_words(case: Case, called: str, words: str) -> None:
    """Lay down what a customer wrote, for whoever answers it."""
    folder = case.folder / SAID
    folder.mkdir(exist_ok=True)
    write_durably(folder / f"{called}.txt", words.encode(), private=True)


def who_is(case: Case, contact: str, name: str) -> str:
    """The one customer with that contact and name; nothing where there is none, or more."""
    from shanhou.subjects.answers import read_answers

    called = name.strip()
    if not contact.strip() or not called:
        return ""
    spellings = (called,) if len(called) > _SURNAME_ONLY else (f"{called}先生", called)
    for spelling in spellings:
        row = {"contact": contact, "name": spelling, "kind": "access", "value": "requested",
               "on": case.on.isoformat(), "channel": CHANNEL}  # fmt: skip
        with case.vault.read(COLLECT, SUBJECTS) as desk:
            found = read_answers(desk, json.dumps(row).encode(), name=CHANNEL, today=case.on,
                                 subjects=SUBJECTS)  # fmt: skip
        if found.answers:
            return found.answers[0].subject
    return ""


def bring(case: Case, subject: str, text: str, *, code: str, key: str) -> bool:
    """Bring a short text to the contact on file; whether there is one.

    By the channel that the case file names for it; else as a file that a person brings. `code`:
    what the text is about, for providers that fill in texts of their own.
    """
    from contextlib import closing

    from shanhou.wiring.channels import channel_of

    told = case.settings.notices.portal
    if told is not None and told.codes:
        with closing(channel_of(case, told.codes)) as channel:
            to = _contact(case, subject, (channel.way.value,))
            return bool(to) and _sent(channel, to, subject, text, code, key)
    to = _contact(case, subject, _WAYS)
    if not to:
        return False
    folder = case.folder / OUTBOX / PORTAL
    folder.mkdir(parents=True, exist_ok=True)
    content = f"{to}\n{text}\n"
    write_durably(folder / f"{key}.txt", content.encode(), private=True)
    return True


def _contact(case: Case, subject: str, ways: Sequence[str]) -> str:
    from shanhou.subjects.answers import sid_of

    with case.vault.read(COLLECT, SUBJECTS) as desk:
        places = _reached_by(case, desk, ways)
        rows = desk.arrow(places.filter(places.sid == sid_of(subject))).to_pylist()
    return str(rows[0]["value"]) if rows else ""


def _sent(channel: Channel, to: str, subject: str, text: str, code: str, key: str) -> bool:
    import html

    from shanhou.cases.sendings import Fate
    from shanhou.notices.channels import Message, Rendered

    page = Rendered("zh", text.partition("：")[0][:40], f"<p>{html.escape(text)}</p>")
    (result,) = channel.send([Message(key, to, "", subject, code, text, "", (page,))])
    return result.fate in {Fate.SENT, Fate.DELIVERED, Fate.HANDED, Fate.UNKNOWN}


# ---- how it stands ------------------------------------------------------------------------------


def answered(case: Case, names: Sequence[str]) -> dict[str, Answered]:
    """How requests stand, by their numbers."""
    from shanhou.flow.dates import dates_of

    wanted = set(names)
    last = {reply.request: reply for reply in case.store.requests.replies()}
    due = {one.about: one.due.on.isoformat() for one in dates_of(case).due if one.about}
    found = {}
    for one in case.store.requests.all():
        if one.name not in wanted:
            continue
        reply = last.get(one.id)
        outcome = reply.outcome.value if reply else "open" if one.open else "fulfilled"
        found[one.name] = Answered(
            one.name, one.kind, outcome, reply.on_day if reply else "",
            due.get(f"{one.subject} {one.kind}", "") if one.open else "",
            reply.until_day if reply else "", reply.article if reply else "",
            reply.reason if reply else "",
        )  # fmt: skip
    return found


def copy_of(case: Case, name: str) -> bytes | None:
    """The copy that was made for a request, as one file; none where none lies there."""
    import io
    import zipfile

    folder = case.folder / COPIES / name
    if not folder.is_dir():
        return None
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        for path in sorted(folder.iterdir()):
            out.write(path, path.name)
    return made.getvalue()


def last_day(case: Case) -> date:
    """The last day for answers that any letter named."""
    days = [one.deadline for one in case.store.letters() if one.deadline]
    return date.fromisoformat(max(days)) if days else occasion_of(case).deadline


def notice_told(case: Case) -> dict[str, Any]:
    """What everybody may read of the case: as the letters say it, and of no customer."""
    from shanhou.cases.requests import REQUEST_KINDS
    from shanhou.errors import LANGUAGES
    from shanhou.notices.letter import said_alike

    occasion, parties = occasion_of(case), case.settings.parties
    portal = case.settings.notices.portal
    both = {one: said_alike(occasion, one) for one in LANGUAGES}
    authority = portal.authority if portal else None
    return {
        "handler": parties.handler.name, "contact": parties.handler.contact,
        "address": parties.handler.address,
        "recipient": parties.recipient and {
            "name": parties.recipient.name, "contact": parties.recipient.contact,
            "purpose": parties.recipient.purpose, "method": parties.recipient.method,
            "kinds": {one: list(said["kinds"]) for one, said in both.items()},
        },
        "custodian": parties.custodian and {
            "name": parties.custodian.name, "contact": parties.custodian.contact},
        "template": template_of(case).value,
        "event": {one: said["closing"] or said["event"] for one, said in both.items()},
        "phone": occasion.known_number or occasion.reply_to or parties.handler.contact,
        "deadline": last_day(case).isoformat(),
        "stops_on": occasion.stops_on.isoformat() if occasion.stops_on else "",
        "first": [{one: {"what": line["what"], "tells": line["tells"]}
                   for one, line in ((lang, both[lang]["first"][at]) for lang in LANGUAGES)}
                  for at in range(len(both["zh"]["first"]))],
        "levels": {kind: portal.needed(kind).value for kind in REQUEST_KINDS} if portal else {},
        "authority": authority.model_dump() if authority else None,
        "rehearsal": occasion.rehearsal, "today": case.on.isoformat() if case.played else "",
        "certified": bool(case.store.certificates()),
        "log_key": case.signer.vkey.text if case.store.certificates() else "",
    }  # fmt: skip
