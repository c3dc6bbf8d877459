"""What the worker tells of what was done: steps, evidence, and what was said by whom."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from shanhou.cases.stages import Stage
from shanhou.flow.deciding import assets_of_case
from shanhou.flow.plans import latest_plan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shanhou.evidence.entry import FactValue
    from shanhou.wiring import Case


def acts_told(case: Case) -> dict[str, Any]:
    """The steps of the latest plan, phase by phase, with their counts."""
    from shanhou.flow.acting import excepted

    if case.store.stage("plan:latest") is None:
        return {}
    plan = latest_plan(case)
    steps = case.store.steps(plan.digest)
    named = {one.holding.table: one.holding.name for one in assets_of_case(case)}
    return {
        "exceptions": sum(sum(excepted(one.detail).values()) for one in steps),
        "steps": [
            {"phase": one.phase, "state": one.state,
             "what": _what(one.id, named),
             "counts": {name: value for name, value in one.detail.items()
                        if name.endswith("_count") and isinstance(value, int)}}
            for one in steps
        ],
        "phases": [stage.value for stage in Stage if stage.value in
                   {"transfer", "archive", "anonymise", "return", "destroy"}],
    }  # fmt: skip


def _what(step: str, named: Mapping[str, str]) -> str:
    """What of a phase a step did, datasets by their names."""
    parts = step.split(":")[1:] or [step]
    if len(parts) > 1 and parts[0] in set(Stage):
        parts = parts[1:]  # the phase stands over it
    return ":".join(named.get(part, part) for part in parts)


def returns_told(case: Case) -> dict[str, Any]:
    """What goes back: the copies that were written, sealed for whom, whose receipt came."""
    from shanhou.cases.stages import OTHER_WORDS
    from shanhou.flow.deciding import said_of_case
    from shanhou.flow.handing_back import package_back, parts_back

    sealed = case.store.handovers.all()
    return {
        "parts": [{"dataset": one.dataset, "plan": one.name, "to_owner": one.to_owner,
                   "records": one.records, "files": one.files, "there": one.there,
                   "received": any(each.dataset == one.dataset and each.plan == one.plan
                                   and each.received for each in sealed)}
                  for one in parts_back(case)],
        "handovers": [asdict(one) | {"there": package_back(case.folder, one).is_file()}
                      for one in reversed(sealed)],
        "word": said_of_case(case).get("returned") == OTHER_WORDS["returned"],
    }  # fmt: skip


def evidence_told(case: Case) -> dict[str, Any]:
    """Certificates, pack, packages, and the log; it holds no personal data."""
    return {
        "certificates": sorted(case.store.certificates()),
        "pack": (case.folder / "evidence" / "verify.sh").is_file(),
        "report": (case.folder / "report.html").is_file(),
        "packages": sorted(path.name for path in (case.folder / "packages").glob("*.age")),
        "archive": [{"name": path.name, "size": path.stat().st_size}
                    for path in sorted((case.folder / "archive").glob("*.age"))],
        "receipts": sorted(path.name for path in (case.folder / "receipts").glob("*.json")),
        "log": log_told(case),
    }  # fmt: skip


def papers_told(case: Case) -> dict[str, Any]:
    """The documents that lawyers, registries, tax offices and courts ask for, made or not."""
    from shanhou.errors import LANGUAGES
    from shanhou.flow.papers import FOLDER, papers_of

    by_language = {one: papers_of(case, one) for one in LANGUAGES}
    return {
        "papers": [
            {"id": one.entry.id, "zh": one.entry.title.zh, "en": one.entry.title.en,
             "basis": {"zh": one.entry.basis.zh, "en": one.entry.basis.en},
             "asked_by": list(one.entry.asked_by), "needed": one.needed, "made": list(one.made),
             "amended": list(one.amended), "stale": list(one.stale),
             "blanks": {language: list(found[n].blanks)
                        for language, found in by_language.items()}}
            for n, one in enumerate(by_language["zh"])
        ],
        "binders": sorted(path.name for path in (case.folder / FOLDER).glob("binder.*.pdf")),
    }  # fmt: skip


def log_told(case: Case) -> list[dict[str, Any]]:
    """The log, entry by entry."""
    from shanhou.evidence.entry import parse_entry

    return [
        {"seq": one.seq, "at": one.at.isoformat(), "on": one.on.isoformat() if one.on else "",
         "act": one.act.value, "actor": one.actor,
         "facts": {name: _said(value) for name, value in one.facts.items()},
         "subjects": [about.name for about in one.subject]}
        for one in map(parse_entry, case.store.events())
    ]  # fmt: skip


def _said(value: FactValue) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _kept(case: Case, name: str) -> str:
    """The document of a word, where it lies with the case's own."""
    return name if (case.folder / "documents" / "evidence" / name).is_file() else ""


def _correctable(case: Case) -> list[tuple[str, str]]:
    """Dataset and column of what an open request for correction may change."""
    from shanhou.flow.correcting import correctable

    asks = any(one.open and one.kind == "correction" for one in case.store.requests.all())
    return list(correctable(case)) if asks and not case.store.stage("closed") else []


def words_told(case: Case) -> dict[str, Any]:
    """Letters, answers and requests as counts and numbers of customers."""
    return {
        "letters": [{"template": template, "state": state, "n": n}
                    for template, state, n in case.store.sendings.letter_counts()],
        "answers": [{"kind": kind, "value": value, "n": n}
                    for kind, value, n in case.store.heard.counts()],
        "requests": [
            {"id": one.id, "name": one.name, "subject": one.subject, "kind": one.kind,
             "on": one.on_day, "open": one.open}
            for one in case.store.requests.all()
        ],
        "correctable": _correctable(case),
        "holds": [asdict(one) | {"stands": one.stands} for one in case.store.holds()],
        "declarations": [
            {"fact": one.fact, "scope": one.scope, "value": one.value, "person": one.person,
             "sha256": one.evidence_sha256, "document": _kept(case, one.evidence)}
            for one in case.store.declarations()
        ],
    }  # fmt: skip


def log_stands(case: Case) -> dict[str, Any]:
    """The log as it stands, and whose it is: what a person names who signs on a page."""
    from shanhou.evidence.proof import Tree, leaf_hash
    from shanhou.flow.approving import notice_words

    tree = Tree.of(map(leaf_hash, case.store.events()))
    return {"case": case.id, "origin": case.origin, "size": tree.size, "root": tree.root.hex(),
            "words": notice_words().sha256}  # fmt: skip
