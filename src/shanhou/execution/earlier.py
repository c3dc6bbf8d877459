"""What earlier plans of a case did already: never done again, never taken for somebody's change.

Set-based: the tables of the earlier plans and what their ledgers say become four tables of record
numbers, which the work of the later plan is narrowed by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shanhou.law.rule import Outcome

if TYPE_CHECKING:
    import ibis

    from shanhou.disposition.facts import Holding
    from shanhou.disposition.holdings import Asset
    from shanhou.disposition.plan import Plan
    from shanhou.vault.generation import Desk

GIVEN = "given"
REMOVED = "removed"
GONE = "gone"
TOUCHED = "touched"
ANCHOR = "anchor"
EVERY = "*"
"""Stands for every field group of a record, and for every outcome of an item."""
_HELD_BACK, _HALF = "SH-X-04", "SH-X-05"


@dataclass(frozen=True)
class Given:
    """Items of a dataset that a finished step sent, sealed, published or gave back."""

    dataset: str
    outcome: Outcome
    until: str = ""
    """Of sealed items: the end date of their bag, `-` where none is known."""
    recheck: str = ""
    """Of sent items: what was stale when the package was sealed; rows edited later went with it."""


@dataclass(frozen=True)
class Taken:
    """Items of a dataset that a step took out of their source."""

    dataset: str
    met: frozenset[Outcome]
    excepted: Mapping[str, tuple[int, ...]]
    """Code to the records that were not acted on, or only in part."""


@dataclass(frozen=True)
class Earlier:
    """A plan that acted before this one."""

    plan: Plan
    generation: str
    recheck: str
    """The generation that holds what was stale when it acted."""
    given: tuple[Given, ...]
    taken: tuple[Taken, ...]
    sources: frozenset[str]
    """Sources that it began to take rows from."""


def write_earlier(
    desk: Desk, earlier: Sequence[Earlier], assets: Sequence[Asset], plan: Plan
) -> None:
    """Write `given` (rec, name, outcome), `removed` and `touched` (rec, name) and `gone` (rec).

    A row that was held back stands emptied in its source: it may leave, but there is nothing of it
    to deliver or to count again, so everything was given. `name` is a field group. Where an earlier
    plan knew a dataset by other field groups, what it did there is not taken over: what it took out
    is found gone, the rest is done again.
    """
    acts = [
        (one, asset.holding)
        for one in earlier
        for asset in assets
        if _layout(one.plan, asset.holding.name) == _layout(plan, asset.holding.name)
    ]
    took: list[_Took] = []
    given: list[ibis.Table] = []
    for one, holding in acts:
        # what an earlier one had taken out was not there to be given
        past = _union([before.gone for before in took], rec="int64")
        given += [part.anti_join(past, "rec") for part in _given(desk, one, holding)]
        took += _took(desk, one, holding)
    given += [part for one in took for part in one.emptied]
    desk.create(GIVEN, _union(given, rec="int64", name="string", outcome="string"))
    desk.create(GONE, _union([one.gone for one in took], rec="int64"))
    for table, parts in ((REMOVED, [one.removed for one in took]),
                         (TOUCHED, [one.touched for one in took])):  # fmt: skip
        flat = [part for several in parts for part in several]
        desk.create(table, _union(flat, rec="int64", name="string"))


def _layout(plan: Plan, dataset: str) -> Any:
    """The field groups of a dataset as a plan knew them; None where it knew none."""
    return next((one["groups"] for one in plan.holdings if one["name"] == dataset), None)


def _union(parts: Sequence[ibis.Table], **schema: str) -> ibis.Table:
    import ibis
    import pyarrow as pa

    if parts:
        return ibis.union(*parts, distinct=True) if len(parts) > 1 else parts[0].distinct()
    kinds = {"int64": pa.int64(), "string": pa.string()}
    return ibis.memtable(pa.table({name: pa.array([], kinds[kind])
                                   for name, kind in schema.items()}))  # fmt: skip


def _placed(desk: Desk, one: Earlier, holding: Holding, recheck: str = "") -> ibis.Table:
    """The records of a dataset that the earlier plan acted on, with its verdicts."""
    number = [held["name"] for held in one.plan.holdings].index(holding.name)
    record = desk.table(one.generation, "record")
    stale = desk.table(recheck or one.recheck, "stale").select("rec")
    placed = record.filter(record.ds == number).anti_join(stale, "rec")
    return placed.join(desk.table(one.generation, "verdict"), "sit")


def _given(desk: Desk, one: Earlier, holding: Holding) -> Iterator[ibis.Table]:
    import ibis

    for told in one.given:
        if told.dataset != holding.name:
            continue
        placed = _placed(desk, one, holding, told.recheck)
        if told.until:
            placed = placed.filter(placed.retain_until.cast("string").fill_null("-") == told.until)
        for group in holding.groups:
            has = placed.filter(placed[f"o_{group.name}"] == told.outcome.value)
            yield has.select("rec", name=ibis.literal(group.name),
                             outcome=ibis.literal(told.outcome.value))  # fmt: skip


@dataclass(frozen=True)
class _Took:
    """What one step took out of one dataset."""

    gone: ibis.Table
    emptied: tuple[ibis.Table, ...]
    """Rows held back whose items are all gone, as if all had been given."""
    removed: tuple[ibis.Table, ...]
    touched: tuple[ibis.Table, ...]


def _took(desk: Desk, one: Earlier, holding: Holding) -> Iterator[_Took]:
    import ibis

    no = ibis.literal(value=False)
    names = [group.name for group in holding.groups]
    for told in one.taken:
        if told.dataset != holding.name:
            continue
        met = [outcome.value for outcome in sorted(told.met)]
        acted = _placed(desk, one, holding)
        for code, recs in sorted(told.excepted.items()):
            if code not in {_HELD_BACK, _HALF}:
                acted = acted.anti_join(_recs(recs), "rec")
        half, held = (_recs(told.excepted.get(code, ())) for code in (_HALF, _HELD_BACK))
        leaves = {name: acted[f"o_{name}"].isin(met).fill_null(no) for name in names}
        whole = acted.filter(ibis.and_(*leaves.values())).select("rec")
        emptied = tuple(acted.filter(leaf).anti_join(whole, "rec")
                        .select("rec", name=ibis.literal(name))
                        for name, leaf in leaves.items())  # fmt: skip
        every = acted.semi_join(held, "rec").select("rec", name=ibis.literal(EVERY))
        failed = sorted({rec for code, recs in told.excepted.items() if code != _HELD_BACK
                         for rec in recs})  # fmt: skip
        cleared = whole.semi_join(held, "rec").anti_join(_recs(failed), "rec")
        yield _Took(
            gone=whole.anti_join(held, "rec"),
            emptied=tuple(
                cleared.select("rec", name=ibis.literal(name), outcome=ibis.literal(EVERY))
                for name in names
            ),
            removed=tuple(part.anti_join(half, "rec") for part in emptied),
            touched=(*emptied, every),
        )


def _recs(recs: Sequence[int]) -> ibis.Table:
    import ibis
    import pyarrow as pa

    return ibis.memtable(pa.table({"rec": pa.array(sorted(set(recs)), pa.int64())}))


@dataclass(frozen=True)
class Past:
    """What the last reading of the sources wrote of earlier plans; empty for a first plan."""

    desk: Desk
    recheck: str

    @property
    def any(self) -> bool:
        return GIVEN in self.desk.names(self.recheck)

    def there(self, placed: ibis.Table, names: Sequence[str]) -> ibis.Table:
        """Records still in their source, without the outcomes of items that left it."""
        if not self.any:
            return placed
        removed = self.desk.table(self.recheck, REMOVED)
        return _without(self.standing(placed), names, removed)

    def standing(self, rows: ibis.Table) -> ibis.Table:
        """Rows that no earlier plan took out whole."""
        if not self.any:
            return rows
        return rows.anti_join(self.desk.table(self.recheck, GONE), "rec")

    def undone(self, placed: ibis.Table, names: Sequence[str], outcome: Outcome) -> ibis.Table:
        """The same records, without the outcomes of items to which it was done already."""
        if not self.any:
            return placed
        given = self.desk.table(self.recheck, GIVEN)
        return _without(placed, names, given.filter(given.outcome.isin([outcome.value, EVERY])))

    def filled(self, placed: ibis.Table, names: Sequence[str]) -> ibis.Table:
        """The same records, without the outcomes of items that stand emptied in their source."""
        if not self.any:
            return placed
        given = self.desk.table(self.recheck, GIVEN)
        return _without(placed, names, given.filter(given.outcome == EVERY))

    def anchored(self, placed: ibis.Table) -> ibis.Table:
        """`key`, `place` and `digest` as the row stands in its source now."""
        if not self.any:
            return placed
        anchor = self.desk.table(self.recheck, ANCHOR)
        moved = anchor.select(rec_now="rec", key_now="key", place_now="place", digest_now="digest")
        joined = placed.left_join(moved, placed.rec == moved.rec_now)
        now = {name: joined[f"{name}_now"].coalesce(joined[name])
               for name in ("key", "place", "digest")}  # fmt: skip
        return joined.mutate(**now).drop("rec_now", *(f"{name}_now" for name in now))

    def no_longer_sent(self, assets: Sequence[Asset], verdict: Any) -> dict[str, int]:
        """Dataset to records that went to the recipient and that this plan would not send."""
        if not self.any:
            return {}
        given = self.desk.table(self.recheck, GIVEN)
        sent = given.filter(given.outcome == Outcome.TRANSFER.value)
        found = {}
        for asset in assets:
            placed = verdict(asset)
            parts = [
                placed.filter(placed[f"o_{group.name}"].fill_null("") != Outcome.TRANSFER.value)
                .semi_join(sent.filter(sent.name == group.name), "rec").select("rec")
                for group in asset.holding.groups
            ]  # fmt: skip
            count = int(self.desk.scalar(_union(parts, rec="int64").count()))
            if count:
                found[asset.holding.name] = count
        return found


def _without(placed: ibis.Table, names: Sequence[str], acts: ibis.Table) -> ibis.Table:
    """Records with the outcome of every (rec, name) of `acts` made null."""
    import ibis

    done = acts.group_by(past="rec").aggregate(
        **{f"x_{name}": (acts.name == name).any() for name in names}
    )
    joined = placed.left_join(done, placed.rec == done.past)
    outcomes = {
        f"o_{name}": joined[f"x_{name}"]
        .fill_null(ibis.literal(value=False))
        .ifelse(ibis.null("string"), joined[f"o_{name}"])
        for name in names
    }
    return joined.mutate(**outcomes).drop("past", *(f"x_{name}" for name in names))
