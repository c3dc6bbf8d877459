"""Seals a package so that nothing of it stays where a hold was set while it was written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shanhou.cases.stages import Stage
from shanhou.cases.watch import NewHold

if TYPE_CHECKING:
    import pyarrow as pa

    from shanhou.cases.ledger import StepLedger
    from shanhou.execution.order import Parcel


def sealed_once(
    ledger: StepLedger, step: str, act: Callable[[], Mapping[str, Any]], path: Path
) -> None:
    """Seal the package unless it is; one in which a hold's records would go is destroyed again."""
    from shanhou.vault.keys import shred_file

    if ledger.done(step) is not None:
        return
    ledger.intend(step, Stage.TRANSFER.value)
    try:
        ledger.finish(step, Stage.TRANSFER.value, act(), unless_held=True)
    except NewHold:
        # nobody was given it: it is told of only once it is sealed
        shred_file(path)
        ledger.stop(step, Stage.TRANSFER.value, None)
        raise


def looking(one: Parcel, ledger: StepLedger) -> Parcel:
    """The parcel, each of whose batches is read only while no hold was set since."""
    return replace(one, batches=_Looking(one.batches, ledger))


@dataclass(frozen=True)
class _Looking:
    batches: Iterable[pa.RecordBatch]
    ledger: StepLedger

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for batch in self.batches:
            if self.ledger.watch is not None:
                self.ledger.watch.look()
            yield batch
