"""The five phases of applying a plan: transfer, archive, anonymise, return, destroy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from shanhou.cases.case_facts import refusals_travel
from shanhou.cases.ledger import StepLedger
from shanhou.cases.stages import Stage
from shanhou.disposition.holdings import keys_between
from shanhou.errors import Refusal
from shanhou.execution.carry_out import destroy, once
from shanhou.execution.work import Bench, end_dates, end_dates_in_source, parcel, touched
from shanhou.flow.approving import checkpoint
from shanhou.flow.deciding import question_of, said_of_case
from shanhou.flow.exporting import exported_told
from shanhou.flow.gathering import collected, register_of
from shanhou.flow.noting import SUBJECTS
from shanhou.flow.sealing import looking, sealed_once
from shanhou.flow.steps import (
    OUTCOME,
    PHASES,
    destroy_step,
    is_done,
    phase_done,
    receipt_name,
    receipt_step,
    transfer_step,
)
from shanhou.flow.taking_over import earlier_plans
from shanhou.law.rule import Outcome
from shanhou.wiring import Case, file_behind, recipient_key, removers_of

if TYPE_CHECKING:
    from shanhou.cases.store import Step
    from shanhou.disposition.holdings import Asset
    from shanhou.disposition.plan import Plan
    from shanhou.execution.order import Parcel
    from shanhou.vault.generation import Desk

ANONYMISED = "ANONYMISED"
OTHERS = {("held_as", "processor"), ("secret_owner", "third_party")}
"""Facts that make a dataset somebody else's: it goes back to them whole."""


def _transfer(case: Case, bench: Bench, ledger: StepLedger) -> None:
    """Seal the package for the recipient; go on only with their receipts.

    What an earlier plan sent is not sent twice, but its receipt is awaited as well.
    """
    from shanhou.execution.package import write_package
    from shanhou.execution.package_manifest import Checkpoint, PackageFacts

    recipient = case.settings.parties.recipient
    if recipient is None or not recipient.age:
        raise Refusal("SH-E-603")
    path = case.folder / "packages" / _package_name(case, bench.plan)

    def act() -> Mapping[str, Any]:
        agreement = case.settings.agreement
        if agreement is not None and agreement.ran_out(case.on):
            raise Refusal("SH-E-609", until=str(agreement.until))
        state = checkpoint(case)
        seen = Checkpoint(state.size, state.root.hex())
        facts = PackageFacts(path.stem, case.id, bench.plan.digest, "recipient",
                             bench.plan.rehearsal, seen)  # fmt: skip
        path.parent.mkdir(exist_ok=True)
        parcels = [looking(parcel(bench, asset, Outcome.TRANSFER), ledger)
                   for asset in touched(bench, Outcome.TRANSFER)]  # fmt: skip
        with case.vault.read(bench.generation, SUBJECTS) as desk:
            sent = [*parcels, *_refusals(case, bench, desk)]
            made = write_package(path, sent, recipient_age=recipient.age, facts=facts)
        return {**asdict(made), "name": path.name, "recheck": bench.recheck,
                "records_count": sum(one.rows for one in parcels),
                **exported_told(case, bench.plan)}  # fmt: skip

    if _sends(bench):
        sealed_once(ledger, transfer_step(bench.plan), act, path)
    for plan in _senders(case, bench):
        if not receipt_taken(case, plan):
            raise Refusal("SH-E-602", package=_package_name(case, plan))


def _refusals(case: Case, bench: Bench, desk: Desk) -> list[Parcel]:
    """Who said no, for the recipient to honour; unless the case file keeps the list back."""
    from shanhou.execution.refusals import refusals

    if not refusals_travel(case.settings):
        return []
    one = refusals(desk, plan=bench.generation, subjects=SUBJECTS,
                   plan_digest=bench.plan.digest)  # fmt: skip
    return [one] if one is not None else []


def _sends(bench: Bench) -> bool:
    """Whether anything is left to send."""
    return any(parcel(bench, asset, Outcome.TRANSFER).rows
               for asset in touched(bench, Outcome.TRANSFER))  # fmt: skip


def _senders(case: Case, bench: Bench) -> list[Plan]:
    """The plans whose packages hold something that this plan calls transferred."""
    sent = [one for one in earlier_plans(case, bench.plan) if is_done(case, transfer_step(one))]
    # what was sealed is awaited, even if its rows were edited since
    own = is_done(case, transfer_step(bench.plan)) or _sends(bench)
    return [*sent, bench.plan] if own else sent


def _package_name(case: Case, plan: Plan) -> str:
    return f"{case.id}-{plan.digest[:12]}.age"


def receipt_taken(case: Case, plan: Plan) -> bool:
    """Whether the recipient signed for this very package; a ledger row is no receipt."""
    from shanhou.evidence.entry import Digested
    from shanhou.evidence.note import verifies
    from shanhou.evidence.statement import parse_public_key_pem, parse_statement

    taken = case.store.step(receipt_step(plan))
    sent = case.store.step(transfer_step(plan))
    held = case.store.statements().get(receipt_name(plan))
    if taken is None or sent is None or held is None:
        return False
    about = {Digested("package", str(sent.detail.get("sha256"))),
             Digested("receipt", str(taken.detail.get("receipt_sha256")))}  # fmt: skip
    public = parse_public_key_pem(recipient_key(case))
    return verifies(public, held[1], held[0]) and about <= set(parse_statement(held[0]).subject)


def _archive(case: Case, bench: Bench, ledger: StepLedger) -> None:
    """Seal what is retained, one bag per class and end date; accounting originals whole."""
    from shanhou.execution.archive import seal_archive
    from shanhou.execution.archive_contents import Bag, Kept

    custodian = case.settings.parties.custodian
    if custodian is None or not custodian.age:
        raise Refusal("SH-E-601", stage="archive", fact="custodian", needs="age1...", has="-")
    for asset in touched(bench, Outcome.RETAIN):
        for day in end_dates(bench, asset):

            def act(asset: Asset = asset, day: str = day) -> Mapping[str, Any]:
                only = {"retain_until": None if day == "-" else date.fromisoformat(day)}
                kept = Kept(parcel(bench, asset, Outcome.RETAIN, only=only),
                            asset.collected.dataset)  # fmt: skip
                bag = Bag(
                    retention=f"{asset.holding.role}-{asset.holding.table}",
                    ends_on=only["retain_until"] or date.max, case=case.id,
                    plan_digest=bench.plan.digest, rehearsal=bench.plan.rehearsal,
                    sealed_on=case.on, tables=[kept], originals=_originals(case, bench, asset),
                    supplement=len(_bags_before(case, bench, asset, day)),
                )  # fmt: skip
                sealed = seal_archive(case.folder / "archive", bag, keys=case.keys,
                                      custodian_age=custodian.age)  # fmt: skip
                return {
                    "name": sealed.path.name,
                    "sha256": sealed.file.sha256,
                    "until": day,
                    "records_count": kept.parcel.rows,
                    "dataset": asset.holding.name,
                    "original": bool(bag.originals)
                    or any(
                        one.detail.get("original") for one in _bags_before(case, bench, asset, day)
                    ),
                }

            (case.folder / "archive").mkdir(exist_ok=True)
            once(ledger, _bag_step(bench.plan, asset, day), Stage.ARCHIVE.value, act)


def _bags_before(case: Case, bench: Bench, asset: Asset, day: str) -> list[Step]:
    """The bags of earlier plans for the same rows and end date."""
    steps = (case.store.step(_bag_step(plan, asset, day))
             for plan in earlier_plans(case, bench.plan))  # fmt: skip
    return [one for one in steps if one is not None and one.state == "done"]


def _bag_step(plan: Plan, asset: Asset, day: str) -> str:
    """The ledger row of one bag: a dataset's retained rows with one end date."""
    return f"{plan.name}:archive:{asset.holding.table}:{day}"


_SEALED_WHOLE = {"voucher": {Outcome.RETAIN, Outcome.HOLD, Outcome.KEEP}}
"""An accounting original is sealed whole although rows beside the retained ones stay (design 4.9);
rows that leave or are destroyed cannot stand in a seal for decades."""


def _originals(case: Case, bench: Bench, asset: Asset) -> tuple[Any, ...]:
    """The file itself, bit by bit, unless something in it must not be sealed with it."""
    from shanhou.execution.agefile import file_sha256
    from shanhou.execution.archive_contents import Original

    path = file_behind(case, asset.collected.dataset)
    if path is None or not asset.collected.content:
        return ()
    began = any(_began(case, plan, asset) for plan in earlier_plans(case, bench.plan))
    if began and not (path.is_file() and file_sha256(path) == asset.collected.content):
        return ()  # the file is no longer what was collected
    same_file = {one.dataset.name for one in collected(case)
                 if one.content == asset.collected.content}  # fmt: skip
    fitting = _SEALED_WHOLE.get(asset.holding.role, {Outcome.RETAIN})
    unfit = {one.situation for one in bench.plan.decisions
             if one.decision.outcome not in fitting}  # fmt: skip
    others = {one.dataset for one in bench.plan.situations if one.id in unfit}
    inside = {a.holding.name for a in bench.assets}
    beside = asset.holding.role not in _SEALED_WHOLE and not same_file <= inside
    if same_file & others or beside:
        return ()
    return (Original(path.name, path, asset.collected.content),)


def _began(case: Case, plan: Plan, asset: Asset) -> bool:
    """Whether a plan began to take rows out of the source that an asset comes from."""
    return case.store.step(destroy_step(plan, asset.collected.dataset.source)) is not None


def _anonymise(case: Case, bench: Bench, ledger: StepLedger) -> None:
    """Publish only what passes the test; the rest stays where it is and is listed.

    What failed is tried again, as a word may be all it lacked, until destruction has begun: after
    that its originals would outlive what is published.
    """
    from shanhou.execution.anonymise_work import publish_anonymised

    said = said_of_case(case)
    begun = any(one.phase == Stage.DESTROY.value for one in case.store.steps(bench.plan.digest))
    for asset in touched(bench, Outcome.ANONYMISE):
        how = case.settings.anonymise.get(asset.holding.name)
        step = f"{bench.plan.name}:anonymise:{asset.holding.table}"
        if begun or ledger.done(step) is not None:
            continue
        if not parcel(bench, asset, Outcome.ANONYMISE).rows:
            continue  # an earlier plan published it
        ledger.intend(step, Stage.ANONYMISE.value)
        before = any(is_done(case, f"{plan.name}:anonymise:{asset.holding.table}")
                     for plan in earlier_plans(case, bench.plan))  # fmt: skip
        result = asdict(publish_anonymised(bench, asset, how, said, case.folder / "anonymised",
                                           published_before=before))  # fmt: skip
        write = ledger.finish if result["verdict"] == ANONYMISED else ledger.fail
        write(step, Stage.ANONYMISE.value, result)


def _return(case: Case, bench: Bench, ledger: StepLedger) -> None:
    """Write the readable copies that go back."""
    from shanhou.execution.return_work import give_back
    from shanhou.execution.returning import ReturnFacts, Words

    handler = case.settings.parties.handler.name
    facts = ReturnFacts(Words(handler, handler), bench.plan.digest, case.on.isoformat(),
                        bench.plan.rehearsal)  # fmt: skip
    question = question_of(case)
    folder = case.folder / "returns"
    if earlier_plans(case, bench.plan):
        folder /= bench.plan.name  # copies of an earlier plan may still wait to be handed over
    for asset in touched(bench, Outcome.RETURN):
        if not parcel(bench, asset, Outcome.RETURN).rows:
            continue
        said = question.dataset_facts(asset.holding)

        def act(asset: Asset = asset, said: Mapping[str, str] = said) -> Mapping[str, Any]:
            to_owner = bool(OTHERS & set(said.items()))
            done = give_back(bench, asset, folder, facts=facts, to_owner=to_owner)
            place = (folder / asset.holding.table).relative_to(case.folder)
            return {**asdict(done), "folder": place.as_posix()}

        once(ledger, f"{bench.plan.name}:return:{asset.holding.table}", Stage.RETURN.value, act)


def _destroy(case: Case, bench: Bench, ledger: StepLedger) -> None:
    """Take out of the sources what may leave them now; originals only after their seal."""
    met = {Outcome.DESTROY}
    for phase in PHASES[:-1]:
        if touched(bench, OUTCOME[phase]) and _condition_met(case, bench, phase):
            met.add(OUTCOME[phase])
    if not is_done(case, phase_done(bench.plan, Stage.DESTROY)):
        _require_seals(case, bench)
    removers = removers_of(case, bench.assets, ledger, relations=keys_between(register_of(case)),
                           may_lose=bench.plan.would_lose)  # fmt: skip
    destroy(bench, removers, ledger, frozenset(met), collected(case))


def _require_seals(case: Case, bench: Bench) -> None:
    """Refuse to take retained rows out unless each of their bags stands there as it was sealed.

    Raises:
        Refusal: SH-E-605 a bag is not there, or is not the one that was checked when sealed.
    """
    from shanhou.execution.agefile import file_sha256

    if not is_done(case, phase_done(bench.plan, Stage.ARCHIVE)):
        return
    for asset in touched(bench, Outcome.RETAIN):
        own = set(end_dates(bench, asset))
        for day in end_dates_in_source(bench, asset):
            bags = _bags_before(case, bench, asset, day)
            step = case.store.step(_bag_step(bench.plan, asset, day))
            details = [one.detail for one in (*bags, *([step] if step else ()))]
            paths = [case.folder / "archive" / str(one.get("name", "")) for one in details]
            stand = all(path.is_file() and file_sha256(path) == detail.get("sha256")
                        for path, detail in zip(paths, details, strict=True))  # fmt: skip
            if not details or not stand or (day in own and step is None):
                raise Refusal("SH-E-605", dataset=asset.holding.name)


def _condition_met(case: Case, bench: Bench, phase: Stage) -> bool:
    """Whether items may leave their source now that a phase has run."""
    plan = bench.plan
    if not is_done(case, phase_done(plan, phase)):
        return False
    if phase is Stage.ANONYMISE:
        steps = [one for one in case.store.steps(plan.digest) if one.phase == phase.value]
        return all(one.detail.get("verdict", ANONYMISED) == ANONYMISED for one in steps)
    return phase is not Stage.TRANSFER or all(
        receipt_taken(case, one) for one in _senders(case, bench)
    )


PHASE: Mapping[Stage, Callable[[Case, Bench, StepLedger], None]] = {
    Stage.TRANSFER: _transfer,
    Stage.ARCHIVE: _archive,
    Stage.ANONYMISE: _anonymise,
    Stage.RETURN: _return,
    Stage.DESTROY: _destroy,
}
