"""One customer of a plan: their records, why these are theirs, what becomes of each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shanhou.errors import Refusal
from shanhou.evidence.entry import Act
from shanhou.flow.deciding import assets_of_case
from shanhou.flow.noting import COLLECT, SUBJECTS, note, shown
from shanhou.vault.masking import mask_text
from shanhou.wiring import Case

if TYPE_CHECKING:
    from shanhou.disposition.holdings import Asset
    from shanhou.disposition.plan import Plan
    from shanhou.subjects.explain import Joined
    from shanhou.vault.generation import Desk


@dataclass(frozen=True)
class ShownRecord:
    """A record by dataset and key, and the outcome of each of its field groups."""

    rec: int
    dataset: str
    key: str
    """Masked unless a reason to see it was logged."""
    why: str
    """How it belongs to the customer: own, linked, reference ..."""
    outcomes: Mapping[str, str]
    situation: str = ""
    until: str = ""
    """The day a sealed record is kept until, where one is known."""


@dataclass(frozen=True)
class Unmasked:
    """What a named person asked to see, with a reason that stands in the log."""

    name: str
    persons: str
    """The contact persons of a company."""
    places: tuple[tuple[str, str], ...]
    """Way and address: e-mail, phone, postal address."""
    keys: tuple[tuple[str, str], ...]
    """Dataset and key of each record."""


@dataclass(frozen=True)
class OtherRole:
    """Records of the company's own people that are this customer's: as whom, and how many."""

    dataset: str
    about: str
    records: int


@dataclass(frozen=True)
class Customer:
    """What is known of one customer without showing a value of theirs."""

    subject: str
    records: tuple[ShownRecord, ...]
    links: tuple[Joined, ...]
    refused_links: int
    answers: tuple[tuple[str, str], ...]
    """What they said: kind and value."""
    opted_out: str = ""
    """By a column of the company's own: `yes`, or `unknown` where its word is not understood."""
    other_roles: tuple[OtherRole, ...] = ()
    """Decided apart from the customer's records; the person's own request is about both."""


def customer_of(
    case: Case, plan: Plan, subject: str, *, reveal: str = "", by: str = ""
) -> Customer:
    """One customer's records with reasons and outcomes.

    `reveal`: why a named person must see the keys unmasked; logged before anything is shown.

    Raises:
        Refusal: SH-E-305 no such customer; SH-E-902 nobody of that id may see it.
    """
    from shanhou.subjects.answers import sid_of
    from shanhou.subjects.explain import explain

    if reveal:
        case.settings.person(by)
        with case.store.commit() as unit:
            note(case, unit, Act.REVEAL, by,
                 facts={"subject": subject, "reason": shown(reveal)})  # fmt: skip
    generation = str(case.store.stage(f"plan:{plan.digest}"))
    assets = assets_of_case(case)
    try:
        sid = sid_of(subject)
    except ValueError:
        raise Refusal("SH-E-305", subject=subject) from None
    with case.vault.read(COLLECT, SUBJECTS, generation) as desk:
        told = explain(desk, sid, subjects=SUBJECTS)
        records = [
            one
            for number, asset in enumerate(assets)
            for one in _records(desk, asset, number, sid, generation, plain=bool(reveal))
        ]
        roles = _other_roles(desk, sid)
        column = _opted_out(desk, sid, generation)
    if not records:
        raise Refusal("SH-E-305", subject=subject)
    said = tuple((one.kind, one.value) for one in case.store.answers() if one.subject == subject)
    return Customer(subject, tuple(records), told.links, told.refused, said,
                    opted_out=column, other_roles=roles)  # fmt: skip


def unmasked(case: Case, plan: Plan, subject: str, *, reason: str, by: str) -> Unmasked:
    """What a customer is called and where they are reached, for a person who must know it.

    The log is written first: what could not be logged is not read.

    Raises:
        Refusal: SH-E-313 no reason was given; SH-E-305 no such customer; SH-E-902 nobody of that
            id may see it.
    """
    from shanhou.flow.gathering import collected, register_of
    from shanhou.subjects.addresses import addresses
    from shanhou.subjects.answers import sid_of
    from shanhou.subjects.naming import names

    if not reason.strip():
        raise Refusal("SH-E-313")
    told = customer_of(case, plan, subject, reveal=reason, by=by)
    register, done, sid = register_of(case), collected(case), sid_of(subject)
    with case.vault.read(COLLECT, SUBJECTS) as desk:
        # everybody else's records are not there while this session is open
        member = desk.table(SUBJECTS, "member")
        mine = desk.kept("mine", lambda: member.filter(member.sid == sid))
        desk.instead(SUBJECTS, "member", mine)
        called = desk.kept("called", lambda: names(
            desk, register, done, collected=COLLECT, subjects=SUBJECTS))  # fmt: skip
        place = desk.kept("places", lambda: addresses(
            desk, register, done, collected=COLLECT, subjects=SUBJECTS))  # fmt: skip
        who = desk.arrow(called).to_pylist()
        told_ways = place.filter(place.way != "mobile").order_by(["way", "nth"])
        where = desk.arrow(told_ways).to_pylist()
    first = who[0] if who else {"name": "", "persons": ""}
    return Unmasked(first["name"] or "", first["persons"] or "",
                    tuple((row["way"], row["value"]) for row in where),
                    tuple((one.dataset, one.key) for one in told.records))  # fmt: skip


def _opted_out(desk: Desk, sid: int, generation: str) -> str:
    from shanhou.disposition.opt_outs import OPTED_OUT

    if OPTED_OUT not in desk.names(generation):
        return ""
    found = desk.table(generation, OPTED_OUT).filter(lambda t: t.sid == sid)
    return str(desk.scalar(found["value"].min()) or "")


def _other_roles(desk: Desk, sid: int) -> tuple[OtherRole, ...]:
    if "other_role" not in desk.names(SUBJECTS):  # merged before this was looked for
        return ()
    found = desk.table(SUBJECTS, "other_role").filter(lambda t: t.sid == sid)
    counted = found.group_by(["dataset", "about"]).aggregate(n=found.count()).order_by("dataset")
    rows = desk.arrow(counted).to_pylist()
    return tuple(OtherRole(row["dataset"], row["about"], row["n"]) for row in rows)


def _records(
    desk: Desk, asset: Asset, number: int, sid: int, generation: str, *, plain: bool
) -> list[ShownRecord]:
    import ibis

    record = desk.table(generation, "record")
    mine = record.filter(ibis.and_(record.ds == number, record.sid == sid))
    cells = desk.table(COLLECT, asset.holding.table).select("rec", "key")
    groups = [group.name for group in asset.holding.groups]
    verdict = desk.table(generation, "verdict").select("sit", *(f"o_{one}" for one in groups))
    member = desk.table(SUBJECTS, "member")
    why = member.filter(member.sid == sid).select("rec", "why")
    rows = (
        mine.select("rec", "sit", until="retain_until")
        .join(cells, "rec")
        .join(verdict, "sit")
        .left_join(why, "rec")
    )
    shown = rows.select(
        "rec", "sit", "until", "key", "why", *(f"o_{one}" for one in groups)
    ).order_by("rec")
    hidden = () if plain else _masked_keys(asset)
    return [
        ShownRecord(row["rec"], asset.holding.name, _key_text(row["key"], hidden),
                    row["why"] or "none", {one: row[f"o_{one}"] for one in groups},
                    row["sit"], str(row["until"] or ""))
        for row in desk.arrow(shown).to_pylist()
    ]  # fmt: skip


def _masked_keys(asset: Asset) -> Sequence[str]:
    """The category of each key field; a row's number in a file points to nobody."""
    return [asset.verdict.field_named(name).category.value
            for name in asset.collected.dataset.key]  # fmt: skip


def _key_text(key: str, categories: Sequence[str]) -> str:
    parts = [str(part) for part in json.loads(key or "[]")]
    if categories:
        parts = [mask_text(category, part)
                 for category, part in zip(categories, parts, strict=True)]  # fmt: skip
    return ",".join(parts)
