"""Looks, while a plan is carried out, whether a hold was set after the work began.

An order to keep things does not wait for the work to end: it is committed at once, and the work
stops before its next step. What cannot be undone happens within a commit of the case's store, after
a last look: of a hold and such a moment one comes first, and both know which (docs/adr 19).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shanhou.errors import Refusal

if TYPE_CHECKING:
    from shanhou.cases.store import Store


class NewHold(Refusal):
    """A hold was set while a plan was being carried out; the work stops where it is."""

    done: tuple[Any, ...] = ()
    """What the step that was stopped had done by then, file by file."""


@dataclass(frozen=True)
class Watch:
    """The holds there were when the work on a plan began."""

    store: Store
    plan: str
    known: frozenset[str]

    @classmethod
    def begin(cls, store: Store, plan: str) -> Watch:
        """Begin to watch; before the plan is asked whether it still stands."""
        return cls(store, plan, frozenset(one.id for one in store.holds()))

    def newer(self) -> tuple[str, ...]:
        """The holds that were set since, lifted ones as well."""
        return tuple(one.id for one in self.store.holds() if one.id not in self.known)

    def look(self) -> None:
        """Refuse to go on where a hold was set since.

        Raises:
            NewHold: SH-E-613 with the holds.
        """
        if newer := self.newer():
            raise NewHold("SH-E-613", plan=self.plan, holds=", ".join(newer))

    @contextmanager
    def moment(self) -> Iterator[None]:
        """Around what cannot be undone: while it happens no hold can be set, and none was.

        Keep it short: whoever sets a hold waits for its end. Nothing may be written to the store
        within it.

        Raises:
            NewHold: as `look`; nothing has happened then.
        """
        with self.store.commit():
            self.look()
            yield
