"""Subjects that may be one customer: what is known of one is not known of the others.

A birthday that differs by a day tears a customer's records apart. A dispute that stands in one of
them may be the others' too: there the fact is unknown, and a person decides (design 2).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from shanhou.law.rule import UNKNOWN, FactSpec

if TYPE_CHECKING:
    import ibis

NO_WORD = frozenset({"silent", "pending"})
"""Answers that nobody gave: they say nothing of a twin."""


def doubt_twins(
    facts: ibis.Table,
    specs: Mapping[str, FactSpec],
    *,
    case: Mapping[str, str],
    twin: ibis.Table,
    parted: ibis.Table,
    own_word: ibis.Table,
) -> ibis.Table:
    """Make a fact unknown where a doubtful twin has it stricter.

    `facts` has a row per subject; empty is what nobody answered, and is taken as the case's word or
    the mildest. `parted` are subjects a person told apart: they take nothing from each other.
    `own_word` (sid, fact) is what a person declared of one subject alone, and stays.
    """
    ranks = {name: _rank(facts[name], spec, case.get(name, UNKNOWN))
             for name, spec in specs.items()}  # fmt: skip
    ranked = facts.select("sid", **ranks).join(twin, "sid").select("sid", "twins", *specs)
    stricter = _stricter(ranked, parted, specs)
    table = facts.left_join(stricter, "sid").drop("sid_right")
    for name in specs:
        mine = own_word.filter(own_word.fact == name).select("sid", said=True).distinct()
        table = table.left_join(mine, "sid").drop("sid_right")
        unsure = table[f"doubt_{name}"].fill_null(False) & table.said.isnull()  # noqa: FBT003
        table = table.mutate(**{name: unsure.ifelse(UNKNOWN, table[name])}).drop("said")
    return table.drop(*(f"doubt_{name}" for name in specs))


def _stricter(ranked: ibis.Table, parted: ibis.Table, specs: Mapping[str, FactSpec]) -> ibis.Table:
    """`sid` and per fact whether a twin has it stricter; only subjects of which one is."""
    import ibis

    def least(table: Any) -> dict[str, Any]:
        return {f"low_{name}": table[name].min() for name in specs}

    told = ranked.semi_join(parted, "sid")
    whole = ranked.group_by("twins").aggregate(**least(ranked))
    free = ranked.anti_join(parted, "sid").join(whole, "twins")
    # a person's words are few: only for them is every twin of a group looked at
    others = told.select("sid", "twins").join(
        ranked.select("twins", *specs, other="sid"), "twins"
    ).anti_join(parted, ["sid", "other"])  # fmt: skip
    lows = others.group_by("sid").aggregate(**least(others))
    told = told.join(lows, "sid")
    columns = ("sid", *specs, *(f"low_{name}" for name in specs))
    both = ibis.union(free.select(*columns), told.select(*columns))
    flags = {f"doubt_{name}": both[f"low_{name}"] < both[name] for name in specs}
    found = both.select("sid", **flags)
    return found.filter(reduce(or_, (found[name] for name in flags)))


def _rank(column: Any, spec: FactSpec, everywhere: str) -> Any:
    """A value's place from the strictest on; 0 is an answer nobody understood."""
    import ibis

    mildest = len(spec.values)
    places = {value: n for n, value in enumerate(spec.values, start=1)}
    fallback = places.get(everywhere, mildest)
    words = [(column == value, mildest if value in NO_WORD else n) for value, n in places.items()]
    return ibis.cases((column.isnull(), fallback), *words, else_=0).cast("int64")
