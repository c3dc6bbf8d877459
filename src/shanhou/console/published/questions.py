"""The questions of a case: what rules and stages ask, what was said, what still waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shanhou.cases.stages import GATE_QUESTIONS, OTHER_WORDS, gate_values, gates_of, opens
from shanhou.console.published.parts import shown
from shanhou.disposition.retention import applies_to
from shanhou.law.load import load_rulebook
from shanhou.law.rule import Words

if TYPE_CHECKING:
    from shanhou.cases.settings import Binding, Settings
    from shanhou.console.access.seats import Seat


@dataclass(frozen=True)
class Asked:
    """One question, its possible answers, and what was said of it."""

    name: str
    question: Words
    values: tuple[str, ...]
    ways: frozenset[str]
    """`declared`, `bound`: by which a person may answer it."""
    said: str = ""
    by: str = ""
    items: int = 0
    """Items that wait for it."""
    bound: tuple[Binding, ...] = ()
    opens: str = ""
    """The stage that waits for it."""
    needs: str = ""
    """The answer that opens the stage."""

    @property
    def answered(self) -> bool:
        return bool(self.said or self.bound)


def questions(seat: Seat) -> dict[str, list[Asked]]:
    """Every question in four parts: it holds items up, a stage waits for it, answered, others."""
    declared = {one["fact"]: one for one in shown(seat.held, "told").get("declarations", ())
                if one["scope"] == "case"}  # fmt: skip
    waits = {one["fact"]: one["items"] for one in shown(seat.held, "plan").get("held", ())}
    for name, items in _of_periods(seat).items():
        waits[name] = max(waits.get(name, 0), items)
    comes = {one["outcome"] for one in shown(seat.held, "plan").get("totals", ()) if one["items"]}
    asked = [*_of_rules(seat.settings, declared, waits),
             *_of_stages(seat.settings, declared),
             *_of_what_comes(seat.settings, comes, declared)]  # fmt: skip
    parts: dict[str, list[Asked]] = {"waiting": [], "gates": [], "answered": [], "others": []}
    for one in asked:
        parts[_part(one)].append(one)
    for held in parts.values():
        held.sort(key=lambda one: (-one.items, one.name))
    return parts


def _of_periods(seat: Seat) -> dict[str, int]:
    """What nobody said yet of the periods that items wait for: their first days, what they need.

    Whether a period is over is worked out, so that nobody can be asked for it itself.
    """
    settings, book = seat.settings, load_rulebook()
    stock = {one["name"]: one for one in shown(seat.held, "inventory").get("datasets", ())}
    found: Counter[str] = Counter()
    for one in shown(seat.held, "plan").get("situations", ()):
        if "retention" not in one["missing"]:
            continue
        name = one["dataset"]
        said = settings.datasets.get(name)
        role = said.role if said and said.role else stock.get(name, {}).get("role", "")
        mine = [period for period in book.periods if applies_to(
            period, role, said.retention if said else (), settings.case.kind.value)]  # fmt: skip
        starts = {period.start for period in mine if not period.permanent}
        unbound = {
            fact
            for fact in starts
            if not any(
                each.field.startswith(f"{name}.") for each in settings.bindings.get(fact, ())
            )
        }
        for fact in (unbound or starts) | {each for period in mine for each in period.needs}:
            found[fact] += one["records"] * len(one["groups"])
    return found


def _part(one: Asked) -> str:
    if one.items:
        return "waiting"
    if one.opens:
        return "gates"
    return "answered" if one.answered else "others"


def _of_rules(
    settings: Settings, declared: dict[str, Any], waits: dict[str, int]
) -> Iterator[Asked]:
    for name, spec in load_rulebook().facts.items():
        ways = frozenset({"declared", "bound"} & set(spec.sources))
        if ways:
            said = declared.get(name, {})
            yield Asked(name, Words(spec.zh, spec.en), tuple(spec.values), ways,
                        said.get("value", ""), said.get("person", ""), waits.get(name, 0),
                        tuple(settings.bindings.get(name, ())))  # fmt: skip


def _of_stages(settings: Settings, declared: dict[str, Any]) -> Iterator[Asked]:
    exits = settings.case
    gates = gates_of(exits.kind, procedure=exits.procedure, timing=exits.timing.value)
    waiting = {fact: (stage.value, word) for stage, facts in gates.items()
               for fact, word in facts.items()}  # fmt: skip
    for name, (stage, word) in waiting.items():
        said = declared.get(name, {})
        yield Asked(name, Words(*GATE_QUESTIONS[name]), tuple(sorted(gate_values(name))),
                    frozenset({"declared"}), said.get("value", ""), said.get("person", ""),
                    opens=stage, needs=word)  # fmt: skip


_ASKED_FOR: Mapping[str, str] = {"attack_test": "ANONYMISE", "no_way_back": "ANONYMISE",
                                 "held_items": "HOLD", "returned": "RETURN"}  # fmt: skip
"""Which outcome of the plan makes a stage ask for a person's word."""


def _of_what_comes(
    settings: Settings, comes: set[str], declared: dict[str, Any]
) -> Iterator[Asked]:
    """What stages ask once the plan holds such items; named at once, answered in its time. A close
    asks who keeps what is held only where the handler is gone afterwards.
    """
    for name, needed in OTHER_WORDS.items():
        said = declared.get(name, {})
        stage, kinds = opens(name)
        waits = _ASKED_FOR[name] in comes and settings.case.kind in kinds
        yield Asked(name, Words(*GATE_QUESTIONS[name]), tuple(sorted(gate_values(name))),
                    frozenset({"declared"}), said.get("value", ""), said.get("person", ""),
                    opens=stage.value if waits else "", needs=needed if waits else "")  # fmt: skip
