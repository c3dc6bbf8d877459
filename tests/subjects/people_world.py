"""Small collected sources as a sealed generation, with the register the inventory would give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from shanhou.inventory.kinds import STAFF, About, Category, RelationKind, Role, Scope, Verdict
from shanhou.inventory.register import Register
from shanhou.inventory.verdicts import DatasetVerdict, FieldVerdict, Relation, Route
from shanhou.sources.intake import Collected
from shanhou.subjects.likely import Bounds
from shanhou.subjects.match import Pair
from shanhou.subjects.merge import Resolved, resolve
from shanhou.vault.generation import Desk, Vault
from shanhou.vault.keys import KeyRing
from shanhou.vault.tables import Dataset, DatasetKind, Field

Cell = str | None
NAME, PHONE, ID = Category.PERSON_NAME, Category.PHONE, Category.NATIONAL_ID


@dataclass(frozen=True)
class Sheet:
    """One made-up table: columns with what they hold and about whom, and its rows."""

    name: str
    columns: Mapping[str, tuple[Category, About]]
    rows: Sequence[Sequence[Cell]]
    about: About = About.CUSTOMER
    key: tuple[str, ...] = ()
    refers: Mapping[str, tuple[str, str]] | None = None
    """Column to the table and column it points to."""
    copied: Mapping[str, tuple[str, str]] | None = None


def people(name: str, *rows: Sequence[Cell], columns: Sequence[Category] = (NAME, PHONE)) -> Sheet:
    """A table of private customers."""
    about = {f"f{n}": (category, About.CUSTOMER) for n, category in enumerate(columns)}
    return Sheet(name, about, rows)


def vault_in(folder: Path) -> Vault:
    folder.mkdir(parents=True, exist_ok=True)
    return Vault(folder / "vault", KeyRing(folder, bytes(32)))


def register_of(sheets: Sequence[Sheet]) -> Register:
    relations = tuple(_relations(sheets))
    return Register(tuple(_verdict(one, relations) for one in sheets), relations, ())


def _relations(sheets: Sequence[Sheet]) -> Iterator[Relation]:
    for one in sheets:
        for column, (to, to_column) in (one.refers or {}).items():
            yield Relation(one.name, (column,), to, (to_column,), RelationKind.DECLARED, 1.0)
        for column, (to, to_column) in (one.copied or {}).items():
            yield Relation(one.name, (column,), to, (to_column,), RelationKind.COPIED, 1.0)


def _verdict(one: Sheet, relations: Sequence[Relation]) -> DatasetVerdict:
    mine = [r for r in relations if r.dataset == one.name and r.kind is not RelationKind.COPIED]
    fields = tuple(
        FieldVerdict(column, category, about, Verdict.CERTAIN, 1.0, sensitive=False)
        for column, (category, about) in one.columns.items()
    )
    route = Route(one.name, one.key or tuple(one.columns))
    if mine:
        route = Route(mine[0].to_dataset, mine[0].to_fields, (mine[0],))
    return DatasetVerdict(
        name=one.name, source="s", rows=len(one.rows), about=one.about, role=Role.OPERATIONAL,
        scope=Scope.OUT if one.about in STAFF else Scope.IN, route=route,
        customers_only=None, fields=fields,
    )  # fmt: skip


def collect(desk: Desk, sheets: Sequence[Sheet]) -> tuple[Collected, ...]:
    """Put the sheets into the generation being written, numbered like collected ones."""
    done: list[Collected] = []
    start = 0
    for number, one in enumerate(sheets):
        count = len(one.rows)
        columns = {
            "rec": pa.array(range(start, start + count), pa.int64()),
            "key": pa.array([str(n) for n in range(count)], pa.string()),
            "place": pa.array([str(n) for n in range(count)], pa.string()),
            "digest": pa.array(["0"] * count, pa.string()),
        }
        for n in range(len(one.columns)):
            columns[f"c{n}"] = pa.array([row[n] for row in one.rows], pa.string())
        desk.put(f"d{number:04d}", pa.table(columns))
        fields = tuple(Field(name) for name in one.columns)
        dataset = Dataset(one.name, "s", DatasetKind.SHEET, fields, one.key)
        done.append(Collected(dataset, f"d{number:04d}", start, count, 0, "", ""))
        start += count
    return tuple(done)


@dataclass(frozen=True)
class Merged:
    """A resolved world to ask."""

    vault: Vault
    counts: Resolved

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        with self.vault.read("subjects", "collect") as desk:
            yield desk

    def rows(self, table: str) -> list[dict[str, object]]:
        with self.desk() as desk:
            found: list[dict[str, object]] = desk.arrow(desk.table("subjects", table)).to_pylist()
        return found

    def groups(self) -> set[frozenset[int]]:
        """The records of each subject."""
        held: dict[object, set[int]] = {}
        for row in self.rows("member"):
            held.setdefault(row["sid"], set()).add(int(str(row["rec"])))
        return {frozenset(recs) for recs in held.values()}


def merged(
    folder: Path,
    *sheets: Sheet,
    apart: Sequence[Pair] = (),
    together: Sequence[Pair] = (),
    bounds: Bounds = Bounds(),  # noqa: B008 - frozen
) -> Merged:
    """Collect the sheets and merge them; may be done again in the same folder."""
    vault = vault_in(folder)
    for generation in ("collect", "subjects"):
        vault.discard(generation)
    with vault.write("collect") as desk:
        done = collect(desk, sheets)
    vault.seal("collect", {}, {})
    with vault.write("subjects", reading=["collect"]) as desk:
        counts = resolve(desk, register_of(sheets), done, collected="collect",
                         apart=apart, together=together, bounds=bounds)  # fmt: skip
    vault.seal("subjects", counts.tables, {})
    return Merged(vault, counts)
