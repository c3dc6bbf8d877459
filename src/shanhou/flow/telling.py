"""The stages that speak with customers: letters out, answers in, requests closed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, Digested
from shanhou.flow.noting import COLLECT, MACHINE, SUBJECTS, note
from shanhou.vault.canonical import digest_hex
from shanhou.wiring import Case

if TYPE_CHECKING:
    from shanhou.disposition.plan import Plan

OUTBOX = "outbox"


@dataclass(frozen=True)
class Taken:
    """What an answers file brought."""

    accepted: int
    already: int
    refused: tuple[tuple[int, str], ...]
    """Rows that name nobody, or more than one, or say nothing known: a person looks."""


def import_answers(case: Case, file: Path) -> Taken:
    """Take the replies of a file; each row is matched to exactly one customer or handed back.

    Raises:
        Refusal: SH-E-303 the file is not there; SH-E-806 it is no answers file.
    """
    from shanhou.subjects.answers import read_answers

    if not file.is_file():
        raise Refusal("SH-E-303", path=file.name)
    content = file.read_bytes()
    with case.vault.read(COLLECT, SUBJECTS) as desk:
        found = read_answers(desk, content, name=file.name, today=case.on, subjects=SUBJECTS)
    with case.store.commit() as unit:
        accepted = sum(unit.answer(one) for one in found.answers)
        note(case, unit, Act.ANSWER, MACHINE, subject=[Digested("answers", digest_hex(content))],
             facts={"accepted_count": accepted, "refused_count": len(found.rejected)})  # fmt: skip
    refused = tuple((one.row, one.code) for one in found.rejected)
    return Taken(accepted, len(found.answers) - accepted, refused)


def close_requests(case: Case, subject: str, *, by: str) -> int:
    """Note that a person answered a customer's requests; how many were open."""
    case.settings.person(by)
    with case.store.commit() as unit:
        closed = unit.close_requests(subject, by)
        note(case, unit, Act.ANSWER, by, facts={"subject": subject, "closed_count": closed})
    return closed


@dataclass(frozen=True)
class Sent:
    written: int
    already: int


def notify(case: Case, plan: Plan) -> Sent:
    """Write the letters a plan asks for; nobody is written to twice."""
    raise NotImplementedError
