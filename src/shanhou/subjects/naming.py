"""What a subject is called: for the salutation of its letters and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from shanhou.inventory.kinds import Category
from shanhou.subjects.clean import Kind
from shanhou.subjects.mention import (
    Holder,
    holders,
    name_fields,
    named_fields,
    part_of,
    small_table,
    written_name,
)

if TYPE_CHECKING:
    import ibis

    from shanhou.inventory.register import Register
    from shanhou.sources.intake import Collected
    from shanhou.vault.generation import Desk


def names(
    desk: Desk,
    register: Register,
    done: Sequence[Collected],
    *,
    collected: str,
    subjects: str,
) -> ibis.Table:
    """`sid`, `name`, `persons`: as the first record that says it writes it; personal data.

    `persons` names a company's contact persons, empty for private customers.
    """
    import ibis

    held = holders(register, done, {})
    parts = [small_table({"rec": "int64", "company": "int64", "name": "string"})]
    for one in held:
        parts.extend(_written(one, one.cells(desk, collected)))
    written = ibis.union(*parts) if len(parts) > 1 else parts[0]
    written = written.filter(written.name.notnull())
    # words that stand in for a name were not taken up as a name
    said = desk.table(subjects, "mention")
    said = said.filter(said.kind.isin([Kind.NAME, Kind.SURNAME, Kind.ORG_NAME]))
    known = said.select("rec", company=(said.kind == Kind.ORG_NAME.value).cast("int64")).distinct()
    member, subject = desk.table(subjects, "member"), desk.table(subjects, "subject")
    kinds = subject.filter(subject.belongs_to.isnull()).select("sid", "kind")
    mine = written.semi_join(known, ["rec", "company"]).join(member, "rec").join(kinds, "sid")
    fitting = mine.filter(mine.company == (mine.kind == "org").cast("int64"))
    # a record of one's own says the name best; an order may name a present's receiver
    own = fitting.why.isin(["own", "linked"]).ifelse(0, 1)
    fitting = fitting.mutate(place=own * ibis.literal(10**15) + fitting["rec"])
    called = fitting.group_by("sid").aggregate(name=fitting.name.argmin(fitting.place))
    return called.left_join(_persons(desk, subjects), [("sid", "belongs_to")]).select(
        "sid", "name", persons=lambda t: t.persons.fill_null("")
    )


def _written(one: Holder, cells: ibis.Table) -> Iterator[ibis.Table]:
    import ibis

    for part in ("person", "contact"):
        for fields in name_fields(one.verdict, part)[:1]:
            bare = written_name(one, cells, fields).re_replace(r"[((\[【].*?[))\]】]", "")
            tidy = bare.re_replace(r"(\p{Han})\s+(\p{Han})", r"\1\2").strip().nullif("")
            yield cells.select("rec", company=ibis.literal(0, "int64"), name=tidy)
    for field in named_fields(one.verdict):
        if field.category is Category.ORG_NAME and part_of(one.verdict, field) == "org":
            column = cells[f"c{one.dataset.position(field.field)}"].strip().nullif("")
            yield cells.select("rec", company=ibis.literal(1, "int64"), name=column)
            return


def _persons(desk: Desk, subjects: str) -> ibis.Table:
    """`belongs_to`, `persons`: the contact persons of a company, in the order of their records."""
    contact, said = desk.table(subjects, "contact_person"), desk.table(subjects, "mention")
    named = said.filter(said.kind == Kind.NAME.value).select("rec", name="value")
    found = contact.join(named, "rec").group_by(["belongs_to", "sid"])
    each = found.aggregate(name=lambda t: t.name.argmin(t["rec"]))
    return each.group_by("belongs_to").aggregate(
        persons=lambda t: t.name.group_concat("、", order_by=t.sid)
    )
