"""The worker tells the pages how a case stands: counts, words, rules and masked samples.

Each part is one JSON document, made anew after every job; no page opens the vault or counts
records.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError

from shanhou.console.exchange.carrying import portal_told, publish_portal
from shanhou.console.models import HeldCase
from shanhou.console.published.audit import findings_told
from shanhou.console.published.campaign import campaign_told
from shanhou.console.published.customers import forget_customers, list_told
from shanhou.console.published.done import (
    acts_told,
    evidence_told,
    log_stands,
    papers_told,
    returns_told,
    words_told,
)
from shanhou.console.published.explored import diff_told, explore_told
from shanhou.console.published.holdings import (
    inventory_told,
    owed_told,
    sources_told,
    subjects_told,
)
from shanhou.console.published.letters import answers_told, letters_told
from shanhou.console.published.parts import put, put_glance
from shanhou.console.published.progress import put_progress
from shanhou.console.published.queues import cards_told, pairs_told
from shanhou.errors import LANGUAGES, Coded
from shanhou.flow.plans import latest_plan

if TYPE_CHECKING:
    from shanhou.disposition.plan import Plan
    from shanhou.law.rule import Basis
    from shanhou.wiring import Case

_log = logging.getLogger(__name__)
SPOKEN = ("home", "dates", "told", "answers", "plan", "evidence")
"""The parts that change when a customer says something."""


def publish(held: HeldCase, case: Case, parts: Collection[str] | None = None) -> None:
    """Write every part of the case that pages and portal show, or what a job may have changed."""
    from shanhou.flow.standing import wholly_closed

    case.reload()
    held.title = case.settings.case.title
    held.kind = case.settings.case.kind.value
    held.rehearsal = case.settings.case.rehearsal
    held.closed = wholly_closed(case)
    held.save(update_fields=["title", "kind", "rehearsal", "closed"])
    if held.closed:
        forget_customers(of=held)
    for part, made_of in (PARTS | ON_DEMAND).items():
        if part not in (PARTS if parts is None else parts):
            continue
        try:
            told = made_of(case)
        except Coded as error:
            # what cannot be told yet says why, in its own place
            told = {"refused": {"code": error.code, "facts": error.facts}}
        put(held, part, told)
    put_glance(held)
    put_progress(held)
    if parts is None or set(SPOKEN) & set(parts):
        _publish_portal(held, case)


def _publish_portal(held: HeldCase, case: Case) -> None:
    try:
        publish_portal(case)
        told = portal_told(case)
    except Coded as error:
        told = {"refused": {"code": error.code, "facts": error.facts}}
    except DatabaseError as error:
        # what the case did stands, and is told there later
        _log.error("the portal was not told: %s", type(error).__name__)
        return
    put(held, "portal", told)


def _cited(bases: Iterable[Basis]) -> dict[str, str]:
    """The articles as each language names them."""
    from shanhou.flow.paper_plan import articles

    told = articles(bases)
    return {"zh": told.zh, "en": told.en}


# ---- home ---------------------------------------------------------------------------------------


def _home(case: Case) -> dict[str, Any]:
    from shanhou.flow.copied import taken_out
    from shanhou.flow.gathering import collected
    from shanhou.flow.returned import closing_lacks, unknown_sendings
    from shanhou.flow.standing import standing

    stages = standing(case)
    done = collected(case)
    letters = case.store.sendings.letter_counts()
    return {
        "stages": [{"stage": one.value, "stands": where.value} for one, where in stages.items()],
        "datasets": len(done),
        "records": sum(one.rows for one in done),
        "events": case.store.event_count(),
        "letters": {"all": sum(n for _, _, n in letters),
                    "sent": sum(n for _, state, n in letters if state == "sent")},
        "answered": case.store.heard.customers(),
        "unknown_sendings": len(unknown_sendings(case)),
        "channels_lacking": len(closing_lacks(case)),
        "holds": sum(one.stands for one in case.store.holds()),
        "open_requests": sum(one.open for one in case.store.requests.all()),
        "taken_out": list(taken_out(case.folder, case.settings)),
        "today": case.on.isoformat(),
    }  # fmt: skip


def _dates(case: Case) -> dict[str, Any]:
    from shanhou.flow.dates import calendar_file, dates_of, unnamed_days

    found = dates_of(case)
    return {
        "due": [
            {
                "id": one.clock.id, "on": one.due.on.isoformat(), "state": one.state.value,
                "started": one.started.isoformat(), "zh": one.clock.zh, "en": one.clock.en,
                "about": one.about, "basis": _cited(one.clock.bases),
                "left": one.days_left(case.on),
                "provisional": one.due.provisional,
            }
            for one in found.due
        ],
        "ends": {name: day.isoformat() for name, day in found.way.ends.items()},
        "critical": list(found.way.critical),
        "last": found.way.last.isoformat(),
        "ics": {one: calendar_file(case, found, lang=one).decode() for one in LANGUAGES},
        "unnamed": list(unnamed_days(case)),
        "today": case.on.isoformat(),
    }  # fmt: skip


# ---- what becomes of it -------------------------------------------------------------------------


def _plan(case: Case) -> dict[str, Any]:
    from shanhou.disposition.decide import LAW_IS_SILENT
    from shanhou.disposition.plan import totals
    from shanhou.flow.approving import counted_approvals, missing_approvals
    from shanhou.flow.deciding import require_fresh, staying
    from shanhou.flow.exporting import export_of
    from shanhou.flow.summary import held_of
    from shanhou.law.load import known_rule, load_rulebook

    if case.store.stage("plan:latest") is None:
        return {}
    plan, book = latest_plan(case), load_rulebook()
    used = sorted({rule for one in plan.decisions for rule in one.decision.rules})
    lines = totals(plan)
    stale: dict[str, Any] = {}
    try:
        require_fresh(case, plan)
    except Coded as error:
        stale = {"code": error.code, "facts": error.facts}
    export = export_of(case, plan) if not case.store.stage("closed") else None
    _write_sheet(case, plan)
    return {
        "name": plan.name, "digest": plan.digest, "maker": plan.maker, "made_at": plan.made_at,
        "rehearsal": plan.rehearsal, "stale": stale,
        "totals": [asdict(one) for one in lines],
        "items": sum(one.items for one in lines),
        "unreached": plan.unreached,
        "held": [{"fact": one.what.zh, "items": one.items, "zh": one.question.zh,
                  "en": one.question.en} for one in held_of(plan)],
        "would_lose": {file: list(parts) for file, parts in plan.would_lose.items()},
        "stays": [{"dataset": one.dataset, "cause": one.cause.value, "records": one.records}
                  for one in staying(case, plan)],
        "flows": _flows(plan),
        "approvals": [{"person": one.person, "means": one.means.value, "witness": one.witness}
                      for one in counted_approvals(case, plan)],
        "missing": [asdict(one) for one in missing_approvals(case, plan)], "log": log_stands(case),
        "export": None if export is None else
                  {"year": export.year, "enough": export.enough, "needed": export.needed.value,
                   "declared": export.declared, "persons": export.whole.persons,
                   "sensitive": export.whole.sensitive_persons},
        "situations": _situations(plan),
        "rules": {
            name: {"zh": rule.zh, "en": rule.en, "basis": _cited(rule.bases), "row": rule.row,
                   "verified": rule.verified.value, "outcome": rule.outcome.value,
                   "release": {"zh": rule.release.zh, "en": rule.release.en}
                              if rule.release else None}
            for name in used if name != LAW_IS_SILENT
            for rule in (known_rule(book, name),)
        },
    }  # fmt: skip


def _write_sheet(case: Case, plan: Plan) -> None:
    """The sheet to sign on paper, once for every plan."""
    from shanhou.flow.sheets import write_sheet

    folder = case.folder / "views"
    path, named = folder / "sheet.pdf", folder / "sheet.of"
    if case.store.stage("closed") or (named.is_file() and named.read_text() == plan.digest):
        return
    folder.mkdir(exist_ok=True)
    write_sheet(case, plan, path)
    named.write_text(plan.digest, encoding="ascii")


def _situations(plan: Plan) -> list[dict[str, Any]]:
    """One line per situation and outcome, with the field groups that share it."""
    of = {one.id: one for one in plan.situations}
    merged: dict[tuple[str, str, tuple[str, ...]], dict[str, Any]] = {}
    for one in plan.decisions:
        made = one.decision
        key = (one.situation, made.outcome.value, made.rules)
        held = merged.setdefault(key, {
            "id": one.situation, "dataset": of[one.situation].dataset,
            "facts": dict(of[one.situation].facts), "records": of[one.situation].records,
            "outcome": made.outcome.value, "rules": list(made.rules), "groups": [],
            "missing": sorted(made.missing_facts), "would_change": list(made.would_change),
            "samples": list(plan.samples.get(one.situation, ())),
        })  # fmt: skip
        held["groups"].append(one.group)
    return sorted(
        merged.values(), key=lambda one: (-one["records"], one["dataset"], one["outcome"])
    )


def _flows(plan: Plan) -> list[dict[str, Any]]:
    from collections import Counter

    of = {one.id: one for one in plan.situations}
    items: Counter[tuple[str, str, str]] = Counter()
    for one in plan.decisions:
        items[of[one.situation].dataset, one.group, one.decision.outcome.value] += of[
            one.situation].records  # fmt: skip
    for dataset, rows in plan.out_of_scope.items():
        items[dataset, "-", "OUT_OF_SCOPE"] += rows
    return [{"dataset": dataset, "group": group, "outcome": outcome, "items": n}
            for (dataset, group, outcome), n in sorted(items.items()) if n]  # fmt: skip


PARTS: dict[str, Callable[[Case], dict[str, Any]]] = {
    "home": _home,
    "dates": _dates,
    "sources": sources_told,
    "inventory": inventory_told,
    "cards": cards_told,
    "subjects": subjects_told,
    "owed": owed_told,
    "pairs": pairs_told,
    "plan": _plan,
    "customers": list_told,
    "diff": diff_told,
    "explore": explore_told,
    "acts": acts_told,
    "returns": returns_told,
    "evidence": evidence_told,
    "findings": findings_told,
    "told": words_told,
    "campaign": campaign_told,
    "letters": letters_told,
    "answers": answers_told,
}
ON_DEMAND: dict[str, Callable[[Case], dict[str, Any]]] = {"papers": papers_told}
"""What takes seconds to tell is told when somebody asks for it."""
