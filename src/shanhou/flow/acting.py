"""The stages that act: the approved plan and nothing else, phase by phase, each resumable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from shanhou.cases.ledger import BEGAN_BEFORE, STOPPED, StepLedger
from shanhou.cases.stages import OTHER_WORDS, Stage, closed_gates, gates_of
from shanhou.cases.watch import Watch
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, Digested, FactValue, parse_entry
from shanhou.execution.carry_out import once
from shanhou.execution.work import Bench, Undone, by_subject, datasets_with, no_longer_sent, touched
from shanhou.flow.approving import require_approved
from shanhou.flow.dates import open_window
from shanhou.flow.deciding import (
    assets_of_case,
    question_of,
    require_founded,
    said_of_case,
)
from shanhou.flow.exporting import require_export_line
from shanhou.flow.noting import COLLECT, CORRECTIONS, MACHINE, note
from shanhou.flow.phases import PHASE, receipt_taken
from shanhou.flow.rehearsing import require_copies
from shanhou.flow.rereading import read_again, rechecks_told
from shanhou.flow.steps import OUTCOME, PHASES, is_done, phase_done, transfer_step
from shanhou.flow.taking_over import earlier_plans, given_by, require_last
from shanhou.law.rule import Outcome
from shanhou.wiring import Case

if TYPE_CHECKING:
    from shanhou.cases.store import Unit
    from shanhou.disposition.plan import Plan
    from shanhou.evidence.subject_tree import SubjectTree

_ACTS = {Stage.TRANSFER: Act.TRANSFER, Stage.ARCHIVE: Act.ARCHIVE, Stage.ANONYMISE: Act.ANONYMISE,
         Stage.RETURN: Act.RETURN, Stage.DESTROY: Act.DESTROY}  # fmt: skip


@dataclass(frozen=True)
class Excepted:
    """Something of the plan that was not done, and why; never hidden behind a done."""

    place: str
    code: str
    count: int


@dataclass(frozen=True)
class Applied:
    """What applying a plan has done so far."""

    done: Mapping[str, Mapping[str, Any]]
    """Step to its result, in the order of the ledger."""
    exceptions: tuple[Excepted, ...]


def apply(case: Case, plan: Plan, *, until: Stage = Stage.DESTROY) -> Applied:
    """Carry out exactly this plan; goes on where it was stopped.

    Raises:
        Refusal: SH-E-405 stale; SH-E-406 a later plan has begun; SH-E-506 approvals lack; 338 a
            rehearsal's source is no copy; 604 no basis; 610, 611 the year's exports; 601, 612 law
            or a period; 602 no receipt yet.
        NewHold: SH-E-613 a hold was set meanwhile; what was done before it is in the ledger.
    """
    with case.store.lease("case"):
        watch = Watch.begin(case.store, plan.name)
        require_approved(case, plan)
        require_last(case, plan)
        require_copies(case)
        read_again(case, plan)
        with bench_of(case, plan) as bench:
            require_basis(case, plan, bench)
            for phase in PHASES[: PHASES.index(until) + 1]:
                watch.look()
                if touched(bench, OUTCOME[phase]) or phase is Stage.DESTROY:
                    require_approved(case, plan)
                    require_open(case, phase)
                    if phase is Stage.DESTROY:
                        require_handed_over(case, plan)
                    PHASE[phase](case, bench, ledger_of(case, plan, watch))
                    # what was done is bound into the log, whatever was ordered since
                    _close_phase(case, bench, phase, ledger_of(case, plan))
                    _close_earlier(case, plan)
            return Applied(_results(case, plan), exceptions_of(case, plan, bench))


@dataclass(frozen=True)
class Work:
    """A plan being looked at after its work: the open tables, results and exceptions."""

    bench: Bench
    applied: Applied


@contextmanager
def work_of(case: Case, plan: Plan) -> Iterator[Work]:
    """What a plan has done so far, with its tables open."""
    with bench_of(case, plan) as bench:
        yield Work(bench, Applied(_results(case, plan), exceptions_of(case, plan, bench)))


def require_basis(case: Case, plan: Plan, bench: Bench) -> None:
    """Decide every situation again, and read every record's place again, before anything moves."""
    from shanhou.disposition.plan import assignment_roots
    from shanhou.disposition.situation import decide_all

    again = decide_all(question_of(case), plan.situations)
    was = {(one.situation, one.group): one.decision.outcome for one in plan.decisions}
    differ = {one.situation for one in again if was.get((one.situation, one.group)) is not
              one.decision.outcome}  # fmt: skip
    if differ or len(again) != len(plan.decisions):
        records = sum(one.records for one in plan.situations if one.id in differ)
        raise Refusal("SH-E-604", records=records, missing="-")
    require_founded(case, plan)
    require_export_line(case, plan)
    roots = assignment_roots(bench.desk, bench.holdings, plan=bench.generation, collected=COLLECT)
    if roots != dict(plan.assignment):
        raise Refusal("SH-E-403", path=bench.generation)


def require_open(case: Case, phase: Stage) -> None:
    """Refuse a phase that law or a period keeps closed today."""
    said = said_of_case(case)
    named = case.settings.parties.custodian is not None
    exits = case.settings.case
    for gate in closed_gates(exits.kind, phase, said, custodian_named=named,
                             procedure=exits.procedure, timing=exits.timing.value):  # fmt: skip
        raise Refusal("SH-E-601", stage=phase.value, fact=gate.fact, needs=gate.needs,
                      has=gate.has)  # fmt: skip
    gates = gates_of(exits.kind, procedure=exits.procedure, timing=exits.timing.value)
    if "claims_window" in gates.get(phase, {}) and (window := open_window(case)) is not None:
        # nobody's word closes a window that the named days leave open
        raise Refusal("SH-E-612", stage=phase.value, until=str(window.due.on))


def require_handed_over(case: Case, plan: Plan) -> None:
    """Refuse to destroy what goes back while nobody says its copies were handed over.

    A word said before the copies were written is none.

    Raises:
        Refusal: SH-E-601 with the word that is missing.
    """
    if Outcome.RETURN not in plan.outcomes():
        return
    written = said = False
    needed = OTHER_WORDS["returned"]
    for raw in case.store.events():
        entry = parse_entry(raw)
        if entry.act is Act.RETURN and Digested("plan", plan.digest) in entry.subject:
            written, said = True, False
        elif entry.act is Act.DECLARE and entry.facts.get("fact") == "returned":
            said = entry.facts.get("value") == needed
    if written and not (said and said_of_case(case).get("returned") == needed):
        raise Refusal("SH-E-601", stage=Stage.DESTROY.value, fact="returned", needs=needed,
                      has=said_of_case(case).get("returned", "unknown"))  # fmt: skip


@contextmanager
def bench_of(case: Case, plan: Plan) -> Iterator[Bench]:
    """The tables the work is read from, with what the last apply found changed in the sources.

    Only `apply` reads the sources again; who merely looks opens what is there.
    """
    generation = str(case.store.stage(f"plan:{plan.digest}"))
    recheck = case.store.stage(f"recheck:{plan.digest}") or generation
    others = rechecks_told(case, plan) - {recheck, generation}
    said = case.store.stage(CORRECTIONS) or ""
    named = dict.fromkeys((COLLECT, generation, recheck, *sorted(others), said))
    with case.vault.read(*filter(None, named)) as desk:
        yield Bench(desk, plan, generation, COLLECT, recheck, assets_of_case(case), said)


def bench_at(case: Case, bench: Bench, phase: Stage) -> Bench:
    """The tables as they were when a phase was done: what changed later was done all the same.

    A package is done when it is sealed; its phase only ends with the receipt.
    """
    ledger = ledger_of(case, bench.plan)
    ended = ledger.done(phase_done(bench.plan, phase)) or {}
    sealed = (ledger.done(transfer_step(bench.plan)) or {}) if phase is Stage.TRANSFER else {}
    recheck = sealed.get("recheck") or ended.get("recheck") or bench.recheck
    return replace(bench, recheck=str(recheck))


def ledger_of(case: Case, plan: Plan, watch: Watch | None = None) -> StepLedger:
    """The plan's step ledger; each finished step writes its event with its row.

    With a `watch` no step begins once a hold was set.
    """

    def noted(unit: Unit, phase: str, result: Mapping[str, Any]) -> None:
        subject = [Digested("plan", plan.digest)]
        if "sha256" in result:
            subject.append(Digested(str(result["name"]), str(result["sha256"])))
        note(case, unit, _ACTS[Stage(phase)], MACHINE, subject=subject, facts=_told(result))

    return StepLedger(case.store, plan.digest, noted, watch)


def _told(result: Mapping[str, Any]) -> dict[str, FactValue]:
    """What of a step's result the log says: counts, the root of who was touched, and the holds
    that were set after it had begun.
    """
    told = {name: value for name, value in result.items()
            if name.endswith("_count") or name == "subjects_root"}  # fmt: skip
    late = result.get(BEGAN_BEFORE)
    return told | ({BEGAN_BEFORE: " ".join(late)} if late else {})


def _close_phase(case: Case, bench: Bench, phase: Stage, ledger: StepLedger) -> None:
    """When all its steps are done, bind what the phase did to each customer into the log."""
    steps = case.store.steps(bench.plan.digest)
    if any(one.phase == phase.value and one.state == "failed" for one in steps):
        return

    def act() -> Mapping[str, Any]:
        return {**tree_of(case, bench, phase).facts, "recheck": bench.recheck}

    once(ledger, phase_done(bench.plan, phase), phase.value, act)


def _close_earlier(case: Case, plan: Plan) -> None:
    """Bind into the log what the plans before this one did in phases that they did not end.

    They act no more: nobody else would say what they did to each customer.
    """
    for one in earlier_plans(case, plan):
        steps = [step for step in case.store.steps(one.digest) if step.state in {"done", STOPPED}]
        begun = {step.phase for step in steps}
        for phase in PHASES:
            unproved = phase is Stage.TRANSFER and not receipt_taken(case, one)
            if phase.value not in begun or unproved or is_done(case, phase_done(one, phase)):
                continue
            with bench_of(case, one) as bench:
                facts = {**tree_of(case, bench, phase).facts, "recheck": bench.recheck,
                         "superseded": True}  # fmt: skip
            ledger_of(case, one).finish(phase_done(one, phase), phase.value, facts)


def tree_of(case: Case, bench: Bench, phase: Stage) -> SubjectTree:
    """What a phase did to each customer, as the keyed tree whose root the log holds."""
    from shanhou.evidence.subject_tree import SubjectTree

    outcome = OUTCOME[phase]
    act = f"{case.id}/{bench.plan.name}/{phase.value}"
    then = bench_at(case, bench, phase)
    done = subject_outcomes(then, outcome, undone(case, bench.plan, phase))
    return SubjectTree.of(done, pepper=pepper_of(case), act=act)


def undone(case: Case, plan: Plan, phase: Stage) -> Undone:
    """What the ledger says a phase could not do; nobody is told that it was done.

    A row that a kept one refers to was emptied instead of deleted: its items are gone. A plan that
    another one superseded may have come to some sources and bags only.
    """
    steps = [one for one in case.store.steps(plan.digest) if one.phase == phase.value]
    details = [one.detail for one in steps]
    missed = [one for detail in details for removed in detail.get("removed", ())
              for one in removed["exceptions"]]  # fmt: skip
    missed += [one for detail in details for one in detail.get("left", ())]
    recs = {one["rec"] for one in missed if one["code"] != "SH-X-04"}
    done = [given for one in steps if one.state == "done" for given in given_by(plan, one)]
    reached = {one.dataset for one in done}
    reached |= {told["dataset"] for one in details for told in one.get("removed", ())}
    personal = {one["dataset"] for one in details if one.get("verdict") == "DEIDENTIFIED"}
    missing = datasets_with(plan, OUTCOME[phase]) - reached
    bags = frozenset((one.dataset, one.until) for one in done) if phase is Stage.ARCHIVE else None
    return Undone(tuple(sorted(recs)), missing | personal, bags)


def subject_outcomes(
    bench: Bench, outcome: Outcome, left: Undone, *, sid: int | None = None
) -> Iterator[Any]:
    """One summary per customer to whom an outcome was done; of `sid` alone where one is given."""
    from shanhou.evidence.subject_tree import SubjectOutcome
    from shanhou.vault.canonical import canonical_json

    if not touched(bench, outcome):
        return
    # a million customers share a few hundred summaries
    known: dict[tuple[int, str], bytes] = {}
    found = by_subject(bench, outcome, left)
    for batch in bench.desk.batches(found if sid is None else found.filter(found.sid == sid)):
        for number, records, groups in zip(*(c.to_pylist() for c in batch.columns), strict=True):
            if (records, groups) not in known:
                summary = {"outcome": outcome.value, "groups": groups, "records": records}
                known[records, groups] = canonical_json(summary)
            yield SubjectOutcome(f"S{number:07d}", known[records, groups])


def pepper_of(case: Case) -> bytes:
    return case.keys.open("pepper") if case.keys.has("pepper") else case.keys.make("pepper")


def _results(case: Case, plan: Plan) -> dict[str, Mapping[str, Any]]:
    steps = case.store.steps(plan.digest)
    return {step.id: step.detail for step in steps if step.state in {"done", STOPPED}}


def exceptions_of(case: Case, plan: Plan, bench: Bench) -> tuple[Excepted, ...]:
    """Everything of the plan that could not be done, counted by place and reason."""
    stale = bench.desk.table(bench.recheck, "stale")
    counted = bench.desk.arrow(stale.group_by("code").aggregate(n=stale.count())).to_pylist()
    found: Counter[tuple[str, str]] = Counter()
    for row in counted:
        found["sources", row["code"]] += row["n"]
    for step in case.store.steps(plan.digest):
        found.update(excepted(step.detail))
    for dataset, count in no_longer_sent(bench).items():
        found[dataset, "SH-X-13"] += count
    return tuple(Excepted(place, code, n) for (place, code), n in sorted(found.items()))


def excepted(detail: Mapping[str, Any]) -> Counter[tuple[str, str]]:
    """What one step could not do."""
    found: Counter[tuple[str, str]] = Counter()
    for removed in detail.get("removed", ()):
        found.update((one["dataset"], one["code"]) for one in removed["exceptions"])
    told = {(x["dataset"], x["rec"]) for r in detail.get("removed", ()) for x in r["exceptions"]}
    left = [x for x in detail.get("left", ()) if (x["dataset"], x["rec"]) not in told]
    found.update((one["dataset"], one["code"]) for one in left)
    for one in detail.get("scrubbed", ()):
        if not one["done"]:
            found[f"{detail['source']}: {one['name']}", "SH-X-10"] += 1
    if found_again := detail.get("searched", {}).get("found"):
        found[str(detail["source"]), "SH-X-12"] += found_again
    if detail.get("verdict") == "DEIDENTIFIED":
        found[str(detail["dataset"]), "SH-X-11"] += int(detail["records_count"])
    return found
