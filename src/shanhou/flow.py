"""One function per stage: the table of contents of a case, and the only module that joins rooms.

Each stage reads what the stages before it sealed, does its own work in its own room, and appends
to the log in the same commit as its state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shanhou.cases.store import Step, Unit
from shanhou.evidence.entry import Act, Digested, Entry, FactValue
from shanhou.wiring import Case, reader_of

if TYPE_CHECKING:
    from shanhou.sources.intake import Collected
    from shanhou.sources.reader import Unread

COLLECT, INVENTORY, SUBJECTS = "collect", "inventory", "subjects"
MACHINE = "shanhou"
"""Who acts when no person does: the program itself."""

Progress = Callable[[str, int, int], None]


def silent(_what: str, _done: int, _of: int) -> None:
    """No progress shown."""


def note(
    case: Case,
    unit: Unit,
    act: Act,
    actor: str,
    *,
    subject: Sequence[Digested] = (),
    facts: Mapping[str, FactValue] | None = None,
) -> None:
    """Append one act to the case's events, within the commit of its state."""
    seq = unit.next_seq()
    entry = Entry(seq, case.at, case.id, act, actor, case.settings.case.rehearsal,
                  case.on if case.played else None, tuple(subject), facts or {})  # fmt: skip
    unit.event(seq, entry.to_bytes())


def shown(name: str) -> str:
    """A name of a file, table or column for the log; one that looks personal as its digest."""
    return f"sha256:{digest_hex(name.encode())[:32]}" if looks_personal(name) else name


# ---- collect 收集 -----------------------------------------------------------------------------


def collect(case: Case, progress: Progress = silent) -> tuple[Collected, ...]:
    """Read every source whole into a sealed generation; goes on where it was stopped.

    Raises:
        Fault: SH-E-1xx a source could not be read, or its two sides disagree; what was collected
            before stays collected, and nothing half-read counts.
    """
    with case.store.lease("case"):
        if not case.vault.sealed(COLLECT):
            with case.vault.write(COLLECT) as desk:
                for source in case.settings.sources:
                    _collect_source(case, desk, source, progress)
            done = collected(case)
            rows = {one.table: one.rows for one in done}
            case.vault.seal(COLLECT, rows, {one.dataset.name: one.root for one in done})
    return collected(case)


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
                unit.step(Step(f"collect:{one.dataset.name}", COLLECT, COLLECT, "done",
                               one.to_json()))  # fmt: skip
                note(case, unit, Act.COLLECT, MACHINE, subject=[Digested("rows", one.root)],
                     facts={"dataset": shown(dataset.name), "rows_count": one.rows,
                            "quarantined_count": one.quarantined})  # fmt: skip
        missing = [[one.place, one.code] for one in reader.unread()]
    with case.store.commit() as unit:
        unit.set_stage(f"unread:{source.id}", json.dumps(missing, ensure_ascii=False))


def collected(case: Case) -> tuple[Collected, ...]:
    """The datasets that arrived whole so far."""
    from shanhou.sources.intake import Collected

    return tuple(Collected.from_json(step.detail) for step in case.store.steps(COLLECT))


def unread(case: Case) -> tuple[tuple[str, str], ...]:
    """Places in the sources that no reader could take, with the code of why."""
    held = [case.store.stage(f"unread:{source.id}") for source in case.settings.sources]
    return tuple((place, code) for text in held if text for place, code in json.loads(text))


# ---- inventory 清点 ---------------------------------------------------------------------------


def take_stock(case: Case) -> Register:
    """Say what each column holds, about whom, and how records reach their customers."""
    from shanhou.disposition.holdings import confirmations
    from shanhou.inventory.register import take_inventory
    from shanhou.inventory.texts import write_text_holds
    from shanhou.sources.intake import SealedTables

    done = collected(case)
    confirmed = confirmations(case.settings, done)
    case.vault.discard(INVENTORY)
    with case.vault.write(INVENTORY, reading=[COLLECT]) as desk:
        tables = SealedTables(desk, COLLECT, done)
        register = take_inventory(tables, confirmed=confirmed)
        rows = write_text_holds(desk, tables, in_scope(register, case.settings))
    case.vault.seal(INVENTORY, {"text_holds": rows}, {})
    saved = register_text(register)
    with case.store.commit() as unit:
        unit.set_stage("register", saved)
        note(case, unit, Act.INVENTORY, MACHINE,
             subject=[Digested("register", digest_hex(saved.encode()))],
             facts={"datasets_count": len(register.datasets)})  # fmt: skip
    return register


def register_of(case: Case) -> Register:
    """The register as last taken.

    Raises:
        Refusal: SH-E-204 no inventory was taken yet.
    """
    text = case.store.stage("register")
    if text is None:
        raise Refusal("SH-E-204", generation=INVENTORY)
    return read_register(text)


# ---- subjects 客户 ----------------------------------------------------------------------------


def resolve_subjects(case: Case) -> Resolved:
    """Merge the records of all sources into the people and companies they are about."""
    from shanhou.subjects.merge import resolve

    register, done = register_of(case), collected(case)
    case.vault.discard(SUBJECTS)
    with case.vault.write(SUBJECTS, reading=[COLLECT]) as desk:
        resolved = resolve(desk, register, done, collected=COLLECT)
    case.vault.seal(SUBJECTS, resolved.tables, {})
    with case.store.commit() as unit:
        unit.set_stage("subjects", json.dumps(resolved.to_json()))
        note(case, unit, Act.RESOLVE, MACHINE, facts=resolved.counts())
    return resolved


# ---- words of persons 声明与绑定 ----------------------------------------------------------------


def declare(case: Case, fact: str, value: str, *, scope: str, by: str, evidence: Path) -> None:
    """Take a person's word on a fact, with the document it rests on.

    Raises:
        Refusal: SH-E-302 no such fact or value, or one that nobody may declare; SH-E-303 the
            evidence is not there.
    """
    from shanhou.cases.stages import gate_facts, gate_values
    from shanhou.law.load import load_rulebook

    case.settings.person(by)
    known = load_rulebook().facts
    if fact in gate_facts():
        allowed = gate_values(fact)
    elif fact in known and "declared" in known[fact].sources:
        allowed = frozenset(known[fact].values)
    else:
        raise Refusal("SH-E-302", fact=fact, value=value, allowed="-")
    if value not in allowed:
        raise Refusal("SH-E-302", fact=fact, value=value, allowed=" | ".join(sorted(allowed)))
    if not evidence.is_file():
        raise Refusal("SH-E-303", path=evidence.name)
    sha256 = digest_hex(evidence.read_bytes())
    one = Declaration(fact, scope, value, by, evidence.name, sha256)
    with case.store.commit() as unit:
        unit.declare(one)
        note(case, unit, Act.DECLARE, by, subject=[Digested(shown(evidence.name), sha256)],
             facts={"fact": fact, "value": value, "scope": shown(scope)})  # fmt: skip


def bind(case: Case, fact: str, binding: Mapping[str, object], *, by: str) -> None:
    """Write a confirmed binding into the case file.

    Raises:
        Refusal: SH-E-302 no such fact, or one that no column can answer; SH-E-301 no such column.
    """
    from shanhou.disposition.holdings import field_of
    from shanhou.law.load import load_rulebook

    case.settings.person(by)
    known = load_rulebook().facts
    if fact not in known or "bound" not in known[fact].sources:
        raise Refusal("SH-E-302", fact=fact, value="-", allowed="-")
    field_of(str(binding["field"]), collected(case))
    case.settings = add_to_case_file(
        case.folder / CASE_FILE, "bindings", {fact: [{**binding, "by": by}]}
    )
    with case.store.commit() as unit:
        note(case, unit, Act.BIND, by, facts={"fact": fact, "field": shown(str(binding["field"]))})
