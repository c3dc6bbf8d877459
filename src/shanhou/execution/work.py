"""What the approved plan asks of the world, as parcels to deliver and removals to make.

Set-based: the plan's record table is joined with the collected cells; nothing loops over records.
An item leaves its source only after what had to come first was done: a receipt for a transfer, a
seal for what is retained, a copy for what is returned, a passed test for what is anonymised.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shanhou.disposition.facts import Holding
from shanhou.disposition.holdings import Asset
from shanhou.disposition.plan import Plan, leaving_groups, verdicts
from shanhou.disposition.told_of import SECRET
from shanhou.execution.corrected import corrected
from shanhou.execution.earlier import Past
from shanhou.execution.order import Parcel, Removal
from shanhou.law.rule import Outcome

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

    from shanhou.vault.generation import Desk


@dataclass(frozen=True)
class Bench:
    """The open tables that the work is read from."""

    desk: Desk
    plan: Plan
    generation: str
    """The generation that holds the plan's record table."""
    collected: str
    recheck: str
    """The generation that holds `stale`: records that changed or went since they were collected."""
    assets: tuple[Asset, ...]
    corrections: str = ""
    """The generation that holds what people corrected; empty where nobody did."""

    @property
    def holdings(self) -> tuple[Holding, ...]:
        return tuple(asset.holding for asset in self.assets)

    def items(self, asset: Asset) -> ibis.Table:
        """The dataset's records with their verdicts, as they stand in the source.

        Without those that are stale, and without what an earlier plan took out.
        """
        return self.desk.view(
            f"items_{self.recheck}_{asset.holding.table}", lambda: self._items(asset)
        )

    def _items(self, asset: Asset) -> ibis.Table:
        placed = verdicts(self.desk, self.holdings, asset.holding, plan=self.generation,
                          collected=self.collected)  # fmt: skip
        stale = self.desk.table(self.recheck, "stale").select("rec")
        names = [group.name for group in asset.holding.groups]
        return self.past.anchored(self.past.there(placed.anti_join(stale, "rec"), names))

    @property
    def past(self) -> Past:
        """What earlier plans did."""
        return Past(self.desk, self.recheck)

    def cells(self, asset: Asset) -> ibis.Table:
        """The dataset's cells as they leave: corrected where the person said so."""
        cells = self.desk.table(self.collected, asset.holding.table)
        return corrected(self.desk, cells, self.corrections) if self.corrections else cells


def touched(bench: Bench, outcome: Outcome) -> tuple[Asset, ...]:
    """The assets with at least one item of an outcome."""
    datasets = datasets_with(bench.plan, outcome)
    return tuple(asset for asset in bench.assets if asset.holding.name in datasets)


def datasets_with(plan: Plan, outcome: Outcome) -> frozenset[str]:
    """The datasets with at least one item of an outcome."""
    situations = {one.situation for one in plan.decisions if one.decision.outcome is outcome}
    return frozenset(one.dataset for one in plan.situations if one.id in situations)


def parcel(
    bench: Bench, asset: Asset, outcome: Outcome, *, only: Mapping[str, Any] | None = None
) -> Parcel:
    """The rows of a dataset with an outcome: its columns of that outcome, the others empty.

    Keys, dates and statuses that belong to no field group go with the row. `only` narrows to
    rows by columns of the verdicts (`sid`, `retain_until`).
    """
    rows = owned_rows(bench, asset, outcome, only)
    names = tuple(field.name for field in asset.collected.dataset.fields)
    count = int(bench.desk.scalar(rows.count()))
    columns = [f"c{position}" for position in range(len(names))]
    secret = tuple(names[position] for position in _secrets(bench, asset, outcome))
    batches = _Batches(bench.desk, rows, columns, names)
    return Parcel(asset.holding.name, names, count, batches, secret)


def _secrets(bench: Bench, asset: Asset, outcome: Outcome) -> tuple[int, ...]:
    """The columns of a dataset whose trade secrets have an outcome; the others come empty."""
    sits = {one.id for one in bench.plan.situations if one.dataset == asset.holding.name}
    goes = any(one.group == SECRET and one.decision.outcome is outcome and one.situation in sits
               for one in bench.plan.decisions)  # fmt: skip
    held = (group.positions for group in asset.holding.groups if group.name == SECRET)
    return next(held, ()) if goes else ()


@dataclass(frozen=True)
class _Batches:
    """Rows streamed as often as they are asked for, under the names the source gave."""

    desk: Desk
    rows: Any
    columns: Sequence[str]
    names: Sequence[str]

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        ordered = self.rows.order_by("rec").select(*self.columns)
        for batch in self.desk.batches(ordered):
            yield batch.rename_columns(list(self.names))


def owned_rows(
    bench: Bench, asset: Asset, outcome: Outcome, only: Mapping[str, Any] | None = None
) -> ibis.Table:
    """`rec`, `sid`, `retain_until` and cells of the rows with an outcome; cells of another
    outcome's groups are null, and of those to which an earlier plan did it already.
    """
    names = [group.name for group in asset.holding.groups]
    items = bench.past.undone(bench.items(asset), names, outcome)
    for name, value in (only or {}).items():
        items = items.filter(items[name].isnull() if value is None else items[name] == value)
    grouped = [(group, items[f"o_{group.name}"] == outcome.value) for group in asset.holding.groups]
    wanted = grouped[0][1]
    for _, has in grouped[1:]:
        wanted = wanted | has
    chosen = items.filter(wanted).drop("key", "place", "digest")
    joined = chosen.join(bench.cells(asset), "rec")
    columns = {}
    for position in range(len(asset.collected.dataset.fields)):
        cell = joined[f"c{position}"]
        group = next((g for g in asset.holding.groups if position in g.positions), None)
        if group is not None:
            has = joined[f"o_{group.name}"] == outcome.value
            cell = has.ifelse(cell, None)
        columns[f"c{position}"] = cell
    return joined.select("rec", "sid", "retain_until", **columns)


def end_dates(bench: Bench, asset: Asset) -> tuple[str, ...]:
    """The days until which this dataset's retained rows are kept; `-` where none is known."""
    return _days(bench, owned_rows(bench, asset, Outcome.RETAIN))


def end_dates_in_source(bench: Bench, asset: Asset) -> tuple[str, ...]:
    """The same of all retained rows in the source, those that an earlier plan sealed among them."""
    import ibis

    names = [group.name for group in asset.holding.groups]
    items = bench.past.filled(bench.items(asset), names)
    kept = [items[f"o_{group.name}"] == Outcome.RETAIN.value for group in asset.holding.groups]
    return _days(bench, items.filter(ibis.or_(*kept)))


def _days(bench: Bench, items: ibis.Table) -> tuple[str, ...]:
    days = items.select(day=items.retain_until.cast("string")).distinct().order_by("day")
    return tuple(day or "-" for day in bench.desk.arrow(days)["day"].to_pylist())


def removal(bench: Bench, asset: Asset, done: frozenset[Outcome]) -> Removal | None:
    """What leaves this dataset's source now; None where nothing does.

    `done`: outcomes whose condition is met (receipt, seal, copy, test). A row goes whole when
    all its items go; otherwise the leaving groups' fields are emptied.
    """
    import ibis
    import pyarrow as pa
    import pyarrow.compute as pc

    leaving = leaving_groups(bench.plan)
    shapes: list[tuple[int, ...] | None] = []
    numbers: dict[str, int] = {}
    for situation in bench.plan.situations:
        if situation.dataset != asset.holding.name:
            continue
        shape = shape_of(asset.holding, leaving.get(situation.id, {}), done)
        if shape == ():
            continue
        if shape not in shapes:
            shapes.append(shape)
        numbers[situation.id] = shapes.index(shape)
    if not numbers:
        return None
    items = bench.items(asset)
    # null where the item left its source under an earlier plan
    leaves = [items[f"o_{group.name}"].isin([one.value for one in done])
              for group in asset.holding.groups]  # fmt: skip
    chosen = items.filter(items.sit.isin(list(numbers)), ibis.or_(*leaves))
    table = bench.desk.arrow(chosen.select("rec", "key", "digest", "place", "sit").order_by("rec"))
    known = pa.array(list(numbers), pa.string())
    shape_at = pa.array(list(numbers.values()), pa.int64())
    shape_column = pc.take(shape_at, pc.index_in(table["sit"], known))
    rows = table.drop_columns(["sit"]).append_column("shape", shape_column)
    return Removal(asset.collected.dataset, rows, tuple(shapes), asset.placeholders)


def shape_of(
    holding: Holding, leaving: Mapping[str, Outcome], done: frozenset[Outcome]
) -> tuple[int, ...] | None:
    """Columns to empty; None when the whole row goes; empty when nothing leaves yet."""
    gone = {name for name, outcome in leaving.items() if outcome in done}
    if gone == {group.name for group in holding.groups}:
        return None
    positions: set[int] = set()
    for group in holding.groups:
        if group.name in gone:
            positions.update(group.positions)
    return tuple(sorted(positions))


@dataclass(frozen=True)
class Undone:
    """What of an outcome was not done: single records, and whole datasets."""

    recs: tuple[int, ...] = ()
    datasets: frozenset[str] = frozenset()
    bags: frozenset[tuple[str, str]] | None = None
    """Of sealing: dataset and end date of every bag there is; `-` where no end date is known."""


@dataclass(frozen=True)
class Acted:
    """What of an outcome was done: customers, records, and items per field group."""

    subjects: int
    records: int
    items: Mapping[str, int]


NOTHING = Undone()


def no_longer_sent(bench: Bench) -> dict[str, int]:
    """Dataset to records that an earlier plan sent and that this one would not send."""

    def verdict(asset: Asset) -> ibis.Table:
        return verdicts(bench.desk, bench.holdings, asset.holding, plan=bench.generation,
                        collected=bench.collected)  # fmt: skip

    return bench.past.no_longer_sent(bench.assets, verdict)


def by_subject(bench: Bench, outcome: Outcome, undone: Undone = NOTHING) -> ibis.Table:
    """`sid`, `groups` and `records` for everyone an outcome touches, in the order of `sid`.

    Records that reach no customer stand under sid -1; what was not done is not counted.
    """
    import ibis

    hit, names = _hit(bench, outcome, undone)
    # a record stands in one dataset, and in one situation of it: its rows are counted as they are
    found = hit.group_by("sid").aggregate(
        records=hit.count(), **{name: hit[name].any() for name in names}
    )
    words = ibis.array([found[name].ifelse(name, "") for name in names])
    groups = words.filter(lambda word: word != "").join(" ")
    return found.select("sid", "records", groups=groups).order_by("sid")


def acted(bench: Bench, outcome: Outcome, undone: Undone = NOTHING) -> Acted:
    """How much of an outcome was done: the plan's records without stale and undone ones."""
    hit, names = _hit(bench, outcome, undone)
    counted = hit.aggregate(
        subjects=hit.sid.nunique(where=hit.sid >= 0), records=hit.count(),
        **{f"o_{name}": hit[name].sum().fill_null(0) for name in names},
    )  # fmt: skip
    (row,) = bench.desk.arrow(counted).to_pylist()
    items = {name: row[f"o_{name}"] for name in names if row[f"o_{name}"]}
    return Acted(row["subjects"], row["records"], items)


def asked(bench: Bench, outcome: Outcome) -> int:
    """The plan's records of an outcome, less those to which an earlier plan did it."""
    import ibis

    placed, names = _asked(bench, outcome)
    wanted = [placed[f"o_{name}"].fill_null("") == outcome.value for name in names]
    return int(bench.desk.scalar(placed.filter(ibis.or_(*wanted)).count()))


def _asked(bench: Bench, outcome: Outcome) -> tuple[ibis.Table, list[str]]:
    """The plan's records with their verdicts, and the field groups."""
    record = bench.desk.table(bench.generation, "record")
    verdict = bench.desk.table(bench.generation, "verdict")
    names = [name.removeprefix("o_") for name in verdict.columns if name != "sit"]
    there = bench.past.there(record.join(verdict, "sit"), names)
    return bench.past.undone(there, names, outcome), names


def _hit(bench: Bench, outcome: Outcome, undone: Undone) -> tuple[ibis.Table, list[str]]:
    """`sid` and a column per field group that says whether it has the outcome; and the groups."""
    import ibis
    import pyarrow as pa

    placed, names = _asked(bench, outcome)
    placed = placed.anti_join(bench.desk.table(bench.recheck, "stale").select("rec"), "rec")
    if undone.recs:
        left = ibis.memtable(pa.table({"rec": pa.array(undone.recs, pa.int64())}))
        placed = placed.anti_join(left, "rec")
    if undone.datasets:
        numbers = [n for n, one in enumerate(bench.holdings) if one.name in undone.datasets]
        placed = placed.filter(placed.ds.notin(numbers))
    if undone.bags is not None:
        day = placed.retain_until.cast("string").fill_null("-")
        number = {one.name: n for n, one in enumerate(bench.holdings)}
        sealed = [(placed.ds == number[name]) & (day == until) for name, until in undone.bags]
        placed = placed.filter(ibis.or_(ibis.literal(value=False), *sealed))
    has = {name: placed[f"o_{name}"].fill_null("") == outcome.value for name in names}
    hit = placed.select(sid=placed.sid.fill_null(-1), **has)
    return hit.filter(ibis.or_(*(hit[name] for name in names))), names
