"""The stage that decides: the plan, what it rests on, and whether that still stands."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from shanhou.cases.settings import Duty
from shanhou.cases.stages import Stage
from shanhou.errors import Fault, Refusal
from shanhou.evidence.entry import Act, Digested, utc_text
from shanhou.flow.as_logged import require_whole_log, rows_as_logged
from shanhou.flow.case_rules import rules_digest
from shanhou.flow.gathering import collected, register_of
from shanhou.flow.lineage import changed_since, lineage
from shanhou.flow.noting import COLLECT, CORRECTIONS, INVENTORY, KINDS, SUBJECTS, note
from shanhou.flow.plans import PLANS, plan_file
from shanhou.flow.resting import require, rests_on
from shanhou.vault.canonical import json_digest, row_bytes
from shanhou.wiring import Case, parts_lost

if TYPE_CHECKING:
    from shanhou.cases.parties import Recipient
    from shanhou.cases.store import Declaration
    from shanhou.disposition.holdings import Asset
    from shanhou.disposition.plan import Basis, Plan
    from shanhou.disposition.question import Question
    from shanhou.execution.staying import WouldStay

EVIDENCE = "evidence"


def make_plan(case: Case, *, by: str) -> Plan:
    """Decide every item under the law of the day, and save the plan; nothing in the world changes.

    Raises:
        Refusal: SH-E-404 the plan's sum does not close; SH-E-502 the person may not plan;
            SH-E-322, SH-E-917, SH-E-887, SH-E-888 the state is not what the log tells.
        Fault: SH-E-702 the log is not what was signed of it.
    """
    from shanhou.disposition.lineage import follow_words
    from shanhou.disposition.plan import closes, save
    from shanhou.disposition.planner import Makings, draft, put_words

    if Duty.PLANNER not in case.settings.person(by).duties:
        raise Refusal("SH-E-502", person=by, duty=Duty.PLANNER.value)
    with case.store.lease("case"):
        require(case, Stage.PLAN)
        require_whole_log(case)
        # the basis first: a hold set from here on is none of it, and outdates the plan
        basis = basis_of(case)
        assets, question = assets_of_case(case), question_of(case)
        rows = {one.dataset.name: one.rows for one in collected(case)}
        makings = Makings(COLLECT, INVENTORY, SUBJECTS, rows, register_of(case), assets, basis, by,
                          utc_text(case.at), case.settings.case.rehearsal)  # fmt: skip
        generation = f"plan-{int(case.store.stage('plans') or 0) + 1}"
        case.vault.discard(generation)
        known = lineage(case)
        reading = [COLLECT, INVENTORY, SUBJECTS, *([known] if known else [])]
        with case.vault.write(generation, reading=reading) as desk:
            put_words(desk, case.store.answers(), case.store.letters(), words_of(case))
            follow_words(desk, lineage=known, subjects=SUBJECTS)
            if scope := changed_since(case, desk):
                raise Refusal("SH-E-320", scope=scope)
            plan = draft(desk, question, makings)
        plan = replace(plan, would_lose=parts_lost(case, assets))
        if not closes(plan, rows):
            raise Refusal("SH-E-404", plan=plan.name)
        case.vault.seal(generation, {"record": sum(s.records for s in plan.situations)}, {})
        save(plan, case.folder / PLANS / f"{plan.name}.shplan")
        with case.store.commit() as unit:
            unit.set_stage("plans", generation.removeprefix("plan-"))
            unit.set_stage(f"plan:{plan.digest}", generation)
            unit.set_stage("plan:latest", plan.name)
            note(
                case,
                unit,
                Act.PLAN,
                by,
                subject=[Digested("plan", plan.digest)],
                facts={"situations_count": len(plan.situations), "rules": basis.rules},
            )
    return plan


def staying(case: Case, plan: Plan) -> tuple[WouldStay, ...]:
    """What the plan wants gone and a database will not let go, foretold before anybody approves."""
    from shanhou.disposition.holdings import keys_between
    from shanhou.disposition.plan import leaving_groups
    from shanhou.execution.staying import would_stay

    return would_stay(assets_of_case(case), plan.situations, leaving_groups(plan),
                      collected(case), keys_between(register_of(case)))  # fmt: skip


def assets_of_case(case: Case) -> tuple[Asset, ...]:
    from shanhou.disposition.holdings import assets_of

    return assets_of(register_of(case), case.settings, collected(case))


def question_of(case: Case) -> Question:
    """What every situation is asked with today."""
    from shanhou.cases.case_facts import IN_REGISTERS
    from shanhou.disposition.facts import CASE_SCOPE, declared
    from shanhou.disposition.holdings import bounds_of
    from shanhou.disposition.question import Question
    from shanhou.law.load import load_rulebook

    rulebook = load_rulebook()
    declarations = words_of(case)
    said = declared(declarations, CASE_SCOPE)
    settled = settled_by(case)
    words = {name: value for name, value in said.items() if name in rulebook.facts}
    assets = assets_of_case(case)
    _require_agreed_names(case, assets)
    kinds, noted = told_kinds(case)
    return Question(
        rulebook=rulebook,
        on=case.on,
        case={**IN_REGISTERS, **words, **settled},
        holdings=tuple(asset.holding for asset in assets),
        bounds=bounds_of(case.settings, assets, collected(case)),
        declarations=declarations,
        settled=frozenset(settled),
        agreement=case.settings.agreement,
        kinds=kinds,
        kinds_noted=noted,
    )


def told_kinds(case: Case) -> tuple[tuple[str, ...] | None, bool]:
    """The kinds that the case file names and that every letter named to which somebody agreed, and
    whether that is known of every letter (PIPL 14, 23): no consent covers what was named later.

    A letter that named another recipient, purpose or method names nothing of this one. Where no
    letter went out the person who declared the notice answers for what it names.
    """
    recipient = case.settings.parties.recipient
    if recipient is None:
        return None, True
    kinds, noted = set(recipient.kinds), True
    for plan in case.store.sendings.agreed_to():
        if (said := case.store.stage(f"{KINDS}:{plan}")) is not None:
            told = json.loads(said)
            same = told["to"] == told_of(recipient)["to"]
            kinds &= set(told["kinds"]) if same else set()
        elif not _of_these_settings(case, plan):
            noted = False
    return tuple(one for one in recipient.kinds if one in kinds), noted


def told_of(recipient: Recipient | None) -> dict[str, Any]:
    """What a letter tells of who takes over: the kinds, and a digest of who, what for and how."""
    if recipient is None:
        return {"kinds": [], "to": ""}
    named = [recipient.name, recipient.contact, recipient.purpose, recipient.method]
    return {"kinds": list(recipient.kinds), "to": json_digest(named)}


def _of_these_settings(case: Case, digest: str) -> bool:
    """Whether a plan was made with the case file as it is; letters of a version that noted no
    kinds named those of their plan's.
    """
    from shanhou.disposition.plan import load

    path = plan_file(case, digest)
    return path.is_file() and load(path).basis.settings == settings_digest(case)


def settings_digest(case: Case) -> str:
    """The digest of the case file; whether it says in words that refusals go abroad is part of it,
    as a default says the same and means less. Whose passkey is named decides nothing of a plan.
    """
    from shanhou.cases.case_facts import refusals_travel

    said = case.settings.model_dump(mode="json", by_alias=True)
    for person in said["people"]:
        del person["passkey"]
    recipient = case.settings.parties.recipient
    if recipient is not None and recipient.abroad and refusals_travel(case.settings):
        said["refusals_abroad"] = True
    return json_digest(said)


def _require_agreed_names(case: Case, assets: tuple[Asset, ...]) -> None:
    """Refuse an agreement about a dataset that is not there: a misspelt one falls to all others."""
    from shanhou.cases.obligations import EVERY_DATASET

    agreement = case.settings.agreement
    known = {EVERY_DATASET, *(asset.holding.name for asset in assets)}
    for name in agreement.hands_over if agreement else ():
        if name not in known:
            raise Refusal("SH-E-301", name=f"agreement: {name}")


def words_of(case: Case) -> tuple[Declaration, ...]:
    """All words on facts, held against the log: a row changed or taken out by hand frees nothing.

    Raises:
        Refusal: SH-E-322, SH-E-917, SH-E-887, SH-E-888 the state is not what the log tells.
    """
    from shanhou.cases.case_facts import words_of_holds

    rows = rows_as_logged(case)
    return (*rows.declarations, *words_of_holds(rows.holds))


def settled_by(case: Case) -> dict[str, str]:
    """Facts that the case file or the count of customers answers for the whole case."""
    from shanhou.cases.case_facts import facts_of_settings, persons_fact

    found = facts_of_settings(case.settings)
    resolved = case.store.stage("subjects")
    if resolved is not None:
        found["persons"] = persons_fact(int(json.loads(resolved)["persons"]))
    return found


def basis_of(case: Case) -> Basis:
    """Everything a plan made now would rest on; a plan that rests on anything else is stale.

    Words that only open a gate (the claims window, the taxes) decide no item: they come after the
    approvals, and `require_open` asks for them at the act.
    """
    from shanhou.disposition.plan import Basis
    from shanhou.law.load import load_rulebook
    from shanhou.vault.canonical import digest_hex

    settings, rulebook = case.settings, load_rulebook()
    return Basis(
        case=case.id,
        kind=settings.case.kind.value,
        on=case.on.isoformat(),
        rules=rulebook.digest,
        settings=settings_digest(case),
        declarations=json_digest(
            [asdict(one) for one in words_of(case) if one.fact in rulebook.facts]
        ),
        answers=_heard(case),
        register=digest_hex(str(case.store.stage("register")).encode()),
        subjects=rests_on(case, Stage.SUBJECTS),
        collected={one.dataset.name: one.root for one in collected(case)},
        inventory_rules=rules_digest(case),
    )


def _heard(case: Case) -> str:
    """The digest of every answer and every letter that went out; streamed, as a large firm writes
    a million. A letter that only lies in the outbox told nobody anything.
    """
    import hashlib

    digest = hashlib.sha256()
    for answer in case.store.answers():
        digest.update(row_bytes(tuple(map(str, vars(answer).values()))) + b"\n")
    digest.update(f"\n{case.store.stage(CORRECTIONS) or ''}".encode())
    for letter in case.store.letters(state="sent"):
        digest.update(row_bytes((letter.letter, letter.subject, letter.deadline)) + b"\n")
    return digest.hexdigest()


def said_of_case(case: Case) -> dict[str, str]:
    """What persons declared of the whole case, as far as the log tells the same.

    Words that open a gate are no part of a plan's basis, so a row of the store edited by hand is
    held against the log here: where the two differ nobody said anything.
    """
    from shanhou.disposition.facts import CASE_SCOPE, declared
    from shanhou.evidence.entry import parse_entry

    logged: dict[str, str] = {}
    for raw in case.store.events():
        entry = parse_entry(raw)
        if entry.act is Act.DECLARE and entry.facts.get("scope") == CASE_SCOPE:
            logged[str(entry.facts["fact"])] = str(entry.facts["value"])
    held = declared(case.store.declarations(), CASE_SCOPE)
    return {fact: value for fact, value in held.items() if logged.get(fact) == value}


def require_fresh(case: Case, plan: Plan, *, but: str = "") -> None:
    """Refuse a plan that rests on other rules, words, answers or data than today's.

    `but`: what may have changed; letters that went out are answers' beginning, and a stage that
    writes them goes on with its own plan.

    Raises:
        Refusal: SH-E-405 with what changed; SH-E-402 the plan is not one this case made;
            SH-E-322, SH-E-917, SH-E-887, SH-E-888 the state is not what the log tells.
    """
    if case.store.stage(f"plan:{plan.digest}") is None:
        raise Fault("SH-E-402", path=plan.name)
    now = replace(basis_of(case), on=plan.basis.on)
    changed = [name for name, value in asdict(now).items()
               if value != asdict(plan.basis)[name] and name != but]  # fmt: skip
    if changed:
        raise Refusal("SH-E-405", plan=plan.name, changed=", ".join(changed))


def require_founded(case: Case, plan: Plan) -> None:
    """Refuse a plan by which a single record would leave the handler without a basis.

    Raises:
        Refusal: SH-E-604 with how many; no approval lets it pass (law.md guard a).
    """
    from shanhou.disposition.guard import without_basis
    from shanhou.disposition.situation import facts_of_item

    question = question_of(case)
    situations = {one.id: one for one in plan.situations}
    moving = [
        (one.situation, one.group, one.decision.outcome,
         facts_of_item(question, situations[one.situation], one.group),
         situations[one.situation].records)
        for one in plan.decisions
    ]  # fmt: skip
    unfounded = without_basis(moving)
    if unfounded:
        missing = sorted({name for one in unfounded for name in one.missing})
        raise Refusal("SH-E-604", records=sum(one.records for one in unfounded),
                      missing=", ".join(missing))  # fmt: skip
