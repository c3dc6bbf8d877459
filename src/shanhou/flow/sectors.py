"""行业: what the customer data of a sector usually holds, and the usual exits, before any case.

A sector only ticks marks that a person unticks again; nothing is decided by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from shanhou.cases.parties import ExitKind, Timing
from shanhou.flow.intake import Mark, Procedure
from shanhou.law.load import load_rulebook
from shanhou.law.rule import Basis, Words


@dataclass(frozen=True)
class Usual:
    """A mark that a sector brings as a rule, and why."""

    mark: Mark
    why: Words
    bases: tuple[Basis, ...]
    """The articles of our rules; none where no rule speaks of it."""


@dataclass(frozen=True)
class Sector:
    """A trade of companies."""

    id: str
    name: Words
    usual: tuple[Usual, ...]

    @property
    def marks(self) -> frozenset[Mark]:
        return frozenset(one.mark for one in self.usual)


@dataclass(frozen=True)
class Ready:
    """A usual exit as answers to the first questions."""

    id: str
    name: Words
    kind: ExitKind
    timing: Timing
    procedure: Procedure = Procedure.ORDINARY
    sector: str = ""
    marks: frozenset[Mark] = field(default=frozenset())
    systems: int = 0
    boxes: int = 0


@cache
def sectors() -> Mapping[str, Sector]:
    """Every sector, in the order of the file."""
    duties = {one.id: one.bases for one in load_rulebook().duties}

    def usual(raw: Mapping[str, Any]) -> Usual:
        bases = duties[raw["duty"]] if "duty" in raw else ()
        return Usual(Mark(raw["mark"]), Words(raw["zh"], raw["en"]), bases)

    return {
        raw["id"]: Sector(raw["id"], Words(raw["zh"], raw["en"]),
                          tuple(usual(one) for one in raw["usual"]))
        for raw in _read("sectors.yaml")["sectors"]
    }  # fmt: skip


@cache
def ready_exits() -> tuple[Ready, ...]:
    """The usual exits, in the order of the file."""
    return tuple(
        Ready(raw["id"], Words(raw["zh"], raw["en"]), ExitKind(raw["kind"]), Timing(raw["timing"]),
              Procedure(raw.get("procedure", Procedure.ORDINARY)), raw.get("sector", ""),
              frozenset(Mark(one) for one in raw.get("marks", ())), raw.get("systems", 0),
              raw.get("boxes", 0))
        for raw in _read("ready_exits.yaml")["ready"]
    )  # fmt: skip


def _read(name: str) -> Any:
    import yaml

    return yaml.safe_load(resources.files("shanhou.flow").joinpath(name).read_text("utf8"))
