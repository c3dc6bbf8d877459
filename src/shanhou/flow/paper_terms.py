"""What the transfer agreement of a case settles, and what customers are still owed, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from shanhou.cases.obligations import EVERY_DATASET, ObligationKind
from shanhou.documents.facts import Due, Terms
from shanhou.evidence.certificate import Words
from shanhou.flow.noting import COLLECT, SUBJECTS, shown
from shanhou.flow.obligations import ledger_of
from shanhou.flow.paper_plan import group_words

if TYPE_CHECKING:
    from shanhou.wiring import Case

OWED = {
    ObligationKind.BALANCE: Words("预付余额", "prepaid balance"),
    ObligationKind.DEPOSIT: Words("押金", "deposit"),
    ObligationKind.STORED_GOODS: Words("存货", "stored goods"),
    ObligationKind.CARGO: Words("在途货物", "cargo afloat"),
    ObligationKind.KEYS: Words("钥匙", "keys"),
    ObligationKind.APPOINTMENT: Words("预约", "appointment"),
}
_OTHERS = Words("其他数据集", "all other datasets")


def terms_of(case: Case) -> Terms:
    """The agreed terms as the case file confirms them."""
    agreed = case.settings.agreement
    if agreed is None:
        return Terms()
    by_name = sorted(agreed.hands_over.items(), key=lambda pair: (pair[0] == EVERY_DATASET, pair))
    goes = tuple((_OTHERS if name == EVERY_DATASET else Words(shown(name), shown(name)),
                  tuple(group_words(group) for group in groups))
                 for name, groups in by_name)  # fmt: skip
    return Terms(agreed=True, goes=goes, until=agreed.until, onward=agreed.onward)


def dues_of(case: Case) -> Iterator[Due]:
    """What the ledger of obligations finds open; nothing, once the case's tables are gone."""
    gone = case.store.stage("closing") or case.store.stage("closed")
    if gone or not (case.vault.sealed(COLLECT) and case.vault.sealed(SUBJECTS)):
        return
    for one in ledger_of(case):
        yield Due(OWED[ObligationKind(one.kind)], one.records, one.customers, one.amount,
                  _owner(case, one.owner), one.unread)  # fmt: skip


def _owner(case: Case, owner: str) -> str:
    """A party by its name, a person by theirs; empty while nobody is named."""
    parties = case.settings.parties
    named = {"handler": parties.handler, "recipient": parties.recipient,
             "custodian": parties.custodian}  # fmt: skip
    if not owner:
        return ""
    party = named.get(owner)
    return party.name if party else case.settings.person(owner).name
