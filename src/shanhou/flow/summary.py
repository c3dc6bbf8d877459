"""The case as its report shows it: sums, exceptions first, who approved, where the log stands."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

from shanhou.cases.settings import ExitKind
from shanhou.cases.stages import Stage
from shanhou.disposition.decide import LAW_IS_SILENT
from shanhou.disposition.plan import items_collected, totals
from shanhou.disposition.waiting import held_by_rule
from shanhou.evidence.certificate import Words
from shanhou.evidence.entry import Act, parse_entry
from shanhou.evidence.report import (
    CaseSummary,
    CertificateLine,
    Held,
    LogHead,
    NoticeCount,
    Score,
    ShownQuality,
    StageDone,
    Total,
)
from shanhou.evidence.sankey import Flow
from shanhou.flow.approving import checkpoint
from shanhou.flow.certificates import approvals_shown, not_reached
from shanhou.flow.gathering import collected
from shanhou.flow.steps import is_done, phase_done
from shanhou.law.load import known_rule, load_rulebook

if TYPE_CHECKING:
    from shanhou.disposition.plan import Plan
    from shanhou.flow.acting import Work
    from shanhou.law.rule import Rule
    from shanhou.wiring import Case

KIND_WORDS = {
    ExitKind.ASSET_SALE: Words("资产转让", "asset sale"),
    ExitKind.EQUITY_SALE: Words("股权转让", "equity sale"),
    ExitKind.MERGER: Words("合并", "merger"),
    ExitKind.DIVISION: Words("分立", "division"),
    ExitKind.DEREGISTRATION: Words("注销", "deregistration"),
    ExitKind.BANKRUPTCY: Words("破产", "bankruptcy"),
}
_STAGES = (
    (Act.COLLECT, Words("收集", "Collect")), (Act.INVENTORY, Words("清点", "Inventory")),
    (Act.RESOLVE, Words("客户", "Subjects")), (Act.PLAN, Words("方案", "Plan")),
    (Act.NOTICE, Words("告知", "Notices")), (Act.ANSWER, Words("答复", "Answers")),
    (Act.APPROVE, Words("审批", "Approve")), (Act.TRANSFER, Words("移交", "Transfer")),
    (Act.RECEIPT, Words("回执", "Receipt")), (Act.ARCHIVE, Words("封存", "Archive")),
    (Act.RETURN, Words("退还", "Return")), (Act.ANONYMISE, Words("匿名化", "Anonymise")),
    (Act.DESTROY, Words("销毁", "Destroy")), (Act.CERTIFY, Words("证明", "Certify")),
    (Act.CLOSE, Words("关闭", "Close")),
)  # fmt: skip

_SCORES = {
    "complete": (Words("完整", "complete"), Words("有内容的格", "cells that say something")),
    "valid": (Words("有效", "valid"),
              Words("合格式、过校验的值", "values in form, check digit right")),
    "uniform": (Words("统一", "uniform"), Words("写成标准格式的值", "values in standard form")),
    "unique": (Words("不重复", "unique"), Words("与他行不同的行", "rows unlike any other")),
    "fresh": (Words("不陈旧", "fresh"),
              Words("有日期的行中三年以内的", "dated rows, of the last three years")),
}  # fmt: skip


def summary_of(case: Case, work: Work) -> CaseSummary:
    """Everything the report shows; no personal data of customers."""
    plan = work.bench.plan
    lines = totals(plan)
    rows = {one.dataset.name: one.rows for one in collected(case)}
    people = _subjects(work)
    state = checkpoint(case)
    parties = case.settings.parties
    return CaseSummary(
        case=case.id,
        title=case.settings.case.title,
        kind=KIND_WORDS[case.settings.case.kind],
        handler=parties.handler.name,
        recipient=parties.recipient.name if parties.recipient else "",
        custodian=parties.custodian.name if parties.custodian else "",
        rehearsal=plan.rehearsal,
        on=case.on if case.played else None,
        made_at=case.at,
        closed=case.store.stage("closed") is not None,
        collected_items=items_collected(plan, rows),
        subjects=people["all"],
        flows=_flows(plan),
        totals=tuple(Total(t.outcome, t.items, t.records, people[t.outcome]) for t in lines),
        not_reached=tuple(not_reached(case, work.applied.exceptions)),
        held=held_of(plan),
        approvals=approvals_shown(case, plan),
        stages=_stages(case),
        notices=_notices(case),
        quality=_quality(case),
        certificates=_certificates(case),
        plan_digest=plan.digest,
        log=LogHead(case.origin, state.size, state.root.hex(), case.signer.vkey.text),
        carried_out=is_done(case, phase_done(plan, Stage.DESTROY)),
    )


def _subjects(work: Work) -> Counter[str]:
    """Distinct customers per outcome, and in all."""
    from shanhou.execution.work import by_subject, touched
    from shanhou.law.rule import Outcome

    bench = work.bench
    people: Counter[str] = Counter()
    for outcome in Outcome:
        if touched(bench, outcome):
            found = by_subject(bench, outcome)
            people[outcome.value] = int(bench.desk.scalar(found.filter(found.sid >= 0).count()))
    record = bench.desk.table(bench.generation, "record")
    people["all"] = int(bench.desk.scalar(record.sid.nunique()))
    return people


def held_of(plan: Plan) -> tuple[Held, ...]:
    """What waits: for an answer that nobody gave yet, or under a rule that wants it to wait."""
    asked = [Held(Words(one.fact, one.fact), one.items, Words(one.zh, one.en))
             for one in plan.held_up]  # fmt: skip
    book = load_rulebook()
    silent = Words("没有规则适用于这种情形", "no rule fits this situation")
    for names, items in held_by_rule(plan):
        rules = [silent if name == LAW_IS_SILENT else _rule_words(known_rule(book, name))
                 for name in names.split()]  # fmt: skip
        why = Words("；".join(rule.zh for rule in rules), "; ".join(rule.en for rule in rules))
        asked.append(Held(Words(names, names), items, why))
    return tuple(asked)


def _rule_words(rule: Rule) -> Words:
    return Words(rule.zh, rule.en)


def _flows(plan: Plan) -> tuple[Flow, ...]:
    """Items from each source to each outcome."""
    of = {one.id: one for one in plan.situations}
    items: Counter[tuple[str, str]] = Counter()
    for one in plan.decisions:
        situation = of[one.situation]
        items[_source(situation.dataset), one.decision.outcome.value] += situation.records
    for dataset, rows in plan.out_of_scope.items():
        items[_source(dataset), "OUT_OF_SCOPE"] += rows
    return tuple(Flow(source, outcome, n) for (source, outcome), n in sorted(items.items()) if n)


def _source(dataset: str) -> str:
    return dataset.split("/", maxsplit=1)[0].split(".", maxsplit=1)[0]


def _stages(case: Case) -> tuple[StageDone, ...]:
    last: dict[Act, datetime] = {}
    count: Counter[Act] = Counter()
    for raw in case.store.events():
        entry = parse_entry(raw)
        last[entry.act] = entry.at
        count[entry.act] += 1
    return tuple(
        StageDone(name, Words(f"{count[act]} 条记录", f"{count[act]} entries"), last.get(act))
        for act, name in _STAGES
    )


def _notices(case: Case) -> tuple[NoticeCount, ...]:
    """Letters sent and what came back; a person who only kept silent is counted as silent."""
    answers: dict[str, set[str]] = {}
    for one in case.store.answers():
        answers.setdefault(one.subject, set()).add(f"{one.kind}:{one.value}")
    kinds: dict[str, Counter[str]] = {}
    for letter in case.store.letters():
        said = answers.get(letter.subject, set())
        kinds.setdefault(letter.template, Counter())[_came_back(said)] += 1
    return tuple(
        NoticeCount(Words(name, name), sum(c.values()), c["consented"], c["objected"], c["other"])
        for name, c in sorted(kinds.items())
    )


def _came_back(said: set[str]) -> str:
    if any(one.startswith(("objection", "withdrawal")) or one.endswith(":refused") for one in said):
        return "objected"
    if any(one.endswith(":granted") for one in said):
        return "consented"
    return "other" if said else "silent"


def _quality(case: Case) -> ShownQuality | None:
    """What the log keeps of the last measuring."""
    counted = None
    for raw in case.store.events():
        entry = parse_entry(raw)
        counted = entry if entry.act is Act.QUALITY else counted
    if counted is None:
        return None
    told = counted.facts
    scores = (
        Score(name, counts, _share(told[f"{score}_before"]), _share(told[f"{score}_after"]))
        for score, (name, counts) in _SCORES.items()
    )
    return ShownQuality(tuple(scores), int(str(told["steps_count"])), counted.at, counted.seq)


def _share(told: object) -> float | None:
    return None if told == "-" else float(str(told))


def _certificates(case: Case) -> tuple[CertificateLine, ...]:
    where: dict[str, int] = {}
    for raw in case.store.events():
        entry = parse_entry(raw)
        for one in entry.subject:
            if one.name.startswith("certificates/") and one.name.endswith(".json"):
                where.setdefault(one.name[len("certificates/") : -len(".json")], entry.seq)
    return tuple(
        CertificateLine(number, Words(number.rsplit("-", 1)[1], number.rsplit("-", 1)[1]),
                        where.get(number, 0))
        for number in case.store.certificates()
    )  # fmt: skip
