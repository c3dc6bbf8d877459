"""Whether a case could begin: everything that is wrong, all at once; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shanhou.errors import Coded, Fault, Refusal
from shanhou.execution.agefile import require_age_key
from shanhou.flow.approving import require_own_key
from shanhou.flow.case_rules import rules_of
from shanhou.flow.gathering import collected
from shanhou.flow.passkeys import passkey_of, require_own_passkey
from shanhou.sources.reader import VIEW
from shanhou.wiring import CASE_FILE, public_key_of, reader_of, recipient_key
from shanhou.wiring.channels import channel_of

if TYPE_CHECKING:
    from shanhou.cases.settings import Person, Source
    from shanhou.sources.reader import Unread
    from shanhou.wiring import Case

_BROKEN = frozenset({"SH-E-102", "SH-E-107", "SH-E-108", "SH-E-110", "SH-E-111", "SH-E-112",
                     "SH-E-114", "SH-E-115"})  # fmt: skip
"""Why a file is not read that a person can mend; other files are only listed."""


@dataclass(frozen=True)
class Looked:
    """One thing that was looked at."""

    name: str
    wrong: tuple[Coded, ...] = ()
    unread: tuple[Unread, ...] = ()
    datasets: int | None = None
    """Sources only: how many tables and files can be read."""
    slow: tuple[Unread, ...] = ()
    named: bool = True
    """False: the case file names no key for this person yet."""

    @property
    def is_ready(self) -> bool:
        return not self.wrong and not any(one.code in _BROKEN for one in self.unread)


def look_over(case: Case) -> Iterator[Looked]:
    """The case file, its rules, each source, people's and parties' keys, the case's own keys."""
    yield Looked(CASE_FILE)
    yield from _rules(case)
    yield from _bindings(case)
    for source in case.settings.sources:
        yield _source(case, source)
    for person in case.settings.people:
        yield _person(case, person)
    yield from _parties(case)
    yield from _kinds(case)
    yield from _channels(case)
    yield from _obligations(case)
    try:
        yield Looked("keys", named=bool(case.keys))
    except Coded as error:
        yield Looked("keys", (error,))


def _rules(case: Case) -> Iterator[Looked]:
    """The case's own rule files: the first thing that is wrong in any of them."""
    if case.settings.inventory.rules:
        try:
            rules_of(case)
        except Coded as error:
            yield Looked("inventory.rules", (error,))
        else:
            yield Looked("inventory.rules")


def _bindings(case: Case) -> Iterator[Looked]:
    """Whether each fact bound to a column can be answered by one, with the values it has."""
    from shanhou.disposition.holdings import require_bindable

    for fact, bindings in sorted(case.settings.bindings.items()):
        try:
            require_bindable({fact: bindings})
        except Coded as error:
            yield Looked(f"bindings.{fact}", (error,))
        else:
            yield Looked(f"bindings.{fact}")


def _kinds(case: Case) -> Iterator[Looked]:
    """Whether the kinds that the notices name are field groups: of other words nothing is told."""
    from shanhou.law.load import load_rulebook

    recipient = case.settings.parties.recipient
    groups = load_rulebook().facts["field_group"].values
    wrong = [one for one in recipient.kinds if one not in groups] if recipient else []
    if wrong:
        refused = Refusal("SH-E-326", kinds=", ".join(wrong), groups=", ".join(groups))
        yield Looked("parties.recipient.kinds", (refused,))


def _channels(case: Case) -> Iterator[Looked]:
    """Whether each channel of the ladder has what it needs; nothing is connected to."""
    for name in case.settings.notices.ladder:
        try:
            channel_of(case, name)
        except Coded as error:
            yield Looked(f"notices.channels.{name}", (error,))
        else:
            yield Looked(f"notices.channels.{name}")


def _obligations(case: Case) -> Iterator[Looked]:
    """Whether the columns of the ledger of obligations are there, once something was collected."""
    from shanhou.disposition.holdings import field_of

    tables = collected(case)
    for number, one in enumerate(case.settings.obligations if tables else (), start=1):
        wrong: list[Coded] = []
        for field in (one.field, one.amount):
            try:
                if field:
                    field_of(field, tables)
            except Coded as error:
                wrong.append(error)
        yield Looked(f"obligations.{number} {one.kind.value}", tuple(wrong))


def _source(case: Case, source: Source) -> Looked:
    try:
        with closing(reader_of(source, case.folder)) as reader:
            datasets = reader.datasets()
            unread = tuple(one for one in reader.unread() if one.code != VIEW)
            slow = reader.slow()
    except Coded as error:
        return Looked(source.id, (error,))
    return Looked(source.id, (), unread, len(datasets), slow)


def _person(case: Case, person: Person) -> Looked:
    has_key, has_passkey = (path and (case.folder / path).is_file()
                            for path in (person.key, person.passkey))  # fmt: skip
    if not has_key and not has_passkey:
        return Looked(person.id, named=False)
    try:
        if has_passkey:
            require_own_passkey(case, person.id, passkey_of(person, case.folder))
        if has_key:
            public_key_of(person, case.folder)
            require_own_key(case, person.id)
    except Coded as error:
        return Looked(person.id, (error,))
    return Looked(person.id)


def _parties(case: Case) -> Iterator[Looked]:
    """The keys that packages and archives are encrypted to, and that receipts are checked with."""
    from shanhou.evidence.statement import parse_public_key_pem

    parties = case.settings.parties
    for name, party in (("recipient", parties.recipient), ("custodian", parties.custodian)):
        wrong: list[Coded] = []
        if party is not None and party.age:
            try:
                require_age_key(party.age)
            except Coded as error:
                wrong.append(error)
        if name == "recipient" and party is not None and party.verify:
            try:
                parse_public_key_pem(recipient_key(case))
            except Fault:
                wrong.append(Fault("SH-E-709", by=name, reason="public-key"))
            except Coded as error:
                wrong.append(error)
        if party is not None:
            yield Looked(name, tuple(wrong), named=bool(party.age))
