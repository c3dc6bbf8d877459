"""Where the rows of a case's state are kept, whatever keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

Row = tuple[Any, ...]


class Rows(Protocol):
    """What a statement gave back."""

    @property
    def rowcount(self) -> int:
        """How many rows it wrote."""

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...

    def __iter__(self) -> Iterator[Any]: ...


class Base(Protocol):
    """A connection to the state of one case: statements are written as `statements` says."""

    def execute(self, text: str, values: Sequence[Any] = ()) -> Rows:
        """Run a statement; what it gives back is small."""

    def executemany(self, text: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each of many rows."""

    def stream(self, text: str, values: Sequence[Any] = ()) -> Iterator[Row]:
        """The rows of a question, however many, without holding all of them at once."""

    def begin(self, tries: int) -> None:
        """Begin to write; others wait for their turn.

        Raises:
            Fault: SH-E-911 somebody kept their turn through every try; nothing was written.
            Refusal: SH-E-912 the state has moved away.
        """

    def commit(self) -> None:
        """Keep what was written since `begin`; it has reached the disk when this returns."""

    def rollback(self) -> None:
        """Undo what was written since `begin`."""

    def lease(self, name: str) -> AbstractContextManager[bool]:
        """Try to be the only process that holds a lease; whether it could be had.

        Raises:
            Refusal: SH-E-912 the state has moved away.
        """

    def close(self) -> None: ...
