"""Places every record with its subject: what speaks for itself, and what points to another row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shanhou.subjects.clean import Kind
from shanhou.subjects.mention import Holder, small_table
from shanhou.vault.generation import ASIDE, WRITTEN

if TYPE_CHECKING:
    import ibis

    from shanhou.inventory.verdicts import Relation
    from shanhou.vault.generation import Desk


def write_pointing(desk: Desk, held: Sequence[Holder], collected: str) -> int:
    """`pointing` (rec, ds): records that name another row which is there; they follow it."""
    import ibis

    by_name = {one.name: one for one in held}
    found = [small_table({"rec": "int64", "ds": "int64"})]
    for one in held:
        if one.follows:
            cells = one.cells(desk, collected)
            found.append(cells.select("rec", ds=ibis.literal(one.number, "int64")))
            continue
        for way in one.ways:
            here = _references(desk, one, way, collected)
            there = _targets(desk, by_name[way.to_dataset], way, collected, everyone=True)
            mine = here.semi_join(there, "value").select(
                "rec", ds=ibis.literal(one.number, "int64")
            )
            found.append(mine)
    one = ibis.union(*found, distinct=True) if len(found) > 1 else found[0]
    return desk.create("pointing", one, aside=True)


def write_members(desk: Desk, held: Sequence[Holder], collected: str) -> None:
    """`member` (rec, sid, why), one row per record, and `unreached` (rec, dataset, why)."""
    node = desk.aside("node").filter(lambda t: t.known | t.keyed)
    joined = node.left_join(desk.aside("label").select("rec", "root"), "rec")
    own = joined.select(
        "rec",
        sid=joined.root.coalesce(joined["rec"]),
        why=joined.root.notnull().ifelse("linked", "own"),
    )
    desk.create("member", own)
    desk.create("torn", small_table({"rec": "int64"}), aside=True)
    by_name = {one.name: one for one in held}
    for one in held:
        for way in one.ways:
            _follow(desk, one, way, by_name[way.to_dataset], collected)
    _write_unreached(desk, held)
    desk.drop_aside("torn")


def _follow(desk: Desk, one: Holder, way: Relation, to: Holder, collected: str) -> None:
    """Give records the subject of the row they point to; of several, the one of the same name."""
    member = desk.table("w", "member")
    waiting = _references(desk, one, way, collected).anti_join(member, "rec")
    reached = _targets(desk, to, way, collected).join(member.select("rec", "sid"), "rec")
    reached = reached.select("value", "sid").distinct()
    counted = reached.group_by("value").aggregate(sids=reached.sid.nunique(), sid=reached.sid.min())
    found = waiting.join(counted, "value")
    desk.create("found", found.select("rec", "value", "sids", "sid"), aside=True)
    found = desk.aside("found")
    clear = found.filter(found.sids == 1).select("rec", "sid", why=_literal("reference"))
    desk.ibis.insert("member", clear, database=(WRITTEN, "main"))
    torn = found.filter(found.sids > 1).select("rec", "value")
    if desk.scalar(torn.count()):
        _by_name(desk, torn, reached)
    desk.drop_aside("found")


def _by_name(desk: Desk, torn: ibis.Table, reached: ibis.Table) -> None:
    said, member = desk.table("w", "mention"), desk.table("w", "member")
    names = said.filter(said.kind.isin([Kind.NAME, Kind.SURNAME, Kind.ORG_NAME]))
    names = names.select("rec", name="value")
    theirs = names.join(member, "rec").select("sid", "name").distinct()
    mine = torn.join(names, "rec").join(reached, "value").join(theirs, ["sid", "name"])
    agreed = mine.group_by("rec").aggregate(sids=mine.sid.nunique(), sid=mine.sid.min())
    agreed = agreed.filter(agreed.sids == 1)
    desk.ibis.insert("torn", torn.select("rec").distinct(), database=(ASIDE, "main"))
    told = agreed.select("rec", "sid", why=_literal("reference_and_name"))
    desk.ibis.insert("member", told, database=(WRITTEN, "main"))


def _write_unreached(desk: Desk, held: Sequence[Holder]) -> None:
    import ibis

    names = small_table(
        {"ds": "int64", "dataset": "string"}, [(one.number, one.name) for one in held]
    )
    lost = desk.aside("scoped").anti_join(desk.table("w", "member"), "rec").join(names, "ds")
    lost = lost.left_join(desk.aside("torn").distinct().mutate(torn=True), "rec")
    lost = lost.drop("rec_right")
    lost = lost.left_join(desk.aside("pointing").select("rec", pointing=True), "rec")
    why = ibis.cases((lost.torn, "several_customers"), (lost.pointing, "not_a_customers"),
                     else_="names_nobody")  # fmt: skip
    desk.create("unreached", lost.select("rec", "dataset", why=why))


def _references(desk: Desk, one: Holder, way: Relation, collected: str) -> ibis.Table:
    """`rec`, `value`: what each record of a dataset points to."""
    # a number of rows added up is no customer's number
    cells = one.cells(desk, collected).anti_join(desk.aside("total"), "rec")
    return cells.select("rec", value=one.key_of(cells, way.fields)).filter(
        lambda t: t.value.notnull()
    )


def _targets(
    desk: Desk, to: Holder, way: Relation, collected: str, *, everyone: bool = False
) -> ibis.Table:
    """`rec`, `value`: what records can be pointed to by; `everyone`: other than customers too."""
    cells = desk.table(collected, to.table) if everyone else to.cells(desk, collected)
    return cells.select("rec", value=to.key_of(cells, way.to_fields)).filter(
        lambda t: t.value.notnull()
    )


def _literal(text: str) -> object:
    import ibis

    return ibis.literal(text)
