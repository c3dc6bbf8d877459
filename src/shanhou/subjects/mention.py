"""What each record says of its customer: cleaned names and numbers, from the register's fields."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from shanhou.inventory.kinds import WAYS, About, Category, RelationKind, Scope, Verdict
from shanhou.subjects.clean import Kind, cleaned, words
from shanhou.subjects.said import Asked, no_facts, no_mentions, write_said
from shanhou.vault.tables import DatasetKind

if TYPE_CHECKING:
    import ibis

    from shanhou.inventory.register import Register
    from shanhou.inventory.verdicts import DatasetVerdict, FieldVerdict, Relation
    from shanhou.sources.intake import Collected
    from shanhou.vault.generation import Desk
    from shanhou.vault.tables import Dataset

Only = Mapping[int, tuple[str, ...]]
"""Position of a column and the values of the rows that are customers'."""

_KINDS = MappingProxyType(
    {
        Category.PERSON_NAME: (Kind.NAME, Kind.SURNAME, Kind.GENDER),
        Category.PHONE: (Kind.PHONE,),
        Category.EMAIL: (Kind.EMAIL,),
        Category.NATIONAL_ID: (Kind.NATIONAL_ID, Kind.UNSURE_ID, Kind.OTHER_ID),
        Category.LICENCE_ID: (Kind.OTHER_ID,),
        Category.PASSPORT_PERMIT: (Kind.PASSPORT,),
        Category.BANK_ACCOUNT: (Kind.BANK,),
        Category.PAYMENT_CARD: (Kind.BANK,),
        Category.ONLINE_ID: (Kind.ONLINE,),
        Category.BIRTH_DATE: (Kind.BORN,),
        Category.GENDER: (Kind.GENDER,),
        Category.ADDRESS: (Kind.ADDRESS, Kind.PLACE),
        Category.POSTCODE: (Kind.POSTCODE,),
        Category.REGION: (Kind.TOWN,),
        Category.ORG_NAME: (Kind.ORG_NAME,),
        Category.ORG_CODE: (Kind.USCC,),
    }
)
_PARTS = MappingProxyType(
    {
        About.CUSTOMER: "person",
        About.CUSTOMER_ORG: "org",
        About.CUSTOMER_CONTACT: "contact",
        About.CUSTOMER_OR_SUPPLIER: "contact",
    }
)
"""Whom a value names: a person, a company, or the person who answers for a company."""
_OF_ORGS = frozenset({Category.ORG_NAME, Category.ORG_CODE})
_SURE = frozenset({Verdict.CERTAIN, Verdict.LIKELY})
_FIRST = ("first", "given", "名", "名字")
_LAST = ("last", "surname", "family", "姓", "姓氏")


@dataclass(frozen=True)
class Holder:
    """An in-scope dataset as merging sees it."""

    number: int
    table: str
    dataset: Dataset
    verdict: DatasetVerdict
    ways: tuple[Relation, ...]
    """How rows may reach their customer's row, the register's route first; none: they name him."""
    copies: tuple[Relation, ...]
    """Which dataset this one is an old copy of, and by which field."""
    only: Only

    @property
    def name(self) -> str:
        return self.dataset.name

    @property
    def keyed(self) -> bool:
        """Whether a row is a customer by its key alone, even with nothing else filled in."""
        route = self.verdict.route
        if route is None or route.steps or not self.dataset.key:
            return False
        return route.fields == self.dataset.key

    @property
    def follows(self) -> bool:
        """Whether a row is nobody's but those's who point to it: addresses in their own table."""
        return any(reason.code == "shared_by" for reason in self.verdict.reasons)

    @property
    def level(self) -> int:
        """How many steps a row stands from its customer's row."""
        return len(self.verdict.route.steps) if self.verdict.route else 0

    def cells(self, desk: Desk, collected: str) -> ibis.Table:
        """The dataset's rows that are customers'."""
        table = desk.table(collected, self.table)
        for position, values in self.only.items():
            table = table.filter(table[f"c{position}"].isin(list(values)))
        return table

    def key_of(self, cells: ibis.Table, fields: Sequence[str]) -> Any:
        """Some fields of a row as one comparable text; null where any of them is empty."""
        value = None
        for field in fields:
            part = cleaned(Kind.KEY, cells[f"c{self.dataset.position(field)}"])
            value = part if value is None else value + "\x1f" + part
        return value


def holders(
    register: Register, collected: Sequence[Collected], only: Mapping[str, Only]
) -> tuple[Holder, ...]:
    """Every dataset in scope, those that name customers first, then by steps and name."""
    by_name = {one.dataset.name: one for one in collected}
    inside = {d.name: d for d in register.datasets if d.scope is Scope.IN and d.name in by_name}
    levels = {name: len(d.route.steps) if d.route else 0 for name, d in inside.items()}
    found = []
    for number, name in enumerate(sorted(inside, key=lambda name: (levels[name], name))):
        verdict, one = inside[name], by_name[name]
        first = verdict.route.steps[:1] if verdict.route else ()
        others = tuple(
            r
            for r in register.relations
            if r.dataset == name
            and r.kind in WAYS
            and levels.get(r.to_dataset, 99) < max(levels[name], 1)
            and r not in first
        )
        ways = (*first, *others) if first else ()
        rows = only.get(name, _customers_only(verdict, one))
        copies = tuple(
            r
            for r in register.relations
            if r.dataset == name and r.kind is RelationKind.COPIED and r.to_dataset in inside
        )
        found.append(Holder(number, one.table, one.dataset, verdict, ways, copies, rows))
    return tuple(found)


def _customers_only(verdict: DatasetVerdict, one: Collected) -> Only:
    rows = verdict.customers_only
    return {one.dataset.position(rows.field): rows.values} if rows and rows.values else {}


def write_rows(desk: Desk, held: Sequence[Holder], collected: str) -> int:
    """`scoped` (rec, ds, keyed): every record that is a customer's."""
    import ibis

    none = small_table({"rec": "int64", "ds": "int64", "keyed": "boolean"})
    parts = [
        one.cells(desk, collected).select(
            "rec", ds=ibis.literal(one.number, "int64"), keyed=ibis.literal(one.keyed)
        )
        for one in held
    ]
    return desk.create("scoped", _union([none, *parts]), aside=True)


def write_totals(desk: Desk, held: Sequence[Holder], collected: str) -> int:
    """`total` (rec): rows of files that look as if they only add up the rows above them."""
    found = [small_table({"rec": "int64"})]
    for one in held:
        if one.dataset.kind in {DatasetKind.SHEET, DatasetKind.DELIMITED}:
            cells = one.cells(desk, collected)
            found.append(cells.filter(_adds_up(cells, len(one.dataset.fields))).select("rec"))
    return desk.create("total", _union(found), aside=True)


def _adds_up(cells: ibis.Table, width: int) -> Any:
    """The first filled cell says so, and every other one is empty or a number."""
    import ibis

    known = words()["totals"]
    filled = [cells[f"c{n}"].strip().nullif("") for n in range(width)]
    fine = [one.isnull() | one.re_search(known["rest"]) | one.re_search(known["first"])
            for one in filled]  # fmt: skip
    return reduce(and_, fine, ibis.coalesce(*filled).re_search(known["first"]))


def write_mentions(desk: Desk, held: Sequence[Holder], collected: str) -> int:
    """`mention` (rec, ds, part, kind, value): one row per cleaned value found in a record.

    `facts`, aside: the same with one row per record, as far as records are compared by it.
    """
    totals = desk.arrow(desk.aside("total"))["rec"].combine_chunks()
    count = desk.put("mention", no_mentions())
    desk.put("facts", no_facts(), aside=True)
    for one in held:
        cells = one.cells(desk, collected)
        asked = tuple(_asked(one, cells))
        count += write_said(
            desk, "mention", cells, asked, ds=one.number, totals=totals, facts="facts"
        )
    return count


def named_fields(verdict: DatasetVerdict) -> Iterator[FieldVerdict]:
    """The fields of a dataset that name or reach its customers."""
    for field in verdict.fields:
        known = field.category in _KINDS and field.verdict in _SURE
        if known and part_of(verdict, field) and not _is_large(field):
            yield field


def _is_large(field: FieldVerdict) -> bool:
    """A province or a country tells no two people apart."""
    return field.category is Category.REGION and bool(re.search(words()["regions"], field.field))


def part_of(verdict: DatasetVerdict, field: FieldVerdict) -> str:
    """Whom a field's values name; empty: nobody of the customer's.

    Where the field itself does not say, its dataset speaks for it: a person beside a company's name
    answers for that company.
    """
    if field.about in _PARTS:
        return _PARTS[field.about]
    if field.about not in {About.NONE, About.ORG} or verdict.about not in _PARTS:
        return ""
    if field.category in _OF_ORGS:
        return "org"
    beside = any(known.category in _OF_ORGS for known in verdict.fields)
    return "contact" if beside else _PARTS[verdict.about]


def _asked(one: Holder, cells: ibis.Table) -> Iterator[Asked]:
    for part in ("person", "contact", "org"):
        names = name_fields(one.verdict, part)
        for n, fields in enumerate(names):
            kinds = (Kind.OTHER_NAME,) if n else _KINDS[Category.PERSON_NAME]
            yield Asked(part, kinds, written_name(one, cells, fields))
    for field in named_fields(one.verdict):
        if field.category is not Category.PERSON_NAME:
            column = cells[f"c{one.dataset.position(field.field)}"]
            yield Asked(part_of(one.verdict, field), _KINDS[field.category], column)


def name_fields(verdict: DatasetVerdict, part: str = "") -> tuple[tuple[str, ...], ...]:
    """The fields that hold a person's name, the main name first; a name in two fields as a pair."""
    names = [
        field.field
        for field in named_fields(verdict)
        if field.category is Category.PERSON_NAME and part in {"", part_of(verdict, field)}
    ]
    return paired(names)


def paired(names: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Fields that hold names, each by itself, but first and last name as one, and that foremost."""
    first = [name for name in names if _is_part(name, _FIRST)]
    last = [name for name in names if _is_part(name, _LAST)]
    if len(first) == 1 and len(last) == 1 and first != last:
        pair = (last[0], first[0]) if last[0].startswith("姓") else (first[0], last[0])
        return (pair, *((name,) for name in names if name not in pair))
    return tuple((name,) for name in names)


def _is_part(name: str, part: Sequence[str]) -> bool:
    lower = name.lower()
    return lower in part or any(lower.startswith(word) for word in part if word.isascii())


def written_name(one: Holder, cells: ibis.Table, fields: Sequence[str]) -> Any:
    """A name as the record writes it, first and last name joined."""
    columns = [cells[f"c{one.dataset.position(field)}"] for field in fields]
    if len(columns) == 1:
        return columns[0]
    between = "" if fields[0].startswith("姓") else " "
    both = columns[0].fill_null("").strip() + between + columns[1].fill_null("").strip()
    return both.strip().nullif("")


def _union(parts: Sequence[ibis.Table]) -> ibis.Table:
    import ibis

    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def small_table(columns: Mapping[str, str], rows: Sequence[Sequence[Any]] = ()) -> ibis.Table:
    """A table of a few known rows: names of columns with their types, and the rows."""
    import ibis
    import pyarrow as pa

    types = {"int64": pa.int64(), "string": pa.string(), "float64": pa.float64(),
             "boolean": pa.bool_()}  # fmt: skip
    schema = pa.schema([(name, types[kind]) for name, kind in columns.items()])
    cells = [dict(zip(columns, row, strict=True)) for row in rows]
    return ibis.memtable(pa.Table.from_pylist(cells, schema))
