"""Words said of a customer whose records were merged or parted since: they stay with the records.

Who was written to and who answered is kept as the records the customer had on that day. A refusal,
an objection or a request holds for everybody who has one of these records today; a consent, and a
letter, only for who has exactly these: nobody consents for another (design 2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis

    from shanhou.vault.generation import Desk

ANSWER, LETTER = "answer", "letter"
COUNTS_FOR_ITSELF = ("own", "linked")
"""Why a record is its customer's, other than by pointing to another row."""


_OWN_ALONE = ("granted", "confirmed")
"""What one said for himself alone: it holds for nobody who was merged with him."""


def own_records(desk: Desk, subjects: str) -> ibis.Table:
    """`rec`, `sid`: the records that speak for a customer themselves."""
    member = desk.table(subjects, "member")
    return member.filter(member.why.isin(list(COUNTS_FOR_ITSELF))).select("rec", "sid")


def follow_words(desk: Desk, *, lineage: str | None, subjects: str) -> None:
    """Give `answer` and `letter` of the plan the customers of today.

    `lineage`: the generation whose `heard` (kind, key, rec) tells which records a word was about;
    None where nothing was merged since anybody was written to.
    """
    if lineage is None:
        return
    own, heard = own_records(desk, subjects), desk.table(lineage, "heard")
    for name, key in ((ANSWER, "ordinal"), (LETTER, "letter")):
        said = desk.table("w", name)
        columns = [column for column in said.columns if column != "sid"]
        about = heard.filter(heard.kind == name)
        whose = _whose(about.select("rec", told=about.key.cast(said[key].type())), own)
        moved = said.drop("sid").join(whose, [(key, "told")])
        if name == ANSWER:
            moved = moved.filter(moved.whole | ~moved["value"].isin(_OWN_ALONE))
        else:
            moved = moved.filter(moved.whole)
        since = said.anti_join(about.select(told=about.key.cast(said[key].type())),
                               [(key, "told")])  # fmt: skip
        since = _of_today(desk, since, subjects)
        desk.create("followed", _union(since, moved, columns))
        desk.create(name, desk.table("w", "followed"))
        desk.ibis.drop_table("followed", database=("w", "main"))


def _of_today(desk: Desk, since: ibis.Table, subjects: str) -> ibis.Table:
    """Words that came since, some by the code of a letter to a customer who is another's part now.

    A customer's number is that of its smallest record, so that it leads to who has that today.
    """
    members = desk.table(subjects, "member").select("rec", now="sid")
    found = since.left_join(members, [("sid", "rec")])
    found = found.mutate(now=found.now.coalesce(found.sid))
    if "value" in since.columns:
        found = found.filter(
            (found.now == found.sid) | ~found["value"].isin(["granted", "confirmed"])
        )
    return found.mutate(sid=found.now)


def _whose(about: ibis.Table, own: ibis.Table) -> ibis.Table:
    """`told`, `sid`, `whole`: whose records a word was about, and whether these are all of one."""
    found = about.join(own, "rec")
    each = found.group_by(["told", "sid"]).aggregate(covered=found["rec"].nunique())
    sizes = own.group_by("sid").aggregate(records=own["rec"].nunique())
    each = each.join(sizes, "sid")
    heirs = each.group_by("told").aggregate(heirs=each.count())
    each = each.join(heirs, "told")
    return each.select("told", "sid", whole=(each.heirs == 1) & (each.covered == each.records))


def _union(since: ibis.Table, moved: ibis.Table, columns: list[str]) -> ibis.Table:
    import ibis

    return ibis.union(since.select("sid", *columns), moved.select("sid", *columns))
