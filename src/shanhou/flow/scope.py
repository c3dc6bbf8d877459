"""Where a person's word holds: the whole case, one dataset, a field group of it, one customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shanhou.disposition.facts import CASE_SCOPE
from shanhou.errors import Refusal
from shanhou.flow.noting import SUBJECTS
from shanhou.subjects.answers import sid_of, subject_id

if TYPE_CHECKING:
    from shanhou.wiring import Case

_HOLDS_FOR = {
    "case": ("case",),
    "dataset": ("case", "dataset"),
    "record": ("case", "dataset"),
    "subject": ("case", "dataset", "subject"),
    "hold": ("case", "dataset", "subject", "group"),
}
"""The level of a fact, and the scopes in which a word about it is heard; a hold is heard of one
field group of a dataset too.
"""


def scope_of(
    case: Case, text: str, *, level: str, datasets: frozenset[str],
    groups: frozenset[str] = frozenset(),
) -> str:  # fmt: skip
    """The scope as the store keeps it; `subject:S9` is `subject:S0000009`.

    `datasets`: the names of what was collected. `groups`: those in scope, `DATASET/FIELD_GROUP`.

    Raises:
        Refusal: SH-E-307 it is no scope, the fact is not asked there, or nothing is called so.
    """
    kind, _, name = text.partition(":")
    if kind not in _HOLDS_FOR.get(level, ()):
        raise Refusal("SH-E-307", scope=text, level=level)
    if text == CASE_SCOPE:
        return text
    if kind == "dataset" and name in datasets:
        return text
    if kind == "group" and name in groups:
        return text
    if kind == "subject" and (sid := _sid(case, name)) is not None:
        return f"subject:{subject_id(sid)}"
    raise Refusal("SH-E-307", scope=text, level=level)


def _sid(case: Case, name: str) -> int | None:
    """The number of a customer who has records; None where nobody has it."""
    return _number(case, name, "sid")


def _number(case: Case, name: str, column: str) -> int | None:
    digits = name.removeprefix("S")
    if digits == name or not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        return None
    if not case.vault.sealed(SUBJECTS):
        return None
    with case.vault.read(SUBJECTS) as desk:
        members = desk.table(SUBJECTS, "member")
        found = desk.scalar(members.filter(members[column] == sid_of(name)).count())
    return sid_of(name) if found else None


def subject_number(case: Case, name: str) -> int:
    """The number of the customer of that name, S0000012, or who had it before a merging.

    A customer's number is that of its smallest record, which stays.

    Raises:
        Refusal: SH-E-307 nobody has or had it, or it is a contact person's, who stands in the
            company's own records.
    """
    sid = _number(case, name, "rec")
    if sid is None:
        raise Refusal("SH-E-307", scope=f"subject:{name}", level="subject")
    return sid


def declarable(case: Case, fact: str, value: str, *, scope: str, datasets: frozenset[str]) -> str:
    """Whether a person may say this of that; the scope in its one form.

    Raises:
        Refusal: SH-E-302 no such fact or value, or one that nobody may declare; SH-E-307 no such
            scope, or none for this fact.
    """
    from shanhou.cases.stages import gate_facts, gate_values
    from shanhou.law.load import load_rulebook

    known = load_rulebook().facts
    level = known[fact].level if fact in known else "case"
    if fact in gate_facts():
        allowed = gate_values(fact)
    elif fact in known and "declared" in known[fact].sources:
        allowed = frozenset(known[fact].values)
    else:
        raise Refusal("SH-E-302", fact=fact, value=value, allowed="-")
    if value not in allowed:
        raise Refusal("SH-E-302", fact=fact, value=value, allowed=" | ".join(sorted(allowed)))
    return scope_of(case, scope, level=level, datasets=datasets)
