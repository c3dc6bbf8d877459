"""What a customer says by telephone, at the counter, on paper or through somebody, taken down.

Nobody needs a link or a screen to be heard, and what is said so counts like any other answer; but a
yes is the customer's own word, and nobody passes it on.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from shanhou.cases.parties import Deed
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, Digested
from shanhou.flow.noting import COLLECT, SUBJECTS, note
from shanhou.flow.telling import Taken
from shanhou.vault.canonical import digest_hex

if TYPE_CHECKING:
    from shanhou.vault.generation import Desk
    from shanhou.wiring import Case


class Way(StrEnum):
    """How an answer came to the person who takes it down."""

    PHONE = "phone"
    COUNTER = "counter"
    CAREGIVER = "caregiver"
    """Passed on by who cares for them, or a relative: a no or a request, never a yes."""
    PAPER = "paper"
    """Signed by the customer, or sealed by a company; the paper is kept."""


_HEARD = frozenset({Way.PHONE})
"""Nothing is left of such an answer but who heard it."""
_KEPT_AS = {Way.PHONE: "phone_heard"}
"""As the list of answers calls it, where that says more."""


def take_down(
    case: Case, subject: str, said: Sequence[tuple[str, str]], *, way: Way, on: date, by: str,
    listener: str = "",
) -> Taken:  # fmt: skip
    """Take down what one customer said; what stands there already counts once.

    `said`: kinds of an answers file with their values. `listener`: who else heard it; a call needs
    one, for a yes that only its caller heard proves nothing (PIPL 14: voluntary and explicit).

    Raises:
        Refusal: SH-E-305 no such customer; SH-E-801 a kind, value or day is not one we know, or a
            kind is answered twice; SH-E-804 one contact person spoke for a company of several;
            SH-E-809 nobody else heard the call, or somebody of the other side; SH-E-838 a yes was
            passed on by somebody else; SH-E-851 it is not theirs to take down; SH-E-902
            nobody of that id is named in the case.
    """
    from shanhou.subjects.answers import allowed_words, read_answers

    case.settings.entitled(by, Deed.ANSWER)
    side = case.settings.person(by).party
    if listener and case.settings.person(listener).party != side:
        raise Refusal("SH-E-809", by=by)
    if listener == by or (way in _HEARD and not listener):
        raise Refusal("SH-E-809", by=by)
    kinds = [kind for kind, _ in said]
    if not said or len(set(kinds)) != len(kinds):
        raise Refusal("SH-E-801", row=1, allowed=allowed_words())
    told = {"on": on.isoformat(), "channel": _KEPT_AS.get(way, way.value), "by": by,
            "listener": listener}  # fmt: skip
    with case.store.lease("case"):
        before = case.store.heard.of(subject)
        latest = {kind: (value, is_open) for kind, value, is_open in before}
        if all(latest.get(kind) == (value, True) for kind, value in said):
            return Taken(0, len(said), ())  # it stands there already
        told["after"] = str(len(before))  # a no, a yes and a no of one day are three answers
        rows = [{"contact": subject, "name": "", "kind": kind, "value": value, **told}
                for kind, value in sorted(said)]  # fmt: skip
        content = "\n".join(json.dumps(row, sort_keys=True) for row in rows).encode()
        with case.vault.read(COLLECT, SUBJECTS) as desk:
            _require_there(desk, subject)
            found = read_answers(
                desk, content, name=way.value, today=case.on, subjects=SUBJECTS,
                codes={subject: subject},
                in_own_name=way is Way.PAPER,  # a paper has a seal; a voice is one person's
            )  # fmt: skip
        if found.rejected:
            one = found.rejected[0]
            raise Refusal(one.code, row=one.row, allowed=allowed_words())
        with case.store.commit() as unit:
            accepted = sum(unit.answer(one) for one in found.answers)
            note(case, unit, Act.ANSWER, by, subject=[Digested("answers", digest_hex(content))],
                 facts={"subject": subject, "channel": way.value, "listener": listener,
                        "accepted_count": accepted, "refused_count": 0})  # fmt: skip
    return Taken(accepted, len(found.answers) - accepted, ())


def _require_there(desk: Desk, subject: str) -> None:
    from shanhou.subjects.answers import sid_of

    try:
        sid = sid_of(subject)
    except ValueError:
        raise Refusal("SH-E-305", subject=subject) from None
    people = desk.table(SUBJECTS, "subject")
    if not desk.scalar(people.filter(people.sid == sid).count()):
        raise Refusal("SH-E-305", subject=subject)
