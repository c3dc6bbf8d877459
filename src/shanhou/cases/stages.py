"""The stages of a case, what each needs, what law forbids before its day. No input or output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from shanhou.cases.parties import ExitKind


class Stage(StrEnum):
    COLLECT = "collect"
    INVENTORY = "inventory"
    SUBJECTS = "subjects"
    PLAN = "plan"
    NOTIFY = "notify"
    APPROVE = "approve"
    TRANSFER = "transfer"
    ARCHIVE = "archive"
    ANONYMISE = "anonymise"
    RETURN = "return"
    DESTROY = "destroy"
    CERTIFY = "certify"
    CLOSE = "close"


NEEDS: Mapping[Stage, tuple[Stage, ...]] = {
    Stage.COLLECT: (),
    Stage.INVENTORY: (Stage.COLLECT,),
    Stage.SUBJECTS: (Stage.INVENTORY,),
    Stage.PLAN: (Stage.SUBJECTS,),
    Stage.NOTIFY: (Stage.PLAN,),
    Stage.APPROVE: (Stage.PLAN,),
    Stage.TRANSFER: (Stage.APPROVE,),
    Stage.ARCHIVE: (Stage.APPROVE,),
    Stage.ANONYMISE: (Stage.APPROVE,),
    Stage.RETURN: (Stage.APPROVE,),
    Stage.DESTROY: (Stage.APPROVE,),
    Stage.CERTIFY: (Stage.DESTROY,),
    Stage.CLOSE: (Stage.CERTIFY,),
}

GONE_AFTERWARDS = frozenset({ExitKind.DEREGISTRATION, ExitKind.BANKRUPTCY})
"""Exits after which the handler no longer exists: a custodian must be named."""

Gates = Mapping[Stage, Mapping[str, str]]

_GATES: Mapping[ExitKind, Gates] = {
    ExitKind.DEREGISTRATION: {
        Stage.TRANSFER: {"transfer_agreement": "signed"},
        Stage.DESTROY: {
            "claims_window": "closed",
            "liquidation_plan": "confirmed",
            "taxes": "cleared",
        },
    },
    ExitKind.BANKRUPTCY: {
        Stage.TRANSFER: {"administrator": "agreed", "sale_approved": "yes"},
        Stage.DESTROY: {"claims_window": "closed", "administrator": "agreed"},
    },
    ExitKind.ASSET_SALE: {Stage.TRANSFER: {"transfer_agreement": "signed", "devices": "clean"}},
    ExitKind.MERGER: {Stage.TRANSFER: {"creditors_notified": "yes"}},
    ExitKind.DIVISION: {Stage.TRANSFER: {"creditors_notified": "yes"}},
    ExitKind.EQUITY_SALE: {},
}
"""What a stage waits for, per exit kind (law.md 3.4; Company Law 220, 222, 235-236)."""

_SIMPLE: Gates = {
    Stage.TRANSFER: {"transfer_agreement": "signed"},
    Stage.DESTROY: {"announcement": "over", "debts_paid": "all", "taxes": "cleared"},
}
"""A simple deregistration knows no liquidation plan: all debts are paid (公司法 240)."""

_FORCED: Gates = {Stage.DESTROY: {"announcement": "over", "signatory": "named"}}
"""A forced one has nobody who acts: shareholders and liquidators stay liable (公司法 241)."""

_AFTERWARDS: Gates = {Stage.DESTROY: {"signatory": "named"}}
"""After the company is gone no window is open; somebody who answers for it signs (law.md 3.2b)."""


_OTHERWISE: Mapping[str, Gates] = {"simple": _SIMPLE, "forced": _FORCED, "after": _AFTERWARDS}
"""The ways a company ends that know other gates than its kind of exit."""


def gates_of(kind: ExitKind, *, procedure: str = "ordinary", timing: str = "during") -> Gates:
    """What the stages of such an exit wait for."""
    if timing == "after" and kind in GONE_AFTERWARDS:
        return _OTHERWISE["after"]
    if kind is ExitKind.DEREGISTRATION and procedure != "ordinary":
        return _OTHERWISE[procedure]
    return _GATES[kind]


def _every_gate() -> list[tuple[ExitKind, Stage, str, str]]:
    """Exit, stage, fact and needed word of every gate, whatever the procedure."""
    kinds = [*_GATES.items()]
    kinds += [(ExitKind.DEREGISTRATION, gates) for gates in _OTHERWISE.values()]
    return [(kind, stage, fact, needed) for kind, gates in kinds
            for stage, facts in gates.items() for fact, needed in facts.items()]  # fmt: skip


GATE_QUESTIONS: Mapping[str, tuple[str, str]] = {
    "claims_window": ("债权申报期是否已经届满?", "Is the window for claims closed?"),
    "liquidation_plan": ("清算方案是否已经确认?", "Is the liquidation plan confirmed?"),
    "taxes": ("税务是否已经清结?", "Are the taxes cleared?"),
    "administrator": ("管理人是否同意?", "Does the administrator agree?"),
    "transfer_agreement": ("数据移交协议是否已经签署?", "Is the transfer agreement signed?"),
    "sale_approved": ("法院或债权人会议是否批准出售?",
                      "Did the court or the creditors approve the sale?"),
    "devices": ("随资产出售的设备是否已清除数据(没有设备出售也算)?",
                "Are the devices sold with the assets wiped, or are none sold?"),
    "announcement": ("公告期是否已满?", "Is the time of the announcement over?"),
    "debts_paid": ("债务(含预付余额)是否全部清偿?",
                   "Are all debts paid, prepaid balances included?"),
    "signatory": ("由谁签字负责(原股东、清算义务人)是否已确定?",
                  "Is it settled who signs and answers: former shareholders, liquidators?"),
    "creditors_notified": ("是否已通知并公告债权人?", "Were the creditors notified?"),
    "attack_test": ("匿名化的结果是否通过了重新识别测试?",
                    "Did the anonymised tables pass the attempt to find people in them?"),
    "no_way_back": ("是否已确保没有人能把匿名化的结果还原?",
                    "Is it ensured that nobody keeps a way back from the anonymised tables?"),
    "held_items": ("暂缓的内容是否都有保管人和复核日期?",
                   "Has all that is held a custodian and a day of review?"),
    "returned": ("退还的副本是否已经交到本人手里?", "Were the copies handed to their owners?"),
}  # fmt: skip


@dataclass(frozen=True)
class Closed:
    """A gate that law or contract keeps closed."""

    fact: str
    needs: str
    has: str


def closed_gates(
    kind: ExitKind,
    stage: Stage,
    declared: Mapping[str, str],
    *,
    custodian_named: bool,
    procedure: str = "ordinary",
    timing: str = "during",
) -> tuple[Closed, ...]:
    """What forbids a stage today."""
    gates = gates_of(kind, procedure=procedure, timing=timing).get(stage, {})
    closed = [
        Closed(fact, needed, declared.get(fact, "unknown"))
        for fact, needed in gates.items()
        if declared.get(fact) != needed
    ]
    if kind in GONE_AFTERWARDS and stage is Stage.ARCHIVE and not custodian_named:
        closed.append(Closed("custodian", "named", "none"))
    return tuple(closed)


OTHER_WORDS: Mapping[str, str] = {
    "attack_test": "passed",
    "no_way_back": "ensured",
    "held_items": "custodian_and_review",
    "returned": "handed_over",
}
"""Words of persons that later stages wait for: the test of anonymised data (law.md 4.4), that
what is still held at the close has a custodian and a day of review (law.md 3.4), and that the
copies of what goes back were handed over."""

_OTHER_STAGES: Mapping[str, Stage] = {
    "attack_test": Stage.ANONYMISE,
    "no_way_back": Stage.ANONYMISE,
    "held_items": Stage.CLOSE,
    "returned": Stage.DESTROY,
}

_SHUT: Mapping[str, str] = {
    "claims_window": "open",
    "liquidation_plan": "not_confirmed",
    "taxes": "not_cleared",
    "transfer_agreement": "not_signed",
    "devices": "not_clean",
    "announcement": "running",
    "debts_paid": "not_all",
    "signatory": "not_named",
}
"""The word that keeps a gate shut, where it is not plainly no."""


def gate_facts() -> frozenset[str]:
    """Facts that only gates ask; they are declared like any other."""
    return frozenset({fact for _, _, fact, _ in _every_gate()} | set(OTHER_WORDS))


def opens(fact: str) -> tuple[Stage, tuple[ExitKind, ...]]:
    """The stage that waits for a gate's fact, and at which exits."""
    if fact in _OTHER_STAGES:
        kinds = GONE_AFTERWARDS if fact == "held_items" else frozenset(ExitKind)
        return _OTHER_STAGES[fact], tuple(kind for kind in ExitKind if kind in kinds)
    asked = [(stage, kind) for kind, stage, asking, _ in _every_gate() if asking == fact]
    return asked[0][0], tuple(dict.fromkeys(kind for _, kind in asked))


def gate_values(fact: str) -> frozenset[str]:
    """The answer a gate waits for, and its opposite."""
    opened = {needed for _, _, asking, needed in _every_gate() if asking == fact}
    opened |= {OTHER_WORDS[fact]} if fact in OTHER_WORDS else set()
    return frozenset(opened | {_SHUT.get(fact, "no")})
