"""保全 holds: setting one, lifting one, each with its document and its entry in the log."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from shanhou.cases.case_facts import HELD_BY
from shanhou.cases.holds import Hold, HoldKind
from shanhou.cases.parties import Deed
from shanhou.cases.store import Declaration
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, Digested, looks_personal
from shanhou.flow.deciding import assets_of_case
from shanhou.flow.gathering import collected
from shanhou.flow.lineage import made_of, said_of
from shanhou.flow.noting import SUBJECTS, VAULT_GOES, note, shown
from shanhou.flow.scope import scope_of
from shanhou.vault.canonical import digest_hex

if TYPE_CHECKING:
    from shanhou.wiring import Case

_TRIES = 10
"""An order is worth minutes: so often is a busy case file asked, each time for half a minute."""


def set_hold(
    case: Case, kind: HoldKind, *, scope: str, by: str, reason: str, evidence: Path
) -> Hold:
    """Set a hold on the case, a dataset, a field group of it or a customer, with its order.

    An order does not wait: it needs no lease, and work under way stops before its next step.

    Raises:
        Refusal: SH-E-851 it is not theirs to set; SH-E-307 no such scope; SH-E-303 the document is
            not there; SH-E-313 no reason, or one that looks personal; SH-E-325 the case is closed,
            or its close destroys the vault already.
        Fault: SH-E-911 the case's file was busy for minutes, and nothing was set.
    """
    case.settings.entitled(by, Deed.HOLD)
    _require_vault(case)
    if not reason.strip() or looks_personal(reason):
        raise Refusal("SH-E-313")
    datasets = frozenset(one.dataset.name for one in collected(case))
    where = scope_of(case, scope, level="hold", datasets=datasets, groups=_groups(case, scope))
    sha256, made = _digest(evidence), _made_of(case, where)
    with case.store.commit(tries=_TRIES) as unit:
        _require_vault(case)
        # counted within the commit: of two who set one at once each has its own number
        number = f"H{len(case.store.holds()) + 1:03d}"
        one = Hold(number, kind.value, where, by, reason, sha256, case.on.isoformat())
        unit.hold(one)
        if made:
            unit.set_stage(said_of(Declaration(HELD_BY, where, kind.value, by, number, sha256)),
                           made)  # fmt: skip
        note(case, unit, Act.HOLD, by, subject=[Digested("evidence", sha256)],
             facts={"hold": number, "kind": kind.value, "scope": shown(where),
                    "state": "set"})  # fmt: skip
    return one


def _groups(case: Case, scope: str) -> frozenset[str]:
    """Every field group of a dataset in scope, where a hold names one."""
    if not scope.startswith("group:") or case.store.stage("register") is None:
        return frozenset()
    return frozenset(
        f"{asset.holding.name}/{group.name}"
        for asset in assets_of_case(case)
        for group in asset.holding.groups
    )


def _require_vault(case: Case) -> None:
    """A hold that could keep nothing is not set as if it did."""
    if case.store.stage(VAULT_GOES) or case.store.stage("closed"):
        raise Refusal("SH-E-325", case=case.id)


def _made_of(case: Case, scope: str) -> str:
    """What a customer is made of when the hold is set; a merging since is told at the next plan."""
    if not scope.startswith("subject:"):
        return ""
    with case.vault.read(SUBJECTS) as desk:
        return made_of(desk, scope.removeprefix("subject:"))


def lift_hold(case: Case, number: str, *, by: str, evidence: Path) -> Hold:
    """Lift a hold, with the document that does.

    Raises:
        Refusal: SH-E-851 it is not theirs to lift; SH-E-321 there is no such hold, or it was
            lifted before.
    """
    case.settings.entitled(by, Deed.LIFT)
    sha256 = _digest(evidence)
    with case.store.commit() as unit:
        found = [one for one in case.store.holds() if one.id == number and one.stands]
        if not found or found[0].set_on > case.on.isoformat():
            raise Refusal("SH-E-321", hold=number)
        one = replace(found[0], lifted_by=by, lifted_on=case.on.isoformat(), lifted_sha256=sha256)
        unit.hold(one)
        note(case, unit, Act.HOLD, by, subject=[Digested("evidence", sha256)],
             facts={"hold": number, "kind": one.kind, "state": "lifted"})  # fmt: skip
    return one


def _digest(evidence: Path) -> str:
    if not evidence.is_file():
        raise Refusal("SH-E-303", path=evidence.name)
    return digest_hex(evidence.read_bytes())
