"""To whom letters go and what each is told: one row per customer, from the plan's tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from shanhou.law.rule import Outcome
from shanhou.notices.letter import Item, Profile, Template, kept_of, words

if TYPE_CHECKING:
    import ibis

    from shanhou.disposition.plan import Plan
    from shanhou.sources.intake import Collected
    from shanhou.vault.generation import Desk

_ASKED = frozenset({Outcome.TRANSFER, Outcome.TRANSFER_AFTER_CONSENT})
_CHILD = "child"
WAYS = ("phone", "email", "address")
BLOCK = 100_000
"""Customers whose letters are drawn up at once: lines joined into one text never leave memory."""


@dataclass(frozen=True)
class Addressee:
    """One customer to write to."""

    sid: int
    name: str
    persons: str
    profile: Profile
    counts: tuple[int, ...]
    untils: tuple[date | None, ...]
    ways: tuple[str, ...]
    """Of `WAYS`, those by which their records say they can be reached."""


def addressees(
    desk: Desk,
    plan: Plan,
    names: ibis.Table,
    template: Template,
    *,
    generation: str,
    subjects: str,
    collected: str,
    datasets: Sequence[Collected],
) -> Iterator[Addressee]:
    """Everybody the letter is for, in the order of their numbers.

    A letter that asks for consent goes only to those of whom something might be handed over. What
    is told of a customer is what their records hold: a group whose cells are all empty is not
    there.
    """
    order = {name: at for at, name in enumerate((*words()["order"], *words()["groups"]))}
    called = desk.kept("called", lambda: names)
    everybody = desk.table(subjects, "subject")
    last = desk.scalar(everybody.sid.max())
    for first in range(0, (-1 if last is None else int(last)) + 1, BLOCK):
        every = desk.table(generation, "record")
        record = every.filter((every.sid >= first) & (every.sid < first + BLOCK))
        items = _items(plan, record)
        empty = _empty(desk, plan, datasets, collected, record)
        if empty is not None:
            items = items.left_join(empty, ["rec", "group"]).drop("rec_right", "group_right")
        else:
            items = items.mutate(empty=False)
        for batch in desk.batches(_per_subject(desk, items, called, subjects)):
            for row in batch.to_pylist():
                if template is not Template.ART23 or row["asked"]:
                    yield _addressee(row, order)


def _addressee(row: Mapping[str, Any], order: Mapping[str, int]) -> Addressee:
    lines = _lines(row["lines"])
    lines.sort(key=lambda line: (order[line[1]], order[line[0]]))
    untils = tuple(date.fromisoformat(line[3]) if line[3] else None for line in lines)
    items = tuple(
        Item(line[0], Outcome(line[1]), kept_of(Outcome(line[1]), until))
        for line, until in zip(lines, untils, strict=True)
    )
    profile = Profile(items, row["sensitive"], row["child"], row["kind"] == "org")
    counts = tuple(int(line[2]) for line in lines)
    ways = tuple(way for way in WAYS if row[way])
    return Addressee(row["sid"], row["name"] or "", row["persons"] or "", profile, counts, untils,
                     ways)  # fmt: skip


def _lines(text: str) -> list[tuple[str, str, int, str]]:
    """Group, outcome, records and end of each line; whose records hold nothing at all is told what
    the plan says of them.
    """
    parts = [line.split("|") for line in text.split("\n")]
    told = [
        (group, outcome, int(full), end) for group, outcome, full, _, end in parts if full != "0"
    ]
    return told or [(group, outcome, int(every), end) for group, outcome, _, every, end in parts]


def _per_subject(desk: Desk, items: ibis.Table, names: ibis.Table, subjects: str) -> ibis.Table:
    """`sid`, `kind`, `name`, `persons`, `lines`, `sensitive`, `child`, `asked`, and `WAYS`.

    `lines`: per field group and outcome `group|outcome|records that hold something|all
    records|latest end`, one a line. A record has one outcome per group, so that rows are counted
    as they are: to tell them apart would take memory without bound.
    """
    full = ~items.empty.fill_null(False)  # noqa: FBT003 - the value a null stands for
    said = items.group_by(["sid", "group", "outcome"]).aggregate(
        records=full.sum(),
        everything=items.count(),
        until=items.retain_until.max(),
        sensitive=(items.sensitive & items.leaving).any(),
        child=items.child.any(),
    )
    end = (said.outcome == Outcome.RETAIN.value).ifelse(said.until.cast("string"), "")
    counts = said.records.cast("string") + "|" + said.everything.cast("string")
    line = said.group + "|" + said.outcome + "|" + counts + "|" + end.fill_null("")
    said = said.mutate(line=line)
    each = said.group_by("sid").aggregate(
        lines=said.line.group_concat("\n"),
        asked=said.outcome.isin([one.value for one in _ASKED]).any(),
        sensitive=said.sensitive.any(),
        child=said.child.any(),
    )
    kinds = desk.table(subjects, "subject").select("sid", "kind", *WAYS)
    each = each.join(kinds, "sid").left_join(names, "sid").drop("sid_right")
    return each.select(
        "sid", "kind", "name", "persons", "lines", "sensitive", "child", "asked", *WAYS
    ).order_by("sid")


def _empty(
    desk: Desk, plan: Plan, datasets: Sequence[Collected], collected: str, record: ibis.Table
) -> ibis.Table | None:
    """`rec`, `group` and `empty` of the items all of whose cells are empty; each table read once.

    `record`: the records of the customers asked about.
    """
    import ibis

    known = {one.dataset.name: one for one in datasets}
    found = []
    for number, holding in enumerate(plan.holdings):
        one = known[holding["name"]]
        mine = record.filter(record.ds == number).select("rec")
        cells = desk.table(collected, one.table).semi_join(mine, "rec")
        names = []
        for group in holding["groups"]:
            columns = [cells[f"c{one.dataset.position(name)}"] for name in group["fields"]]
            if columns:
                none = ibis.and_(*(column.fill_null("").strip() == "" for column in columns))
                names.append(none.ifelse(group["name"], ""))
        if names:
            told = cells.select("rec", group=ibis.array(names).unnest())
            found.append(told.filter(told.group != "").mutate(empty=True))
    return ibis.union(*found) if len(found) > 1 else found[0] if found else None


def _items(plan: Plan, record: ibis.Table) -> ibis.Table:
    """`sid`, `rec`, `group`, `outcome`, `retain_until`, `sensitive`, `leaving`, `child`."""
    import ibis
    import pyarrow as pa

    number = {holding["name"]: at for at, holding in enumerate(plan.holdings)}
    delicate = {
        (holding["name"], group["name"])
        for holding in plan.holdings
        for group in holding["groups"]
        if group["sensitive"]
    }
    situations = {one.id: one for one in plan.situations}
    rows: list[tuple[Any, ...]] = []
    for one in plan.decisions:
        situation = situations[one.situation]
        outcome = one.decision.outcome
        rows.append((
            one.situation, number[situation.dataset], one.group, outcome.value,
            (situation.dataset, one.group) in delicate, outcome in _ASKED,
            situation.facts.get(_CHILD) == "yes",
        ))  # fmt: skip
    decided = ibis.memtable(_arrow(pa, rows))
    return record.join(decided, ["sit", "ds"]).select(
        "sid", "rec", "group", "outcome", "retain_until", "sensitive", "leaving", "child"
    )


def _arrow(pa: Any, rows: Sequence[tuple[Any, ...]]) -> Any:
    fields = [("sit", pa.string()), ("ds", pa.int64()), ("group", pa.string()),
              ("outcome", pa.string()), ("sensitive", pa.bool_()), ("leaving", pa.bool_()),
              ("child", pa.bool_())]  # fmt: skip
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(fields)
    return pa.table(
        {name: pa.array(column, kind) for (name, kind), column in zip(fields, columns, strict=True)}
    )
