"""Which records speak of the same customer: links by exact identifiers and rules, each named.

Set-based throughout: records that share a value form a bunch; a bunch whose members contradict each
other (national ID, birth date, gender, company code, or a person's word) links only those of them
that agree in all of it, and its other links are kept as refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from operator import add, or_
from typing import TYPE_CHECKING, Any

from shanhou.subjects.clean import Kind
from shanhou.subjects.mention import Holder, small_table

if TYPE_CHECKING:
    import ibis

    from shanhou.vault.generation import Desk

Pair = tuple[int, int]
"""Two records, by their numbers."""


class LinkRule(StrEnum):
    """Why two records are one customer's."""

    NATIONAL_ID = "same_national_id"
    PASSPORT = "same_passport"
    EMAIL = "same_email_and_name"
    PHONE = "same_phone_and_name"
    BANK = "same_account_and_name"
    UNSURE_ID = "same_unsure_id_and_name"
    USCC = "same_company_code"
    ORG_NAME = "same_company_name"
    KEY = "same_customer_key"
    DECLARED = "declared_by_person"
    LIKELY = "likely_same_person"
    """No rule, but what they say weighs enough (`likely`)."""


STRONG = frozenset({LinkRule.NATIONAL_ID, LinkRule.USCC, LinkRule.DECLARED})
"""What holds when a chain of links would join two national IDs."""

CONTRADICTING = ("anchor", "born", "gender", "uscc", "ward")
"""Columns of `node` of which one customer can have only one value each."""

_BUNCH = {"rule": "string", "value": "string", "rec": "int64"}
_PERSON_RULES = (
    (Kind.NATIONAL_ID, LinkRule.NATIONAL_ID),
    (Kind.UNSURE_ID, LinkRule.UNSURE_ID),
    (Kind.PASSPORT, LinkRule.PASSPORT),
    (Kind.EMAIL, LinkRule.EMAIL),
    (Kind.PHONE, LinkRule.PHONE),
    (Kind.BANK, LinkRule.BANK),
)
_ORG_RULES = ((Kind.USCC, LinkRule.USCC), (Kind.ORG_NAME, LinkRule.ORG_NAME))
_KEPT_ON_ITS_OWN = frozenset({LinkRule.NATIONAL_ID, LinkRule.USCC, LinkRule.ORG_NAME})
"""Rules whose value alone decides; all others ask that the names agree too."""


@dataclass(frozen=True)
class Words:
    """What a person said of records: these are two customers, those are one."""

    apart: Sequence[Pair] = ()
    together: Sequence[Pair] = ()


def write_nodes(desk: Desk, words: Words) -> int:
    """`node`: one row per record that speaks for itself, with what can contradict another.

    A record is a company's where a company is named and no customer in person.
    """
    import ibis

    own = desk.aside("scoped").anti_join(desk.aside("pointing"), "rec")
    told = own.left_join(desk.aside("facts"), "rec").drop("rec_right")
    company = ~told.in_person.fill_null(False) & (told.org_name.notnull() | told.uscc.notnull())  # noqa: FBT003
    # GB 11643: the seventeenth digit is odd for men
    odd = told.national_id.substr(16, 1).cast("int64") % 2
    gender = ibis.cases((odd == 1, "M"), (odd == 0, "F"))
    warded = [rec for pair in words.apart for rec in pair]
    nodes = told.select(
        "rec",
        "ds",
        "keyed",
        *("phone", "email", "place", "postcode", "town"),
        kind=company.ifelse("org", "person"),
        named=told.name.coalesce(told.surname),
        full=told.name.notnull(),
        known=told.known.fill_null(False),  # noqa: FBT003 - of which nothing is said
        anchor=company.ifelse(None, told.national_id.coalesce(told.unsure_id)),
        born=company.ifelse(None, told.national_id.substr(6, 8).coalesce(told.born)),
        gender=company.ifelse(None, gender.coalesce(told.gender)),
        sure=told.national_id,
        other=told.passport.coalesce(told.other_id),
        uscc=company.ifelse(told.uscc, None),
        ward=told["rec"].isin(warded).ifelse(told["rec"].cast("string"), None)
        if warded
        else ibis.null("string"),
    )
    count = desk.create("node", nodes, aside=True)
    desk.drop_aside("facts")
    return count


def write_links(
    desk: Desk, held: Sequence[Holder], words: Words, *, collected: str, shared_by: int
) -> None:
    """`link` (rec_a, rec_b, rule): every pair found.

    `shared_by`: a phone, e-mail or account with more names than that is an agency's and links
    nobody; what else speaks for two is weighed later. Pairs of bunches that contradict themselves
    go to `refused_link`.
    """
    import ibis

    both = ibis.union(_shared_values(desk), _shared_keys(desk, held, collected))
    desk.create("bunch", both, aside=True)
    desk.create("named_bunch", _by_name(desk, shared_by), aside=True)
    _write_bunches(desk)
    desk.create("refused_link", _pairs(desk, agreed=False))
    pairs = [_pairs(desk, agreed=True), _parts(desk)]
    if words.together:
        declared = pair_table([(min(pair), max(pair)) for pair in words.together])
        pairs.append(declared.mutate(rule=ibis.literal(LinkRule.DECLARED.value)))
    desk.create("link", ibis.union(*pairs, distinct=True))
    desk.drop_aside("bunch", "named_bunch", "whole_bunch")


def _shared_values(desk: Desk) -> ibis.Table:
    """`rule`, `value`, `rec`: which values a record could be linked by."""
    said, node = desk.table("w", "mention"), desk.aside("node")
    rules = small_table(
        {"kind": "string", "rule": "string", "of": "string"},
        [
            (kind.value, rule.value, of)
            for of, known in (("person", _PERSON_RULES), ("org", _ORG_RULES))
            for kind, rule in known
        ],
    )
    mine = said.join(node.select("rec", of="kind"), "rec")
    return mine.join(rules, ["kind", "of"]).select("rule", "value", "rec")


def _shared_keys(desk: Desk, held: Sequence[Holder], collected: str) -> ibis.Table:
    """The same customer number twice in one dataset, or in a dataset and its backup copy."""
    import ibis

    by_name = {one.name: one for one in held}
    places = [(w.to_dataset, w.to_fields, w.to_dataset, w.to_fields) for h in held for w in h.ways]
    for r in (copied for one in held for copied in one.copies):
        places.append((r.dataset, r.fields, r.to_dataset, r.to_fields))
        places.append((r.to_dataset, r.to_fields, r.to_dataset, r.to_fields))
    found = [
        _keys(desk, by_name[name], fields, collected, place=f"{of}|{of_fields}")
        for name, fields, of, of_fields in sorted(set(places))
    ]
    found.append(small_table(_BUNCH))
    return ibis.union(*found, distinct=True) if len(found) > 1 else found[0]


def _keys(
    desk: Desk, one: Holder, fields: Sequence[str], collected: str, *, place: str
) -> ibis.Table:
    import ibis

    cells = one.cells(desk, collected)
    rule = ibis.literal(LinkRule.KEY.value)
    keyed = cells.select(rule=rule, value=f"{place}|" + one.key_of(cells, fields), rec="rec")
    return keyed.filter(keyed.value.notnull())


def _by_name(desk: Desk, shared_by: int) -> ibis.Table:
    """`rule`, `value`, `rec`: bunches in which the names agree.

    A value that several names share is a family's: only rows of one name are joined. One that more
    names share than `shared_by` is an agency's and makes no bunch.
    王女士 is the one 王 of full name at that number, if there is exactly one who may be a woman.
    """
    import ibis

    bunch = desk.aside("bunch")
    # most values are one record's alone
    bunch = bunch.mutate(number=number_of(0, bunch.rule, bunch.value))
    shared = bunch.group_by("number").having(bunch["rec"].min() != bunch["rec"].max())
    found = bunch.semi_join(shared.aggregate(records=bunch.count()), "number").drop("number")
    found = found.join(desk.aside("node").select("rec", "named", "full", "gender"), "rec")
    free = [rule.value for rule in _KEPT_ON_ITS_OWN]
    alone = found.filter(found.rule.isin(free)).select("rule", "value", "rec")
    rest = _with_full_names(found.filter(found.rule.notin(free)))
    names = rest.group_by(["rule", "value"]).aggregate(
        several=differ(rest.goes_by), crowd=rest.goes_by.nunique()
    )
    # a customer's number is nobody else's, however many names stand there
    own = names.rule == LinkRule.KEY.value
    rest = rest.join(names.filter(own | (names.crowd <= shared_by)), ["rule", "value"])
    several = rest.several
    rest = rest.filter(~several | rest.goes_by.notnull())
    shared = rest.value + several.ifelse("\x1f" + rest.goes_by, "")
    return ibis.union(alone, rest.select("rule", value=shared, rec="rec"))


def _with_full_names(found: ibis.Table) -> ibis.Table:
    """Adds `goes_by`: the full name, or the only one a bare surname can stand for."""
    import ibis

    full = found.filter(found.full)
    # only where somebody goes by a surname does it matter who has it
    doubtful = full.semi_join(found.filter(~found.full), ["rule", "value"])
    starts = ibis.union(
        *(
            doubtful.select("rule", "value", "named", "gender", start=doubtful.named.substr(0, n))
            for n in (1, 2)
        )
    )
    starts = starts.group_by(["rule", "value", "start"]).aggregate(
        persons=starts.named.nunique(),
        only=starts.named.max(),
        only_gender=starts.gender.max(),
    )
    bare = found.filter(~found.full).left_join(
        starts, [("rule", "rule"), ("value", "value"), ("named", "start")]
    )
    fits = (bare.persons == 1) & (
        bare.gender.isnull() | bare.only_gender.isnull() | (bare.gender == bare.only_gender)
    )
    unknown = bare.named + "?" + bare.persons.notnull().ifelse(bare["rec"].cast("string"), "")
    bare = bare.select("rule", "value", "rec", goes_by=fits.ifelse(bare.only, unknown))
    return ibis.union(full.select("rule", "value", "rec", goes_by=full.named), bare)


def _write_bunches(desk: Desk) -> None:
    """`whole_bunch` (rule, value, hub, agreed, in what it differs): bunches of two and more."""
    found = desk.aside("named_bunch").join(desk.aside("node").select("rec", *CONTRADICTING), "rec")
    bunches = found.group_by(["rule", "value"]).aggregate(
        hub=found["rec"].min(),
        last=found["rec"].max(),
        **{name: differ(found[name]) for name in CONTRADICTING},
    )
    # the same ID with two birth dates is a slip of the pen in the other column
    own = {LinkRule.NATIONAL_ID.value, LinkRule.USCC.value}
    contradict = reduce(or_, (bunches[name] for name in CONTRADICTING))
    agreed = ~contradict | (bunches.rule.isin(list(own)) & ~bunches.ward)
    several = bunches.mutate(agreed=agreed).filter(bunches.last > bunches.hub)
    told = several.select("rule", "value", "hub", "agreed", *CONTRADICTING)
    desk.create("whole_bunch", told, aside=True)


def _pairs(desk: Desk, *, agreed: bool) -> ibis.Table:
    """`rec_a`, `rec_b`, `rule`: each record of a bunch with the smallest one of it."""
    bunches = desk.aside("whole_bunch").filter(lambda t: t.agreed == agreed)
    bunches = bunches.select("rule", "value", "hub")
    pairs = desk.aside("named_bunch").join(bunches, ["rule", "value"])
    pairs = pairs.filter(pairs["rec"] != pairs.hub)
    return pairs.select(rec_a="hub", rec_b="rec", rule="rule").distinct()


def _parts(desk: Desk) -> ibis.Table:
    """`rec_a`, `rec_b`, `rule`: records that agree in all in which their bunch differs.

    A record that leaves one of it empty could be either's, and stays alone.
    """
    bunches = desk.aside("whole_bunch").filter(lambda t: ~t.agreed)
    bunches = bunches.select("rule", "value", **{f"by_{name}": name for name in CONTRADICTING})
    found = desk.aside("named_bunch").join(bunches, ["rule", "value"])
    found = found.join(desk.aside("node").select("rec", *CONTRADICTING), "rec")
    marks = [found[f"by_{name}"].ifelse(found[name] + "\x1f", "\x1f") for name in CONTRADICTING]
    marked = found.select("rule", "value", "rec", mark=reduce(add, marks))
    marked = marked.filter(marked.mark.notnull())
    hubs = marked.group_by(["rule", "value", "mark"]).aggregate(hub=marked["rec"].min())
    pairs = marked.join(hubs, ["rule", "value", "mark"])
    pairs = pairs.filter(pairs["rec"] != pairs.hub)
    return pairs.select(rec_a="hub", rec_b="rec", rule="rule").distinct()


def number_of(kind: int, one: Any, other: Any) -> Any:
    """A number for two texts of a kind; different ones may share it, if hardly ever."""
    import ibis

    # as it comes: to have it signed would cost more than all the rest
    hashed = ibis.udf.scalar.builtin(
        lambda _, __, ___: 0, name="hash", signature=(("int64", "string", "string"), "uint64")
    )
    return hashed(ibis.literal(kind, "int64"), one, other)


def differ(column: Any) -> Any:
    """Whether a group has two values of a column; empty cells say nothing."""
    return (column.min() != column.max()).fill_null(False)  # noqa: FBT003


def pair_table(pairs: Sequence[Pair]) -> ibis.Table:
    """Pairs of records as a table."""
    return small_table({"rec_a": "int64", "rec_b": "int64"}, pairs)
