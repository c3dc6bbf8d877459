"""The stages that speak with customers: letters out, answers in, requests closed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from shanhou.cases.parties import Deed
from shanhou.cases.requests import NEEDED, Level
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, Digested
from shanhou.flow.deciding import require_fresh, said_of_case, told_of
from shanhou.flow.gathering import collected, register_of
from shanhou.flow.noting import COLLECT, KINDS, MACHINE, SUBJECTS, note
from shanhou.vault.canonical import digest_hex
from shanhou.wiring import Case

if TYPE_CHECKING:
    from shanhou.cases.store import Letter, Unit
    from shanhou.disposition.plan import Plan
    from shanhou.notices.channels import FileChannel
    from shanhou.notices.letter import Occasion, Template
    from shanhou.notices.outbox import Prepared

OUTBOX = "outbox"
PORTAL = "portal"
"""The name of the key that portal codes are made of."""


@dataclass(frozen=True)
class Taken:
    """What an answers file brought."""

    accepted: int
    already: int
    refused: tuple[tuple[int, str], ...]
    """Rows that name nobody, or more than one, or say nothing known: a person looks."""


def import_answers(case: Case, file: Path, *, by: str = "") -> Taken:
    """Take the replies of a file; each row is matched to exactly one customer or handed back.

    `by`: who takes them in, as the log tells it.

    Raises:
        Refusal: SH-E-303 the file is not there; SH-E-806 it is no answers file; SH-E-902 there is
            no such person; SH-E-851 it is not theirs to take in.
    """
    from shanhou.notices.outbox import reply_codes
    from shanhou.subjects.answers import read_answers

    if by:
        case.settings.entitled(by, Deed.ANSWER)
    if not file.is_file():
        raise Refusal("SH-E-303", path=file.name)
    content = file.read_bytes()
    with case.store.lease("case"):
        with case.vault.read(COLLECT, SUBJECTS) as desk:
            found = read_answers(desk, content, name=file.name, today=case.on, subjects=SUBJECTS,
                                 codes=reply_codes(case.store, portal_key(case)))  # fmt: skip
        with case.store.commit() as unit:
            accepted = sum(unit.answer(one) for one in found.answers)
            told = {"accepted_count": accepted, "refused_count": len(found.rejected)}
            note(case, unit, Act.ANSWER, by or MACHINE, facts=told,
                 subject=[Digested("answers", digest_hex(content))])  # fmt: skip
        refused = tuple((one.row, one.code) for one in found.rejected)
        return Taken(accepted, len(found.answers) - accepted, refused)


def close_requests(case: Case, subject: str, *, by: str) -> int:
    """Note that a customer's requests need nothing more; how many were open.

    Raises:
        Refusal: SH-E-309 that customer asked nothing; SH-E-851 it is not theirs to close;
            SH-E-855 it must be known who asks, and how it was answered: `requests answer`.
    """
    case.settings.entitled(by, Deed.ANSWER)
    with case.store.lease("case"):
        if all(one.subject != subject for one in case.store.answers()):
            raise Refusal("SH-E-309", subject=subject)
        mine = [one for one in case.store.requests.all() if one.subject == subject and one.open]
        needing = [one.name for one in mine if NEEDED[one.kind] is not Level.L0]
        if needing:
            raise Refusal("SH-E-855", subject=subject, requests=", ".join(needing))
        with case.store.commit() as unit:
            closed = unit.requests.close_all(subject, by)
            note(case, unit, Act.ANSWER, by, facts={"subject": subject, "closed_count": closed})
    return closed


def notify(case: Case, plan: Plan, *, carried_by: str = "") -> Prepared:
    """Write the letters a plan asks for, to files; nobody is written to twice.

    `carried_by`: the person who brings out what lies in the outbox; without one, outside a
    rehearsal, letters are written and no period starts. Where the case file names a ladder of
    channels, only what they send counts.

    Raises:
        Refusal: SH-E-811 the case file lacks what the law wants in the letter.
    """
    from shanhou.notices.channels import FileChannel

    require_fresh(case, plan, but="answers")
    if carried_by:
        case.settings.person(carried_by)
    by_hand = not case.settings.notices.ladder
    counts = by_hand and (bool(carried_by) or case.settings.case.rehearsal)
    channel = FileChannel(case.folder / OUTBOX, counts_as_sent=counts)
    with case.store.lease("case"):
        return write_letters(case, plan, channel, carried_by=carried_by)


def write_letters(
    case: Case, plan: Plan, channel: FileChannel, *, carried_by: str = "",
    only: AbstractSet[int] | None = None,
) -> Prepared:  # fmt: skip
    """The plan's letters as files, those of some customers only where told; under the lease."""
    from shanhou.notices.addressees import addressees
    from shanhou.notices.letter import Letters
    from shanhou.notices.outbox import no_code, prepare
    from shanhou.notices.portal_code import portal_code
    from shanhou.subjects.naming import names

    occasion, template = occasion_of(case), template_of(case)
    generation = str(case.store.stage(f"plan:{plan.digest}"))

    def committed(unit: Unit, letters: Sequence[Letter]) -> None:
        note(case, unit, Act.NOTICE, carried_by or MACHINE,
             subject=[Digested("plan", plan.digest)],
             facts={"template": template.value, "letters_count": len(letters)})  # fmt: skip

    key = portal_key(case)
    code_of = partial(portal_code, key) if occasion.portal else no_code
    recipient = occasion.parties.recipient
    with case.store.commit() as unit:
        # first: a letter is never out whose kinds nobody noted
        unit.set_stage(f"{KINDS}:{plan.digest}", json.dumps(told_of(recipient)))
    with case.vault.read(COLLECT, SUBJECTS, generation) as desk:
        called = names(desk, register_of(case), collected(case), collected=COLLECT,
                       subjects=SUBJECTS)  # fmt: skip
        people = addressees(desk, plan, called, template, generation=generation,
                            subjects=SUBJECTS, collected=COLLECT,
                            datasets=collected(case))  # fmt: skip
        if only is not None:
            people = (one for one in people if one.sid in only)
        letters = [Letters(template, language, occasion)
                   for language in case.settings.notices.languages]  # fmt: skip
        return prepare(people, letters, store=case.store, channel=channel, plan=plan.digest,
                       key=key, committed=committed, portal_code=code_of)  # fmt: skip


def portal_key(case: Case) -> bytes:
    """The key that the codes of the case's letters are made of; made when it is first asked for."""
    return case.keys.open(PORTAL) if case.keys.has(PORTAL) else case.keys.make(PORTAL)


def template_of(case: Case) -> Template:
    from shanhou.notices.letter import template_for

    going_concern = said_of_case(case).get("sale") == "going-concern"
    return template_for(case.settings.case.kind, going_concern=going_concern)


def occasion_of(case: Case) -> Occasion:
    """What every letter says alike; the answer's deadline counts from the day of the letters."""
    from shanhou.notices.letter import Occasion

    settings = case.settings
    deadline = case.on + timedelta(days=settings.notices.deadline_days)
    return Occasion(settings.case.kind, settings.parties, case.on, deadline,
                    settings.notices.stops_on, settings.notices.reply_to,
                    settings.case.rehearsal, settings.notices.known_number,
                    dict(settings.notices.asked_first.items()), _typed(case))  # fmt: skip


def _typed(case: Case) -> str:
    """The case's page of the portal, as a person types it."""
    portal = case.settings.notices.portal
    return f"{portal.address.partition('://')[2]}/c/{case.folder.name}" if portal else ""
