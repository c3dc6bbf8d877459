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
    from shanhou.vault.generation import Desk

_ASKED = frozenset({Outcome.TRANSFER, Outcome.TRANSFER_AFTER_CONSENT})
_CHILD = "child"


@dataclass(frozen=True)
class Addressee:
    """One customer to write to."""

    sid: int
    name: str
    persons: str
    profile: Profile
    counts: tuple[int, ...]
    untils: tuple[date | None, ...]


def addressees(
    desk: Desk,
    plan: Plan,
    names: ibis.Table,
    template: Template,
    *,
    generation: str,
    subjects: str,
) -> Iterator[Addressee]:
    """Everybody the letter is for, in the order of their numbers.

    A letter that asks for consent goes only to those of whom something might be handed over.
    """
    order = {name: at for at, name in enumerate((*words()["order"], *words()["groups"]))}
    for batch in desk.batches(_per_subject(desk, plan, names, generation, subjects)):
        for row in batch.to_pylist():
            found = _addressee(row, order)
            outcomes = {item.outcome for item in found.profile.items}
            if template is not Template.ART23 or outcomes & _ASKED:
                yield found


def _addressee(row: Mapping[str, Any], order: Mapping[str, int]) -> Addressee:
    lines = [line.split("|") for line in row["lines"].split("\n")]
    lines.sort(key=lambda line: (order[line[1]], order[line[0]]))
    untils = tuple(date.fromisoformat(line[3]) if line[3] else None for line in lines)
    items = tuple(
        Item(line[0], Outcome(line[1]), kept_of(Outcome(line[1]), until))
        for line, until in zip(lines, untils, strict=True)
    )
    profile = Profile(items, row["sensitive"], row["child"], row["kind"] == "org")
    counts = tuple(int(line[2]) for line in lines)
    return Addressee(row["sid"], row["name"] or "", row["persons"] or "", profile, counts, untils)


def _per_subject(
    desk: Desk, plan: Plan, names: ibis.Table, generation: str, subjects: str
) -> ibis.Table:
    """`sid`, `kind`, `name`, `persons`, `lines`, `sensitive`, `child`.

    `lines`: per field group and outcome `group|outcome|records|latest end`, one a line.
    """
    items = _items(desk, plan, generation)
    said = items.group_by(["sid", "group", "outcome"]).aggregate(
        records=items["rec"].nunique(),
        until=items.retain_until.max(),
        sensitive=(items.sensitive & items.leaving).any(),
        child=items.child.any(),
    )
    end = (said.outcome == Outcome.RETAIN.value).ifelse(said.until.cast("string"), "")
    line = (
        said.group + "|" + said.outcome + "|" + said.records.cast("string") + "|"
        + end.fill_null("")
    )  # fmt: skip
    said = said.mutate(line=line)
    each = said.group_by("sid").aggregate(
        lines=said.line.group_concat("\n", order_by=said.line),
        sensitive=said.sensitive.any(),
        child=said.child.any(),
    )
    kinds = desk.table(subjects, "subject").select("sid", "kind")
    each = each.join(kinds, "sid").left_join(names, "sid").drop("sid_right")
    return each.select("sid", "kind", "name", "persons", "lines", "sensitive", "child").order_by(
        "sid"
    )


def _items(desk: Desk, plan: Plan, generation: str) -> ibis.Table:
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
    record = desk.table(generation, "record").filter(lambda t: t.sid.notnull())
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
