"""Approving by passkey: what a browser and an authenticator gave is checked before it counts."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from shanhou.cases.approvals import Approval, Means, may_approve
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, Digested
from shanhou.evidence.passkey import parse_assertion, wrong_with
from shanhou.evidence.statement import SignedStatement, parse_statement
from shanhou.flow.approving import next_name, notice_words
from shanhou.flow.deciding import require_founded, require_fresh
from shanhou.flow.exporting import require_export_line
from shanhou.flow.noting import note
from shanhou.flow.passkeys import Asked, approval_statement, own_passkey
from shanhou.vault.canonical import digest_hex

if TYPE_CHECKING:
    from shanhou.disposition.plan import Plan
    from shanhou.evidence.note import Checkpoint
    from shanhou.wiring import Case

_VALID_FOR = timedelta(minutes=15)
"""How long after a page was opened its signature is taken: a person signs what they just read."""


def approve_by_passkey(
    case: Case, plan: Plan, *, by: str, statement: bytes, assertion: bytes, browser: str,
    origin: str,
) -> Approval:  # fmt: skip
    """Take a person's approval that their passkey signed.

    `statement` is what the page gave to sign, `assertion` what came back; `browser` and `origin`
    are what the console itself saw, and must be what the statement says.

    Raises:
        Refusal: SH-E-405 the plan is stale; SH-E-610, 611 the year's exports; SH-E-503 this
            person may not approve it; SH-E-510 the case names no passkey of theirs; SH-E-509
            somebody else is named with it; SH-E-511 the signature is not for this.
        Fault: SH-E-709, SH-E-713 what came is out of form.
    """
    with case.store.lease("case"):
        require_fresh(case, plan)
        require_founded(case, plan)
        require_export_line(case, plan)
        person = case.settings.person(by)
        if not may_approve(person, maker=plan.maker):
            raise Refusal("SH-E-503", person=by)
        passkey = own_passkey(case, by)
        said = parse_statement(statement)
        asked = approval_statement(
            Asked(plan.digest, notice_words(), passkey, browser, origin), by=by, case=case.id,
            at=said.at, rehearsal=case.settings.case.rehearsal, log=said.log,
        )  # fmt: skip
        signed = SignedStatement(statement, assertion)
        wrong = wrong_with(passkey, parse_assertion(assertion), statement, origin=origin)
        truths = {
            "statement": asked.to_bytes() == statement,
            "history": _was(case, said.log),
            "time": abs(case.at - said.at) <= _VALID_FOR,
        }
        wrong += [what for what, true in truths.items() if not true]
        if wrong:
            raise Refusal("SH-E-511", person=by, problem=", ".join(wrong))
        one = Approval(plan.digest, by, Means.PASSKEY, browser, said.log.size, said.log.root.hex(),
                       digest_hex(statement))  # fmt: skip
        _keep(case, one, signed, [passkey.digested(by), *asked.subject[:2]])
    return one


def _was(case: Case, seen: Checkpoint) -> bool:
    """Whether the log once stood as the page was told it."""
    from shanhou.evidence.proof import Tree, leaf_hash

    if seen.origin != case.origin or not 0 < seen.size <= case.store.event_count():
        return False
    return Tree.of(map(leaf_hash, islice(case.store.events(), seen.size))).root == seen.root


def _keep(case: Case, one: Approval, signed: SignedStatement, about: list[Digested]) -> None:
    from shanhou.evidence.pack import assertion_digested, statement_digested

    name = next_name(case, f"approval-{one.plan_digest[:12]}-{one.person}")
    named = [about[0], statement_digested(name, signed), assertion_digested(name, signed),
             *about[1:]]  # fmt: skip
    with case.store.commit() as unit:
        unit.approve(one)
        unit.statement(name, signed.raw, signed.signature)
        note(case, unit, Act.APPROVE, one.person, subject=named,
             facts={"approver": one.person, "means": one.means.value})  # fmt: skip
