"""What officers do at a case's portal: open and close it, give a copy, read what was written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from shanhou.errors import Refusal

if TYPE_CHECKING:
    from shanhou.wiring import Case

Told = Mapping[str, Any]


def switch(case: Case, told: Told) -> dict[str, Any]:
    """Open the portal of a case, or close it; the log keeps who did.

    Raises:
        Refusal: SH-E-881 the case file names no address for it; SH-E-882 the case has ended.
    """
    from shanhou.console.portal.models import PublicCase
    from shanhou.evidence.entry import Act
    from shanhou.flow.noting import note
    from shanhou.flow.telling import portal_key

    opens = told["open"] == "yes"
    if opens and case.settings.notices.portal is None:
        raise Refusal("SH-E-881", case=case.id)
    if case.store.stage("closing") or case.store.stage("closed"):
        raise Refusal("SH-E-882", case=case.id)
    place, _ = PublicCase.objects.get_or_create(number=case.folder.name)
    with case.store.lease("case"), case.store.commit() as unit:
        note(case, unit, Act.NOTICE, str(told["by"]),
             facts={"portal": "open" if opens else "closed"})  # fmt: skip
    portal_key(case)
    place.open = opens
    place.save(update_fields=["open"])
    return {"open": opens}


def give_copy(case: Case, told: Told) -> dict[str, Any]:
    """Make the copy that was asked for, answer the request with it; the portal hands it out."""
    from shanhou.cases.requests import Level, Outcome
    from shanhou.flow.requests import answer_request, copy_for

    name, by, level = str(told["request"]), str(told["by"]), Level(str(told["level"]))
    made = copy_for(case, name, by=by, level=level)
    answer_request(case, name, Outcome.FULFILLED, by=by, level=level)
    return {"records": made.records}


def read_words(case: Case, told: Told) -> dict[str, Any]:
    """Log that an officer reads what a customer wrote about a request.

    Raises:
        Refusal: SH-E-830 no such open request; SH-E-851 it is not theirs to answer.
    """
    from shanhou.cases.parties import Deed
    from shanhou.evidence.entry import Act
    from shanhou.flow.noting import note
    from shanhou.flow.requests import request_of

    by = str(told["by"])
    case.settings.entitled(by, Deed.ANSWER)
    name = str(told["request"])
    # what fits no one customer has no request yet
    about = {} if name.startswith("P") else {"subject": request_of(case, name).subject}
    with case.store.lease("case"), case.store.commit() as unit:
        note(case, unit, Act.REVEAL, by, facts={**about, "request": name, "reason": "answer"})
    return {"request": name}


def settle(case: Case, told: Told) -> dict[str, Any]:
    """What fitted no one customer: whose it is, as an officer found out; or a person saw to it.

    Raises:
        Refusal: SH-E-884 there is no such message, or no such customer; SH-E-851 it is not theirs.
    """
    import json

    from shanhou.cases.parties import Deed
    from shanhou.console.exchange.carrying import taken_for
    from shanhou.console.portal.models import Message
    from shanhou.console.worker_key import opened_by_worker
    from shanhou.evidence.entry import Act
    from shanhou.flow.noting import note

    by, subject = str(told["by"]), str(told.get("subject", "")).strip().upper()
    case.settings.entitled(by, Deed.ANSWER)
    one = Message.objects.filter(
        pk=int(told["message"]), case__number=case.folder.name, state=Message.State.FAILED
    ).first()
    if one is None or (subject and one.what != "behalf"):
        raise Refusal("SH-E-884", subject=subject or "-")
    again = not subject and bool(told.get("again"))
    if (
        again
        and one.ref
        and Message.objects.filter(
            ref=one.ref, pk__gt=one.pk, state__in=[Message.State.TAKEN, Message.State.ANSWERED]
        ).exists()
    ):
        # they said something since, and the last word counts
        raise Refusal("SH-E-884", subject="-")
    if subject:
        _require_customer(case, subject)
    with case.store.lease("case"), case.store.commit() as unit:
        note(case, unit, Act.ANSWER, by,
             facts={"portal": "matched" if subject else "again" if again else "by-hand",
                    "message": one.pk})  # fmt: skip
    if again:
        one.state, one.tries = Message.State.WAITING, 0
        one.save(update_fields=["state", "tries", "changed_at"])
    elif subject:
        taken_for(case, one, json.loads(opened_by_worker(bytes(one.sealed))), subject)
    else:
        one.sealed, one.state = b"", Message.State.ANSWERED
        one.save(update_fields=["sealed", "state", "changed_at"])
    return {}


def _require_customer(case: Case, subject: str) -> None:
    from shanhou.flow.noting import SUBJECTS
    from shanhou.subjects.answers import sid_of

    try:
        sid = sid_of(subject)
    except ValueError:
        raise Refusal("SH-E-884", subject=subject) from None
    with case.vault.read(SUBJECTS) as desk:
        table = desk.table(SUBJECTS, "subject")
        if not desk.scalar(table.filter(table.sid == sid).count()):
            raise Refusal("SH-E-884", subject=subject)
