"""Takes items out of a source made of files: each file by its own kind, each a step of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shanhou.execution.order import NotRemoved, Removal, Removed, Remover, Scrubbed


@dataclass(frozen=True)
class FilesRemover:
    """Implements `order.Remover` over the files of one source.

    `file_of`: dataset name to its file; `hands`: the remover of each file.
    """

    file_of: Mapping[str, Path]
    hand: Callable[[Path], Remover]

    def remove(self, removals: Sequence[Removal], *, step: str) -> tuple[Removed, ...]:
        """One verified step per file; a file that is done is not touched again."""
        done: list[Removed] = []
        for path, mine in self._by_file(removals).items():
            done.extend(self.hand(path).remove(mine, step=f"{step}:{path.name}"))
        return tuple(done)

    def scrub(self) -> tuple[Scrubbed, ...]:
        return tuple(one for path in self._files() for one in self.hand(path).scrub())

    def left(self, removals: Sequence[Removal]) -> tuple[NotRemoved, ...]:
        found: list[NotRemoved] = []
        for path, mine in self._by_file(removals).items():
            found.extend(self.hand(path).left(mine))
        return tuple(found)

    def carriers(self) -> tuple[Path, ...]:
        return tuple(one for path in self._files() for one in self.hand(path).carriers())

    def forget(self) -> None:
        """The ledger of files is the case's own; nothing was left in the customer's folders."""

    def _files(self) -> list[Path]:
        return sorted(set(self.file_of.values()))

    def _by_file(self, removals: Sequence[Removal]) -> dict[Path, list[Removal]]:
        grouped: dict[Path, list[Removal]] = {}
        for one in removals:
            grouped.setdefault(self.file_of[one.dataset.name], []).append(one)
        return grouped
