"""Groups records by the facts a rule may look at: millions of records share few situations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shanhou.cases.case_facts import HELD_BY
from shanhou.disposition.answered import ANSWERED, answered_facts
from shanhou.disposition.decide import Decision, decide
from shanhou.disposition.facts import (
    Bound,
    Group,
    Holding,
    bound_values,
    dated,
    declared,
    doubted,
    of_record,
    strictest_per_subject,
    told_by_text,
)
from shanhou.disposition.opt_outs import OPT_OUT, OPTED_OUT, either, opted_out
from shanhou.disposition.question import Question
from shanhou.disposition.retention import RETENTION, kept_of, retention_where_it_runs, yielding
from shanhou.disposition.row_filter import in_scope
from shanhou.disposition.told_of import CUSTOMER_KIND, with_customer_kind, with_secrets
from shanhou.disposition.twins import doubt_twins
from shanhou.law.rule import UNKNOWN
from shanhou.vault.canonical import json_digest

if TYPE_CHECKING:
    import ibis

    from shanhou.vault.generation import Desk

SERVICE = "service"
COMPUTED = ("retention", "text_holds")
"""Facts of a record that its dates and its texts tell."""


@dataclass(frozen=True)
class Situation:
    """情形: one distinct set of facts in one dataset, and how many records share it."""

    id: str
    dataset: str
    facts: Mapping[str, str]
    records: int


@dataclass(frozen=True)
class Decided:
    """One situation and field group: the outcome."""

    situation: str
    group: str
    decision: Decision


def gather(
    desk: Desk, question: Question, *, collected: str, inventory: str, subjects: str
) -> ibis.Table:
    """One row per record in scope: `rec`, `ds`, `sid`, `retain_until` and every asked fact."""
    import ibis

    asked = question.asked()
    members, parts = desk.table(subjects, "member").select("rec", "sid"), []
    texts = desk.table(inventory, "text_holds")
    for number, holding in enumerate(question.holdings):
        cells = in_scope(desk.table(collected, holding.table), holding)
        cells, dates = _dated(desk, question, collected, holding, cells)
        parts.append(_records(question, number, holding, cells, dates, texts))
    records = ibis.union(*parts) if len(parts) > 1 else parts[0]
    joined = records.left_join(members, "rec").drop("rec_right")
    subject_facts, doubts = _subject_facts(desk, question, collected, members, texts)
    anybodys: frozenset[str] = frozenset()
    if CUSTOMER_KIND in asked and with_secrets(question.holdings):
        everybody = members.select("sid").distinct() if subject_facts is None else subject_facts
        subject_facts = with_customer_kind(desk, everybody, subjects)
    if subject_facts is not None:
        subject_facts = _with_twins(desk, question, subject_facts, subjects, asked)
        if desk.scalar(desk.table(subjects, "unreached").count()):
            anybodys = _stricter_somewhere(desk, question, subject_facts)
        joined = joined.left_join(subject_facts, "sid").drop("sid_right")
    return _with_declared(joined, question, asked, doubts, anybodys)


def _dated(
    desk: Desk, question: Question, collected: str, holding: Holding, cells: ibis.Table
) -> tuple[ibis.Table, dict[str, str]]:
    mine = [one for one in question.bounds
            if one.holding.name == holding.name and one.binding.is_date]  # fmt: skip
    parents = {one.through.parent: desk.table(collected, one.through.parent)
               for one in mine if one.through}  # fmt: skip
    return dated(cells, mine, parents)


def _records(
    question: Question, number: int, holding: Holding, cells: ibis.Table,
    dates: Mapping[str, str], texts: ibis.Table,
) -> ibis.Table:  # fmt: skip
    """Record-level facts of one dataset."""
    import ibis

    kept = kept_of(holding, cells, question.rulebook.periods, dates,
                   case=question.dataset_facts(holding), on=question.on)  # fmt: skip
    kept = kept.mutate(ds=ibis.literal(number, "int64"))
    if any(group.name == "free_text" for group in holding.groups):
        kept = kept.left_join(texts.select("rec", "holds"), "rec").drop("rec_right")
        kept = kept.mutate(text_holds=kept.holds.fill_null("nothing")).drop("holds")
    else:
        kept = kept.mutate(text_holds=ibis.literal("nothing"))
    own = _of_records(question)
    for name in own:
        spec = question.rulebook.facts[name]
        bounds = [one for one in question.bounds
                  if one.fact == name and one.holding.name == holding.name]  # fmt: skip
        if bounds:
            told = [bound_values(one, cells, spec, question.on) for one in bounds]
            ranked = ibis.union(*told) if len(told) > 1 else told[0]
            kept = kept.left_join(of_record(ranked, spec, name), "rec").drop("rec_right")
        else:
            kept = kept.mutate(**{name: ibis.null("string")})
    return kept.select("rec", "ds", *RETENTION, "text_holds", *own)


def _of_records(question: Question) -> list[str]:
    """Asked facts that a column answers for each record by itself."""
    known = question.rulebook.facts
    return [one for one in question.asked() if known[one].level == "record" and one not in COMPUTED]


def _subject_facts(
    desk: Desk, question: Question, collected: str, members: ibis.Table, texts: ibis.Table
) -> tuple[ibis.Table | None, frozenset[str]]:
    """Per subject: bound facts at their strictest, and what the customers answered; with the names
    of the facts in doubt, as a record that reaches nobody answers them strictly.
    """
    asked = question.asked()
    table = sids = members.select("sid").distinct()
    doubts: set[str] = set()
    told = {name for name in asked if question.rulebook.facts[name].in_text}
    for name in sorted(told | {one for one in asked if _bounds(question, one)}):
        table, unsure = _with_bound(desk, question, table, name, collected, members,
                                    texts if name in told else None)  # fmt: skip
        doubts |= {name} if unsure else set()
    wanted = [name for name in ANSWERED if name in asked]
    if wanted:
        answered = answered_facts(desk.table("w", "answer"), desk.table("w", "letter"), sids,
                                  wanted=wanted, on=question.on)  # fmt: skip
        if OPT_OUT in table.columns:
            answered = answered.rename(answered_no=OPT_OUT)
        table = table.left_join(answered, "sid").drop("sid_right")
        if "answered_no" in table.columns:
            both = either(table.answered_no, table[OPT_OUT])
            table = table.mutate(**{OPT_OUT: both}).drop("answered_no")
    own = desk.table("w", "declared_subject")
    for name in sorted({one.fact for one in question.declarations if one.scope[:8] == "subject:"}):
        words = own.filter(own.fact == name).select("sid", said="value")
        table = table.left_join(words, "sid").drop("sid_right")
        held = table[name] if name in table.columns else None
        said = table.said if held is None else table.said.coalesce(held)
        table = table.mutate(**{name: said}).drop("said")
    return (None if table.columns == ("sid",) else table), frozenset(doubts)


def _bounds(question: Question, name: str) -> list[Bound]:
    """The columns that answer a fact of subjects."""
    if question.rulebook.facts[name].level != "subject":
        return []
    return [one for one in question.bounds if one.fact == name and not one.binding.is_date]


def _with_bound(
    desk: Desk, question: Question, table: ibis.Table, name: str, collected: str,
    members: ibis.Table, texts: ibis.Table | None,
) -> tuple[ibis.Table, bool]:  # fmt: skip
    """The table with a fact as columns and texts tell it, and whether it is in doubt."""
    spec = question.rulebook.facts[name]
    answers = [
        bound_values(bound, in_scope(desk.table(collected, bound.holding.table), bound.holding),
                     spec, question.on)
        for bound in _bounds(question, name)
    ]  # fmt: skip
    word = question.case.get(name, UNKNOWN)
    unsure = bool(answers) and doubted(desk, answers, members, spec, word)
    answers += [told_by_text(texts, spec)] if texts is not None else []
    fact = strictest_per_subject(answers, members, spec, name)
    table = table.left_join(fact, "sid").drop("sid_right")
    if unsure:
        freely = table[name].isnull() | (table[name] != spec.values[0])
        table = table.mutate(**{name: freely.ifelse(UNKNOWN, table[name])})
    return table, unsure


def write_opt_outs(desk: Desk, question: Question, *, collected: str, subjects: str) -> None:
    """`opted_out` (sid, value): who opted out by a column, or may have; asked by a rule or not."""
    if not _bounds(question, OPT_OUT):
        return
    members = desk.table(subjects, "member").select("rec", "sid")
    sids = members.select("sid").distinct()
    facts, _ = _with_bound(desk, question, sids, OPT_OUT, collected, members, None)
    desk.create(OPTED_OUT, opted_out(_with_twins(desk, question, facts, subjects, [OPT_OUT])))


def _stricter_somewhere(desk: Desk, question: Question, facts: ibis.Table) -> frozenset[str]:
    """Facts of which some customer has a stricter value than the case's word: a record that
    reaches nobody may be theirs.
    """
    values = {name: question.rulebook.facts[name].values for name in facts.columns if name != "sid"}
    strict = {}
    for name, order in values.items():
        word = question.case.get(name, UNKNOWN)
        if word in order:
            held = [*order[: order.index(word)], UNKNOWN]
            strict[name] = facts[name].isin(held).fill_null(False).any()  # noqa: FBT003
    if not strict:
        return frozenset()
    (row,) = desk.arrow(facts.aggregate(**strict)).to_pylist()
    return frozenset(name for name, found in row.items() if found)


def _with_twins(
    desk: Desk, question: Question, facts: ibis.Table, subjects: str, asked: Sequence[str]
) -> ibis.Table:
    """The facts of subjects, unknown where one that may be the same customer has them stricter."""
    asked = [name for name in asked if name in facts.columns and name != "notice"]
    twin = desk.table(subjects, "twin")
    if not asked or not desk.scalar(twin.count()):
        return facts
    desk.create("of_subject", facts)
    return doubt_twins(
        desk.table("w", "of_subject"),
        {name: question.rulebook.facts[name] for name in asked},
        case=question.case,
        twin=twin,
        parted=desk.table(subjects, "parted"),
        own_word=desk.table("w", "declared_subject"),
    )


def _with_declared(
    joined: ibis.Table,
    question: Question,
    asked: Sequence[str],
    doubts: frozenset[str],
    anybodys: frozenset[str],
) -> ibis.Table:
    """Fill what no record or subject answered: a word for the dataset, for the case, or unknown.

    `anybodys`: facts that the case's word does not answer for a record that reaches nobody.
    """
    import ibis

    columns = {}
    for name in asked:
        if name in COMPUTED:
            columns[name] = joined[name]
            continue
        words = [
            (joined.ds == number, value)
            for number, holding in enumerate(question.holdings)
            if (value := declared(question.declarations, f"dataset:{holding.name}").get(name))
        ]
        if name in doubts:
            words = []
        everywhere = UNKNOWN if name in doubts else question.case.get(name, UNKNOWN)
        otherwise = ibis.literal(everywhere)
        if name in anybodys:
            otherwise = joined.sid.isnull().ifelse(UNKNOWN, otherwise)
        fallback = ibis.cases(*words, else_=otherwise) if words else otherwise
        held = joined[name] if name in joined.columns else None
        columns[name] = fallback if held is None else held.fill_null(fallback)
        if name == CUSTOMER_KIND:
            # elsewhere no rule asks it, and it would only part situations
            matters = joined.ds.isin(with_secrets(question.holdings))
            columns[name] = matters.ifelse(columns[name], UNKNOWN)
    until, own = joined.retain_until, joined.term_is_own
    if SERVICE in columns:
        columns["retention"], until, own = retention_where_it_runs(joined, columns[SERVICE])
    if {"retention", "deletion"} <= columns.keys():
        columns["retention"] = yielding(columns["retention"], own, columns["deletion"])
    return joined.select("rec", "ds", "sid", retain_until=until, **columns)


def group_situations(desk: Desk, question: Question) -> tuple[Situation, ...]:
    """Distinct sets of facts of table `gathered`; writes `record` (rec, sid, sit) beside it."""
    asked = list(question.asked())
    gathered = desk.table("w", "gathered")
    counted = gathered.group_by(["ds", *asked]).aggregate(records=gathered.count())
    rows = desk.arrow(counted).to_pylist()
    situations = []
    for row in rows:
        facts = {name: row[name] for name in asked}
        dataset = question.holdings[row["ds"]].name
        name = json_digest({"dataset": dataset, "facts": facts})[:16]
        situations.append(Situation(name, dataset, facts, row["records"]))
    _write_assignment(desk, question, situations, asked)
    return tuple(sorted(situations, key=lambda one: (one.dataset, one.id)))


def _write_assignment(
    desk: Desk, question: Question, situations: Iterable[Situation], asked: Sequence[str]
) -> None:
    """`record`: which situation each record is in, by number."""
    import pyarrow as pa

    numbers = {holding.name: number for number, holding in enumerate(question.holdings)}
    rows = [{"sit": one.id, "ds": numbers[one.dataset], **one.facts} for one in situations]
    columns = {"sit": pa.string(), "ds": pa.int64(), **dict.fromkeys(asked, pa.string())}
    desk.put("situation", pa.Table.from_pylist(rows, pa.schema(list(columns.items()))))
    gathered, situation = desk.table("w", "gathered"), desk.table("w", "situation")
    joined = gathered.join(situation, ["ds", *asked])
    desk.create("record", joined.select("rec", "ds", "sid", "retain_until", "sit"))


def decide_all(question: Question, situations: Sequence[Situation]) -> tuple[Decided, ...]:
    """Decide every situation for every field group its dataset holds."""
    rules = question.rules()
    by_name = {holding.name: holding for holding in question.holdings}
    decided = []
    for situation in situations:
        holding = by_name[situation.dataset]
        for group in holding.groups:
            facts = _all_facts(question, holding, situation, group)
            decided.append(Decided(situation.id, group.name, decide(facts, rules)))
    return tuple(decided)


def facts_of_item(question: Question, situation: Situation, group: str) -> dict[str, str]:
    """Everything known of a situation's items in one field group."""
    (holding,) = [one for one in question.holdings if one.name == situation.dataset]
    (held,) = [one for one in holding.groups if one.name == group]
    return _all_facts(question, holding, situation, held)


def _all_facts(
    question: Question, holding: Holding, situation: Situation, group: Group
) -> dict[str, str]:
    known = {**question.dataset_facts(holding), **situation.facts}
    own = question.group_facts(holding, group)
    if HELD_BY in own:
        # of two holds the stricter one speaks: this one never hides what stands on the customer
        order = question.rulebook.facts[HELD_BY].values
        both = [one for one in (known.get(HELD_BY), own[HELD_BY]) if one in order]
        own[HELD_BY] = min(both, key=order.index)
    return known | own
