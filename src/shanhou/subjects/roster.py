"""Who there is: persons, companies, the people who answer for them, and how each can be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shanhou.law.rule import UNKNOWN
from shanhou.subjects.clean import Kind

RECOGNISED = (
    Kind.NAME,
    Kind.SURNAME,
    Kind.OTHER_NAME,
    Kind.PHONE,
    Kind.EMAIL,
    Kind.NATIONAL_ID,
    Kind.UNSURE_ID,
    Kind.PASSPORT,
    Kind.ORG_NAME,
    Kind.USCC,
)

_USCC_LENGTH = 18
# GB 32100-2015: a shorter code is an older one, and its first digits say something else

if TYPE_CHECKING:
    import ibis

    from shanhou.vault.generation import Desk


def write_subjects(desk: Desk, *, first_free: int) -> None:
    """`subject` (sid, kind, customer_kind, records, phone, email, address, belongs_to) and
    `contact_person`.

    A subject's number is that of its smallest record; contact persons, whose rows are their
    company's, are numbered from the first number that no record has.
    """
    import ibis

    _write_contact_persons(desk, first_free)
    whole = _reachable(desk, desk.table("w", "member")).mutate(belongs_to=ibis.null("int64"))
    kinds = desk.aside("node").join(desk.table("w", "member"), "rec")
    kinds = kinds.group_by("sid").aggregate(kind=kinds.kind.min(), customer_kind=_told_kind(kinds))
    whole = whole.join(kinds, "sid")
    person = desk.table("w", "contact_person")
    mine = _reachable(desk, person.select("rec", "sid"))
    owners = person.group_by("sid").aggregate(belongs_to=person.belongs_to.min())
    mine = mine.join(owners, "sid")
    mine = mine.mutate(kind=ibis.literal("person"), customer_kind=ibis.literal("person"))
    columns = ("sid", "kind", "customer_kind", "records", "phone", "email", "address", "belongs_to")
    desk.create("subject", ibis.union(whole.select(*columns), mine.select(*columns)))


def _told_kind(nodes: ibis.Table) -> Any:
    """Whether a customer is known to be a company or a natural person (PIPL 4), else unknown.

    Unknown where the records speak of both, and where the code is an individual business's
    (个体工商户, 92 by GB 32100-2015 table 1): what is told of it is told of the one who runs it.
    """
    import ibis

    sole = (nodes.uscc.startswith("92") & (nodes.uscc.length() == _USCC_LENGTH)).any()
    both = nodes.kind.min() != nodes.kind.max()
    return ibis.cases(
        (both | sole.fill_null(False), UNKNOWN),  # noqa: FBT003
        (nodes.kind.min() == "org", "company"),
        else_="person",
    )


def write_known_as(desk: Desk) -> None:
    """`known_as` (sid, kind, value): by what a customer can be recognised when he answers.

    A record that points to its customer may name somebody else, a present's receiver: what it says
    counts for companies, whose people stand there, and where the customer has said nothing himself.
    """
    kinds = (*(kind.value for kind in RECOGNISED),)
    said = desk.table("w", "mention")
    said = said.filter(said.kind.isin(kinds)).join(desk.table("w", "member"), "rec")
    own = said.why.isin(["own", "linked"])
    speaking = said.filter(own).select(speaks="sid").distinct()
    org = desk.table("w", "subject").filter(lambda t: t.kind == "org").select(company="sid")
    told = said.mutate(own=own).left_join(speaking, [("sid", "speaks")])
    told = told.left_join(org, [("sid", "company")])
    known = told.filter(told.own | told.speaks.isnull() | told.company.notnull())
    known = known.select("sid", "kind", "value").distinct()
    desk.create("known_as", known)


def _reachable(desk: Desk, member: ibis.Table) -> ibis.Table:
    """Per subject: records, and whether a phone, an e-mail or an address is known."""
    said = desk.table("w", "mention")
    found = said.filter(said.kind.isin([Kind.PHONE, Kind.EMAIL, Kind.ADDRESS]))
    per_record = found.group_by("rec").aggregate(
        **{
            kind.value: (found.kind == kind.value).any()
            for kind in (Kind.PHONE, Kind.EMAIL, Kind.ADDRESS)
        }
    )
    joined = member.select("rec", "sid").left_join(per_record, "rec").drop("rec_right")
    return joined.group_by("sid").aggregate(
        records=joined.count(),
        **{
            name: joined[name].any().fill_null(False)  # noqa: FBT003
            for name in ("phone", "email", "address")
        },
    )


def _write_contact_persons(desk: Desk, first_free: int) -> None:
    """`contact_person` (rec, sid, belongs_to): who is named in which record of a company."""
    import ibis

    said, member = desk.table("w", "mention"), desk.table("w", "member")
    companies = desk.aside("node").filter(lambda t: t.kind == "org").select("rec")
    orgs = member.semi_join(companies, "rec").select(belongs_to="sid").distinct()
    named = said.filter(said.kind.isin([Kind.NAME, Kind.SURNAME]) & (said.part != "org"))
    rows = named.join(member, "rec").select("rec", "sid", name="value")
    rows = rows.join(orgs, [("sid", "belongs_to")]).select("rec", "name", belongs_to="sid")
    persons = rows.group_by(["belongs_to", "name"]).aggregate(first=rows["rec"].min())
    order = ibis.window(order_by=[persons.belongs_to, persons["first"], persons.name])
    numbered = persons.mutate(sid=ibis.row_number().over(order) + first_free)
    joined = rows.join(numbered, ["belongs_to", "name"])
    desk.create("contact_person", joined.select("rec", "sid", "belongs_to").distinct())
