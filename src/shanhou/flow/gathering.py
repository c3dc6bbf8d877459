"""The stages that gather: collect, inventory, subjects, and the words of persons."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, cast

from shanhou.cases.case_facts import words_said
from shanhou.cases.case_file import add_to_case_file
from shanhou.cases.stages import Stage
from shanhou.cases.store import Declaration, Step
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, Digested
from shanhou.flow.case_rules import rules_named, rules_of, seen_by
from shanhou.flow.lineage import keep_lineage, made_of, said_of
from shanhou.flow.noting import (
    COLLECT,
    INVENTORY,
    MACHINE,
    SUBJECTS,
    Progress,
    note,
    shown,
    silent,
)
from shanhou.flow.recipe import put_recipe
from shanhou.flow.resting import READ, WHOLE, other_sources, read_as, require, resting, rests_on
from shanhou.flow.scope import declarable
from shanhou.sources.reader import VIEW
from shanhou.vault.canonical import digest_hex
from shanhou.vault.generation import WRITTEN
from shanhou.wiring import CASE_FILE, PARTS, Case, engine_of, reader_of, recognizer_of

if TYPE_CHECKING:
    from shanhou.cases.settings import Source
    from shanhou.inventory.register import Register
    from shanhou.sources.intake import Collected
    from shanhou.subjects.merge import Resolved
    from shanhou.vault.generation import Desk

# ---- collect 收集 -----------------------------------------------------------------------------


def collect(
    case: Case, progress: Progress = silent, *, again: bool = False
) -> tuple[Collected, ...]:
    """Read every source whole into a sealed generation; goes on where it was stopped.

    `again` throws away what was collected and all that was made of it, and reads anew.

    Raises:
        Fault: SH-E-1xx a source could not be read, or its two sides disagree; what was collected
            before stays collected, and nothing half-read counts.
        Refusal: SH-E-210 the case file names other sources than those collected; SH-E-211 what
            was collected is gone; SH-E-212 the customers' numbers are in use.
    """
    with case.store.lease("case"):
        if again:
            _forget_collected(case)
        _require_as_collected(case)
        if not case.vault.sealed(COLLECT):
            with case.vault.write(COLLECT) as desk:
                for source in case.settings.sources:
                    _collect_source(case, desk, source, progress)
            done = collected(case)
            rows = {one.table: one.rows for one in done}
            case.vault.seal(COLLECT, rows, {one.dataset.name: one.root for one in done})
        with case.store.commit() as unit:
            unit.set_stage(WHOLE, case.vault.seal_of(COLLECT).digest)
    return collected(case)


def _require_as_collected(case: Case) -> None:
    """Refuse to go on over other sources than those collected, or over what is gone."""
    whole = case.store.stage(WHOLE) is not None
    other = other_sources(case)
    if other:
        raise Refusal("SH-E-210", sources=", ".join(other))
    begun = case.vault.begun(COLLECT)
    if (whole and not case.vault.sealed(COLLECT)) or (case.store.steps(COLLECT) and not begun):
        raise Refusal("SH-E-211", generation=COLLECT)


def _forget_collected(case: Case) -> None:
    """Throw away what was collected, unless somebody knows a customer by a number of it."""
    store = case.store
    used = {
        "letters": sum(1 for _ in store.letters()),
        "answers": len(store.answers()),
        "words": sum(one.scope.startswith("subject:") for one in words_said(store)),
        "steps": sum(one.plan != COLLECT for one in store.steps()),
    }
    if any(used.values()) or store.stage("closed") is not None:
        raise Refusal("SH-E-212", **used)
    datasets = len(collected(case))
    # killed in between, the ledger still says collected: refused until it is done again
    for generation in (SUBJECTS, INVENTORY, PARTS, COLLECT):
        case.vault.discard(generation)
    with store.commit() as unit:
        unit.forget(COLLECT, ("collect:", "unread:", "register", "subjects", "rests:", "plan:"))
        note(case, unit, Act.COLLECT, MACHINE,
             facts={"again": True, "discarded_datasets_count": datasets})  # fmt: skip


def _collect_source(case: Case, desk: Desk, source: Source, progress: Progress) -> None:
    from shanhou.sources.intake import take_in

    with closing(reader_of(source, case.folder)) as reader:
        datasets = reader.datasets()
        for number, dataset in enumerate(datasets):
            progress(dataset.name, number, len(datasets))
            if case.store.step(f"collect:{dataset.name}"):
                continue
            before = collected(case)
            one = take_in(desk, reader, dataset, table=f"d{len(before):04d}",
                          first_rec=sum(past.rows for past in before))  # fmt: skip
            with case.store.commit() as unit:
                unit.set_stage(READ + source.id, read_as(source))
                unit.step(Step(f"collect:{one.dataset.name}", COLLECT, COLLECT, "done",
                               one.to_json()))  # fmt: skip
                note(case, unit, Act.COLLECT, MACHINE, subject=[Digested("rows", one.root)],
                     facts={"dataset": shown(dataset.name), "rows_count": one.rows,
                            "quarantined_count": one.quarantined})  # fmt: skip
        missing = [[one.place, one.code] for one in reader.unread()]
    with case.store.commit() as unit:
        unit.set_stage(READ + source.id, read_as(source))
        unit.set_stage(f"unread:{source.id}", json.dumps(missing, ensure_ascii=False))


def collected(case: Case) -> tuple[Collected, ...]:
    """The datasets that arrived whole so far."""
    from shanhou.sources.intake import Collected

    return tuple(Collected.from_json(step.detail) for step in case.store.steps(COLLECT))


def datasets_of(case: Case) -> frozenset[str]:
    """The names of everything that was collected."""
    return frozenset(one.dataset.name for one in collected(case))


def unread(case: Case) -> tuple[tuple[str, str], ...]:
    """Places in the sources that no reader could take, with the code of why."""
    return tuple((place, code) for place, code in _listed(case) if code != VIEW)


def views(case: Case) -> tuple[tuple[str, str], ...]:
    """Places that only repeat rows of what was read, with the code that says so."""
    return tuple((place, code) for place, code in _listed(case) if code == VIEW)


def _listed(case: Case) -> list[tuple[str, str]]:
    held = [case.store.stage(f"unread:{source.id}") for source in case.settings.sources]
    return [(place, code) for text in held if text for place, code in json.loads(text)]


# ---- inventory 清点 ---------------------------------------------------------------------------


def take_stock(case: Case) -> Register:
    """Say what each column holds, about whom, and how records reach their customers."""
    from shanhou.disposition.holdings import confirmations
    from shanhou.inventory.documents import version
    from shanhou.inventory.kinds import Scope
    from shanhou.inventory.register import take_inventory
    from shanhou.inventory.saved import register_text
    from shanhou.inventory.texts import write_text_holds
    from shanhou.sources.intake import SealedTables

    recognizer = recognizer_of(case)
    with case.store.lease("case"):
        require(case, Stage.INVENTORY)
        done = collected(case)
        # what it rests on is taken first: a rule file changed meanwhile makes it outdated
        rests, rules = rests_on(case, Stage.INVENTORY), rules_named(case)
        how = case.settings.inventory
        confirmed, known = confirmations(case.settings, done), rules_of(case)
        case.vault.discard(INVENTORY)
        with case.vault.write(INVENTORY, reading=[COLLECT]) as desk:
            tables = SealedTables(desk, COLLECT, done)
            with engine_of(case, tables, COLLECT) as engine:
                register = take_inventory(tables, confirmed=confirmed, known=known, engine=engine,
                                          every_row=how.rows == "every")  # fmt: skip
                inside = [one for one in register.datasets if one.scope is Scope.IN]
                rows = write_text_holds(desk, engine, inside, recognizer, known)
        case.vault.seal(INVENTORY, {"text_holds": rows}, {})
        saved = register_text(register)
        with case.store.commit() as unit:
            unit.set_stage("register", saved)
            unit.set_stage(resting(Stage.INVENTORY), rests)
            note(case, unit, Act.INVENTORY, MACHINE,
                 subject=[Digested("register", digest_hex(saved.encode())),
                          *rules, *seen_by(recognizer)],
                 facts={"datasets_count": len(register.datasets), "rules_version": version(),
                        "own_rules_count": len(how.rules),
                        "engine": case.settings.engine.kind, "rows": how.rows,
                        "sensitive_profile": how.sensitive_profile,
                        "texts_permitted_by": case.settings.texts.by or None})  # fmt: skip
        return register


def look_at(url: str, *, password: str = "") -> Register:
    """The register of one source outside any case; nothing of it is stored."""
    from shanhou.inventory.register import take_inventory
    from shanhou.sources.intake import SealedTables, take_in
    from shanhou.vault.generation import scratch_desk
    from shanhou.wiring import look_reader

    with scratch_desk() as desk, closing(look_reader(url, Path(), password)) as reader:
        done: list[Collected] = []
        for number, dataset in enumerate(reader.datasets()):
            first = sum(one.rows for one in done)
            done.append(take_in(desk, reader, dataset, table=f"d{number:04d}", first_rec=first))
        return take_inventory(SealedTables(desk, WRITTEN, tuple(done)))


def register_of(case: Case) -> Register:
    """The register as last taken.

    Raises:
        Refusal: SH-E-204 no inventory was taken yet.
    """
    from shanhou.inventory.saved import read_register

    text = case.store.stage("register")
    if text is None:
        raise Refusal("SH-E-204", generation=INVENTORY)
    return read_register(text)


# ---- subjects 客户 ----------------------------------------------------------------------------


def resolve_subjects(case: Case) -> Resolved:
    """Merge the records of all sources into the people and companies they are about."""
    from shanhou.disposition.holdings import rows_confirmed
    from shanhou.subjects.likely import Bounds
    from shanhou.subjects.merge import resolve
    from shanhou.subjects.named import pairs_of
    from shanhou.subjects.written import matching_digest

    with case.store.lease("case"):
        require(case, Stage.SUBJECTS)
        register, done = register_of(case), collected(case)
        named = {one.dataset.name: rows_confirmed(case.settings, one) for one in done}
        only = {name: rows for name, rows in named.items() if rows}
        keep_lineage(case)
        case.vault.discard(SUBJECTS)
        with case.vault.write(SUBJECTS, reading=[COLLECT]) as desk:
            put_recipe(desk, case, done)
            said = case.settings.subjects
            resolved = resolve(
                desk, register, done, collected=COLLECT, only=only,
                apart=pairs_of(desk, done, said.apart, collected=COLLECT),
                together=pairs_of(desk, done, said.together, collected=COLLECT),
                bounds=Bounds(said.join_above, said.ask_above, said.shared_by),
            )  # fmt: skip
        case.vault.seal(SUBJECTS, resolved.tables, {})
        with case.store.commit() as unit:
            unit.set_stage("subjects", json.dumps(resolved.to_json()))
            unit.set_stage(resting(Stage.SUBJECTS), rests_on(case, Stage.SUBJECTS))
            rules = [Digested("matching", matching_digest())]
            note(case, unit, Act.RESOLVE, MACHINE, subject=rules, facts=resolved.counts())
        return resolved


# ---- words of persons 声明与绑定 ----------------------------------------------------------------


def declare(case: Case, fact: str, value: str, *, scope: str, by: str, evidence: Path) -> None:
    """Take a person's word on a fact, with the document it rests on.

    Raises:
        Refusal: SH-E-302 no such fact or value, or one that nobody may declare; SH-E-307 no such
            scope, or none for this fact; SH-E-303 the evidence is not there.
    """
    case.settings.person(by)
    scope = declarable(case, fact, value, scope=scope, datasets=datasets_of(case))
    if not evidence.is_file():
        raise Refusal("SH-E-303", path=evidence.name)
    sha256 = digest_hex(evidence.read_bytes())
    one = Declaration(fact, scope, value, by, evidence.name, sha256)
    with case.store.lease("case"), case.store.commit() as unit:
        unit.declare(one)
        if scope.startswith("subject:"):
            with case.vault.read(SUBJECTS) as desk:
                unit.set_stage(said_of(one), made_of(desk, scope.removeprefix("subject:")))
        note(case, unit, Act.DECLARE, by, subject=[Digested("evidence", sha256)],
             facts={"fact": fact, "value": value, "scope": shown(scope)})  # fmt: skip


def bind(case: Case, fact: str, binding: Mapping[str, object], *, by: str) -> None:
    """Write a confirmed binding into the case file.

    Raises:
        Refusal: SH-E-302 no such fact or value, or one that no column can answer; SH-E-301 no such
            column; SH-E-002 no such way of reading it.
    """
    from shanhou.disposition.holdings import field_of
    from shanhou.law.load import load_rulebook

    case.settings.person(by)
    known = load_rulebook().facts
    if fact not in known or "bound" not in known[fact].sources:
        raise Refusal("SH-E-302", fact=fact, value="-", allowed="-")
    unknown = _values_of(binding) - set(known[fact].values)
    if unknown:
        raise Refusal("SH-E-302", fact=fact, value=min(unknown),
                      allowed=" | ".join(known[fact].values))  # fmt: skip
    with case.store.lease("case"):
        field_of(str(binding["field"]), collected(case))
        case.settings = add_to_case_file(
            case.folder / CASE_FILE, "bindings", {fact: [{**binding, "by": by}]}
        )
        with case.store.commit() as unit:
            told = {"fact": fact, "field": shown(str(binding["field"]))}
            note(case, unit, Act.BIND, by, facts=told)


def _values_of(binding: Mapping[str, object]) -> set[str]:
    """The fact's values that a binding speaks of."""
    found: set[str] = {"yes", "no"} if "age_under" in binding else set()
    for way in ("values", "above"):
        found |= set(cast("Mapping[str, object]", binding.get(way, {})))
    return found | set(cast("Mapping[str, str]", binding.get("filled", {})).values())
