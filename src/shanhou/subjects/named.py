"""Records as a person names them in the case file: which pairs are two customers, or one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from shanhou.errors import Refusal

if TYPE_CHECKING:
    from shanhou.cases.merging import Pairing, RecordName
    from shanhou.sources.intake import Collected
    from shanhou.subjects.match import Pair
    from shanhou.vault.generation import Desk


def pairs_of(
    desk: Desk, done: Sequence[Collected], said: Sequence[Pairing], *, collected: str
) -> list[Pair]:
    """The record numbers of each pair a person named.

    Raises:
        Refusal: SH-E-301 no such dataset, or not exactly one record of that key.
    """
    return [
        (record_number(desk, done, one.records[0], collected=collected),
         record_number(desk, done, one.records[1], collected=collected))
        for one in said
    ]  # fmt: skip


def record_number(
    desk: Desk, done: Sequence[Collected], named: RecordName, *, collected: str
) -> int:
    """The record of a dataset with that key; of a file, the row of that line."""
    key = json.dumps(list(named.key), ensure_ascii=False, separators=(",", ":"))
    for one in done:
        if one.dataset.name == named.dataset:
            cells = desk.table(collected, one.table)
            found = desk.arrow(cells.filter(cells.key == key).select("rec").limit(2))
            if found.num_rows == 1:
                return int(found["rec"][0].as_py())
    raise Refusal("SH-E-301", name=f"{named.dataset}: {','.join(named.key)}")


def record_name(
    desk: Desk, done: Sequence[Collected], rec: int, *, collected: str
) -> tuple[str, tuple[str, ...]]:
    """The dataset and key that name a record in the case file; the inverse of `record_number`."""
    for one in done:
        if one.first_rec <= rec < one.first_rec + one.rows:
            cells = desk.table(collected, one.table)
            key = desk.scalar(cells.filter(cells["rec"] == rec).key.max())
            return one.dataset.name, tuple(str(part) for part in json.loads(key))
    raise Refusal("SH-E-301", name=str(rec))
