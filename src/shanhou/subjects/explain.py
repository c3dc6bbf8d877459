"""Why records were merged: every link of a subject by rule, with the values masked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from shanhou.subjects.clean import Kind
from shanhou.vault.masking import mask_text

if TYPE_CHECKING:
    import ibis

    from shanhou.vault.generation import Desk

MASKED_AS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.NAME: "person_name",
        Kind.SURNAME: "person_name",
        Kind.PHONE: "phone",
        Kind.EMAIL: "email",
        Kind.NATIONAL_ID: "national_id",
        Kind.UNSURE_ID: "national_id",
        Kind.OTHER_ID: "passport_permit",
        Kind.PASSPORT: "passport_permit",
        Kind.BANK: "bank_account",
        Kind.BORN: "birth_date",
        Kind.GENDER: "gender",
        Kind.PLACE: "address",
        Kind.POSTCODE: "postcode",
        Kind.TOWN: "region",
        Kind.ORG_NAME: "org_name",
        Kind.USCC: "org_code",
    }
)
"""Which masking a value gets, in the order shown; kinds that are not here are not shown."""


@dataclass(frozen=True)
class Joined:
    """Two records that were merged, the rule that did it, and what they share, masked."""

    rec_a: int
    rec_b: int
    rule: str
    shared: tuple[str, ...]


@dataclass(frozen=True)
class Explanation:
    """All that makes up one subject."""

    sid: int
    records: Mapping[str, int]
    """How many records by why they are this subject's: own, linked, reference ..."""
    links: tuple[Joined, ...]
    refused: int
    """Links between these records that were given up as contradictory."""


def explain(desk: Desk, sid: int, *, subjects: str = "subjects") -> Explanation:
    """Tell what one subject is made of, without showing a value."""
    member = desk.table(subjects, "member")
    mine = member.filter(member.sid == sid)
    counted = desk.arrow(mine.group_by("why").aggregate(n=mine.count()).order_by("why"))
    links = _within(desk.table(subjects, "link"), mine)
    refused = _within(desk.table(subjects, "refused_link"), mine)
    rows = desk.arrow(links.order_by(["rec_a", "rec_b", "rule"])).to_pylist()
    shared = _shared(desk, links, desk.table(subjects, "mention"))
    return Explanation(
        sid,
        dict(zip(counted["why"].to_pylist(), counted["n"].to_pylist(), strict=True)),
        tuple(
            Joined(row["rec_a"], row["rec_b"], row["rule"],
                   shared.get((row["rec_a"], row["rec_b"]), ()))
            for row in rows
        ),
        int(desk.scalar(refused.count())),
    )  # fmt: skip


def _within(links: ibis.Table, mine: ibis.Table) -> ibis.Table:
    return links.semi_join(mine, [("rec_a", "rec")]).semi_join(mine, [("rec_b", "rec")])


def _shared(desk: Desk, links: ibis.Table, said: ibis.Table) -> dict[Any, tuple[str, ...]]:
    """Per pair of records, the masked values both hold."""
    named = said.filter(said.kind.isin(list(MASKED_AS))).select("rec", "kind", "value").distinct()
    pairs = links.select("rec_a", "rec_b").distinct()
    left = pairs.join(named, [("rec_a", "rec")]).select("rec_a", "rec_b", "kind", "value")
    both = left.join(named, [("rec_b", "rec"), ("kind", "kind"), ("value", "value")])
    found: dict[Any, tuple[str, ...]] = {}
    ordered = both.select("rec_a", "rec_b", "kind", "value").order_by(["rec_a", "rec_b", "kind"])
    for row in desk.arrow(ordered).to_pylist():
        pair = (row["rec_a"], row["rec_b"])
        shown = f"{row['kind']} {mask_text(MASKED_AS[Kind(row['kind'])], row['value'])}"
        found[pair] = (*found.get(pair, ()), shown)
    return found
