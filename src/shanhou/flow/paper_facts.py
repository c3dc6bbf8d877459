"""What a case's documents are filled from, gathered from its file, its plan and its ledger."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from shanhou.cases.case_facts import persons_fact
from shanhou.cases.clocks import State
from shanhou.cases.ledger import STOPPED
from shanhou.cases.requests import REQUEST_KINDS
from shanhou.cases.stages import GATE_QUESTIONS, Stage, gates_of
from shanhou.disposition.facts import CASE_SCOPE
from shanhou.disposition.retention import PERMANENT
from shanhou.documents.decided import Decided
from shanhou.documents.facts import (
    Day,
    Export,
    Facts,
    Gate,
    Gone,
    Important,
    Left,
    Officer,
    Proved,
    Sealed,
    Sent,
    Side,
    Stock,
    Told,
    Yes,
)
from shanhou.evidence.certificate import CertificateKind, Words
from shanhou.evidence.entry import Act, parse_entry
from shanhou.flow.approving import counted_approvals
from shanhou.flow.certificates import approvals_shown
from shanhou.flow.dates import dates_of, open_window
from shanhou.flow.deciding import said_of_case
from shanhou.flow.exporting import export_of
from shanhou.flow.gathering import register_of, unread
from shanhou.flow.noting import shown
from shanhou.flow.paper_plan import (
    Counted,
    about_words,
    answered,
    articles,
    decided,
    group_words,
    role_words,
    shown_plan,
)
from shanhou.flow.paper_terms import dues_of, terms_of
from shanhou.flow.steps import receipt_step, transfer_step
from shanhou.flow.summary import KIND_WORDS
from shanhou.flow.taking_over import earlier_plans
from shanhou.inventory.kinds import Role
from shanhou.law.load import load_rulebook
from shanhou.law.rule import MOVES, Verified
from shanhou.notices.letter import words

if TYPE_CHECKING:
    from shanhou.cases.parties import Party
    from shanhou.disposition.plan import Plan
    from shanhou.wiring import Case

_UNFILLED = "请填写"
"""How a new case file marks what nobody filled in yet."""
_DUTIES = {
    "planner": Words("方案制作人", "planner"),
    "approver": Words("审批人", "approver"),
    "privacy": Words("个人信息保护负责人", "privacy officer"),
    "liquidator": Words("清算组成员", "liquidator"),
    "operator": Words("经办人", "operator"),
    "witness": Words("见证人", "witness"),
    "outside_second": Words("外部第二人", "outside second"),
    "auditor": Words("审计人", "auditor"),
}

_ACTS = {
    CertificateKind.TRANSFER: Act.TRANSFER,
    CertificateKind.ARCHIVE: Act.ARCHIVE,
    CertificateKind.ANONYMISATION: Act.ANONYMISE,
    CertificateKind.DESTRUCTION: Act.DESTROY,
    CertificateKind.RETURN: Act.RETURN,
}
"""The act in the log that each certificate proves."""


def facts_of(case: Case) -> Facts:
    """Everything the documents may say of this case today; no customer's own data."""
    settings = case.settings
    plan = shown_plan(case)
    counted = Counted()
    told = Decided()
    if plan is not None:
        counted, told = decided(case, plan)
    parties, kind = settings.parties, settings.case.kind
    return Facts(
        case=case.id,
        title="" if settings.case.title.startswith(_UNFILLED) else settings.case.title,
        kind=kind.value,
        kind_words=KIND_WORDS[kind],
        event=Words(**words()["closing"].get(kind.value, words()["events"][kind.value])),
        procedure=settings.case.procedure,
        rehearsal=settings.case.rehearsal,
        on=case.on,
        handler=_side(parties.handler),
        recipient=_side(parties.recipient),
        custodian=_side(parties.custodian),
        officers=tuple(Officer(one.name, _role([one.role] if one.role else one.duties),
                               frozenset(duty.value for duty in one.duties), one.party)
                       for one in settings.people),
        stops_on=settings.notices.stops_on,
        answer_days=settings.notices.deadline_days,
        reply_to=settings.notices.reply_to or parties.handler.contact,
        known_number=settings.notices.known_number,
        customers=_customers(case),
        stock=tuple(_stock(case)),
        unread=tuple(shown(place) for place, _ in unread(case)),
        plan=told,
        approvals=_approvals(case, plan),
        package=_package(case, plan),
        bags=tuple(_bags(case)),
        proofs=tuple(_proofs(case)),
        gone=tuple(_gone(case, told)),
        days=tuple(_days(case)),
        left=tuple(dict.fromkeys(_left(case))),
        gates=tuple(_gates(case, told)),
        told=_told(case),
        export=_export(case, plan, counted),
        terms=terms_of(case),
        dues=tuple(dues_of(case)),
        important=_important(case),
        said=tuple(_said(case)),
    )  # fmt: skip


def _side(party: Party | None) -> Side:
    if party is None:
        return Side()
    known = words()["groups"]
    kinds = tuple(group_words(one) if one in known else Words(one, one)
                  for one in getattr(party, "kinds", ()))  # fmt: skip
    name = "" if party.name.startswith(_UNFILLED) else party.name
    return Side(name, party.code, party.contact, party.address, party.abroad,
                getattr(party, "purpose", ""), getattr(party, "method", ""), kinds)  # fmt: skip


def _role(told: Iterable[str]) -> Words:
    """A person's office, or else the duties they have in the case."""
    known = [_DUTIES.get(one, Words(one, one)) for one in told]
    return Words("、".join(one.zh for one in known), ", ".join(one.en for one in known))


def _customers(case: Case) -> int | None:
    resolved = case.store.stage("subjects")
    if resolved is None:
        return None
    found = json.loads(resolved)
    return int(found.get("persons", 0)) + int(found.get("companies", 0))


def _stock(case: Case) -> Iterator[Stock]:
    """Every dataset of the register, if one was made."""
    if case.store.stage("register") is None:
        return
    for one in register_of(case).datasets:
        groups = dict.fromkeys(field.field_group.value for field in one.fields)
        yield Stock(
            shown(one.name), role_words(one.role.value), about_words(one.about.value), one.rows,
            tuple(group_words(name) for name in groups if name != "none"),
            any(field.sensitive for field in one.fields), one.scope.value == "in",
            one.role is Role.VOUCHER,
        )  # fmt: skip


def _approvals(case: Case, plan: Plan | None) -> tuple[Yes, ...]:
    if plan is None:
        return ()
    days = _days_of_acts(case)
    counted = zip(approvals_shown(case, plan), counted_approvals(case, plan), strict=True)
    return tuple(Yes(one.by.name, _role(one.by.role.split("、")),
                     days[Act.APPROVE, signed.statement_sha256], one.strength)
                 for one, signed in counted)  # fmt: skip


def _days_of_acts(case: Case) -> dict[tuple[Act, str], date]:
    """The last day of every act on everything it names: the day played, or else the real one."""
    entries = [parse_entry(raw) for raw in case.store.events()]
    return {(one.act, about.sha256): one.on or one.at.date()
            for one in entries for about in one.subject}  # fmt: skip


def _package(case: Case, plan: Plan | None) -> Sent:
    """The package of this plan, or of the last plan before it that sealed one."""
    if plan is None:
        return Sent()
    for one in (plan, *reversed(earlier_plans(case, plan))):
        step = case.store.step(transfer_step(one))
        if step is not None and step.state == "done":
            taken = case.store.step(receipt_step(one))
            receipt = str(taken.detail.get("receipt_sha256", "")) if taken else ""
            detail = step.detail
            return Sent(str(detail["name"]), str(detail["sha256"]), int(detail["size_bytes"]),
                        int(detail["records_count"]), receipt)  # fmt: skip
    return Sent()


def _bags(case: Case) -> Iterator[Sealed]:
    for one in case.store.steps():
        detail = one.detail
        if one.phase == "archive" and one.state == "done" and "sha256" in detail:
            day = None if detail["until"] == "-" else date.fromisoformat(str(detail["until"]))
            for_good = day is not None and day >= PERMANENT
            yield Sealed(str(detail["name"]), str(detail["sha256"]), shown(str(detail["dataset"])),
                         int(detail["records_count"]), None if for_good else day, for_good,
                         bool(detail["original"]))  # fmt: skip


def _proofs(case: Case) -> Iterator[Proved]:
    days = _days_of_acts(case)
    for number, (record, _) in case.store.certificates().items():
        told = json.loads(record)
        counts = tuple((Words(**one["of"]), int(one["number"])) for one in told["counts"])
        at_issue = date.fromisoformat(told["on"] or told["finished_at"][:10])
        finished = days.get((_ACTS[told["kind"]], told["plan_digest"]), at_issue)
        yield Proved(number, str(told["kind"]), finished, counts)


def _gone(case: Case, plan: Decided) -> Iterator[Gone]:
    """What every destruction so far took out of the sources."""
    sealed = {one.dataset for one in plan.kept}
    for step in case.store.steps():
        if step.phase != "destroy" or step.state not in {"done", STOPPED}:
            continue
        for one in step.detail.get("removed", ()):
            name = shown(str(one["dataset"]))
            yield Gone(name, int(one["deleted"]), int(one["emptied_rows"]),
                       len(one["exceptions"]), name in sealed)  # fmt: skip


def _days(case: Case) -> Iterator[Day]:
    """The dates of the whole case; those of single requests are only counted."""
    for one in dates_of(case).due:
        if not one.about and one.state is not State.OVER:
            clock = one.clock
            yield Day(clock.id, one.due.on, one.due.provisional, one.state.value,
                      Words(clock.zh, clock.en), articles(clock.bases),
                      clock.verified is Verified.STATUTE, one.earliest)  # fmt: skip


def _left(case: Case) -> Iterator[Left]:
    """What the certificates say was not reached."""
    for record, _ in case.store.certificates().values():
        for one in json.loads(record)["not_reached"]:
            yield Left(Words(**one["what"]), Words(**one["why"]), str(one["answerable"]))


def _gates(case: Case, plan: Decided) -> Iterator[Gate]:
    """What the stages that this plan goes through wait for."""
    exits, said = case.settings.case, said_of_case(case)
    gates = gates_of(exits.kind, procedure=exits.procedure, timing=exits.timing.value)
    moves = any(plan.items_of(outcome.value) for outcome in MOVES)
    needed = {fact: word for stage, facts in gates.items() for fact, word in facts.items()
              if moves or stage is not Stage.TRANSFER}  # fmt: skip
    open_still = open_window(case) is not None
    for fact, word in needed.items():
        shut = fact == "claims_window" and open_still
        yield Gate(Words(*GATE_QUESTIONS[fact]), said.get(fact) == word and not shut)


def _told(case: Case) -> Told:
    states = Counter(one.state for one in case.store.letters())
    answers = case.store.answers()
    waiting = sum(one.kind in REQUEST_KINDS and not one.closed_by for one in answers)
    return Told(states.total(), states["sent"], len({one.subject for one in answers}), waiting)


def _export(case: Case, plan: Plan | None, counted: Counted) -> Export:
    """What the year's counts come to with this plan; nothing once its tables are gone."""
    found = export_of(case, plan) if plan is not None and counted.subjects else None
    if found is None:
        return Export()
    before = None if found.before is None else found.before + found.in_case
    return Export(found.this.persons + found.this.sensitive_persons,
                  found.this.sensitive_persons, found.needed.value, found.year,
                  None if before is None else before.persons,
                  None if before is None else before.sensitive_persons)  # fmt: skip


def _important(case: Case) -> Important:
    """Whether important data was declared, or is to be suspected by the number of persons or by
    what an authority was asked.
    """
    words = case.store.declarations()
    secret = {one.scope: one.value for one in words if one.fact == "state_secret"}
    clear = {one.scope: one.value for one in words if one.fact == "authority_clearance"}
    declared = [scope for scope, value in secret.items() if value == "yes"]
    everywhere = clear.get(CASE_SCOPE)
    if declared:
        cleared = all(clear.get(scope, everywhere) == "cleared" for scope in declared)
        return Important("declared", cleared=cleared)
    denied = secret.get(CASE_SCOPE) == "no"
    cleared = everywhere == "cleared" and set(clear.values()) == {"cleared"}
    persons = int(json.loads(case.store.stage("subjects") or "{}").get("persons", 0))
    if clear or persons_fact(persons) == "over_10m":
        return Important("suspected", denied=denied, cleared=cleared)
    return Important("none" if denied else "", denied=denied)


def _said(case: Case) -> Iterator[tuple[Words, Words]]:
    known: Any = load_rulebook().facts
    for fact, value in sorted(said_of_case(case).items()):
        if fact in known:
            yield Words(known[fact].zh, known[fact].en), answered(value)
        elif fact in GATE_QUESTIONS:
            yield Words(*GATE_QUESTIONS[fact]), answered(value)
