"""Makes a plan from sealed tables and the facts of the day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shanhou.disposition.holdings import Asset, out_of_scope
from shanhou.disposition.plan import Basis, Plan, assignment_roots, write_verdicts
from shanhou.disposition.question import Question
from shanhou.disposition.row_filter import left_out
from shanhou.disposition.situation import (
    Situation,
    decide_all,
    gather,
    group_situations,
    write_opt_outs,
)
from shanhou.disposition.waiting import held_up
from shanhou.errors import Refusal
from shanhou.vault.masking import mask

if TYPE_CHECKING:
    import pyarrow as pa

    from shanhou.cases.store import Answer, Declaration, Letter
    from shanhou.inventory.register import Register
    from shanhou.vault.generation import Desk

SAMPLES_PER_SITUATION = 2
_MOST_SAMPLED = 400
"""Situations with a sample in the plan file; a reviewer reads the large ones first."""


@dataclass(frozen=True)
class Makings:
    """What a plan is made of, besides the question: which sealed generations, whose hand."""

    collected: str
    inventory: str
    subjects: str
    rows: Mapping[str, int]
    register: Register
    assets: tuple[Asset, ...]
    basis: Basis
    maker: str
    made_at: str
    rehearsal: bool


def put_words(
    desk: Desk,
    answers: Iterable[Answer],
    letters: Iterable[Letter],
    declarations: Iterable[Declaration],
) -> None:
    """Customers' answers, letters sent and words about single subjects, as tables of the plan."""
    told = [
        (int(one.subject[1:]), one.kind, one.value, one.on_day, one.closed_by) for one in answers
    ]
    names = ("sid", "kind", "value", "on_day", "closed_by")
    desk.put("answer", _table(told, names, ordinal=True))
    sent = [(int(one.subject[1:]), one.deadline, one.letter)
            for one in letters if one.state == "sent"]  # fmt: skip
    desk.put("letter", _table(sent, ("sid", "deadline", "letter")))
    own = [
        (int(one.scope.removeprefix("subject:S")), one.fact, one.value)
        for one in declarations
        if one.scope.startswith("subject:S")
    ]
    desk.put("declared_subject", _table(own, ("sid", "fact", "value")))


def put_nothing_stale(desk: Desk) -> None:
    """`stale` (rec, code), empty: no source was read again for a new plan."""
    import pyarrow as pa

    desk.put(
        "stale", pa.table({"rec": pa.array([], pa.int64()), "code": pa.array([], pa.string())})
    )


def _table(
    rows: Sequence[tuple[Any, ...]], names: Sequence[str], *, ordinal: bool = False
) -> pa.Table:
    import pyarrow as pa

    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    arrays = {
        name: pa.array(column, pa.int64() if name == "sid" else pa.string())
        for name, column in zip(names, columns, strict=True)
    }
    if ordinal:
        arrays["ordinal"] = pa.array(range(len(rows)), pa.int64())
    return pa.table(arrays)


def draft(desk: Desk, question: Question, makings: Makings) -> Plan:
    """Group, decide and join back; the plan's tables are left in the generation being written.

    Raises:
        Refusal: SH-E-404 a record stands in the plan twice; SH-E-307 a word was said about a
            customer who is there no more.
    """
    gathered = gather(desk, question, collected=makings.collected, inventory=makings.inventory,
                      subjects=makings.subjects)  # fmt: skip
    _require_known(desk, makings.subjects)
    desk.create("gathered", gathered)
    put_nothing_stale(desk)
    write_opt_outs(desk, question, collected=makings.collected, subjects=makings.subjects)
    situations = group_situations(desk, question)
    decided = decide_all(question, situations)
    write_verdicts(desk, question.holdings, decided)
    record = desk.table("w", "record")
    if desk.scalar(record.count()) != desk.scalar(record.rec.nunique()):
        raise Refusal("SH-E-404", plan="-")
    left = left_out(desk, question, makings.collected)
    return Plan(
        basis=makings.basis,
        maker=makings.maker,
        made_at=makings.made_at,
        rehearsal=makings.rehearsal,
        holdings=tuple(_holding_json(asset) for asset in makings.assets),
        situations=situations,
        decisions=decided,
        assignment=assignment_roots(desk, question.holdings, plan="w", collected=makings.collected),
        out_of_scope=out_of_scope(makings.register, makings.assets, makings.rows, left),
        held_up=held_up(decided, situations, question.rulebook.facts),
        samples=_samples(desk, makings, situations),
        unreached=int(desk.scalar(record.filter(record.sid.isnull()).count())),
    )


def _require_known(desk: Desk, subjects: str) -> None:
    """A word about a customer who was merged away since must be said anew, never passed over."""
    said = desk.table("w", "declared_subject")
    lost = desk.scalar(said.anti_join(desk.table(subjects, "member"), "sid").sid.min())
    if lost is not None:
        raise Refusal("SH-E-307", scope=f"subject:S{lost:07d}", level="subject")


def _holding_json(asset: Asset) -> Mapping[str, Any]:
    holding = asset.holding
    fields = [field.name for field in asset.collected.dataset.fields]
    return {
        "name": holding.name,
        "role": holding.role,
        "groups": [
            {"name": group.name, "sensitive": group.sensitive,
             "fields": [fields[position] for position in group.positions]}
            for group in holding.groups
        ],
        "retention": list(holding.retention),
        "only": {fields[at]: list(words) for at, words in (holding.only or {}).items()},
        "placeholders": {fields[at]: word for at, word in asset.placeholders.items()},
    }  # fmt: skip


def _samples(
    desk: Desk, makings: Makings, situations: Sequence[Situation]
) -> dict[str, tuple[str, ...]]:
    """A few records of each of the largest situations, masked for a reviewer's eye."""
    largest = sorted(situations, key=lambda one: -one.records)[:_MOST_SAMPLED]
    wanted = {one.id for one in largest}
    samples: dict[str, tuple[str, ...]] = {}
    for number, asset in enumerate(makings.assets):
        sits = [one.id for one in largest if one.dataset == asset.holding.name]
        if sits:
            samples |= _masked(desk, makings.collected, number, asset, sits)
    return {sit: lines for sit, lines in samples.items() if sit in wanted}


def _masked(
    desk: Desk, collected: str, number: int, asset: Asset, sits: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    import ibis

    shown = [
        (asset.collected.dataset.position(field.field), field)
        for field in asset.verdict.fields
        if field.field_group.value != "none"
    ][:6]
    record = desk.table("w", "record")
    mine = record.filter((record.ds == number) & record.sit.isin(list(sits)))
    window = ibis.window(group_by="sit", order_by="rec")
    few = mine.mutate(nth=ibis.row_number().over(window))
    few = few.filter(few.nth < SAMPLES_PER_SITUATION).select("rec", "sit")
    cells = desk.table(collected, asset.holding.table)
    rows = few.join(cells, "rec").order_by("rec")
    table = desk.arrow(rows.select("sit", *(f"c{position}" for position, _ in shown)))
    columns = [mask(field.category, table[f"c{at}"].combine_chunks()) for at, field in shown]
    samples: dict[str, list[str]] = {}
    for row, sit in enumerate(table["sit"].to_pylist()):
        parts = [str(column[row].as_py() or "-") for column in columns]
        samples.setdefault(sit, []).append(" · ".join(parts))
    return {sit: tuple(lines) for sit, lines in samples.items()}
