"""The stages that act: the approved plan and nothing else, phase by phase, each resumable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shanhou.cases.ledger import StepLedger
from shanhou.cases.stages import Stage, closed_gates
from shanhou.disposition.facts import CASE_SCOPE, declared
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, Digested, FactValue
from shanhou.execution.carry_out import destroy, once
from shanhou.execution.work import Bench, by_subject, end_dates, parcel, touched
from shanhou.flow.deciding import (
    assets_of_case,
    checkpoint,
    missing_approvals,
    question_of,
    require_fresh,
)
from shanhou.flow.gathering import collected
from shanhou.flow.noting import COLLECT, MACHINE, note
from shanhou.law.rule import Outcome
from shanhou.wiring import Case, anonymiser_settings, reader_of, removers_of

if TYPE_CHECKING:
    from shanhou.cases.store import Unit
    from shanhou.disposition.plan import Plan
    from shanhou.evidence.subject_tree import SubjectTree

PHASES = (Stage.TRANSFER, Stage.ARCHIVE, Stage.ANONYMISE, Stage.RETURN, Stage.DESTROY)
_ACTS = {Stage.TRANSFER: Act.TRANSFER, Stage.ARCHIVE: Act.ARCHIVE, Stage.ANONYMISE: Act.ANONYMISE,
         Stage.RETURN: Act.RETURN, Stage.DESTROY: Act.DESTROY}  # fmt: skip
_OUTCOME = {Stage.TRANSFER: Outcome.TRANSFER, Stage.ARCHIVE: Outcome.RETAIN,
            Stage.ANONYMISE: Outcome.ANONYMISE, Stage.RETURN: Outcome.RETURN,
            Stage.DESTROY: Outcome.DESTROY}  # fmt: skip


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
        Refusal: SH-E-405 stale; SH-E-506 approvals lack; SH-E-604 a record would leave without a
            basis; SH-E-601 law or a period forbids a phase; SH-E-602 a receipt is awaited.
    """
    require_approved(case, plan)
    with case.store.lease("case"), bench_of(case, plan) as bench:
        require_basis(case, plan, bench)
        for phase in PHASES[: PHASES.index(until) + 1]:
            if touched(bench, _OUTCOME[phase]) or phase is Stage.DESTROY:
                require_open(case, phase)
                _PHASE[phase](case, bench, ledger_of(case, bench))
        return Applied(_results(case, plan), exceptions_of(case, plan, bench))


def require_approved(case: Case, plan: Plan) -> None:
    require_fresh(case, plan)
    for short in missing_approvals(case, plan):
        raise Refusal("SH-E-506", plan=plan.name, outcome=short.outcome, have=short.have,
                      need=short.need)  # fmt: skip


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
        raise Refusal("SH-E-604", records=records)
    roots = assignment_roots(bench.desk, bench.holdings, plan=bench.generation, collected=COLLECT)
    if roots != dict(plan.assignment):
        raise Refusal("SH-E-403", path=bench.generation)


def require_open(case: Case, phase: Stage) -> None:
    """Refuse a phase that law or a period keeps closed today."""
    said = declared(case.store.declarations(), CASE_SCOPE)
    named = case.settings.parties.custodian is not None
    for gate in closed_gates(case.settings.case.kind, phase, said, custodian_named=named):
        raise Refusal("SH-E-601", stage=phase.value, fact=gate.fact, needs=gate.needs,
                      has=gate.has)  # fmt: skip


@contextmanager
def bench_of(case: Case, plan: Plan) -> Iterator[Bench]:
    """The tables the work is read from; the sources are read again first, once per plan."""
    generation = str(case.store.stage(f"plan:{plan.digest}"))
    recheck = f"recheck-{generation.removeprefix('plan-')}"
    if not case.vault.sealed(recheck):
        _read_again(case, recheck)
    with case.vault.read(COLLECT, generation, recheck) as desk:
        yield Bench(desk, plan, generation, COLLECT, recheck, assets_of_case(case))


def _read_again(case: Case, generation: str) -> None:
    """Compare every row in scope with its source: what changed or went is never acted on."""
    from contextlib import closing

    import ibis

    from shanhou.sources.intake import stale_rows, take_digests

    inside = {asset.holding.name for asset in assets_of_case(case)}
    case.vault.discard(generation)
    with case.vault.write(generation, reading=[COLLECT]) as desk:
        parts = []
        for source in case.settings.sources:
            mine = [one for one in collected(case)
                    if one.dataset.source == source.id and one.dataset.name in inside]  # fmt: skip
            with closing(reader_of(source, case.folder)) as reader:
                for one in mine:
                    take_digests(desk, reader, one, table=f"now_{one.table}")
                    parts.append(stale_rows(desk, one, generation=COLLECT,
                                            again=f"now_{one.table}"))  # fmt: skip
        rows = desk.create("stale", ibis.union(*parts) if len(parts) > 1 else parts[0])
    case.vault.seal(generation, {"stale": rows}, {})


def ledger_of(case: Case, bench: Bench) -> StepLedger:
    """The plan's step ledger; each finished phase writes its event with its row."""

    def noted(unit: Unit, phase: str, result: Mapping[str, Any]) -> None:
        stage = Stage(phase)
        subject = [Digested("plan", bench.plan.digest)]
        if "sha256" in result:
            subject.append(Digested(str(result.get("name", phase)), str(result["sha256"])))
        note(case, unit, _ACTS[stage], MACHINE, subject=subject,
             facts={**_counts(result), **tree_of(case, bench, stage).facts})  # fmt: skip

    return StepLedger(case.store, bench.plan.digest, noted)


def _counts(result: Mapping[str, Any]) -> dict[str, FactValue]:
    return {name: value for name, value in result.items() if name.endswith("_count")}


def tree_of(case: Case, bench: Bench, phase: Stage) -> SubjectTree:
    """What a phase did to each customer, as the keyed tree whose root the log holds."""
    from shanhou.evidence.subject_tree import SubjectTree

    outcome = _OUTCOME[phase]
    act = f"{case.id}/{bench.plan.name}/{phase.value}"
    return SubjectTree.of(subject_outcomes(bench, outcome), pepper=pepper_of(case), act=act)


def subject_outcomes(bench: Bench, outcome: Outcome) -> Iterator[Any]:
    """One summary per customer that an outcome touches."""
    from shanhou.evidence.subject_tree import SubjectOutcome
    from shanhou.vault.canonical import canonical_json

    if not touched(bench, outcome):
        return
    for batch in bench.desk.batches(by_subject(bench, outcome)):
        for sid, records, groups in zip(*(c.to_pylist() for c in batch.columns), strict=True):
            summary = {"outcome": outcome.value, "groups": groups, "records": records}
            yield SubjectOutcome(f"S{sid:07d}", canonical_json(summary))


def pepper_of(case: Case) -> bytes:
    return case.keys.open("pepper") if case.keys.has("pepper") else case.keys.make("pepper")


# ---- the phases -------------------------------------------------------------------------------


def _transfer(case: Case, bench: Bench, ledger: StepLedger) -> None:
    """Seal the package for the recipient; go on only with their receipt."""
    from shanhou.execution.package import write_package
    from shanhou.execution.package_manifest import Checkpoint, PackageFacts

    recipient = case.settings.parties.recipient
    if recipient is None or not recipient.age:
        raise Refusal("SH-E-603")
    name = f"{case.id}-{bench.plan.digest[:12]}"
    path = case.folder / "packages" / f"{name}.age"

    def act() -> Mapping[str, Any]:
        state = checkpoint(case)
        facts = PackageFacts(name, case.id, bench.plan.digest, "recipient",
                             bench.plan.rehearsal, Checkpoint(state.size, state.root.hex()))  # fmt: skip
        path.parent.mkdir(exist_ok=True)
        parcels = [parcel(bench, asset, Outcome.TRANSFER)
                   for asset in touched(bench, Outcome.TRANSFER)]  # fmt: skip
        made = write_package(path, parcels, recipient_age=recipient.age, facts=facts)
        return {**package_json(made), "name": path.name,
                "records_count": sum(one.rows for one in parcels)}  # fmt: skip

    once(ledger, f"{bench.plan.name}:transfer", Stage.TRANSFER.value, act)
    if case.store.step(f"{bench.plan.name}:receipt") is None:
        raise Refusal("SH-E-602", package=path.name)


def package_json(made: Any) -> dict[str, Any]:
    """A package in the ledger: all that a receipt is checked against."""
    from dataclasses import asdict

    return {**asdict(made), "sha256": made.sha256}


def _archive(case: Case, bench: Bench, ledger: StepLedger) -> None:
    """Seal what is retained, one bag per class and end date; accounting originals whole."""
    from shanhou.execution.archive import seal_archive
    from shanhou.execution.archive_contents import Bag, Kept

    custodian = case.settings.parties.custodian
    if custodian is None or not custodian.age:
        raise Refusal("SH-E-601", stage="archive", fact="custodian.age", needs="age1...", has="-")
    for asset in touched(bench, Outcome.RETAIN):
        for day in end_dates(bench, asset):

            def act(asset: Any = asset, day: str = day) -> Mapping[str, Any]:
                only = {"retain_until": None if day == "-" else date.fromisoformat(day)}
                kept = Kept(parcel(bench, asset, Outcome.RETAIN, only=only),
                            asset.collected.dataset)  # fmt: skip
                bag = Bag(
                    retention=f"{asset.holding.role}-{asset.holding.table}",
                    ends_on=only["retain_until"] or date.max, case=case.id,
                    plan_digest=bench.plan.digest, rehearsal=bench.plan.rehearsal,
                    sealed_on=case.on, tables=[kept], originals=_originals(case, bench, asset),
                )  # fmt: skip
                sealed = seal_archive(case.folder / "archive", bag, keys=case.keys,
                                      custodian_age=custodian.age)  # fmt: skip
                return {"name": sealed.path.name, "sha256": sealed.file.sha256, "until": day,
                        "records_count": kept.parcel.rows, "dataset": asset.holding.name}  # fmt: skip

            (case.folder / "archive").mkdir(exist_ok=True)
            once(ledger, f"{bench.plan.name}:archive:{asset.holding.table}:{day}",
                 Stage.ARCHIVE.value, act)  # fmt: skip


def _originals(case: Case, bench: Bench, asset: Any) -> tuple[Any, ...]:
    """The file itself, bit by bit, when every record of every table in it is retained."""
    from shanhou.execution.archive_contents import Original
    from shanhou.wiring import file_behind

    path = file_behind(case, asset.collected.dataset)
    if path is None or not asset.collected.content:
        return ()
    same_file = {one.dataset.name for one in collected(case)
                 if one.content == asset.collected.content}  # fmt: skip
    kept = {one.situation for one in bench.plan.decisions
            if one.decision.outcome is not Outcome.RETAIN}  # fmt: skip
    others = {one.dataset for one in bench.plan.situations if one.id in kept}
    inside = {a.holding.name for a in bench.assets}
    if same_file & others or not same_file <= inside:
        return ()
    return (Original(path.name, path, asset.collected.content),)


def _anonymise(case: Case, bench: Bench, ledger: StepLedger) -> None:
    """Publish only what passes the test; the rest stays where it is and is listed."""
    from shanhou.execution.anonymise import anonymise_to_csv

    for asset in touched(bench, Outcome.ANONYMISE):

        def act(asset: Any = asset) -> Mapping[str, Any]:
            made = anonymise_to_csv(bench, asset, anonymiser_settings(case, asset.holding.name),
                                    case.folder / "anonymised")  # fmt: skip
            return dict(made)

        once(ledger, f"{bench.plan.name}:anonymise:{asset.holding.table}",
             Stage.ANONYMISE.value, act)  # fmt: skip


def _return(case: Case, bench: Bench, ledger: StepLedger) -> None:
    """Write the readable copies that go back."""
    from shanhou.execution.returning import return_copies

    for asset in touched(bench, Outcome.RETURN):

        def act(asset: Any = asset) -> Mapping[str, Any]:
            return dict(return_copies(bench, asset, case.folder / "returns"))

        once(ledger, f"{bench.plan.name}:return:{asset.holding.table}", Stage.RETURN.value, act)


def _destroy(case: Case, bench: Bench, ledger: StepLedger) -> None:
    """Take out of the sources what may leave them now; originals only after their seal."""
    met = {Outcome.DESTROY}
    for phase in PHASES[:-1]:
        outcome = _OUTCOME[phase]
        if touched(bench, outcome) and _all_done(case, bench, phase):
            met.add(outcome)
    datasets = [asset.collected.dataset for asset in bench.assets]
    destroy(bench, removers_of(case, datasets, ledger), ledger, frozenset(met))


def _all_done(case: Case, bench: Bench, phase: Stage) -> bool:
    steps = [step for step in case.store.steps(bench.plan.digest) if step.phase == phase.value]
    done = bool(steps) and all(step.state == "done" for step in steps)
    if phase is Stage.TRANSFER:
        return done and case.store.step(f"{bench.plan.name}:receipt") is not None
    if phase is Stage.ANONYMISE:
        return done and all(step.detail.get("verdict") == "ANONYMISED" for step in steps)
    return done


_PHASE = {Stage.TRANSFER: _transfer, Stage.ARCHIVE: _archive, Stage.ANONYMISE: _anonymise,
          Stage.RETURN: _return, Stage.DESTROY: _destroy}  # fmt: skip


def _results(case: Case, plan: Plan) -> dict[str, Mapping[str, Any]]:
    steps = case.store.steps(plan.digest)
    return {step.id: step.detail for step in steps if step.state == "done"}


def exceptions_of(case: Case, plan: Plan, bench: Bench) -> tuple[Excepted, ...]:
    """Everything of the plan that could not be done, counted by place and reason."""
    from collections import Counter

    stale = bench.desk.arrow(bench.desk.table(bench.recheck, "stale").code.value_counts())
    found: Counter[tuple[str, str]] = Counter()
    for row in stale.to_pylist():
        found["recheck", row["code"]] += row["code_count"]
    for step in case.store.steps(plan.digest):
        detail = step.detail
        for one in (x for removed in detail.get("removed", ()) for x in removed["exceptions"]):
            found[one["dataset"], one["code"]] += 1
        for one in detail.get("left", ()):
            found[one["dataset"], one["code"]] += 1
        for one in detail.get("scrubbed", ()):
            if not one["done"]:
                found[f"{detail['source']}: {one['name']}", "SH-X-10"] += 1
        if detail.get("verdict") == "DEIDENTIFIED":
            found[detail["dataset"], "SH-X-11"] += int(detail["records_count"])
    return tuple(Excepted(place, code, n) for (place, code), n in sorted(found.items()))


def import_receipt(case: Case, plan: Plan, path: Path) -> None:
    """Take the recipient's signed receipt for the package of this plan.

    Raises:
        Refusal: SH-E-665 to SH-E-670 forged, or for another package, plan, count or log.
    """
    from shanhou.execution.package import package_from_json
    from shanhou.execution.receipt import check_receipt, read_receipt
    from shanhou.cases.store import Step
    from shanhou.wiring import recipient_pem

    sent = case.store.step(f"{plan.name}:transfer")
    if sent is None or sent.state != "done":
        raise Refusal("SH-E-402", path=plan.name)
    receipt = read_receipt(path)
    pem = recipient_pem(case)
    said = check_receipt(receipt, public_key_pem=pem, package=package_from_json(sent.detail),
                         plan_digest=plan.digest)  # fmt: skip
    _take_statement(case, plan, path, receipt, pem, said)
    del Step


def _take_statement(case: Case, plan: Plan, path: Path, receipt: Any, pem: bytes, said: Any) -> None:
    raise NotImplementedError
