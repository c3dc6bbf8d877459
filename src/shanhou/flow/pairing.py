"""Who is one customer, asked of a person: the open questions, and what the person decided."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from shanhou.cases.case_file import put_pairing
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, looks_personal
from shanhou.flow.gathering import collected
from shanhou.flow.noting import COLLECT, SUBJECTS, note, shown
from shanhou.flow.scope import subject_number
from shanhou.subjects.answers import subject_id
from shanhou.wiring import CASE_FILE, Case

if TYPE_CHECKING:
    from shanhou.subjects.questions import Question


class Word(StrEnum):
    """What a person may say of two customers."""

    SAME = "same"
    APART = "apart"
    OPEN = "open"
    """Neither: what was said before is taken back."""


_SECTION = {Word.SAME: "together", Word.APART: "apart", Word.OPEN: ""}


@dataclass(frozen=True)
class Asked:
    """The first questions, and how many there are in all."""

    questions: tuple[Question, ...]
    total: int


def asked(case: Case, *, most: int) -> Asked:
    """Pairs of customers that may be one, as the subjects were last merged; values masked.

    Raises:
        Refusal: SH-E-204 the records were not merged yet.
    """
    from shanhou.subjects.questions import open_questions, questions

    with case.vault.read(SUBJECTS) as desk:
        _, total = open_questions(desk, subjects=SUBJECTS)
        return Asked(questions(desk, most=most, subjects=SUBJECTS), total)


def decide_pair(case: Case, one: str, other: str, word: Word, *, because: str, by: str) -> None:
    """Write a person's word on two customers into the case file, and into the log.

    It holds from the next merging on; until then no plan is made.

    Raises:
        Refusal: SH-E-902 nobody of that id; SH-E-307 no such customer; SH-E-808 no reason given,
            or twice the same customer.
    """
    from shanhou.subjects.named import record_name

    case.settings.person(by)
    numbers = sorted(subject_number(case, name) for name in (one, other))
    if looks_personal(because):
        raise Refusal("SH-E-313")
    if not because.strip() or numbers[0] == numbers[1]:
        raise Refusal("SH-E-808", one=subject_id(numbers[0]), other=subject_id(numbers[1]))
    with case.store.lease("case"):
        # a customer's number is that of its smallest record
        with case.vault.read(COLLECT) as desk:
            done = collected(case)
            names = [record_name(desk, done, rec, collected=COLLECT) for rec in numbers]
        records = [{"dataset": dataset, "key": list(key)} for dataset, key in names]
        pairing = {"records": records, "by": by, "because": because}
        case.settings = put_pairing(case.folder / CASE_FILE, pairing, _SECTION[word])
        with case.store.commit() as unit:
            note(case, unit, Act.DECLARE, by,
                 facts={"fact": "same_customer", "value": word.value, "reason": shown(because),
                        "scope": "+".join(f"record:{rec}" for rec in numbers)})  # fmt: skip
