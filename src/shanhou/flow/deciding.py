"""The stages that decide: the plan, and the approvals of exactly one plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from shanhou.cases.approvals import (
    Approval,
    Means,
    Shortfall,
    eyes,
    may_approve,
    may_witness,
    shortfalls,
)
from shanhou.cases.settings import Duty
from shanhou.cases.stages import Stage
from shanhou.errors import Fault, Refusal
from shanhou.evidence.entry import Act, Digested, utc_text
from shanhou.flow.gathering import collected, register_of
from shanhou.flow.noting import COLLECT, INVENTORY, SUBJECTS, note
from shanhou.flow.resting import require, resting
from shanhou.vault.canonical import json_digest, row_bytes
from shanhou.wiring import Case, device, parts_lost, public_key_of

if TYPE_CHECKING:
    from shanhou.cases.settings import Settings
    from shanhou.disposition.holdings import Asset
    from shanhou.disposition.plan import Basis, Plan
    from shanhou.disposition.situation import Question
    from shanhou.evidence.note import Checkpoint
    from shanhou.evidence.statement import SignedStatement

PLANS = "plans"
EVIDENCE = "evidence"


# ---- plan 方案 --------------------------------------------------------------------------------


def make_plan(case: Case, *, by: str) -> Plan:
    """Decide every item under the law of the day, and save the plan; nothing in the world changes.

    Raises:
        Refusal: SH-E-404 the plan's sum does not close; SH-E-502 the person may not plan.
    """
    from shanhou.disposition.plan import closes, save
    from shanhou.disposition.planner import Makings, draft, put_words

    if Duty.PLANNER not in case.settings.person(by).duties:
        raise Refusal("SH-E-502", person=by, duty=Duty.PLANNER.value)
    with case.store.lease("case"):
        require(case, Stage.PLAN)
        assets, question, basis = assets_of_case(case), question_of(case), basis_of(case)
        rows = {one.dataset.name: one.rows for one in collected(case)}
        makings = Makings(COLLECT, INVENTORY, SUBJECTS, rows, register_of(case), assets, basis, by,
                          utc_text(case.at), case.settings.case.rehearsal)  # fmt: skip
        generation = f"plan-{int(case.store.stage('plans') or 0) + 1}"
        case.vault.discard(generation)
        with case.vault.write(generation, reading=[COLLECT, INVENTORY, SUBJECTS]) as desk:
            put_words(desk, case.store.answers(), case.store.letters(), case.store.declarations())
            plan = draft(desk, question, makings)
        plan = replace(plan, would_lose=parts_lost(case, assets))
        if not closes(plan, rows):
            raise Refusal("SH-E-404", plan=plan.name)
        case.vault.seal(generation, {"record": sum(s.records for s in plan.situations)}, {})
        save(plan, case.folder / PLANS / f"{plan.name}.shplan")
        with case.store.commit() as unit:
            unit.set_stage("plans", generation.removeprefix("plan-"))
            unit.set_stage(f"plan:{plan.digest}", generation)
            unit.set_stage("plan:latest", plan.name)
            note(
                case,
                unit,
                Act.PLAN,
                by,
                subject=[Digested("plan", plan.digest)],
                facts={"situations_count": len(plan.situations), "rules": basis.rules},
            )
    return plan


def assets_of_case(case: Case) -> tuple[Asset, ...]:
    from shanhou.disposition.holdings import assets_of

    return assets_of(register_of(case), case.settings, collected(case))


def question_of(case: Case) -> Question:
    """What every situation is asked with today."""
    from shanhou.disposition.facts import CASE_SCOPE, declared
    from shanhou.disposition.holdings import bounds_of
    from shanhou.disposition.situation import Question
    from shanhou.law.load import load_rulebook

    rulebook = load_rulebook()
    declarations = case.store.declarations()
    said = declared(declarations, CASE_SCOPE)
    words = {name: value for name, value in said.items() if name in rulebook.facts}
    settings = case.settings
    words |= {"exit_kind": settings.case.kind.value, "timing": settings.case.timing.value,
              "custodian": "named" if settings.parties.custodian else "none",
              "recipient_abroad": "yes" if _recipient_abroad(settings) else "no"}  # fmt: skip
    assets = assets_of_case(case)
    return Question(
        rulebook=rulebook,
        on=case.on,
        case=words,
        holdings=tuple(asset.holding for asset in assets),
        bounds=bounds_of(settings, assets, collected(case)),
        declarations=declarations,
    )


def _recipient_abroad(settings: Settings) -> bool:
    recipient = settings.parties.recipient
    return recipient is not None and recipient.abroad


def basis_of(case: Case) -> Basis:
    """Everything a plan made now would rest on; a plan that rests on anything else is stale.

    Words that only open a gate (the claims window, the taxes) decide no item: they come after the
    approvals, and `require_open` asks for them at the act.
    """
    from shanhou.disposition.plan import Basis
    from shanhou.law.load import load_rulebook
    from shanhou.vault.canonical import digest_hex

    settings, rulebook = case.settings, load_rulebook()
    return Basis(
        case=case.id,
        kind=settings.case.kind.value,
        on=case.on.isoformat(),
        rules=rulebook.digest,
        settings=json_digest(settings.model_dump(mode="json", by_alias=True)),
        declarations=json_digest(
            [asdict(one) for one in case.store.declarations() if one.fact in rulebook.facts]
        ),
        answers=_heard(case),
        register=digest_hex(str(case.store.stage("register")).encode()),
        subjects=str(case.store.stage(resting(Stage.SUBJECTS))),
        collected={one.dataset.name: one.root for one in collected(case)},
    )


def _heard(case: Case) -> str:
    """The digest of every answer and letter; streamed, as a large firm writes a million."""
    import hashlib

    digest = hashlib.sha256()
    for answer in case.store.answers():
        digest.update(row_bytes(tuple(map(str, vars(answer).values()))) + b"\n")
    digest.update(b"\n")
    for letter in case.store.letters():
        digest.update(row_bytes((letter.letter, letter.subject, letter.deadline)) + b"\n")
    return digest.hexdigest()


def said_of_case(case: Case) -> dict[str, str]:
    """What persons declared of the whole case, as far as the log tells the same.

    Words that open a gate are no part of a plan's basis, so a row of the store edited by hand is
    held against the log here: where the two differ nobody said anything.
    """
    from shanhou.disposition.facts import CASE_SCOPE, declared
    from shanhou.evidence.entry import parse_entry

    logged: dict[str, str] = {}
    for raw in case.store.events():
        entry = parse_entry(raw)
        if entry.act is Act.DECLARE and entry.facts.get("scope") == CASE_SCOPE:
            logged[str(entry.facts["fact"])] = str(entry.facts["value"])
    held = declared(case.store.declarations(), CASE_SCOPE)
    return {fact: value for fact, value in held.items() if logged.get(fact) == value}


def require_fresh(case: Case, plan: Plan) -> None:
    """Refuse a plan that rests on other rules, words, answers or data than today's.

    Raises:
        Refusal: SH-E-405 with what changed; SH-E-402 the plan is not one this case made.
    """
    if case.store.stage(f"plan:{plan.digest}") is None:
        raise Fault("SH-E-402", path=plan.name)
    now = replace(basis_of(case), on=plan.basis.on)
    changed = [name for name, value in asdict(now).items() if value != asdict(plan.basis)[name]]
    if changed:
        raise Refusal("SH-E-405", plan=plan.name, changed=", ".join(changed))


def latest_plan(case: Case) -> Path:
    """The file of the plan made last.

    Raises:
        Refusal: SH-E-204 no plan was made yet.
    """
    name = case.store.stage("plan:latest")
    if name is None:
        raise Refusal("SH-E-204", generation="plan")
    return case.folder / PLANS / f"{name}.shplan"


# ---- approvals 审批 ---------------------------------------------------------------------------


def checkpoint(case: Case) -> Checkpoint:
    """Bring the log's files up to the events and sign where it stands."""
    from shanhou.evidence.log import write_log

    with case.store.lease("log"):
        return write_log(case.store.events(), case.folder / "log", origin=case.origin,
                         signer=case.signer)  # fmt: skip


def approve(
    case: Case, plan: Plan, *, by: str, private: bytes, sheet: Path | None = None,
    signed_by: str | None = None, played_device: str | None = None,
) -> Approval:  # fmt: skip
    """Sign a plan's digest and the log as it stands, with one's own key.

    With a `sheet`, `by` is the outsider who saw `signed_by` sign and seal the printed sheet, and
    countersigns its photograph. `played_device`: in a rehearsal all people may sit at one machine
    and play several; elsewhere one device is one eye.

    Raises:
        Refusal: SH-E-405 the plan is stale; SH-E-503 this person may not approve it; SH-E-504 the
            key is not the one the case file names for them; SH-E-505 the witness is a party;
            SH-E-508 nobody signs for another without a sheet, nor over their own key.
    """
    with case.store.lease("case"):
        return _approve(case, plan, by, private, sheet, signed_by, played_device)


def _approve(
    case: Case, plan: Plan, by: str, private: bytes, sheet: Path | None,
    signed_by: str | None, played_device: str | None,
) -> Approval:  # fmt: skip
    from shanhou.evidence.note import public_key
    from shanhou.evidence.pack import key_digested

    require_fresh(case, plan)
    if played_device and not case.settings.case.rehearsal:
        raise Refusal("SH-E-507", device=played_device)
    machine = played_device or device()
    approver = case.settings.person(signed_by or by)
    if not may_approve(approver, maker=plan.maker):
        raise Refusal("SH-E-503", person=approver.id)
    if sheet is not None and not may_witness(case.settings.person(by)):
        raise Refusal("SH-E-505", person=by)
    if approver.id != by and (sheet is None or _signed_by_key(case, plan, approver.id)):
        raise Refusal("SH-E-508", person=approver.id)
    public = public_key_of(case.settings.person(by), case.folder)
    if public_key(private) != public:
        raise Refusal("SH-E-504", person=by)
    require_own_key(case, by)
    state = checkpoint(case)
    means = Means.KEY if sheet is None else Means.SHEET
    facts: dict[str, str] = {"means": means.value, "device": machine, "approver": approver.id}
    subject = [Digested("plan", plan.digest)]
    if sheet is not None:
        subject.append(_photographed(sheet))
    signed = _signed(case, "approval", by, private, state, subject=subject, facts=facts)
    name = _next_name(case, f"approval-{plan.digest[:12]}-{approver.id}")
    one = Approval(plan.digest, approver.id, means, machine, state.size, state.root.hex(),
                   _sha256(signed.raw), by if sheet is not None else "")  # fmt: skip
    with case.store.commit() as unit:
        unit.approve(one)
        unit.statement(name, signed.raw, signed.signature)
        note(case, unit, Act.APPROVE, by,
             subject=[key_digested(by, public), _named(name, signed), *subject],
             facts={"approver": approver.id, "means": means.value})  # fmt: skip
    return one


def _genuine_approvals(case: Case, plan: Plan) -> list[Approval]:
    """Approvals whose signatures hold; a key that two people are named with signs for one."""
    first: dict[bytes, Approval] = {}
    for one in case.store.approvals(plan.digest):
        if _genuine(case, plan, one):
            signer = case.settings.person(one.witness or one.person)
            first.setdefault(public_key_of(signer, case.folder), one)
    return list(first.values())


def _signed_by_key(case: Case, plan: Plan, person: str) -> bool:
    """Whether they already approved with their own key, which no sheet takes the place of."""
    return any(one.person == person and one.means is Means.KEY and _genuine(case, plan, one)
               for one in case.store.approvals(plan.digest))  # fmt: skip


def counted_approvals(case: Case, plan: Plan) -> tuple[Approval, ...]:
    """The approvals that count: genuine, by persons who may, one eye each."""
    genuine = _genuine_approvals(case, plan)
    counted = eyes(genuine, case.settings.people, maker=plan.maker)
    return tuple(one for one in genuine if one.person in counted)


def require_own_key(case: Case, person: str) -> None:
    """Refuse a key that another person of the case is named with as well.

    Raises:
        Refusal: SH-E-509 two people, one key.
    """
    own = public_key_of(case.settings.person(person), case.folder)
    for other in case.settings.people:
        there = other.key and (case.folder / other.key).is_file()
        if there and other.id != person and public_key_of(other, case.folder) == own:
            raise Refusal("SH-E-509", person=person, other=other.id)


def _next_name(case: Case, name: str) -> str:
    """A person may sign again, from another device say; the log keeps what was signed before."""
    again = sum(one.startswith(name) for one in case.store.statements())
    return f"{name}-{again + 1}" if again else name


def signed_approval(case: Case, one: Approval) -> tuple[bytes, bytes] | None:
    """What the person signed, with the signature; None when the store holds no such statement."""
    for name, held in case.store.statements().items():
        if name.startswith("approval-") and _sha256(held[0]) == one.statement_sha256:
            return held
    return None


def _photographed(sheet: Path) -> Digested:
    if not sheet.is_file():
        raise Refusal("SH-E-303", path=sheet.name)
    return Digested("sheet", _sha256(sheet.read_bytes()))


def _signed(
    case: Case, kind: str, by: str, private: bytes, state: Checkpoint, *,
    subject: list[Digested], facts: Mapping[str, str],
) -> SignedStatement:  # fmt: skip
    from shanhou.evidence.statement import Statement, StatementKind, sign_statement

    statement = Statement(StatementKind(kind), by, case.id, case.at,
                          case.settings.case.rehearsal, state, tuple(subject), facts)  # fmt: skip
    return sign_statement(statement, private)


def _named(name: str, signed: SignedStatement) -> Digested:
    from shanhou.evidence.pack import statement_digested

    return statement_digested(name, signed)


def _sha256(content: bytes) -> str:
    from shanhou.vault.canonical import digest_hex

    return digest_hex(content)


def missing_approvals(case: Case, plan: Plan) -> tuple[Shortfall, ...]:
    """What still lacks before this plan may be carried out; every signature is checked anew."""
    return shortfalls(
        plan_digest=plan.digest,
        maker=plan.maker,
        outcomes=sorted(outcome.value for outcome in plan.outcomes()),
        approvals=_genuine_approvals(case, plan),
        people=case.settings.people,
        quorum=case.settings.approvals.quorum,
    )


def _genuine(case: Case, plan: Plan, one: Approval) -> bool:
    """Whether the stored approval is what the named person's key signed for this plan and log."""
    from shanhou.evidence.note import verifies
    from shanhou.evidence.statement import parse_statement

    held = signed_approval(case, one)
    if held is None:
        return False
    statement = parse_statement(held[0])
    signer = case.settings.person(one.witness or one.person)
    public = public_key_of(signer, case.folder)
    told = (statement.by, statement.facts.get("approver"), statement.facts.get("device"),
            statement.facts.get("means"))  # fmt: skip
    return (
        told == (signer.id, one.person, one.device, one.means.value)
        and Digested("plan", plan.digest) in statement.subject
        and statement.case == case.id
        and verifies(public, held[1], held[0])
    )
