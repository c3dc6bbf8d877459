"""Takes items out of a folder of files: each file whole or not at all, each once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from shanhou.cases.watch import NewHold
from shanhou.execution.delimited_remover import DelimitedRemover
from shanhou.execution.file_replacing import Moment, StepLedger, at_once
from shanhou.execution.order import NotRemoved, Removal, Removed, Scrubbed
from shanhou.execution.spreadsheet_remover import SpreadsheetRemover
from shanhou.vault.tables import Dataset, DatasetKind


class FolderRemover:
    """Implements `order.Remover` for a source that is a folder, or one file."""

    def __init__(
        self,
        path: Path,
        datasets: Sequence[Dataset],
        ledger: StepLedger,
        *,
        may_lose: Mapping[str, frozenset[str]] | None = None,
        remove_empty: bool = False,
        moment: Moment = at_once,
    ) -> None:
        """`may_lose`: per file name as in the datasets' names, the parts approved to be lost.

        `moment`: around what cannot be undone of each file; it may refuse.
        """
        self._path = path
        self._datasets = tuple(datasets)
        self._ledger = ledger
        self._may_lose = dict(may_lose or {})
        self._remove_empty = remove_empty
        self._moment = moment
        self._step = ""
        self._stopped_at: frozenset[str] | None = None

    def remove(self, removals: Sequence[Removal], *, step: str) -> tuple[Removed, ...]:
        """File by file; a step that was interrupted goes on with the files it had not done.

        Raises:
            NewHold: a hold was set; with what was taken out of the files before.
        """
        self._step = step
        done: dict[str, Removed] = {}
        reached: set[str] = set()
        for name, hand in self._hands():
            part = [one for one in removals if self.file_of(one.dataset) == name]
            try:
                told = hand.remove(part, step=f"{step}:{name}")
            except NewHold as held:
                held.done = tuple(done.values())
                self._stopped_at = frozenset(reached)
                raise
            done.update((one.dataset, one) for one in told)
            reached.add(name)
        return tuple(done[one.dataset.name] for one in removals)

    def scrub(self) -> tuple[Scrubbed, ...]:
        done: list[Scrubbed] = []
        for name, hand in self._hands():
            if self._stopped_at is not None and name not in self._stopped_at:
                continue
            hand.step = f"{self._step}:{name}"
            done += hand.scrub()
        return tuple(done)

    def left(self, removals: Sequence[Removal]) -> tuple[NotRemoved, ...]:
        found: list[NotRemoved] = []
        for name, hand in self._hands():
            found += hand.left([one for one in removals if self.file_of(one.dataset) == name])
        return tuple(found)

    def carriers(self) -> tuple[Path, ...]:
        return tuple(path for _, hand in self._hands() for path in hand.carriers())

    def forget(self) -> None:
        """The ledger of files is the caller's."""

    def path_of(self, dataset: Dataset) -> Path:
        """The file a dataset was read from."""
        return path_of(self._path, dataset)

    def file_of(self, dataset: Dataset) -> str:
        """The file's part of a dataset's name."""
        return file_of(self._path, dataset)

    def _hands(self) -> Iterator[tuple[str, DelimitedRemover | SpreadsheetRemover]]:
        files: dict[str, list[Dataset]] = {}
        for dataset in self._datasets:
            files.setdefault(self.file_of(dataset), []).append(dataset)
        for name, datasets in sorted(files.items()):
            path = self.path_of(datasets[0])
            if datasets[0].kind is DatasetKind.DELIMITED:
                yield (
                    name,
                    DelimitedRemover(
                        path,
                        datasets[0],
                        self._ledger,
                        remove_empty=self._remove_empty,
                        moment=self._moment,
                    ),
                )
            else:
                may_lose = self._may_lose.get(name, frozenset())
                yield name, SpreadsheetRemover(path, datasets, self._ledger, may_lose=may_lose,
                                               moment=self._moment)  # fmt: skip


def path_of(root: Path, dataset: Dataset) -> Path:
    """The file a dataset was read from; `root` is its source's folder or file."""
    relative = file_of(root, dataset).removeprefix(f"{dataset.source}/")
    whole = root.is_file() or (not root.exists() and root.name == relative)
    return root if whole else root / relative


def file_of(root: Path, dataset: Dataset) -> str:
    """The file's part of a dataset's name; `#` may stand in a file's name as well."""
    if dataset.kind is DatasetKind.DELIMITED:
        return dataset.name
    ends = [n for n, mark in enumerate(dataset.name) if mark == "#"]
    base = root if not root.is_file() else root.parent
    for end in ends:
        relative = dataset.name[:end].removeprefix(f"{dataset.source}/")
        if (base / relative).exists() or (base / relative).with_suffix(".xlsx").exists():
            return dataset.name[:end]
    return dataset.name[: ends[0]]
