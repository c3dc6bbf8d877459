"""A saved plan as documents show it: outcomes, situations with their reasons, ends of retention."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from shanhou.cases.stages import Stage
from shanhou.disposition.decide import LAW_IS_SILENT
from shanhou.disposition.facts import CASE_SCOPE, declared
from shanhou.disposition.plan import totals
from shanhou.disposition.retention import PERMANENT
from shanhou.documents.decided import (
    Asked,
    Decided,
    Kept,
    Part,
    Reason,
    Share,
    SituationShown,
    Verdict,
)
from shanhou.evidence.certificate import Words
from shanhou.evidence.report import LOOKS
from shanhou.flow.deciding import settled_by, words_of
from shanhou.flow.noting import shown
from shanhou.flow.plans import plan_file, plan_so_far
from shanhou.flow.summary import held_of
from shanhou.flow.taking_over import earlier_plans, plans_that_acted
from shanhou.law.answer_words import answer_words
from shanhou.law.load import known_rule, load_rulebook
from shanhou.law.rule import UNKNOWN, Outcome, Verified
from shanhou.law.rulebook import Standing, standing
from shanhou.notices.letter import words

if TYPE_CHECKING:
    from shanhou.disposition.plan import Plan
    from shanhou.law.rule import Basis
    from shanhou.law.rulebook import Rulebook
    from shanhou.wiring import Case

_ROLES = {
    "operational": Words("经营资料", "operational"),
    "voucher": Words("会计资料", "voucher"),
    "contract": Words("合同资料", "contract"),
    "evidence": Words("证据资料", "evidence"),
    "backup": Words("备份", "backup"),
    "customer_original": Words("客户原件", "customer's original"),
}
_ABOUTS = {
    "customer": Words("客户", "customers"),
    "customer_org": Words("企业客户", "company customers"),
    "customer_contact": Words("客户的联系人", "customers' contact persons"),
    "customer_or_supplier": Words("客户或供应商", "customers or suppliers"),
    "family": Words("客户家属", "customers' families"),
}
Held = Mapping[str, Mapping[str, Any]]
"""The datasets of a plan as they were signed, by name: the case file may say otherwise by now."""
_SILENT = Reason(
    Words("没有规则适用于这种情形", "no rule fits this situation"), Words("–", "–"), checked=True
)


@dataclass(frozen=True)
class Counted:
    """What only the case's tables tell; nothing, once they are gone."""

    subjects: Mapping[str, int] = field(default_factory=dict)
    """Outcome to the distinct customers it touches."""
    kept: Mapping[tuple[str, date | None], int] = field(default_factory=dict)
    """Dataset and end to retained records."""


def shown_plan(case: Case) -> Plan | None:
    """The plan that acted last; while none has, the one made last."""
    from shanhou.disposition.plan import load

    acted = list(plans_that_acted(case))
    return load(plan_file(case, acted[-1])) if acted else plan_so_far(case)


def decided(case: Case, plan: Plan) -> tuple[Counted, Decided]:
    """What the tables tell of a plan, and the plan in words."""
    plans = (*earlier_plans(case, plan), plan)  # an earlier one may have sealed what this one lacks
    held = {str(one["name"]): one for known in plans for one in known.holdings}
    gone = case.store.stage("closing") or case.store.stage("closed")
    counted = _from_bags(case) if gone else _counted(case, plan)
    book = load_rulebook()
    shares = tuple(
        Share(one.outcome, LOOKS[one.outcome].words, one.items, one.records,
              counted.subjects.get(one.outcome))
        for one in totals(plan)
    )  # fmt: skip
    return counted, Decided(
        name=plan.name,
        digest=plan.digest,
        made_on=date.fromisoformat(plan.basis.on),
        maker=case.settings.person(plan.maker).name,
        rules=plan.basis.rules,
        shares=shares,
        parts=tuple(_parts(plan, held)),
        situations=tuple(_situations(plan, book)),
        kept=tuple(_kept(case, counted, held, book)),
        waiting=tuple(Asked(one.items, one.question) for one in held_of(plan)),
        unreached=plan.unreached,
    )


def articles(bases: Iterable[Basis]) -> Words:
    """The articles as each language names them; a whole statute has no number."""
    known = [(one.law, one.en or one.law, one.article.removeprefix("-")) for one in bases]
    english = ((law, article.replace("附表一", "annex 1")) for _, law, article in known)
    return Words("；".join(f"{law} {article}".strip() for law, _, article in known),
                 "; ".join(f"{law} {article}".strip() for law, article in english))  # fmt: skip


def answered(answer: str) -> Words:
    """An answer to a fact, in words."""
    told = answer_words(answer)
    return Words(told.zh, told.en)


def group_words(group: str) -> Words:
    """A field group in the words that customers read."""
    return Words(**words()["groups"][group])


def role_words(role: str) -> Words:
    return _ROLES[role]


def about_words(about: str) -> Words:
    return _ABOUTS.get(about, Words("其他", "others"))


def _counted(case: Case, plan: Plan) -> Counted:
    with case.vault.read(str(case.store.stage(f"plan:{plan.digest}"))) as desk:
        record = desk.table(str(case.store.stage(f"plan:{plan.digest}")), "record")

        def people(situations: set[str]) -> int:
            mine = record.filter(record.sit.isin(sorted(situations)) & (record.sid >= 0))
            return int(desk.scalar(mine.sid.nunique()))

        touched: dict[str, set[str]] = {}
        for one in plan.decisions:
            touched.setdefault(one.decision.outcome.value, set()).add(one.situation)
        subjects = {name: people(situations) for name, situations in touched.items()}
        retained = record.filter(record.sit.isin(sorted(touched.get(Outcome.RETAIN.value, set()))))
        ends = retained.group_by("ds", "retain_until").aggregate(n=retained.count())
        names = [one["name"] for one in plan.holdings]
        kept: Counter[tuple[str, date | None]] = Counter()
        for row in desk.arrow(ends).to_pylist():
            kept[names[row["ds"]], _day(row["retain_until"])] += row["n"]
        return Counted(subjects, kept)


def _from_bags(case: Case) -> Counted:
    """What the ledger still tells of retained records once the tables are gone."""
    kept: Counter[tuple[str, date | None]] = Counter()
    for step in case.store.steps():
        told = step.detail
        if step.phase == Stage.ARCHIVE.value and step.state == "done" and "sha256" in told:
            until = None if told["until"] == "-" else told["until"]
            kept[str(told["dataset"]), _day(until)] += int(told["records_count"])
    return Counted(kept=kept)


def _day(value: Any) -> date | None:
    return None if value is None else date.fromisoformat(str(value)[:10])


def _is_sensitive(held: Held, dataset: str, group: str) -> bool:
    return any(one["name"] == group and one["sensitive"] for one in held[dataset]["groups"])


def _parts(plan: Plan, held: Held) -> Iterator[Part]:
    """Records per dataset, field group and outcome, in the order of the plan's datasets."""
    of = {one.id: one for one in plan.situations}
    records: Counter[tuple[str, str, str]] = Counter()
    for one in plan.decisions:
        situation = of[one.situation]
        records[situation.dataset, one.group, one.decision.outcome.value] += situation.records
    for (dataset, group, outcome), count in sorted(records.items()):
        yield Part(shown(dataset), group_words(group), _is_sensitive(held, dataset, group),
                   outcome, LOOKS[outcome].words, count)  # fmt: skip


def _situations(plan: Plan, book: Rulebook) -> Iterator[SituationShown]:
    """Every situation, the largest first; of its facts those that set it apart."""
    varying = _varying(plan)
    questions = {one.fact: Words(one.zh, one.en) for one in plan.held_up}
    decisions: dict[str, list[Any]] = {}
    for one in plan.decisions:
        decisions.setdefault(one.situation, []).append(one)
    ordered = sorted(plan.situations, key=lambda one: (one.dataset, -one.records, one.id))
    for number, situation in enumerate(ordered, start=1):
        facts = tuple((Words(book.facts[name].zh, book.facts[name].en), answered(value))
                      for name, value in sorted(situation.facts.items())
                      if name in varying[situation.dataset] and value != UNKNOWN
                      and name in book.facts)  # fmt: skip
        alike: dict[tuple[Any, ...], list[str]] = {}
        for one in decisions.get(situation.id, ()):
            said = one.decision
            key = (said.outcome.value, said.rules, said.missing_facts)
            alike.setdefault(key, []).append(one.group)
        verdicts = tuple(
            Verdict(tuple(group_words(group) for group in groups), LOOKS[outcome].words,
                    tuple(_reason(rule, book) for rule in rules or (LAW_IS_SILENT,)),
                    tuple(questions[fact] for fact in missing if fact in questions))
            for (outcome, rules, missing), groups in alike.items()
        )  # fmt: skip
        yield SituationShown(number, shown(situation.dataset), situation.records, facts, verdicts)


def _varying(plan: Plan) -> dict[str, set[str]]:
    """Per dataset the facts in which its situations differ."""
    told: dict[str, dict[str, set[str]]] = {}
    for one in plan.situations:
        names = told.setdefault(one.dataset, {})
        for name, value in one.facts.items():
            names.setdefault(name, set()).add(value)
    return {dataset: {name for name, values in names.items() if len(values) > 1}
            for dataset, names in told.items()}  # fmt: skip


def _reason(rule: str, book: Rulebook) -> Reason:
    if rule == LAW_IS_SILENT:
        return _SILENT
    known = known_rule(book, rule)
    return Reason(
        Words(known.zh, known.en), articles(known.bases), known.verified is Verified.STATUTE
    )


def _kept(case: Case, counted: Counted, held: Held, book: Rulebook) -> Iterator[Kept]:
    kind = case.settings.case.kind.value
    words_said = words_of(case)
    of_case = {**declared(words_said, CASE_SCOPE), **settled_by(case)}
    for (dataset, until), records in sorted(
        counted.kept.items(), key=lambda pair: (pair[0][0], pair[0][1] or date.max)
    ):
        role, own = held[dataset]["role"], held[dataset]["retention"]
        said = {**of_case, **declared(words_said, f"dataset:{dataset}"), "role": role}
        periods = tuple(
            Reason(Words(one.zh, one.en), articles(one.bases), one.verified is Verified.STATUTE)
            for one in book.periods
            if (role in one.roles or one.id in own)
            and (not one.kinds or kind in one.kinds)
            and standing(one.needs, said) is not Standing.FAILING
        )
        for_good = until is not None and until >= PERMANENT
        yield Kept(shown(dataset), role_words(role), records,
                   None if for_good else until, for_good, periods)  # fmt: skip
