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


# ---- collect 收集 -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Collection:
    """What was collected, and what could not be read."""

    datasets: tuple[Collected, ...]
    unread: tuple[Unread, ...]


def collect(case: Case, progress: Progress = silent) -> Collection:
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
        return Collection(collected(case), unread(case))


def _collect_source(case: Case, desk: object, source: object, progress: Progress) -> None:
    from shanhou.sources.intake import take_in

    reader = reader_of(source, case.folder)
    try:
        datasets = reader.datasets()
        for number, dataset in enumerate(datasets):
            progress(dataset.name, number, len(datasets))
            if case.store.step(f"collect:{dataset.name}"):
                continue
            before = collected(case)
            one = take_in(desk, reader, dataset, table=f"d{len(before):04d}",
                          first_rec=sum(past.rows for past in before))  # fmt: skip
            _note_collected(case, one)
        missing = [(one.place, one.code) for one in reader.unread()]
    finally:
        reader.close()
    with case.store.commit() as unit:
        unit.set_stage(f"unread:{source.id}", _json(missing))


def _note_collected(case: Case, one: Collected) -> None:
    step = Step(f"collect:{one.dataset.name}", COLLECT, COLLECT, "done", one.to_json())
    facts = {"dataset": one.dataset.name, "rows": one.rows, "quarantined": one.quarantined}
    with case.store.commit() as unit:
        unit.step(step)
        note(case, unit, Act.COLLECT, MACHINE, facts=facts,
             subject=[Digested("rows", one.root)])  # fmt: skip
