"""Holds an inventory against an answer key that was written by hand before the first run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from shanhou.inventory.kinds import Category, Verdict
from shanhou.inventory.register import Register
from shanhou.inventory.verdicts import FieldVerdict

KEYS = Path(__file__).parent / "keys"
FAIR = frozenset({"none", "transaction", "contract", "trade_secret"})
"""What an unlisted column may be called: it is business or technical."""
OTHERS = frozenset({"employee", "supplier_contact", "worker", "driver", "crew"})


@dataclass
class Score:
    """Columns counted, and by name those that were judged wrong."""

    columns: int = 0
    listed: int = 0
    right: int = 0
    empty: int = 0
    empty_right: int = 0
    about_asked: int = 0
    about_right: int = 0
    false_certain: list[str] = field(default_factory=list)
    false_likely: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    missed_sensitive: list[str] = field(default_factory=list)
    taken_for_customers: list[str] = field(default_factory=list)

    def told(self) -> str:
        with_values = f"{self.right - self.empty_right} of {self.listed - self.empty}"
        head = f"{self.columns} columns, {self.listed} listed: category {self.right} right"
        about = f"about {self.about_right} of {self.about_asked}"
        lines = [f"{head} (with values {with_values}), {about}"]
        for name in ("false_certain", "false_likely", "missed", "missed_sensitive",
                     "taken_for_customers"):  # fmt: skip
            found = getattr(self, name)
            lines.append(f"  {name}: {len(found)} {' '.join(found)}")
        return "\n".join(lines)


def score(database: str, register: Register) -> Score:
    key = yaml.safe_load((KEYS / f"{database}.yaml").read_text(encoding="utf8"))
    told = Score()
    for dataset in register.datasets:
        table = dataset.name.split(".", 1)[1]
        known = key["tables"][table].get("columns", {})
        for verdict in dataset.fields:
            told.columns += 1
            _judge(told, f"{table}.{verdict.field}", known.get(verdict.field), verdict)
    return told


def _judge(told: Score, name: str, known: Mapping[str, Any] | None, verdict: FieldVerdict) -> None:
    said = "none" if verdict.verdict is Verdict.CLEAN else verdict.category.value
    if known is None:
        fair = said in FAIR or said == "profile" or (
            said == "free_text" and verdict.about.value in {"none", "org"})  # fmt: skip
        if not fair:
            told_in = _list_of(told, verdict)
            told_in.append(f"{name}={said}")
        return
    fair_ones = {known["category"], *known.get("also", ())}
    told.listed += 1
    told.empty += bool(known.get("empty"))
    if said in fair_ones:
        told.right += 1
        told.empty_right += bool(known.get("empty"))
    elif said == "none":
        told.missed.append(f"{name}({known['category']})")
    else:
        _list_of(told, verdict).append(f"{name}={said}({known['category']})")
    _judge_sensitive(told, name, known, verdict, said)
    _judge_about(told, name, known, verdict, said)


def _list_of(told: Score, verdict: FieldVerdict) -> list[str]:
    sure = verdict.verdict is Verdict.CERTAIN
    return told.false_certain if sure else told.false_likely


def _judge_sensitive(
    told: Score, name: str, known: Mapping[str, Any], verdict: FieldVerdict, said: str
) -> None:
    judged = known.get("sensitive") and "sensitive" not in known.get("open", ())
    if judged and said not in known.get("also", ()) and not verdict.sensitive:
        told.missed_sensitive.append(f"{name}({known['category']})")


def _judge_about(
    told: Score, name: str, known: Mapping[str, Any], verdict: FieldVerdict, said: str
) -> None:
    if said == "none" or known["category"] == Category.NONE.value:
        return
    fair = {known["about"], *known.get("also_about", ())}
    told.about_asked += 1
    told.about_right += verdict.about.value in fair
    if known["about"] in OTHERS and not any("customer" in one for one in fair) \
            and verdict.about.value.startswith("customer"):  # fmt: skip
        told.taken_for_customers.append(f"{name}({known['about']})")


def wrong(told: Score) -> Iterator[str]:
    """What no inventory may do: false certainty, a sensitive column missed, staff as customers."""
    yield from told.false_certain
    yield from told.missed_sensitive
    yield from told.taken_for_customers
