"""What goes back under the plan: each customer's own copy, or the whole table to its owner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shanhou.execution.returning import (
    ReturnFacts,
    Section,
    SubjectCopy,
    Words,
    return_tables,
    write_copies,
)
from shanhou.execution.work import Bench, owned_rows, parcel
from shanhou.law.rule import Outcome

if TYPE_CHECKING:
    from shanhou.disposition.holdings import Asset

NOBODY = "nobody-found"
"""Names the copy of records whose customer was not found; no customer's number looks like it."""
_NO_SID = -1


@dataclass(frozen=True)
class Back:
    """What was given back of one dataset."""

    dataset: str
    records_count: int
    files_count: int
    to_owner: bool
    """Whether the table went whole to whose data it is."""


def give_back(
    bench: Bench, asset: Asset, folder: Path, *, facts: ReturnFacts, to_owner: bool
) -> Back:
    """Write the readable copies of a dataset's returned items into a folder of its own.

    `to_owner`: it is somebody else's data (held as processor, or under their secrecy), so the
    table goes to them whole; otherwise each customer gets a copy of what is theirs.
    """
    place = folder / asset.holding.table
    if to_owner:
        done = return_tables(place, [parcel(bench, asset, Outcome.RETURN)])
        return Back(asset.holding.name, sum(one.counted.rows for one in done), len(done), to_owner)
    records = files = 0
    for one in write_copies(place, _copies(bench, asset), facts=facts):
        records += one.records
        files += 1
    return Back(asset.holding.name, records, files, to_owner)


def _copies(bench: Bench, asset: Asset) -> Iterator[SubjectCopy]:
    """One copy per customer, in the order of their numbers; records of nobody known together."""
    positions = [p for group in asset.holding.groups for p in group.positions]
    fields = [asset.collected.dataset.fields[position].name for position in sorted(positions)]
    title = Words(asset.holding.name, asset.holding.name)
    labels = tuple(Words(name, name) for name in fields)
    rows = _rows(bench, asset, sorted(positions))
    for sid, mine in groupby(rows, key=lambda row: row[0]):
        cells = tuple(tuple(row[1:]) for row in mine)
        subject = NOBODY if sid == _NO_SID else f"S{sid:07d}"
        yield SubjectCopy(subject, (Section(title, labels, cells),))


def _rows(bench: Bench, asset: Asset, positions: list[int]) -> Iterator[tuple[Any, ...]]:
    table = owned_rows(bench, asset, Outcome.RETURN)
    ordered = table.mutate(sid=table.sid.fill_null(_NO_SID)).order_by(["sid", "rec"])
    columns = ordered.select("sid", *(f"c{position}" for position in positions))
    for batch in bench.desk.batches(columns):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
