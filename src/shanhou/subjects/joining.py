"""Connected groups of links, and what is taken apart again because it contradicts itself.

What the rules linked falls to single records where a chain joins two who cannot be one; what was
only likely is cut at its weakest link, one by one, and what was cut goes to a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from shanhou.errors import Fault
from shanhou.subjects.match import CONTRADICTING, STRONG, LinkRule, differ
from shanhou.subjects.prepared import write_prepared
from shanhou.vault.generation import ASIDE

if TYPE_CHECKING:
    import ibis

    from shanhou.vault.generation import Desk

_ROUNDS = 64
"""Labels travel twice as far each round; no chain of records is longer than 2**64."""
_ALIKE = 3.0
"""Bits: links that differ by less weigh about the same."""
_CUTS = 16
"""Weakest links cut from a group one by one; a group that still contradicts itself loses all."""


def join_by_rules(desk: Desk) -> None:
    """`label` (rec, root): groups by links, chains that contradict themselves taken apart again."""
    link = desk.table("w", "link")
    label_components(desk, link)
    for columns, kept in ((CONTRADICTING, STRONG), (("ward",), {LinkRule.DECLARED})):
        bad = _contradicting(desk, desk.aside("label"), columns)
        link = desk.table("w", "link")
        dropped = link.filter(link.rule.notin([rule.value for rule in kept]))
        dropped = dropped.semi_join(bad, [("rec_a", "rec")])
        _refuse(desk, dropped)


def _contradicting(desk: Desk, label: ibis.Table, columns: Sequence[str]) -> ibis.Table:
    """`rec`: the records of groups in which a column has two values."""
    found = label.join(desk.aside("node"), "rec")
    roots = found.group_by("root").aggregate(**{name: differ(found[name]) for name in columns})
    bad = roots.filter(reduce(or_, (roots[name] for name in columns)))
    return label.semi_join(bad, "root").select("rec")


def _torn(desk: Desk) -> ibis.Table:
    """`rec`: of groups joined by likely links, those that contradict themselves, but for slips.

    Birth dates of one group are one person's if slips lead from each to every other; a chain of
    records that tell no date leads nowhere.
    """
    import ibis

    label, likely = desk.aside("label"), desk.table("w", "link")
    likely = likely.filter(likely.rule == LinkRule.LIKELY.value)
    roots = label.semi_join(likely, [("rec", "rec_a")]).select("root")
    desk.create("doubted", label.semi_join(roots, "root").select("rec", "root"), aside=True)
    label = desk.aside("doubted")
    others = tuple(name for name in CONTRADICTING if name != "born")
    bad, two = (_contradicting(desk, label, names) for names in (others, ("born",)))
    slips = desk.table("w", "likely").filter(lambda t: t.slip)
    if not desk.scalar(slips.count()):
        return ibis.union(bad, two, distinct=True)
    node = desk.aside("node")
    told = label.join(node.filter(node.born.notnull()).select("rec", "born"), "rec")
    told = told.semi_join(two, "rec").select("rec", "root", "born")
    desk.create("told_birth", told, aside=True)
    told = desk.aside("told_birth")
    first = told.group_by(["root", "born"]).aggregate(one=told["rec"].min())
    placed = told.join(first, ["root", "born"]).select("rec", "one")
    link = desk.table("w", "link").select("rec_a", "rec_b")
    kept = slips.select("rec_a", "rec_b").semi_join(link, ["rec_a", "rec_b"])
    ends = kept.join(placed.rename(a="one"), [("rec_a", "rec")]).select("rec_b", "a")
    ends = ends.join(placed.rename(b="one"), [("rec_b", "rec")])
    label_components(desk, ends.select(rec_a="a", rec_b="b"), into="birth")
    birth = desk.aside("birth").select(one="rec", of="root")
    dated = first.left_join(birth, "one").select("root", of=lambda t: t.of.coalesce(t.one))
    apart = dated.group_by("root").aggregate(two=dated.of.min() != dated.of.max())
    still = label.semi_join(apart.filter(apart.two), "root").select("rec")
    return ibis.union(bad, still, distinct=True)


def _refuse(desk: Desk, dropped: ibis.Table) -> int:
    """Move links to `refused_link`; how many."""
    link = desk.table("w", "link")
    desk.create("dropped", dropped, aside=True)
    dropped = desk.aside("dropped")
    count = int(desk.scalar(dropped.count()))
    if count:
        desk.ibis.insert("refused_link", dropped, database=("w", "main"))
        desk.create("link", link.anti_join(dropped, ["rec_a", "rec_b", "rule"]))
        _label_again(desk, dropped)
    desk.drop_aside("dropped")
    return count


def _label_again(desk: Desk, dropped: ibis.Table) -> None:
    """`label` anew for the groups that links were taken from; all others stay as they are."""
    label = desk.aside("label")
    roots = label.semi_join(dropped, [("rec", "rec_a")]).select("root").distinct()
    desk.create("touched", label.semi_join(roots, "root").select("rec"), aside=True)
    desk.create("untouched", label.anti_join(roots, "root"), aside=True)
    touched, link = desk.aside("touched"), desk.table("w", "link")
    label_components(desk, link.semi_join(touched, [("rec_a", "rec")]))
    desk.ibis.insert("label", desk.aside("untouched"), database=(ASIDE, "main"))
    desk.drop_aside("touched", "untouched")


def join_likely(desk: Desk) -> None:
    """Add the pairs of `likely` that are joined to `link`; the others wait in `refused_link`."""
    import ibis

    likely, rule = desk.table("w", "likely"), ibis.literal(LinkRule.LIKELY.value)
    for name, chosen in (("refused_link", ~likely.joined), ("link", likely.joined)):
        pairs = likely.filter(chosen).select("rec_a", "rec_b", rule=rule)
        desk.ibis.insert(name, pairs, database=("w", "main"))
    if not desk.scalar(likely.joined.any()):
        return
    label_components(desk, desk.table("w", "link"))
    for _ in range(_CUTS):
        if not _refuse(desk, _weakest(desk)):
            desk.drop_aside("birth", "told_birth", "doubted")
            return
    _refuse(desk, _likely_in(desk, _torn(desk)))
    desk.drop_aside("birth", "told_birth", "doubted")


def _likely_in(desk: Desk, bad: ibis.Table) -> ibis.Table:
    link = desk.table("w", "link")
    return link.filter(link.rule == LinkRule.LIKELY.value).semi_join(bad, [("rec_a", "rec")])


def _weakest(desk: Desk) -> ibis.Table:
    """Of each group that contradicts itself, the lightest links that are only likely.

    Who could as well be the one as the other is neither's: what weighs about alike goes together.
    """
    doubtful = _likely_in(desk, _torn(desk))
    weight = desk.table("w", "likely").select("rec_a", "rec_b", "weight")
    label = desk.aside("label").select("rec", "root")
    placed = doubtful.join(weight, ["rec_a", "rec_b"]).join(label, [("rec_a", "rec")])
    least = placed.group_by("root").aggregate(least=placed.weight.min())
    first = placed.join(least, "root")
    return first.filter(first.weight <= first.least + _ALIKE).select("rec_a", "rec_b", "rule")


def label_components(desk: Desk, link: ibis.Table, into: str = "label") -> int:
    """Write `label` (rec, root): every linked record with the smallest one it is connected to.

    Labels go to neighbours and then to the neighbour's own label, until nothing changes.
    Returns the rounds it took.
    """
    import ibis

    there = link.select("rec_a", "rec_b")
    back = link.select(rec_a="rec_b", rec_b="rec_a")
    desk.create("edge", ibis.union(there, back, distinct=True), aside=True)
    edge = desk.aside("edge")
    label = edge.select(rec="rec_a").distinct()
    desk.create(into, label.mutate(was=label["rec"], root=label["rec"]), aside=True)
    rounds = 0
    while _spread(desk, into):
        rounds += 1
        if rounds > _ROUNDS:
            raise Fault("SH-E-807", rounds=_ROUNDS)
    desk.drop_aside("edge")
    return rounds


def _spread(desk: Desk, into: str) -> bool:
    """One round; whether any label changed."""
    write_prepared(desk, "near", lambda: _nearest(desk, into), by=into)
    write_prepared(desk, into, lambda: _furthest(desk))
    desk.drop_aside("near")
    return bool(desk.scalar(desk.aside(into).filter(lambda t: t.root != t.was).count()))


def _nearest(desk: Desk, into: str) -> ibis.Table:
    import ibis

    label = desk.aside(into)
    seen = desk.aside("edge").join(label, [("rec_b", "rec")])
    lowest = seen.group_by(rec=seen.rec_a).aggregate(low=seen.root.min())
    near = label.join(lowest, "rec")
    return near.select("rec", was="root", root=ibis.least(near.root, near.low))


def _furthest(desk: Desk) -> ibis.Table:
    near = desk.aside("near")
    jumped = near.join(near.select(root="rec", further="root"), "root")
    return jumped.select("rec", "was", root=jumped.further)
