"""The printed sheet: what a person signs by hand who has no key, and an outsider countersigns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from shanhou.disposition.plan import totals
from shanhou.evidence.report import LOOKS
from shanhou.evidence.sheet import SheetLine, SignSheet, sheet_pdf
from shanhou.vault.keys import write_durably

if TYPE_CHECKING:
    from shanhou.disposition.plan import Plan
    from shanhou.wiring import Case


def write_sheet(case: Case, plan: Plan, out: Path) -> None:
    """Outcome table, the plan's digest in words and as a QR code, places to sign and seal."""
    lines = tuple(
        SheetLine(LOOKS[one.outcome].symbol, LOOKS[one.outcome].words, one.items, one.records)
        for one in totals(plan)
    )
    sheet = SignSheet(
        case=case.id,
        title=case.settings.case.title,
        handler=case.settings.parties.handler.name,
        plan=plan.name,
        digest=plan.digest,
        made_at=plan.made_at,
        rehearsal=plan.rehearsal,
        lines=lines,
    )
    write_durably(out, sheet_pdf(sheet))
