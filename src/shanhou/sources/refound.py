"""Where collected rows stand now, in a source that this case itself took rows from.

Lines moved up and fields were emptied, so the key and digest of the collection no longer fit. A
row is found again by its key where the table has one, else by its content and its turn among
alike rows; whatever else changed in it makes it stale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shanhou.sources.intake import Collected, read_whole, row_digest_of

if TYPE_CHECKING:
    import ibis

    from shanhou.sources.reader import Reader
    from shanhou.vault.generation import Desk


@dataclass(frozen=True)
class Emptied:
    """What was emptied in a dataset, as far as the case did it itself."""

    groups: Mapping[str, tuple[int, ...]]
    """Field group to its positions."""
    every: str
    """The name that stands for all of them."""
    placeholders: Mapping[int, tuple[str, ...]]
    """Position to what it may hold once emptied, as plans of the case declared it."""


@dataclass(frozen=True)
class Refound:
    """`anchor` (rec, key, place, digest): rows found again. `stale` (rec, code): the others."""

    anchor: ibis.Table
    stale: ibis.Table


def refind(
    desk: Desk, reader: Reader, one: Collected, *, was: ibis.Table, touched: ibis.Table,
    emptied: Emptied,
) -> Refound:  # fmt: skip
    """Read a dataset again and say where each row of `was` stands.

    `was`: collected rows that should still be there. `touched` (rec, name): emptied field groups.
    """
    import ibis

    again = f"again_{one.table}"
    read_whole(desk, reader, one, table=again)
    now = desk.table("w", again)
    names = (*emptied.groups, emptied.every)
    marks = touched.group_by(touched_rec="rec").aggregate(
        **{f"t_{n}": (touched.name == name).any() for n, name in enumerate(names)}
    )
    marked = was.left_join(marks, was.rec == marks.touched_rec)
    own = _Marked(marked, names, emptied)
    anchor = _by_key(own, now, one) if one.dataset.key else _by_turn(own, now, one)
    lost = was.anti_join(anchor, "rec").select("rec", "key")
    if not one.dataset.key:
        return Refound(anchor, lost.select("rec", code=ibis.literal("SH-X-01")))
    keys = now.select("key", there=True).distinct()
    coded = lost.left_join(keys, "key")
    code = coded.there.notnull().ifelse("SH-X-01", "SH-X-02")
    return Refound(anchor, coded.select("rec", code=code))


@dataclass(frozen=True)
class _Marked:
    """Collected rows beside what of them was emptied."""

    rows: ibis.Table
    names: tuple[str, ...]
    emptied: Emptied

    def touched(self, position: int) -> Any:
        """Whether the case emptied this field of a row."""
        import ibis

        marks = [
            self.rows[f"t_{n}"].fill_null(ibis.literal(value=False))
            for n, name in enumerate(self.names)
            if name == self.emptied.every or position in self.emptied.groups.get(name, ())
        ]
        return ibis.or_(*marks)


def _by_key(own: _Marked, now: ibis.Table, one: Collected) -> ibis.Table:
    """Rows with the same key, alike in every field that the case did not empty."""
    import ibis

    width = range(len(one.dataset.fields))
    stands = now.select(now_key="key", now_place="place", now_digest="digest",
                        **{f"n{p}": f"c{p}" for p in width})  # fmt: skip
    marked = own.rows.mutate(**{f"m{p}": own.touched(p) for p in width})
    both = marked.join(stands, marked.key == stands.now_key)
    same = []
    for position in width:
        cell = both[f"n{position}"]
        empty = cell.isnull() | (cell == "")
        for word in own.emptied.placeholders.get(position, ()):
            empty = empty | _holds(cell, word, both.rec)
        alike = cell.identical_to(both[f"c{position}"])
        same.append(alike | (both[f"m{position}"] & empty))
    found = both.filter(ibis.and_(*same))
    return found.select("rec", key="now_key", place="now_place", digest="now_digest")


def _holds(cell: Any, placeholder: str, rec: Any) -> Any:
    """A placeholder as the engine shows it; in a unique column it bears the record's number."""
    numbered = cell.startswith(placeholder) if placeholder else cell == ""
    number = cell.try_cast("float64")
    try:
        told = float(placeholder)
    except ValueError:
        return numbered
    return numbered | (number == told) | (number == told - rec - 1)


def _by_turn(own: _Marked, now: ibis.Table, one: Collected) -> ibis.Table:
    """Rows with the content they should have by now, each at its turn among alike rows."""
    import ibis

    expected = [
        own.touched(p).ifelse(ibis.null("string"), own.rows[f"c{p}"])
        for p in range(len(one.dataset.fields))
    ]
    rows = own.rows.select("rec", should=row_digest_of(expected))
    nth = ibis.row_number()
    rows = rows.mutate(nth=nth.over(ibis.window(group_by="should", order_by="rec")))
    turns = now.mutate(turn=nth.over(ibis.window(group_by="digest", order_by="rec")))
    stands = turns.select("turn", now_key="key", now_place="place", now_digest="digest")
    found = rows.join(stands, (rows.should == stands.now_digest) & (rows.nth == stands.turn))
    return found.select("rec", key="now_key", place="now_place", digest="now_digest")
