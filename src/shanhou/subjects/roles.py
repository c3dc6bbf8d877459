"""One person in two roles: a customer who also works for the company, in records of its staff.

Nothing is joined: what is decided of a customer's records is not decided of a worker's. That the
two are one person is told, because that person's own request is about both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from shanhou.inventory.kinds import STAFF, About, Category, Scope, Verdict
from shanhou.subjects.clean import Kind
from shanhou.subjects.mention import Holder, paired, small_table, written_name
from shanhou.subjects.said import Asked, no_mentions, write_said

if TYPE_CHECKING:
    import ibis

    from shanhou.inventory.register import Register
    from shanhou.inventory.verdicts import DatasetVerdict
    from shanhou.sources.intake import Collected
    from shanhou.vault.generation import Desk

OTHER_ROLE = {"sid": "int64", "rec": "int64", "dataset": "string", "about": "string"}
_KINDS = {Category.PERSON_NAME: Kind.NAME, Category.PHONE: Kind.PHONE, Category.EMAIL: Kind.EMAIL,
          Category.NATIONAL_ID: Kind.NATIONAL_ID}  # fmt: skip
_WITH_NAME = (Kind.PHONE, Kind.EMAIL)
"""What may be a family's: it tells one person only together with the name."""
_SURE = frozenset({Verdict.CERTAIN, Verdict.LIKELY})


def write_other_roles(
    desk: Desk, register: Register, done: Sequence[Collected], collected: str
) -> int:
    """`other_role` (sid, rec, dataset, about): records of staff that are a customer's own.

    Returns how many customers have one.
    """
    held = tuple(_staff(register, done))
    if not held:
        desk.create("other_role", small_table(OTHER_ROLE))
        return 0
    desk.put("staff_said", no_mentions(), aside=True)
    totals = desk.arrow(desk.aside("total"))["rec"].combine_chunks()
    for one in held:
        cells = one.cells(desk, collected)
        asked = tuple(_asked(one, cells))
        write_said(desk, "staff_said", cells, asked, ds=one.number, totals=totals, aside=True)
    names = small_table(
        {"ds": "int64", "dataset": "string", "about": "string"},
        [(one.number, one.name, one.verdict.about.value) for one in held],
    )
    found = _found(desk).join(names, "ds")
    desk.create("other_role", found.select("sid", "rec", "dataset", "about").distinct())
    desk.drop_aside("staff_said")
    return int(desk.scalar(desk.table("w", "other_role").sid.nunique()))


def _staff(register: Register, done: Sequence[Collected]) -> Iterator[Holder]:
    by_name = {one.dataset.name: one for one in done}
    staff = (one for one in register.datasets if one.about in STAFF and one.scope is Scope.OUT)
    for number, verdict in enumerate(staff):
        one = by_name.get(verdict.name)
        if one is not None:
            yield Holder(number, one.table, one.dataset, verdict, (), (), {})


def _asked(one: Holder, cells: ibis.Table) -> Iterator[Asked]:
    known = [
        field
        for field in one.verdict.fields
        if field.category in _KINDS and field.verdict in _SURE and _theirs(one.verdict, field.about)
    ]
    named = [field.field for field in known if field.category is Category.PERSON_NAME]
    for fields in paired(named):
        yield Asked("person", (Kind.NAME,), written_name(one, cells, fields))
    for field in known:
        if field.category is not Category.PERSON_NAME:
            column = cells[f"c{one.dataset.position(field.field)}"]
            yield Asked("person", (_KINDS[field.category],), column)


def _theirs(verdict: DatasetVerdict, about: About) -> bool:
    return about in STAFF or (about is About.NONE and verdict.about in STAFF)


def _found(desk: Desk) -> ibis.Table:
    """`sid`, `rec`, `ds`: staff of the same national ID, or of one name and phone or e-mail."""
    import ibis

    staff, said = desk.aside("staff_said"), desk.table("w", "mention")
    persons = desk.table("w", "subject").filter(lambda t: t.kind == "person").select("sid")
    own = desk.table("w", "member").filter(lambda t: t.why.isin(["own", "linked"]))
    own = own.semi_join(persons, "sid").select("rec", "sid")
    known = said.join(own, "rec").select("sid", "kind", "value").distinct()
    shared = staff.join(known, ["kind", "value"]).select("sid", "rec", "ds", "kind")
    sure = shared.filter(shared.kind == Kind.NATIONAL_ID.value)
    named = shared.filter(shared.kind == Kind.NAME.value).select("sid", "rec")
    reached = shared.filter(shared.kind.isin([kind.value for kind in _WITH_NAME]))
    both = reached.semi_join(named, ["sid", "rec"])
    # two national IDs are two people, whatever else they share
    ids = staff.filter(staff.kind == Kind.NATIONAL_ID.value).select("rec", theirs="value")
    mine = known.filter(known.kind == Kind.NATIONAL_ID.value).select("sid", mine="value")
    other = both.join(ids, "rec").join(mine, "sid").filter(lambda t: t.theirs != t.mine)
    both = both.anti_join(other.select("sid", "rec"), ["sid", "rec"])
    wanted = [one.select("sid", "rec", "ds") for one in (sure, both)]
    return ibis.union(*wanted, distinct=True)
