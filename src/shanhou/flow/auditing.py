"""What an auditor does in a case: trace one thing through the log, and write down what they found.

Findings live in the log alone: who found what, how grave, and what was answered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from shanhou.errors import Coded, Refusal
from shanhou.evidence.entry import Act, Entry, looks_personal, parse_entry
from shanhou.flow.noting import note

if TYPE_CHECKING:
    from shanhou.disposition.plan import Plan
    from shanhou.wiring import Case

MOST_CHARACTERS = 500
_SHORTEST = 4
"""Characters of what is traced: less would be found everywhere."""


class Severity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True)
class Finding:
    """What an auditor wrote, and the answer."""

    number: str
    severity: str
    text: str
    about: int | None
    """The entry of the log it is about."""
    by: str
    seq: int
    answer: str = ""
    answered_by: str = ""


def findings(entries: Iterable[Entry]) -> tuple[Finding, ...]:
    """Every finding of a log, with its answer if there is one."""
    found: dict[str, Finding] = {}
    for one in entries:
        if one.act is not Act.FINDING:
            continue
        number, text = str(one.facts["finding"]), str(one.facts["text"])
        if one.facts["state"] == "open":
            about = one.facts.get("about_size")
            found[number] = Finding(number, str(one.facts["severity"]), text,
                                    int(about) - 1 if isinstance(about, int) else None,
                                    one.actor, one.seq)  # fmt: skip
        elif number in found:
            held = found[number]
            found[number] = Finding(held.number, held.severity, held.text, held.about, held.by,
                                    held.seq, text, one.actor)  # fmt: skip
    return tuple(found.values())


def write_finding(
    case: Case, severity: Severity, text: str, *, by: str, about: int | None = None
) -> str:
    """Write a finding into the log; its number.

    Raises:
        Refusal: SH-E-615 there is no text, it is too long or looks personal, or it is about an
            entry that is not there; SH-E-902 nobody of that id.
    """
    case.settings.person(by)
    text = _checked(text)
    with case.store.lease("case"), case.store.commit() as unit:
        size = unit.next_seq()
        if about is not None and not 0 <= about < size:
            raise Refusal("SH-E-615", problem="entry")
        number = f"F{len(findings(map(parse_entry, case.store.events()))) + 1:03d}"
        facts: dict[str, str | int | None] = {
            "finding": number,
            "state": "open",
            "severity": severity.value,
            "text": text,
        }
        if about is not None:
            facts["about_size"] = about + 1  # the size of the log that ends with that entry
        note(case, unit, Act.FINDING, by, facts=facts)
    return number


def answer_finding(case: Case, number: str, text: str, *, by: str) -> None:
    """Answer a finding; who wrote it does not answer it.

    Raises:
        Refusal: SH-E-615 as `write_finding`; SH-E-616 no such finding, it was answered, or the
            same person wrote it.
    """
    case.settings.person(by)
    text = _checked(text)
    with case.store.lease("case"), case.store.commit() as unit:
        found = {one.number: one for one in findings(map(parse_entry, case.store.events()))}
        one = found.get(number)
        if one is None or one.answer or one.by == by:
            raise Refusal("SH-E-616", finding=number)
        note(case, unit, Act.FINDING, by,
             facts={"finding": number, "state": "answered", "text": text})  # fmt: skip


def _checked(text: str) -> str:
    tidy = " ".join(text.split())
    if not tidy:
        raise Refusal("SH-E-615", problem="text")
    if len(tidy) > MOST_CHARACTERS:
        raise Refusal("SH-E-615", problem="length")
    if looks_personal(tidy):
        raise Refusal("SH-E-615", problem="personal")
    return tidy


@dataclass(frozen=True)
class Traced:
    """An entry that names what is traced, and the path that proves it in the log."""

    seq: int
    leaf: str
    path: tuple[str, ...]


@dataclass(frozen=True)
class Trace:
    """Everything the case tells of one customer, record or document."""

    what: str
    size: int
    root: str
    """The size and root of the log that the paths lead to."""
    entries: tuple[Traced, ...]
    steps: tuple[str, ...]
    """Rows of the step ledger that name it."""
    receipt: str
    """For a customer: their receipt, which proves what each phase did to them; JSON."""
    why_none: str
    """The code of why there is no receipt."""


def trace(case: Case, what: str, plan: Plan | None) -> Trace:
    """Find everything in the log and ledger that names a customer, a digest or a number.

    What a phase did to a customer stands in the log as a root over all of them; the receipt proves
    the one leaf.

    Raises:
        Refusal: SH-E-617 it is too short to be found.
    """
    from shanhou.evidence.proof import Tree, leaf_hash

    what = what.strip()
    if len(what) < _SHORTEST:
        raise Refusal("SH-E-617", least=_SHORTEST)
    raw = list(case.store.events())
    wanted = what.casefold()
    named = [n for n, one in enumerate(raw) if wanted in _searched(parse_entry(one))]
    receipt, why_none = _receipt(case, plan, what)
    tree = Tree.of(leaf_hash(one) for one in raw)
    steps = [one.id for one in case.store.steps()
             if wanted in f"{one.id} {one.plan} {one.detail}".casefold()]  # fmt: skip
    return Trace(
        what, tree.size, tree.root.hex(),
        tuple(Traced(n, leaf_hash(raw[n]).hex(), tuple(one.hex() for one in tree.inclusion(n)))
              for n in named),
        tuple(steps), receipt, why_none,
    )  # fmt: skip


def _searched(entry: Entry) -> str:
    """What of an entry may name a thing: its subjects and facts, never who did it."""
    subjects = " ".join(f"{one.name} {one.sha256}" for one in entry.subject)
    return f"{subjects} {' '.join(str(one) for one in entry.facts.values())}".casefold()


def _receipt(case: Case, plan: Plan | None, what: str) -> tuple[str, str]:
    from shanhou.flow.proving import customer_receipt

    if plan is None or not (what[:1] == "S" and what[1:].isdecimal()):
        return "", ""
    try:
        return customer_receipt(case, plan, what).decode(), ""
    except Coded as error:
        return "", error.code
