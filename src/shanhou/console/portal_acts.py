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
    asked = request_of(case, str(told["request"]))
    with case.store.lease("case"), case.store.commit() as unit:
        note(case, unit, Act.REVEAL, by, facts={"subject": asked.subject, "request": asked.name,
             "reason": "answer"})  # fmt: skip
    return {"request": asked.name}
