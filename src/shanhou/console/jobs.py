"""What the worker can be asked for: each job is one call of the flow.

Who certifies or closes signs with their own key: its passphrase reaches the worker sealed to the
worker's own key (age), and is wiped when the job ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shanhou.cases.stages import Stage
from shanhou.console import acts
from shanhou.console.roles import May

if TYPE_CHECKING:
    from shanhou.disposition.plan import Plan
    from shanhou.wiring import Case

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Told:
    """What came of a job: facts for its line, and whether something was left over."""

    facts: Mapping[str, Any]
    exceptions: bool = False


@dataclass(frozen=True)
class Kind:
    """A job that may be asked for, and by whom."""

    name: str
    may: May
    run: Callable[[Case, Mapping[str, Any], Progress], Told]
    signs: bool = False
    """Whether it needs the key of who asked for it."""
    at_screen: bool = False
    """Whether it needs a person before a screen: no program asks for it with a token."""


def _collect(case: Case, told: Mapping[str, Any], progress: Progress) -> Told:
    from shanhou.flow.gathering import collect, unread

    found = collect(case, progress, again=bool(told.get("again")))
    left = len(unread(case))
    rows = sum(one.rows for one in found)
    return Told({"datasets": len(found), "records": rows, "unread": left}, exceptions=left > 0)


def _inventory(case: Case, _told: Mapping[str, Any], _progress: Progress) -> Told:
    from shanhou.flow.gathering import take_stock

    register = take_stock(case)
    return Told({"datasets": len(register.datasets)})


def _subjects(case: Case, _told: Mapping[str, Any], _progress: Progress) -> Told:
    from shanhou.flow.gathering import resolve_subjects

    found = resolve_subjects(case)
    return Told({"persons": found.persons, "companies": found.companies})


def _plan(case: Case, told: Mapping[str, Any], _progress: Progress) -> Told:
    from shanhou.flow.deciding import make_plan

    made = make_plan(case, by=str(told["by"]))
    return Told({"plan": made.name})


def _notify(case: Case, _told: Mapping[str, Any], _progress: Progress) -> Told:
    from shanhou.flow.telling import notify

    made = notify(case, latest(case))
    return Told({"letters": made.written, "unreached": made.unreached},
                exceptions=made.unreached > 0)  # fmt: skip


def _apply(case: Case, told: Mapping[str, Any], _progress: Progress) -> Told:
    from shanhou.flow.acting import apply

    done = apply(case, latest(case), until=Stage(str(told.get("until", "destroy"))))
    return Told({"steps": len(done.done), "exceptions": sum(one.count for one in done.exceptions)},
                exceptions=bool(done.exceptions))  # fmt: skip


def _certify(case: Case, told: Mapping[str, Any], _progress: Progress) -> Told:
    from shanhou.flow.proving import certify

    numbers = certify(case, latest(case), by=str(told["by"]), private=_private(case, told))
    return Told({"certificates": len(numbers)})


def _close(case: Case, told: Mapping[str, Any], _progress: Progress) -> Told:
    from shanhou.flow.proving import close

    left = close(case, latest(case), by=str(told["by"]), private=_private(case, told))
    return Told({"left": len(left)}, exceptions=bool(left))


def _private(case: Case, told: Mapping[str, Any]) -> bytes:
    """The key of who asked, opened by the passphrase they gave."""
    from shanhou.console.keys import open_own_key

    return open_own_key(case.folder, str(told["by"]), str(told["passphrase"]))


def _short(
    act: Callable[[Case, Mapping[str, Any]], Mapping[str, Any]], *, over: str = ""
) -> Callable[[Case, Mapping[str, Any], Progress], Told]:
    """A short act as a job; `over` names the count that makes it done with exceptions."""

    def run(case: Case, told: Mapping[str, Any], _progress: Progress) -> Told:
        facts = act(case, told)
        return Told(facts, exceptions=bool(over and facts.get(over)))

    return run


def _refresh(_case: Case, _told: Mapping[str, Any], _progress: Progress) -> Told:
    """Nothing but what follows every job: the pages are told anew."""
    return Told({})


def latest(case: Case) -> Plan:
    """The plan made last."""
    from shanhou.disposition.plan import load
    from shanhou.flow.deciding import latest_plan

    return load(latest_plan(case))


KINDS = {
    one.name: one
    for one in (
        Kind("collect", May.PREPARE, _collect),
        Kind("inventory", May.PREPARE, _inventory),
        Kind("subjects", May.PREPARE, _subjects),
        Kind("plan", May.PLAN, _plan),
        Kind("notify", May.TELL, _notify),
        Kind("apply", May.ACT, _apply, at_screen=True),
        Kind("certify", May.ACT, _certify, signs=True, at_screen=True),
        Kind("close", May.ACT, _close, signs=True, at_screen=True),
        Kind("refresh", May.SEE, _refresh),
        Kind("case_file", May.MANAGE, _short(acts.write_case_file), at_screen=True),
        Kind("files", May.PREPARE, _short(acts.add_files)),
        Kind("database", May.PREPARE, _short(acts.add_database), at_screen=True),
        Kind("review", May.PREPARE, _short(acts.settle_review)),
        Kind("dataset", May.PREPARE, _short(acts.confirm_dataset)),
        Kind("bind", May.PREPARE, _short(acts.bind_fact)),
        Kind("declare", May.PREPARE, _short(acts.declare_fact)),
        Kind("own_key", May.SEE, _short(acts.own_key), signs=True, at_screen=True),
        Kind("approve", May.APPROVE, _short(acts.approve_plan), signs=True, at_screen=True),
        Kind("answers", May.ANSWER, _short(acts.take_answers, over="refused")),
        Kind("answer", May.ANSWER, _short(acts.answer_request)),
        Kind("hold", May.HOLD, _short(acts.set_hold)),
        Kind("receipt", May.ACT, _short(acts.take_receipt)),
    )
}
