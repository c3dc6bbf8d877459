"""处置方案: every record's situation, every situation's decision, and one digest over it all.

The digest is independent of engine, threads and file bytes: SHA-256 over canonical rows sorted by
key, and the digests of rules, facts, answers, declarations and datasets (design 4.3).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shanhou.disposition.decide import Decision
from shanhou.disposition.facts import Holding
from shanhou.disposition.situation import Decided, Situation
from shanhou.errors import Fault, Refusal
from shanhou.law.rule import LEAVES_SOURCE, Outcome
from shanhou.vault.canonical import canonical_json, digest_hex, json_digest
from shanhou.vault.keys import write_durably

if TYPE_CHECKING:
    import ibis

    from shanhou.vault.generation import Desk

_BUCKET = 65_536
SCHEMA = 1


@dataclass(frozen=True)
class Basis:
    """Everything a plan rests on; when any of it changes, the plan is stale."""

    case: str
    kind: str
    on: str
    rules: str
    settings: str
    declarations: str
    answers: str
    register: str
    subjects: str
    collected: Mapping[str, str]
    """Dataset to the root of its row digests."""
    inventory_rules: str = ""
    """The digest of the rules by which the data was looked at."""


@dataclass(frozen=True)
class HeldUp:
    """An unknown fact, how many items it holds up, and the question that would release them."""

    fact: str
    items: int
    zh: str
    en: str


@dataclass(frozen=True)
class Plan:
    """A saved plan; its `digest` is what people sign."""

    basis: Basis
    maker: str
    made_at: str
    rehearsal: bool
    holdings: tuple[Mapping[str, Any], ...]
    situations: tuple[Situation, ...]
    decisions: tuple[Decided, ...]
    assignment: Mapping[str, str]
    """Dataset to the digest of its records' keys, row digests and situations."""
    out_of_scope: Mapping[str, int]
    """Dataset to the records that are nobody's customer's."""
    held_up: tuple[HeldUp, ...]
    samples: Mapping[str, tuple[str, ...]]
    """Situation to a few masked records, for the reviewer's eye; no part of the digest."""
    unreached: int
    """Records in scope whose customer could not be found."""
    would_lose: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Workbook to the parts that rewriting it would lose; to sign the plan is to accept that."""

    @cached_property
    def digest(self) -> str:
        return json_digest(self.signed())

    def signed(self) -> dict[str, Any]:
        """What the digest covers."""
        return {
            "schema": SCHEMA,
            "basis": asdict(self.basis),
            "maker": self.maker,
            "rehearsal": self.rehearsal,
            "holdings": list(self.holdings),
            "situations": [
                {"id": s.id, "dataset": s.dataset, "facts": dict(s.facts), "records": s.records}
                for s in self.situations
            ],
            "decisions": [_decision_json(one) for one in self.decisions],
            "assignment": dict(self.assignment),
            "out_of_scope": dict(self.out_of_scope),
            "would_lose": {file: list(parts) for file, parts in self.would_lose.items()},
        }

    @property
    def name(self) -> str:
        return f"plan-{self.digest[:12]}"

    def outcomes(self) -> frozenset[Outcome]:
        return frozenset(one.decision.outcome for one in self.decisions)


@dataclass(frozen=True)
class Total:
    """One line of the closing sum."""

    outcome: str
    items: int
    records: int


def _decision_json(one: Decided) -> dict[str, Any]:
    return {
        "situation": one.situation,
        "group": one.group,
        "outcome": one.decision.outcome.value,
        "rules": list(one.decision.rules),
        "missing_facts": list(one.decision.missing_facts),
        "would_change": list(one.decision.would_change),
    }


def totals(plan: Plan) -> tuple[Total, ...]:
    """Items and records per outcome, and out of scope; the items' sum is what was collected."""
    records = {one.id: one.records for one in plan.situations}
    items: Counter[str] = Counter()
    touched: dict[str, set[str]] = {}
    for one in plan.decisions:
        outcome = one.decision.outcome.value
        items[outcome] += records[one.situation]
        touched.setdefault(outcome, set()).add(one.situation)
    lines = [
        Total(name.value, items[name.value], sum(records[sit] for sit in touched[name.value]))
        for name in Outcome
        if name.value in touched
    ]
    aside = sum(plan.out_of_scope.values())
    return (*lines, Total("OUT_OF_SCOPE", aside, aside))


def closes(plan: Plan, collected: Mapping[str, int]) -> bool:
    """Whether every collected record is in exactly one situation or out of scope (promise 1)."""
    placed: Counter[str] = Counter(plan.out_of_scope)
    for situation in plan.situations:
        placed[situation.dataset] += situation.records
    counts = [*plan.out_of_scope.values(), *(one.records for one in plan.situations)]
    whole = all(placed[name] == collected.get(name, 0) for name in {*placed, *collected})
    return whole and min(counts, default=0) >= 0


def items_collected(plan: Plan, collected: Mapping[str, int]) -> int:
    """The items that the collected records make: the sum that the outcomes have to reach.

    A record in scope is one item for each field group of its dataset, one out of scope is one.
    """
    groups = {one["name"]: len(one["groups"]) for one in plan.holdings}
    aside = plan.out_of_scope
    return sum(
        (rows - aside.get(name, 0)) * groups.get(name, 0) + aside.get(name, 0)
        for name, rows in collected.items()
    )


def write_verdicts(desk: Desk, holdings: Sequence[Holding], decided: Iterable[Decided]) -> None:
    """`verdict`: one row per situation with the outcome of every field group; null: not held."""
    import pyarrow as pa

    groups = sorted({group.name for holding in holdings for group in holding.groups})
    rows: dict[str, dict[str, str]] = {}
    for one in decided:
        rows.setdefault(one.situation, {"sit": one.situation})[f"o_{one.group}"] = (
            one.decision.outcome.value
        )
    schema = pa.schema([("sit", pa.string()), *((f"o_{name}", pa.string()) for name in groups)])
    desk.put("verdict", pa.Table.from_pylist(list(rows.values()), schema))


def verdicts(
    desk: Desk, holdings: Sequence[Holding], holding: Holding, *, plan: str, collected: str
) -> ibis.Table:
    """What becomes of each record of a dataset: `rec`, `key`, `digest`, `sid`, `retain_until`,
    `sit`, `place` and `o_<group>` with the outcome of each field group.
    """
    number = [one.name for one in holdings].index(holding.name)
    record = desk.table(plan, "record")
    cells = desk.table(collected, holding.table).select("rec", "key", "place", "digest")
    verdict = desk.table(plan, "verdict").select(
        "sit", *(f"o_{group.name}" for group in holding.groups)
    )
    placed = record.filter(record.ds == number).drop("ds")
    return placed.join(cells, "rec").join(verdict, "sit")


def assignment_roots(
    desk: Desk, holdings: Sequence[Holding], *, plan: str, collected: str
) -> dict[str, str]:
    """Per dataset, the digest of every record's number, key, row digest and situation, in order."""
    roots = {}
    record = desk.table(plan, "record")
    for number, holding in enumerate(holdings):
        cells = desk.table(collected, holding.table).select("rec", "key", "digest")
        placed = record.filter(record.ds == number).join(cells, "rec")
        line = (
            placed.rec.cast("string") + "|" + placed.key + "|" + placed.digest + "|" + placed.sit
            + "|" + placed.retain_until.cast("string").fill_null("-") + "\n"
        )  # fmt: skip
        rows = placed.select("rec", line=line, bucket=placed.rec - placed.rec % _BUCKET)
        buckets = (
            rows.group_by("bucket")
            .aggregate(digest=lambda t: t.line.group_concat("", order_by=t.rec).hexdigest("sha256"))
            .order_by("bucket")
        )
        roots[holding.name] = digest_hex(
            "".join(desk.arrow(buckets)["digest"].to_pylist()).encode()
        )
    return roots


def save(plan: Plan, path: Path) -> None:
    """Write a plan as canonical JSON, whole or not at all."""
    body = {**plan.signed(), "made_at": plan.made_at, "digest": plan.digest,
            "held_up": [asdict(one) for one in plan.held_up],
            "samples": {sit: list(lines) for sit, lines in plan.samples.items()},
            "unreached": plan.unreached}  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    write_durably(path, canonical_json(body))


def load(path: Path) -> Plan:
    """Read a saved plan and check that its digest is that of its content.

    Raises:
        Fault: SH-E-402 there is no plan, or it is no plan.
        Refusal: SH-E-403 its content was changed after it was made.
    """
    try:
        raw = json.loads(path.read_bytes())
        plan = _from_json(raw)
    except (OSError, ValueError, KeyError, TypeError):
        raise Fault("SH-E-402", path=path.name) from None
    if plan.digest != raw["digest"]:
        raise Refusal("SH-E-403", path=path.name)
    return plan


def _from_json(raw: Mapping[str, Any]) -> Plan:
    situations = tuple(
        Situation(one["id"], one["dataset"], one["facts"], one["records"])
        for one in raw["situations"]
    )
    decisions = tuple(
        Decided(
            one["situation"],
            one["group"],
            Decision(
                Outcome(one["outcome"]),
                tuple(one["rules"]),
                tuple(one["missing_facts"]),
                tuple(one["would_change"]),
            ),
        )
        for one in raw["decisions"]
    )
    return Plan(
        basis=Basis(**raw["basis"]),
        maker=raw["maker"],
        made_at=raw["made_at"],
        rehearsal=raw["rehearsal"],
        holdings=tuple(raw["holdings"]),
        situations=situations,
        decisions=decisions,
        assignment=raw["assignment"],
        out_of_scope=raw["out_of_scope"],
        held_up=tuple(HeldUp(**one) for one in raw["held_up"]),
        samples={sit: tuple(lines) for sit, lines in raw["samples"].items()},
        unreached=raw["unreached"],
        would_lose={file: tuple(parts) for file, parts in raw["would_lose"].items()},
    )


def leaving_groups(plan: Plan) -> dict[str, dict[str, Outcome]]:
    """Situation to its field groups that leave the source."""
    leaving: dict[str, dict[str, Outcome]] = {}
    for one in plan.decisions:
        if one.decision.outcome in LEAVES_SOURCE:
            leaving.setdefault(one.situation, {})[one.group] = one.decision.outcome
    return leaving
