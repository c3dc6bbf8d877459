"""The outbox: one letter per customer and language, never a second of the same text.

A letter's key is the digest of customer, template, language and what it says; a key that the store
holds is not rendered again, however often the stage is run or killed. Who was asked for consent on
some terms is never asked again on the same terms: asking on after a no is barred (law.md trap 9).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from hashlib import sha256
from itertools import islice

from shanhou.cases.store import Letter, Store, Unit
from shanhou.errors import Language
from shanhou.notices.addressees import Addressee
from shanhou.notices.channels import (
    BOUNCED,
    REPLACED,
    SENT,
    WRITTEN,
    FileChannel,
)
from shanhou.notices.letter import Filled, Letters, Page, Template
from shanhou.notices.outbox_index import write_index
from shanhou.notices.portal_code import reply_code
from shanhou.subjects.answers import subject_id
from shanhou.vault.canonical import json_digest

_BATCH = 1_000
"""Letters per commit: a kill costs at most this many renderings."""

Committed = Callable[[Unit, Sequence[Letter]], None]


@dataclass(frozen=True)
class Prepared:
    """What one run put into the outbox."""

    written: int
    already: int
    """Letters that lay there before."""
    deadline: date
    unreached: int = 0
    """Customers of this run whom no phone, e-mail or address is known to reach."""


def nothing_more(_unit: Unit, _letters: Sequence[Letter]) -> None:
    """No event beside the letters."""


def no_code(_subject: str) -> str:
    """There is no portal."""
    return ""


def prepare(
    people: Iterable[Addressee],
    letters: Sequence[Letters],
    *,
    store: Store,
    channel: FileChannel,
    plan: str,
    key: bytes,
    committed: Committed = nothing_more,
    portal_code: Callable[[str], str] = no_code,
) -> Prepared:
    """Write every letter that does not lie in the outbox yet, and the index over all of them.

    `letters`: one kind of letter in each language. `key`: the case's own, of which its codes are
    made. `committed` is called within each commit, for
    the log. `portal_code`: a customer's code for the portal, where there is one.

    Raises:
        Refusal: SH-E-811 the case file lacks what the law wants in the letter.
    """
    channel.folder.mkdir(parents=True, exist_ok=True)
    known = {
        one.letter: _Known(one.state, one.deadline, one.path, one.plan) for one in store.letters()
    }
    write = partial(_write, channel=channel, plan=plan, key=key, portal_code=portal_code)
    counted: Counter[str] = Counter()
    ways: dict[str, tuple[str, ...]] = {}
    for batch in _batches(_wanted(_noted(people, ways), letters, known, channel)):
        written = _put_out(batch, store, channel, plan, committed, write)
        for one in batch:
            if one.instead_of:
                channel.withdraw(known[one.instead_of].path)
        counted["written"] += written
        counted["already"] += len(batch) - written
    if letters:
        write_index(store, channel.folder, letters[0].occasion, ways)
    deadline = letters[0].occasion.deadline if letters else date.max
    unreached = sum(not known for known in ways.values())
    return Prepared(counted["written"], counted["already"], deadline, unreached)


def _noted(people: Iterable[Addressee], ways: dict[str, tuple[str, ...]]) -> Iterator[Addressee]:
    """Everybody, with a note of how each can be reached."""
    for one in people:
        ways[subject_id(one.sid)] = one.ways
        yield one


def _put_out(
    batch: Sequence[_Wanted], store: Store, channel: FileChannel, plan: str, committed: Committed,
    write: Callable[[_Wanted], Letter],
) -> int:  # fmt: skip
    """Files first, then their rows in one commit; how many were written."""
    done = [write(one) for one in batch if not (one.lies_there or one.stays)]
    if done:
        channel.settle()
    elif all(one.stays and one.asked_by == plan for one in batch):
        return 0
    with store.commit() as unit:
        for letter in done:
            unit.letter(letter)
        _mark(unit, batch, plan)
        if not all(one.stays for one in batch):
            committed(unit, done)
    return len(done)


def _mark(unit: Unit, batch: Sequence[_Wanted], plan: str) -> None:
    """What becomes of letters that lay there before."""
    for one in batch:
        if one.lies_there:
            unit.letter_state(one.key, SENT)
        if one.asked_by not in {"", plan}:
            unit.letter_plan(one.key, plan)
        if one.instead_of:
            unit.letter_state(one.instead_of, REPLACED)


def reply_codes(store: Store, key: bytes) -> dict[str, str]:
    """Every code in use and whose it is, for reading answers."""
    return {reply_code(key, one.subject, one.letter): one.subject for one in store.letters()}


@dataclass(frozen=True)
class _Wanted:
    """A letter to be written, or one that lies there and goes out now."""

    key: str
    person: Addressee
    letters: Letters
    page: Page
    coded_by: str = ""
    """The key that the reply code is made of: that of the same letter in the first language."""
    lies_there: bool = False
    stays: bool = False
    """Nothing is left to do for it."""
    asked_by: str = ""
    """The plan that asked for it last, where it lies there already."""
    instead_of: str = ""
    """The key of a letter that was written, never went out, and names a day too early."""


@dataclass(frozen=True)
class _Known:
    """A letter of the outbox: state, day for answers, file, and the plan that asks for it."""

    state: str
    deadline: str
    path: str
    plan: str


def _wanted(
    people: Iterable[Addressee],
    letters: Sequence[Letters],
    known: Mapping[str, _Known],
    channel: FileChannel,
) -> Iterator[_Wanted]:
    digests: dict[tuple[Language, object], str] = {}
    for person in people:
        first = ""
        for one in letters:
            place = (one.language, person.profile)
            if place not in digests:
                digests[place] = _said_by(one, person)
            found = _Wanted(_key(one, person, digests[place]), person, one,
                            one.page(person.profile))  # fmt: skip
            found_again = _again(found, known, channel)
            first = first or found_again.key
            yield replace(found_again, coded_by=first)


def _again(found: _Wanted, known: Mapping[str, _Known], channel: FileChannel) -> _Wanted:
    """What is left to do for a letter: write it, send it on, write it anew, or nothing."""
    if found.key not in known:
        return found
    held = known[found.key]
    later = sha256(f"{found.key}|again".encode()).hexdigest()[:32]
    if held.state == REPLACED:
        return _again(replace(found, key=later), known, channel)
    there = replace(found, asked_by=held.plan)
    goes = channel.counts_as_sent and held.state == WRITTEN
    renewed = channel.renews and held.state in {WRITTEN, BOUNCED}
    if not (goes or renewed):
        return replace(there, stays=True)
    if held.deadline == found.letters.occasion.deadline.isoformat():
        return replace(there, lies_there=goes, stays=not goes)
    return replace(found, key=later, instead_of=found.key)


def _said_by(letters: Letters, person: Addressee) -> str:
    """Digest of what a page says, days apart: the same words tomorrow are the same letter.

    A letter that asks for consent says its terms; the answers it brings change what becomes of the
    items, and that is no reason to ask again.
    """
    occasion, profile = letters.occasion, person.profile
    terms: dict[str, object] = {
        "template": letters.template.value,
        "language": letters.language,
        "parties": occasion.parties.model_dump(mode="json"),
        "kind": occasion.kind.value,
        "rehearsal": occasion.rehearsal,
    }
    if letters.template is not Template.ART23:
        terms["items"] = [[one.group, one.outcome.value] for one in profile.items]
    return json_digest(terms)


def _key(letters: Letters, person: Addressee, digest: str) -> str:
    ends = "-"
    if letters.template is not Template.ART23:
        ends = ",".join(day.isoformat() if day else "-" for day in person.untils)
    text = f"{person.sid}|{letters.template.value}|{letters.language}|{digest}|{ends}"
    return sha256(text.encode()).hexdigest()[:32]


def _write(
    one: _Wanted, *, channel: FileChannel, plan: str, key: bytes,
    portal_code: Callable[[str], str],
) -> Letter:  # fmt: skip
    subject, occasion = subject_id(one.person.sid), one.letters.occasion
    template, language = one.letters.template.value, one.letters.language
    own = Filled(
        name=_salutation(one.person, language),
        subject=subject,
        code=reply_code(key, subject, one.coded_by),
        counts=one.person.counts,
        untils=one.person.untils,
        portal_code=portal_code(subject),
    )
    text = one.page.fill(own)
    # a later plan may have other things to say; the letter that was sent stays as it was
    name = f"{subject}-{template}-{one.key[:8]}.{language}.html"
    state = channel.deliver(name, text)
    return Letter(one.key, subject, template, language, plan, name,
                  sha256(text.encode()).hexdigest(), state, occasion.on.isoformat(),
                  occasion.deadline.isoformat())  # fmt: skip


def _salutation(person: Addressee, language: Language) -> str:
    if not person.name:
        return "客户" if language == "zh" else "customer"
    if person.persons:
        zh, en = f"{person.name}（联系人 {person.persons}）", f"{person.name} ({person.persons})"
        return zh if language == "zh" else en
    return person.name


def _batches(wanted: Iterator[_Wanted]) -> Iterator[list[_Wanted]]:
    while batch := list(islice(wanted, _BATCH)):
        yield batch
