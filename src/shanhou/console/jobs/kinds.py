"""What the worker can be asked for: each job is one call of the flow.

Who certifies or closes signs with their own key: its passphrase reaches the worker sealed to the
worker's own key (age), and is wiped when the job ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shanhou.cases.stages import Stage
from shanhou.console.access.roles import May
from shanhou.console.jobs import acts, links, portal_acts, settling
from shanhou.console.published import audit, campaign, customers, lists
from shanhou.flow.plans import latest_plan

if TYPE_CHECKING:
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
    also: May | None = None
    """Who else may ask for it."""
    tells: tuple[str, ...] | None = None
    """The parts of the pages that it may change; none given: all of them."""
    after_close: bool = False
    """Whether a closed case can still do it: nothing that needs its vault, its keys or its log."""
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

    made = notify(case, latest_plan(case))
    return Told({"letters": made.written, "unreached": made.unreached},
                exceptions=made.unreached > 0)  # fmt: skip


def _apply(case: Case, told: Mapping[str, Any], _progress: Progress) -> Told:
    from shanhou.flow.acting import apply

    done = apply(case, latest_plan(case), until=Stage(str(told["until"])))
    return Told({"steps": len(done.done), "exceptions": sum(one.count for one in done.exceptions)},
                exceptions=bool(done.exceptions))  # fmt: skip


def _certify(case: Case, told: Mapping[str, Any], _progress: Progress) -> Told:
    from shanhou.flow.proving import certify

    numbers = certify(case, latest_plan(case), by=str(told["by"]), private=_private(case, told))
    return Told({"certificates": len(numbers)})


def _close(case: Case, told: Mapping[str, Any], _progress: Progress) -> Told:
    from shanhou.flow.proving import close

    left = close(case, latest_plan(case), by=str(told["by"]), private=_private(case, told))
    return Told({"left": len(left)}, exceptions=bool(left))


def _move(case: Case, told: Mapping[str, Any], _progress: Progress) -> Told:
    from shanhou.console.states.moving import Home, home_of, move_state

    to = Home(str(told["to"]))
    if home_of(case.folder) is not to:  # a kill may have cut off the telling only
        move_state(case, to, by=str(told["by"]))
    return Told({})


def _papers(case: Case, told: Mapping[str, Any], _progress: Progress) -> Told:
    from shanhou.errors import LANGUAGES
    from shanhou.flow.papers import make_papers

    made = make_papers(case, list(told.get("ids", ())), languages=LANGUAGES,
                       bound=bool(told.get("binder")))  # fmt: skip
    left = len(made.blanks) + len(made.kept)
    return Told({"files": len(made.files), "blank_papers": len(made.blanks),
                 "kept_files": len(made.kept)}, exceptions=left > 0)  # fmt: skip


def _private(case: Case, told: Mapping[str, Any]) -> bytes:
    """The key of who asked, opened by the passphrase they gave."""
    from shanhou.console.jobs.keys import open_own_key

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


LOGGED = ("home", "evidence")
"""What tells of an entry of the log that changes nothing else."""
FOUND = (*LOGGED, "findings")
WORDS = (*LOGGED, "pairs", "plan")

KINDS = {
    one.name: one
    for one in (
        Kind("collect", May.PREPARE, _collect),
        Kind("inventory", May.PREPARE, _inventory),
        Kind("subjects", May.PREPARE, _subjects),
        Kind("plan", May.PLAN, _plan),
        Kind("notify", May.TELL, _notify),
        Kind("apply", May.ACT, _apply, at_screen=True),
        Kind("certify", May.ACT, _certify, at_screen=True),
        Kind("close", May.ACT, _close, at_screen=True, after_close=True),
        Kind("refresh", May.SEE, _refresh, after_close=True),
        Kind("case_file", May.MANAGE, _short(settling.write_case_file), at_screen=True),
        Kind("move", May.MANAGE, _move, tells=LOGGED, at_screen=True),
        Kind("particulars", May.MANAGE, _short(settling.set_particulars), at_screen=True),
        Kind("person", May.MANAGE, _short(settling.add_person), at_screen=True),
        Kind("obligation", May.PREPARE, _short(settling.add_obligation)),
        Kind("obligation_gone", May.PREPARE, _short(settling.drop_obligation)),
        Kind("together", May.DECLARE, _short(settling.declare_together)),
        Kind("files", May.PREPARE, _short(acts.add_files)),
        Kind("database", May.PREPARE, _short(acts.add_database), at_screen=True),
        Kind("review", May.PREPARE, _short(acts.settle_review)),
        Kind("dataset", May.PREPARE, _short(settling.confirm_dataset)),
        Kind("bind", May.PREPARE, _short(acts.bind_fact)),
        Kind("declare", May.DECLARE, _short(acts.declare_fact)),
        Kind("own_key", May.SEE, _short(acts.own_key), at_screen=True),
        Kind("own_passkey", May.SEE, _short(acts.own_passkey), at_screen=True),
        Kind("approve_passkey", May.APPROVE, _short(acts.approve_by_passkey), at_screen=True),
        Kind("approve", May.APPROVE, _short(acts.approve_plan), at_screen=True),
        Kind("answers", May.ANSWER, _short(acts.take_answers, over="refused")),
        Kind("take_down", May.ANSWER, _short(acts.take_down), at_screen=True),
        Kind("answer", May.ANSWER, _short(acts.answer_request)),
        Kind("correct", May.ANSWER, _short(acts.correct, over="went_before"), at_screen=True),
        Kind("hold", May.HOLD, _short(acts.set_hold)),
        Kind("receipt", May.ACT, _short(acts.take_receipt), also=May.RECEIVE),
        Kind(
            "seal_back", May.ACT, _short(acts.seal_back), tells=("returns", *LOGGED), at_screen=True
        ),
        Kind("receive_back", May.ACT, _short(acts.receive_back), tells=("returns", *LOGGED)),
        Kind("approve_sheet", May.APPROVE, _short(acts.approve_by_sheet), at_screen=True),
        Kind("papers_look", May.SEE, _refresh, tells=("papers",)),
        Kind("papers", May.PREPARE, _papers, tells=("papers", *LOGGED)),
        Kind("portal", May.TELL, _short(portal_acts.switch), at_screen=True),
        Kind("portal_copy", May.ANSWER, _short(portal_acts.give_copy), at_screen=True),
        Kind("portal_settle", May.ANSWER, _short(portal_acts.settle), at_screen=True),
        Kind("portal_words", May.ANSWER, _short(portal_acts.read_words), at_screen=True),
        Kind("survey", May.TELL, _short(campaign.survey_ladder), tells=("home",)),
        Kind("send", May.TELL, _short(campaign.send_letters, over="unknown"), at_screen=True),
        Kind("came_back", May.TELL, _short(campaign.take_back, over="refused")),
        Kind("settle", May.TELL, _short(campaign.settle_sending)),
        Kind("find", May.FIND, _short(audit.find), tells=FOUND),
        Kind("answer_finding", May.MANAGE, _short(audit.answer), tells=FOUND),
        Kind("trace", May.AUDIT, _short(audit.trace_it), tells=(), after_close=True),
        Kind("sample", May.AUDIT, _short(audit.draw_sample), tells=LOGGED),
        Kind("export_log", May.AUDIT, _short(audit.export_log), tells=LOGGED),
        Kind("lift", May.LIFT, _short(acts.lift_hold), at_screen=True),
        Kind("withhold", May.HOLD, _short(acts.withhold)),
        Kind("pair", May.PREPARE, _short(acts.decide_pair), tells=WORDS),
        Kind("customer", May.SEE, _short(customers.show_customer), tells=(), at_screen=True),
        Kind("reveal", May.REVEAL, _short(customers.reveal_customer), tells=LOGGED, at_screen=True),
        Kind("export_list", May.SEE, _short(lists.export_list), tells=LOGGED, at_screen=True),
        Kind("links", May.MANAGE, _short(links.note_links), tells=LOGGED, at_screen=True),
        Kind("document", May.AUDIT, _short(acts.take_document), tells=LOGGED, at_screen=True),
        Kind("export", May.SEE, _short(customers.export_customers), tells=LOGGED, at_screen=True),
    )
}
LOOKING = frozenset(one.name for one in KINDS.values() if one.tells == ())
"""Jobs that only look: nobody asks afterwards that they were done."""
