"""首次接案: what a mandate asks for, from ten minutes of talk and before anything is read.

What must be done is counted, what the law dates is dated, and what makes a case heavy is named with
its article. The colour is a scale of this house; person-days are a range of stated figures
(`effort.py`), and no money is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from shanhou.cases.clocks import Due, running
from shanhou.cases.parties import ExitKind
from shanhou.cases.stages import GATE_QUESTIONS, gates_of
from shanhou.documents.catalogue import catalogue
from shanhou.flow.effort import Each
from shanhou.law.load import load_rulebook
from shanhou.law.rule import Words

if TYPE_CHECKING:
    from shanhou.documents.catalogue import Entry
    from shanhou.law.rule import Duty

_TEN_THOUSAND, _MILLION, _TEN_MILLION = 10_000, 1_000_000, 10_000_000


class Mark(StrEnum):
    """What the owner says the data holds."""

    SENSITIVE = "sensitive"
    CHILDREN = "children"
    ABROAD = "abroad"
    PREPAID = "prepaid"
    GOODS = "goods"
    SECRETS = "secrets"
    ENTRUSTED = "entrusted"
    """Some of it is held for another company."""
    STATE = "state"
    """State secrets, reserves or important data may be among it."""
    DEVICES = "devices"
    """Computers or stores are sold with the assets."""


class Procedure(StrEnum):
    """How a company is taken off the register: 普通、简易、强制."""

    ORDINARY = "ordinary"
    SIMPLE = "simple"
    FORCED = "forced"


class Colour(StrEnum):
    """How heavy a case is, by the marks alone."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True)
class Asked:
    """The answers of ten minutes."""

    kind: ExitKind
    begins: date
    procedure: Procedure = Procedure.ORDINARY
    timing: str = "during"
    customers: int = 0
    systems: int = 1
    boxes: int = 0
    marks: frozenset[Mark] = field(default=frozenset())


@dataclass(frozen=True)
class Assessed:
    """What follows from the answers."""

    colour: Colour
    duties: tuple[Duty, ...]
    """What binds such a case, by the rule packs, the weightiest first."""
    gates: tuple[tuple[str, str, Words], ...]
    """Stage, fact and question of every proof that a stage waits for."""
    dates: tuple[Due, ...]
    papers: tuple[Entry, ...]
    counts: Mapping[str, int]
    """What must be done, counted: systems to connect, boxes to list, letters, signatures."""


_OF_MARK: Mapping[Mark, tuple[str, ...]] = {
    Mark.SENSITIVE: ("P28", "P55"),
    Mark.CHILDREN: ("P31", "A03"),
    Mark.ABROAD: ("P38", "B01", "B03"),
    Mark.PREPAID: ("V10", "V11", "TRAP-05"),
    Mark.GOODS: ("V07", "CONFLICT-06"),
    Mark.SECRETS: ("S03",),
    Mark.ENTRUSTED: ("P21", "P20"),
    Mark.STATE: ("CONFLICT-02", "N32"),
    Mark.DEVICES: ("T39-GATE",),
}
_OF_KIND: Mapping[ExitKind, tuple[str, ...]] = {
    ExitKind.ASSET_SALE: ("P23", "TRAP-09", "N12", "T33-LIST"),
    ExitKind.EQUITY_SALE: ("P07",),
    ExitKind.MERGER: ("P22", "TRAP-01", "N14", "X09"),
    ExitKind.DIVISION: ("P22", "TRAP-01", "N14", "X09"),
    ExitKind.DEREGISTRATION: ("P47", "TRAP-03", "X13", "L01", "V12"),
    ExitKind.BANKRUPTCY: ("P22", "X10", "X11", "X13", "L01"),
}
_HEAVY = frozenset({Mark.CHILDREN, Mark.ABROAD, Mark.STATE})
_BEGINS: Mapping[ExitKind, str] = {
    ExitKind.ASSET_SALE: "notices_sent",
    ExitKind.EQUITY_SALE: "notices_sent",
    ExitKind.MERGER: "merger_resolution",
    ExitKind.DIVISION: "merger_resolution",
    ExitKind.DEREGISTRATION: "dissolution",
    ExitKind.BANKRUPTCY: "bankruptcy_accepted",
}
"""The first day that dates of such an exit count from."""
_SIGNATURES = 2


def begins_with(kind: ExitKind) -> str:
    """The named day that an exit begins with."""
    return _BEGINS[kind]


def assess(asked: Asked, *, on: date) -> Assessed:
    """What a mandate asks for; no input or output but the rule packs."""
    book = load_rulebook()
    known = {one.id: one for one in book.duties}
    gates = gates_of(asked.kind, procedure=asked.procedure, timing=asked.timing)
    clocks = [one for one in book.clocks if one.pack == "cn"]
    days = {_BEGINS[asked.kind]: asked.begins}
    traits = {f"kind:{asked.kind.value}", f"procedure:{asked.procedure}"}
    traits |= {"abroad"} if Mark.ABROAD in asked.marks else set()
    traits |= {"sensitive"} if Mark.SENSITIVE in asked.marks else set()
    return Assessed(
        _colour(asked),
        tuple(known[name] for name in _duties(asked)),
        tuple((stage.value, fact, Words(*GATE_QUESTIONS[fact]))
              for stage, facts in gates.items() for fact in facts),
        running(clocks, days, kind=asked.kind.value, procedure=asked.procedure.value, on=on),
        tuple(one for one in catalogue() if one.needed_by(frozenset(traits))),
        {"systems": asked.systems, "boxes": asked.boxes, "letters": asked.customers,
         "signatures": _SIGNATURES},
    )  # fmt: skip


def counts_of(asked: Asked, found: Assessed) -> dict[Each, float]:
    """What the figures of effort are multiplied by; what nobody counted is zero."""
    return {
        Each.SYSTEM: asked.systems, Each.BOX: asked.boxes,
        Each.TEN_THOUSAND: asked.customers / _TEN_THOUSAND, Each.MARK: len(asked.marks),
        Each.PROOF: len(found.gates), Each.PAPER: len(found.papers),
    }  # fmt: skip


def _duties(asked: Asked) -> tuple[str, ...]:
    found = [name for mark in Mark if mark in asked.marks for name in _OF_MARK[mark]]
    if asked.customers >= _MILLION:
        found.append("P52")
    if asked.customers >= _TEN_MILLION:
        found += ["N27", "A01"]
    return tuple(dict.fromkeys([*found, *_OF_KIND[asked.kind]]))


def _colour(asked: Asked) -> Colour:
    if asked.marks & _HEAVY or asked.customers >= _MILLION:
        return Colour.RED
    gone = asked.kind in {ExitKind.DEREGISTRATION, ExitKind.BANKRUPTCY}
    return Colour.AMBER if asked.marks or gone else Colour.GREEN


@cache
def duties_named() -> frozenset[str]:
    """Every duty that an assessment may name."""
    of = {name for names in (*_OF_MARK.values(), *_OF_KIND.values()) for name in names}
    return frozenset(of | {"P52", "N27", "A01"})
