"""What became of a deletion that was granted: told from the plan that was carried out afterwards.

A plan of before the answer knows nothing of it, and one that nobody carried out changed nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shanhou.cases.requests import Outcome
from shanhou.cases.stages import Stage
from shanhou.evidence.entry import Act, parse_entry
from shanhou.flow.acting import undone
from shanhou.flow.plans import plan_file
from shanhou.flow.requests import Kept, what_stays
from shanhou.flow.steps import is_done, phase_done
from shanhou.flow.whereabouts import found_changed
from shanhou.law.rule import Outcome as Fate

if TYPE_CHECKING:
    from shanhou.disposition.plan import Plan
    from shanhou.wiring import Case

_MARKS = (b'"act":"plan"', b'"act":"answer"')


@dataclass(frozen=True)
class Deletion:
    """How far a granted deletion is, and what of the customer's stays."""

    plan: str
    """The digest of the plan that was carried out since; empty while there is none."""
    stays: tuple[Kept, ...]
    """What that plan keeps, hands back or holds, with its articles."""
    left: tuple[str, ...]
    """Field groups that it was to delete and could not: the source had changed, or failed."""


def deletions(case: Case, requests: Collection[str]) -> Mapping[str, Deletion]:
    """What became of these requests, by number; those that nobody granted are left out."""
    if not requests:
        return {}
    granted, made = _history(case)
    subjects = {one.name: one.subject for one in case.store.requests.all()}
    carried = _carried_out(case, made)
    found = {}
    for name in requests:
        if name not in granted or name not in subjects:
            continue
        since = [plan for seq, plan in carried if seq > granted[name]]
        if not since:
            found[name] = Deletion("", (), ())
            continue
        plan, subject = since[-1], subjects[name]
        found[name] = Deletion(plan.digest, what_stays(case, plan, subject),
                               _left(case, plan, subject))  # fmt: skip
    return found


def _history(case: Case) -> tuple[dict[str, int], list[tuple[int, str]]]:
    """When each request was granted and each plan was made, by the numbers of their entries."""
    granted: dict[str, int] = {}
    made: list[tuple[int, str]] = []
    for raw in case.store.events():
        if not any(mark in raw for mark in _MARKS):
            continue
        entry = parse_entry(raw)
        if entry.act is Act.PLAN:
            made += [(entry.seq, one.sha256) for one in entry.subject if one.name == "plan"]
        elif entry.facts.get("outcome") == Outcome.FULFILLED.value:
            granted[str(entry.facts.get("request"))] = entry.seq
    return granted, made


def _carried_out(case: Case, made: list[tuple[int, str]]) -> list[tuple[int, Plan]]:
    """The plans that were carried out to their end; the destruction ends every plan."""
    from shanhou.disposition.plan import load

    plans = [
        (seq, load(path)) for seq, digest in made if (path := plan_file(case, digest)).is_file()
    ]
    return [(seq, plan) for seq, plan in plans if is_done(case, phase_done(plan, Stage.DESTROY))]


def _left(case: Case, plan: Plan, subject: str) -> tuple[str, ...]:
    from shanhou.subjects.answers import sid_of

    generation = str(case.store.stage(f"plan:{plan.digest}"))
    with case.vault.read(generation) as desk:
        record = desk.table(generation, "record")
        mine = record.filter(record.sid == sid_of(subject)).select("rec", "sit")
        rows = desk.arrow(mine.order_by("rec")).to_pylist()
    missed = undone(case, plan, Stage.DESTROY)
    changed = found_changed(case, plan, [row["rec"] for row in rows])
    of = {one.id: one.dataset for one in plan.situations}
    here = {row["sit"] for row in rows if row["rec"] in missed.recs or row["rec"] in changed
            or of[row["sit"]] in missed.datasets}  # fmt: skip
    groups = {one.group for one in plan.decisions
              if one.situation in here and one.decision.outcome is Fate.DESTROY}  # fmt: skip
    return tuple(sorted(groups))
