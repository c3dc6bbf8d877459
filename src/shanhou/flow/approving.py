"""The stage that approves: signatures under exactly one plan, and whether enough of them hold."""

from __future__ import annotations

import socket
from collections.abc import Mapping
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
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, Digested
from shanhou.flow.as_logged import require_whole_log
from shanhou.flow.deciding import require_founded, require_fresh
from shanhou.flow.exporting import require_export_line
from shanhou.flow.noting import note
from shanhou.flow.passkeys import is_genuine, passkey_of, require_alone
from shanhou.vault.canonical import digest_hex
from shanhou.wiring import Case, public_key_of

NOTICE = "NOTICE"
"""What the quorum of the case file calls the sending of letters."""

if TYPE_CHECKING:
    from shanhou.disposition.plan import Plan
    from shanhou.evidence.note import Checkpoint
    from shanhou.evidence.statement import SignedStatement


def checkpoint(case: Case) -> Checkpoint:
    """Bring the log's files up to the events and sign where it stands."""
    from shanhou.evidence.log import write_log

    with case.store.lease("log"):
        return write_log(case.store.events(), case.folder / "log", origin=case.origin,
                         signer=case.signer)  # fmt: skip


def approve(
    case: Case, plan: Plan, *, by: str, private: bytes, sheet: Path | None = None,
    signed_by: str | None = None, played_device: str | None = None, browser: str = "",
) -> Approval:  # fmt: skip
    """Sign a plan's digest and the log as it stands, with one's own key.

    With a `sheet`, `by` is the outsider who saw `signed_by` sign and seal the printed sheet, and
    countersigns its photograph. `played_device`: in a rehearsal all people may sit at one machine
    and play several; elsewhere one device is one eye. `browser`: which browser of a console signs.

    Raises:
        Refusal: SH-E-405 the plan is stale; SH-E-322, SH-E-917, SH-E-887, SH-E-888 the state is
            not what the log tells; SH-E-610, 611 the year's exports; SH-E-503 this person may not
            approve it; SH-E-504 the key is not the one the case file names for
            them; SH-E-505 the witness is a party;
            SH-E-508 nobody signs for another without a sheet, nor over their own key.
    """
    with case.store.lease("case"):
        at = browser or device()
        return _approve(case, plan, by, private, sheet, signed_by, played_device, at)


def _approve(
    case: Case, plan: Plan, by: str, private: bytes, sheet: Path | None,
    signed_by: str | None, played_device: str | None, at: str,
) -> Approval:  # fmt: skip
    from shanhou.evidence.note import public_key
    from shanhou.evidence.pack import key_digested

    require_fresh(case, plan)
    require_founded(case, plan)
    require_export_line(case, plan)
    if played_device and not case.settings.case.rehearsal:
        raise Refusal("SH-E-507", device=played_device)
    machine = played_device or at
    approver = case.settings.person(signed_by or by)
    if not may_approve(approver, maker=plan.maker):
        raise Refusal("SH-E-503", person=approver.id)
    if sheet is not None and (approver.id == by or not may_witness(case.settings.person(by))):
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
    subject = [Digested("plan", plan.digest), notice_words()]
    if sheet is not None:
        subject.append(_photographed(sheet))
    signed = _signed(case, "approval", by, private, state, subject=subject, facts=facts)
    name = next_name(case, f"approval-{plan.digest[:12]}-{approver.id}")
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
    # their own word before what they saw others sign
    by_key_first = sorted(
        case.store.approvals(plan.digest), key=lambda one: one.means is Means.SHEET
    )
    for one in by_key_first:
        if _genuine(case, plan, one):
            first.setdefault(_signing_key(case, one), one)
    return list(first.values())


def _signing_key(case: Case, one: Approval) -> bytes:
    """The public key under which an approval stands."""
    signer = case.settings.person(one.witness or one.person)
    if one.means is Means.PASSKEY:
        return passkey_of(signer, case.folder).public
    return public_key_of(signer, case.folder)


def _signed_by_key(case: Case, plan: Plan, person: str) -> bool:
    """Whether they approved with their own key or passkey, which no sheet takes the place of."""
    return any(one.person == person and one.means is not Means.SHEET and _genuine(case, plan, one)
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
    require_alone(case, person, own, lambda other: public_key_of(other, case.folder))


def next_name(case: Case, name: str) -> str:
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


def require_approved(case: Case, plan: Plan) -> None:
    """Refuse to carry out a plan that is stale, or that not enough persons signed.

    Raises:
        Refusal: SH-E-405 the plan is stale; SH-E-506 who lacks; what `require_fresh` refuses.
        Fault: SH-E-702 the log is not what was signed of it.
    """
    require_whole_log(case)
    require_fresh(case, plan)
    for short in missing_approvals(case, plan):
        raise Refusal("SH-E-506", plan=plan.name, outcome=short.outcome, have=short.have,
                      need=short.need)  # fmt: skip


def missing_notice_approvals(case: Case, plan: Plan) -> tuple[Shortfall, ...]:
    """What still lacks before the plan's letters may go out: they cannot be called back.

    Who signed the plan signed its ladder, hours and numbers with the case file, and the words that
    the letters are made of; a signature under other words does not count.
    """
    words = notice_words()
    signed = [one for one in _genuine_approvals(case, plan) if _is_under(case, one, words)]
    return shortfalls(
        plan_digest=plan.digest,
        maker=plan.maker,
        outcomes=(NOTICE,),
        approvals=signed,
        people=case.settings.people,
        quorum=case.settings.approvals.quorum,
    )


def _is_under(case: Case, one: Approval, named: Digested) -> bool:
    from shanhou.evidence.statement import parse_statement

    held = signed_approval(case, one)
    return held is not None and named in parse_statement(held[0]).subject


def notice_words() -> Digested:
    """The words that letters and short texts are made of, as a statement names them."""
    from shanhou.notices.texts import words_digest

    return words_named(words_digest())


def words_named(digest: str) -> Digested:
    """Those words by their digest, as a statement names them."""
    return Digested(f"words-{digest[:12]}", digest)


def _genuine(case: Case, plan: Plan, one: Approval) -> bool:
    """Whether the stored approval is what the named person's key signed for this plan and log."""
    from shanhou.evidence.note import verifies
    from shanhou.evidence.statement import parse_statement

    held = signed_approval(case, one)
    if held is None:
        return False
    if one.means is Means.PASSKEY:
        return is_genuine(case, plan.digest, one, held)
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


def device() -> str:
    """Which machine this is, as a digest: one device is one eye."""
    for place in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        path = Path(place)
        if path.is_file() and path.read_text(encoding="ascii").strip():
            return digest_hex(path.read_bytes())[:16]
    return digest_hex(socket.gethostname().encode())[:16]
