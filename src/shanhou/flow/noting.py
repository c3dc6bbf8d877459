"""How every stage writes to the log: one entry, in the commit of its state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from shanhou.evidence.entry import Act, Digested, Entry, FactValue, looks_personal
from shanhou.vault.canonical import digest_hex

if TYPE_CHECKING:
    from shanhou.cases.store import Unit
    from shanhou.wiring import Case

COLLECT, INVENTORY, SUBJECTS = "collect", "inventory", "subjects"
CORRECTIONS = "corrections"
"""The stage of the store that names the generation of everything customers corrected."""
KINDS = "kinds"
"""The stage of the store that says which kinds the letters of a plan name, with its digest."""
VAULT_GOES = "vault_goes"
"""The stage from which on a close destroys the vault's keys and copies; no hold keeps them then."""
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
