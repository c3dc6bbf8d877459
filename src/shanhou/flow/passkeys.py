"""People's passkeys in a case: the public credential kept, named and found again.

What signs stays with the person; the case holds its public half, and the log tells when the case
file first named it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from shanhou.cases.approvals import Approval, Means
from shanhou.errors import Fault, Refusal
from shanhou.evidence.entry import Act, Digested, Entry, parse_entry
from shanhou.evidence.passkey import (
    Passkey,
    parse_assertion,
    parse_passkey,
    path_of_passkey,
    wrong_with,
)
from shanhou.evidence.statement import Statement, StatementKind, parse_statement
from shanhou.flow.amending import change_case_file
from shanhou.flow.noting import note
from shanhou.vault.keys import write_durably

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shanhou.cases.parties import Person
    from shanhou.evidence.note import Checkpoint
    from shanhou.wiring import Case

PEOPLE = "people"


def name_passkey(case: Case, person: str, raw: bytes) -> None:
    """Name a person's passkey in the case file; an earlier one of theirs counts no longer.

    The log is told first, by that person: one that somebody else wrote into the file signs nothing.

    Raises:
        Refusal: SH-E-509 another person of the case is named with it; SH-E-902 nobody of that id.
        Fault: SH-E-713 it is no passkey.
    """
    passkey = parse_passkey(raw)
    case.settings.person(person)
    require_own_passkey(case, person, passkey)
    path = f"{PEOPLE}/{person}.{passkey.mark}.passkey"
    (case.folder / PEOPLE).mkdir(exist_ok=True)
    write_durably(case.folder / path, raw)

    def name_it(tree: object) -> None:
        for one in tree["people"]:  # type: ignore[index]
            if one["id"] == person:
                one["passkey"] = path

    # also for one named before: the last word counts
    with case.store.lease("case"), case.store.commit() as unit:
        note(case, unit, Act.AMEND, person, subject=[passkey.digested(person)],
             facts={"parts": ("passkey",)})  # fmt: skip
    change_case_file(case, name_it, by=person)


def _named_last(case: Case, person: str) -> Digested | None:
    """The passkey that the person themselves brought into the case, by their last word on it."""
    last = None
    for entry in _entries_on_passkeys(case):
        if entry.actor == person and entry.act is Act.AMEND:
            own = [one for one in entry.subject if one.name.startswith(f"keys/{person}.")
                   and one.name.endswith(".passkey")]  # fmt: skip
            last = own[-1] if own else last
    return last


def _entries_on_passkeys(case: Case) -> Iterator[Entry]:
    return (parse_entry(raw) for raw in case.store.events() if b'.passkey"' in raw)


def own_passkey(case: Case, person: str) -> Passkey:
    """The passkey that a person named last for themselves, and nobody else of the case.

    Raises:
        Refusal: SH-E-509 another person is named with it; SH-E-510 they named none, or named
            another one since.
        Fault: SH-E-713 the file is no passkey.
    """
    passkey = passkey_of(case.settings.person(person), case.folder)
    require_own_passkey(case, person, passkey)
    if _named_last(case, person) != passkey.digested(person):
        raise Refusal("SH-E-510", person=person)
    return passkey


def passkey_of(person: Person, folder: Path) -> Passkey:
    """The passkey that the case file names for a person.

    Raises:
        Refusal: SH-E-510 none is named, or the file is not there.
        Fault: SH-E-713 the file is no passkey.
    """
    path = folder / person.passkey
    if not person.passkey or not path.is_file():
        raise Refusal("SH-E-510", person=person.id)
    return parse_passkey(path.read_bytes())


def require_own_passkey(case: Case, person: str, passkey: Passkey) -> None:
    """Refuse a passkey that another person of the case is named with.

    Raises:
        Refusal: SH-E-509 two people, one key.
    """
    require_alone(case, person, passkey.public,
                  lambda other: passkey_of(other, case.folder).public)  # fmt: skip


def require_alone(case: Case, person: str, own: bytes, key_of: Callable[[Person], bytes]) -> None:
    """Refuse a public key that another person of the case is named with; `key_of` reads theirs.

    Raises:
        Refusal: SH-E-509 two people, one key.
    """
    for other in case.settings.people:
        if other.id == person:
            continue
        try:
            same = key_of(other) == own
        except (Fault, Refusal):  # what is not named or cannot be read is nobody's
            continue
        if same:
            raise Refusal("SH-E-509", person=person, other=other.id)


@dataclass(frozen=True)
class Asked:
    """What a page asks a passkey to sign: a plan by its digest, and the words letters are made of.

    `device` is the browser, `origin` the page's scheme, host and port.
    """

    plan: str
    words: Digested
    passkey: Passkey
    device: str
    origin: str


def approval_statement(
    asked: Asked, *, by: str, case: str, at: datetime, rehearsal: bool, log: Checkpoint
) -> Statement:
    """What a person signs who approves a plan by passkey; `log` as the page was told it."""
    facts = {"means": Means.PASSKEY.value, "device": asked.device, "approver": by,
             "passkey": asked.passkey.mark, "web_origin": asked.origin}  # fmt: skip
    subject = (Digested("plan", asked.plan), asked.words, asked.passkey.digested(by))
    return Statement(StatementKind.APPROVAL, by, case, at, rehearsal, log, subject, facts)


def is_genuine(case: Case, plan: str, one: Approval, held: tuple[bytes, bytes]) -> bool:
    """Whether the person's passkey signed this approval of the plan; `held` is what is stored."""
    said = parse_statement(held[0])
    try:
        passkey = own_passkey(case, one.person)
        assertion = parse_assertion(held[1])
    except (Fault, Refusal):
        return False
    told = (said.by, said.facts.get("approver"), said.facts.get("device"), said.facts.get("means"))
    origin = said.facts.get("web_origin")
    return (
        told == (one.person, one.person, one.device, one.means.value)
        and path_of_passkey(said) is not None
        and {Digested("plan", plan), passkey.digested(one.person)} <= set(said.subject)
        and said.case == case.id
        and not wrong_with(passkey, assertion, held[0], origin=origin)
    )


def passkeys_named(case: Case) -> dict[str, bytes]:
    """By their path in the evidence, the passkeys that the log names."""
    paths = {about.name for entry in _entries_on_passkeys(case) for about in entry.subject
             if about.name.endswith(".passkey")}  # fmt: skip
    named = {}
    for path in sorted(paths):
        kept = case.folder / PEOPLE / path.removeprefix("keys/")
        if not kept.is_file():
            raise Fault("SH-E-708", path=path)
        named[path] = kept.read_bytes()
    return named
