"""Two plans of a case side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shanhou.disposition.moved import Move
    from shanhou.disposition.plan import Plan
    from shanhou.wiring import Case


def compared(case: Case, old: Plan, new: Plan) -> tuple[Move, ...]:
    """Which items a new plan decides otherwise, and why.

    Records are followed one by one where both plans stand on the same collection and the vault
    still holds both; otherwise situations are told as they came and went.

    Raises:
        Fault: SH-E-402 the old plan is another case's.
    """
    from shanhou.disposition.moved import moves, record_pairs, situation_pairs
    from shanhou.errors import Fault
    from shanhou.law.load import load_rulebook

    if old.basis.case != case.id:
        raise Fault("SH-E-402", path=old.name)
    asks = {rule.id: frozenset(rule.when) for rule in load_rulebook().rules}
    generations = [case.store.stage(f"plan:{one.digest}") for one in (old, new)]
    before, after = generations
    held = all(one is not None and case.vault.sealed(one) for one in generations)
    if before is None or after is None or not held or old.basis.collected != new.basis.collected:
        return moves(old, new, situation_pairs(old, new), asks=asks)
    with case.vault.read(*dict.fromkeys((before, after))) as desk:
        return moves(old, new, record_pairs(desk, before, after), asks=asks)
