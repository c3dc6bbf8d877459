"""The made-up companies are what their truth says, and the scorer sees every slip."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from datetime import date
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
from openpyxl import load_workbook
from stdnum import iso6346, luhn
from stdnum.cn import ric
from stdnum.cn import uscc as stdnum_uscc

from shanhou_examples import identifiers, marks, people
from shanhou_examples.generate import generate
from shanhou_examples.score import Score, score
from shanhou_examples.spec import CASES, OUTCOMES, load, scenario
from shanhou_examples.truth import Record, Truth, read
from shanhou_examples.world import World

COLUMNS = ("dataset", "key", "field_group", "outcome")
CLOSED_ON = date(2026, 12, 20)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    root = tmp_path_factory.mktemp("examples")

    def folder(case: str) -> Path:
        out = root / case
        if not out.exists():
            generate(case, out)
        return out

    return folder


def items_of(truth: Truth) -> list[list[str]]:
    return [
        [record.dataset, record.key, group, outcome]
        for record in truth.records()
        for group, outcome in record.outcomes.items()
    ]


def write_items(path: Path, items: list[list[str]]) -> Path:
    with path.open("w", encoding="utf8", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *items])
    return path


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("case", CASES)
def test_the_same_seed_writes_the_same_bytes(
    case: str, made: Callable[[str], Path], tmp_path: Path
) -> None:
    generate(case, tmp_path)
    assert digests(tmp_path) == digests(made(case))


def test_another_seed_writes_other_people(tmp_path: Path) -> None:
    generate("shipping", tmp_path / "a", customers=30)
    generate("shipping", tmp_path / "b", customers=30, seed=7)
    first, second = digests(tmp_path / "a"), digests(tmp_path / "b")
    assert all(first[name] != second[name] for name in first)


def test_numbers_pass_the_check_digits_of_an_independent_library() -> None:
    for index in range(3000):
        person = people.person(index, salt=99)
        assert ric.is_valid(person.national_id)
        assert ric.get_birth_place(person.national_id)
        assert luhn.is_valid(person.card)
        assert stdnum_uscc.is_valid(identifiers.uscc(index, salt=99))
        assert iso6346.is_valid(identifiers.container(index, salt=99))
        assert ric.is_valid(identifiers.born_on(person.national_id, date(2016, 5, 1)))


def test_companies_of_a_scenario_pass_the_check_digit_too() -> None:
    for case in CASES:
        for party in scenario(case)["parties"].values():
            assert stdnum_uscc.is_valid(party["uscc"])


def test_no_two_people_share_a_number() -> None:
    seen: Counter[str] = Counter()
    for index in range(20_000):
        one = people.person(index, salt=5)
        seen.update((one.phone, one.national_id, one.card, identifiers.door_code(index, salt=5)))
    assert max(seen.values()) == 1


def test_a_value_is_known_however_it_is_typed() -> None:
    person = people.person(4, salt=1)
    for turn in range(50):
        typed = people.messy_phone(person.phone, Random(turn))  # noqa: S311 -- seeded
        assert marks.tokens(f"电话{typed},请回") == {person.phone}


@pytest.mark.parametrize("case", CASES)
def test_every_record_has_an_outcome_for_each_group_of_its_dataset(
    case: str, made: Callable[[str], Path]
) -> None:
    truth, spec = read(made(case)), load(case)
    for record in truth.records():
        assert tuple(record.outcomes) == spec.datasets[record.dataset].groups
        assert set(record.outcomes.values()) <= set(OUTCOMES)


@pytest.mark.parametrize("case", CASES)
def test_every_archetype_is_met_and_gives_its_reason(
    case: str, made: Callable[[str], Path]
) -> None:
    met = {record.archetype for record in read(made(case)).records()}
    kinds = load(case).archetypes
    assert met == {kind.id for kind in kinds}
    assert len(kinds) >= 12
    assert all(kind.reason for kind in kinds)


@pytest.mark.parametrize("case", CASES)
def test_every_dataset_in_scope_has_records_and_its_rows_add_up(
    case: str, made: Callable[[str], Path]
) -> None:
    truth = read(made(case))
    counted = Counter(record.dataset for record in truth.records())
    for name, said in truth.datasets.items():
        assert said["rows"] > 0
        assert counted[name] == (said["rows"] if said["scope"] == "in" else 0)


@pytest.mark.parametrize("case", CASES)
def test_a_key_leads_to_its_row(case: str, made: Callable[[str], Path]) -> None:
    folder = made(case)
    truth, spec = read(folder), load(case)
    for record in truth.records():
        if record.key.endswith('7"]'):
            cells = row_at(folder / "sources", record, truth)
            for group, was in record.digests.items():
                names = spec.datasets[record.dataset].fields_of(group)
                assert marks.digest(cells[name] for name in names) == was


def row_at(sources: Path, record: Record, truth: Truth) -> dict[str, object]:
    said, (at,) = truth.datasets[record.dataset], json.loads(record.key)
    fields = list(said["fields"])
    if "/" not in record.dataset:
        name, _, table = record.dataset.partition(".")
        base = sqlite3.connect(sources / f"{name}.db")
        text = f"SELECT * FROM {table} WHERE {said['key'][0]} = ?"  # noqa: S608 -- own names
        found = base.execute(text, (at,)).fetchone()
        base.close()
        return dict(zip(fields, found, strict=True))
    place, _, sheet = record.dataset.partition("#")
    if sheet:
        book = _book(sources / place)
        return dict(zip(fields, book[sheet][int(at) - 1], strict=True))
    raw = (sources / place).read_bytes().split(b"\r\n")
    # lines inside a quoted cell end in a bare newline and count as well
    lines = b"\n".join(raw).decode(said["encoding"], errors="replace").split("\n")
    cells = next(csv.reader([line + "\n" for line in lines[int(at) - 1 : int(at) + 2]]))
    return dict(zip(fields, cells, strict=True))


_BOOKS: dict[Path, dict[str, list[tuple[object, ...]]]] = {}


def _book(path: Path) -> dict[str, list[tuple[object, ...]]]:
    if path not in _BOOKS:
        book = load_workbook(path, read_only=True)
        _BOOKS[path] = {one.title: list(one.iter_rows(values_only=True)) for one in book}
        book.close()
    return _BOOKS[path]


def test_broken_lines_are_named_and_are_no_records(made: Callable[[str], Path]) -> None:
    for case in CASES:
        truth = read(made(case))
        keys = {(record.dataset, record.key) for record in truth.records()}
        assert Counter(one["why"] for one in truth.quarantined) == dict.fromkeys(
            ("fields", "bytes", "quote"), 2
        )
        for one in truth.quarantined:
            assert (one["dataset"], json.dumps([str(one["line"])])) not in keys
            raw = (made(case) / "sources" / one["dataset"]).read_bytes().split(b"\n")
            line = raw[one["line"] - 1]
            if one["why"] == "bytes":
                with pytest.raises(UnicodeDecodeError):
                    line.decode(truth.datasets[one["dataset"]]["encoding"])
            elif one["why"] == "fields":
                assert line.count(b",") > len(truth.datasets[one["dataset"]]["fields"])
            else:
                assert line.count(b'"') == 1
                assert raw[one["line"] :] == [b""]


def test_the_files_are_as_messy_as_offices_make_them(made: Callable[[str], Path]) -> None:
    sources = made("housekeeping") / "sources"
    with pytest.raises(UnicodeDecodeError):
        (sources / "wechat/微信预约.csv").read_bytes()[:60].decode("utf8")
    assert (sources / "reviews/评价导出.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    book = load_workbook(sources / "finance/会计凭证.xlsx")
    assert book["旧客户"].sheet_state == "hidden"
    assert len(book["收款凭证"].merged_cells.ranges) == 4
    book.close()
    base = sqlite3.connect(sources / "crm.db")
    assert len(base.execute("PRAGMA foreign_key_list(service_orders)").fetchall()) == 2
    assert base.execute("PRAGMA foreign_key_check").fetchall() == []
    base.close()


def test_both_sales_of_the_cotton_firm_open_the_same_files(made: Callable[[str], Path]) -> None:
    first, second = made("cotton-assets") / "sources", made("cotton-equity") / "sources"
    assert digests(first) == digests(second)


@pytest.mark.parametrize("case", CASES)
def test_a_scenario_names_what_the_company_holds(case: str, made: Callable[[str], Path]) -> None:
    spec, said = load(case), scenario(case)
    roles = {n: d.role for n, d in spec.datasets.items() if d.role != "operational" and d.in_scope}
    assert said["roles"] == roles
    assert set(said["out_of_scope"]) == {n for n, d in spec.datasets.items() if not d.in_scope}
    assert {one["id"] for one in said["sources"]} == {d.source for d in spec.datasets.values()}
    for one in said["sources"]:
        assert (made(case) / one["path"]).exists()
    people_ids = {one["id"] for one in said["people"]}
    assert {one["by"] for one in said["declarations"]} <= people_ids
    for bound in said["bindings"].values():
        for column in bound["columns"]:
            dataset, _, name = column.rpartition(".")
            assert name in {field.name for field in spec.datasets[dataset].fields}
    scopes = {one["scope"] for one in said["declarations"]} - {"all"}
    assert scopes <= set(spec.datasets)


@pytest.mark.parametrize("case", CASES)
def test_bound_values_are_all_explained(case: str, made: Callable[[str], Path]) -> None:
    for bound in scenario(case)["bindings"].values():
        for column in bound["columns"] if "values" in bound else ():
            dataset, _, name = column.rpartition(".")
            source, _, table = dataset.partition(".")
            base = sqlite3.connect(made(case) / "sources" / f"{source}.db")
            text = f"SELECT DISTINCT {name} FROM {table}"  # noqa: S608 -- own names
            found = {row[0] for row in base.execute(text)}
            base.close()
            assert found <= set(bound["values"])
            assert found


def test_the_child_is_under_fourteen_on_the_day_and_the_other_is_not() -> None:
    births = {
        kind.id: date.fromisoformat(born)
        for kind in load("housekeeping").archetypes
        if (born := kind.fact("child_birth"))
    }
    cutoff = CLOSED_ON.replace(year=CLOSED_ON.year - 14)
    assert births["child_under_14"] > cutoff
    assert births["ended_with_child"] > cutoff
    assert births["child_of_fourteen"] <= cutoff


def test_the_truth_turned_into_items_passes(made: Callable[[str], Path], tmp_path: Path) -> None:
    for case in CASES:
        truth = read(made(case))
        items = write_items(tmp_path / case, items_of(truth))
        result = score(made(case), items)
        assert result.passed
        assert sum(result.right.values()) == sum(result.total.values()) == len(items_of(truth))


def change(outcome: str, to: str) -> Callable[[list[list[str]]], None]:
    def sabotage(items: list[list[str]]) -> None:
        next(item for item in items if item[3] == outcome)[3] = to

    return sabotage


def _drop_record(items: list[list[str]]) -> None:
    first = items[100][:2]
    items[:] = [item for item in items if item[:2] != first]


def _drop_dataset(items: list[list[str]]) -> None:
    items[:] = [item for item in items if item[0] != "crm.household"]


SABOTAGES: dict[str, Callable[[list[list[str]]], None]] = {
    "a destroyed item is transferred": change("DESTROY", "TRANSFER"),
    "a kept item is destroyed": change("KEEP", "DESTROY"),
    "a held item is released": change("HOLD", "TRANSFER"),
    "a retained item is destroyed": change("RETAIN", "DESTROY"),
    "a transferred item is kept": change("TRANSFER", "KEEP"),
    "a returned item is held": change("RETURN", "HOLD"),
    "an item is missing": lambda items: items.pop(7) and None,
    "an item comes twice": lambda items: items.append(list(items[5])),
    "an item of the workers is decided": lambda items: items.append(
        ["crm.workers", '["1"]', "contact", "DESTROY"]
    ),
    "a record is missing": _drop_record,
    "a dataset is missed": _drop_dataset,
    "a key is one row off": lambda items: items[0].__setitem__(1, '["999999"]'),
}


@pytest.mark.parametrize("name", SABOTAGES)
def test_the_scorer_sees_a_sabotage(name: str, made: Callable[[str], Path], tmp_path: Path) -> None:
    items = items_of(read(made("housekeeping")))
    SABOTAGES[name](items)
    result = score(made("housekeeping"), write_items(tmp_path / "items.csv", items))
    assert not result.passed
    assert result.wrong


def test_a_large_case_streams_its_truth_and_scores_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate("housekeeping", tmp_path / "inline", customers=120)
    monkeypatch.setattr("shanhou_examples.truth.INLINE_CUSTOMERS", 0)
    monkeypatch.setattr("shanhou_examples.score._RECORDS_PER_PART", 100)
    generate("housekeeping", tmp_path / "streamed", customers=120)
    inline, streamed = read(tmp_path / "inline"), read(tmp_path / "streamed")
    assert streamed.inline is None
    assert items_of(streamed) == items_of(inline)
    items = items_of(streamed)
    assert score(tmp_path / "streamed", write_items(tmp_path / "items", items)).passed
    items[3][3] = "HOLD" if items[3][3] != "HOLD" else "KEEP"
    assert score(tmp_path / "streamed", write_items(tmp_path / "items", items)).wrong_count == 1


def test_an_inventory_that_misses_a_sensitive_column_is_told(
    made: Callable[[str], Path], tmp_path: Path
) -> None:
    truth = read(made("housekeeping"))
    datasets = [
        {
            "dataset": name,
            "fields": [
                {"field": field, **one, "sensitive": one["sensitive"] and field != "door_code"}
                for field, one in said["fields"].items()
            ],
        }
        for name, said in truth.datasets.items()
    ]
    path = tmp_path / "inventory.json"
    path.write_text(json.dumps({"datasets": datasets}), encoding="utf8")
    items = write_items(tmp_path / "items.csv", items_of(truth))
    found = score(made("housekeeping"), items, inventory=path).findings
    assert found
    assert found.missed == ("crm.household door_code",)
    assert found.category_right == found.fields
    assert found.sensitive_right == found.fields - 1
    assert found.about_right == found.about_asked


# --- the world after execution ---------------------------------------------------------------


class Carried:
    """A plain execution of the truth, over which a sabotage can be laid."""

    def __init__(self, folder: Path, out: Path) -> None:
        self.folder, self.out = folder, out
        self.truth = read(folder)
        shutil.copytree(folder / "sources", out / "sources")
        self.world = World(
            out / "sources",
            target=out / "buyer.db",
            archive=out / "archive",
            returns=out / "returns",
        )
        self._carry()

    def _carry(self) -> None:
        parts: dict[str, list[str]] = {"TRANSFER": [], "RETAIN": [], "RETURN": []}
        for record in self.truth.records():
            for group, outcome in record.outcomes.items():
                if outcome in parts:
                    parts[outcome] += record.tokens.get(group, ())
        base = sqlite3.connect(self.out / "buyer.db")
        base.execute("CREATE TABLE received (value TEXT)")
        base.executemany("INSERT INTO received VALUES (?)", [(one,) for one in parts["TRANSFER"]])
        base.commit()
        base.close()
        for name, outcome in (("archive", "RETAIN"), ("returns", "RETURN")):
            (self.out / name).mkdir()
            (self.out / name / "a.csv").write_text("\n".join(parts[outcome]), encoding="utf8")
        by_dataset: dict[str, list[Record]] = {}
        for record in self.truth.records():
            by_dataset.setdefault(record.dataset, []).append(record)
        for dataset, records in by_dataset.items():
            self._blank(dataset, records)

    def _blank(self, dataset: str, records: list[Record]) -> None:
        said = self.truth.datasets[dataset]
        place, _, sheet = dataset.partition("#")
        gone = {
            json.loads(record.key)[0]: [
                name
                for name, one in said["fields"].items()
                if record.outcomes.get(one["field_group"], "KEEP") not in {"KEEP", "HOLD"}
            ]
            for record in records
        }
        if "/" not in dataset:
            source, _, table = dataset.partition(".")
            self.sql(
                source,
                [
                    (f"UPDATE {table} SET {name} = NULL WHERE {said['key'][0]} = ?", (key,))  # noqa: S608
                    for key, names in gone.items()
                    for name in names
                ],
            )
        elif sheet:
            self._blank_sheet(self.out / "sources" / place, sheet, gone, list(said["fields"]))
        else:
            self._blank_lines(self.out / "sources" / place, gone, said)

    def sql(self, source: str, statements: list[tuple[str, tuple[str, ...]]]) -> None:
        base = sqlite3.connect(self.out / "sources" / f"{source}.db")
        for text, values in statements:
            base.execute(text, values)
        base.commit()
        base.execute("VACUUM")
        base.close()

    @staticmethod
    def _blank_sheet(path: Path, sheet: str, gone: dict[str, list[str]], fields: list[str]) -> None:
        book = load_workbook(path)
        for key, names in gone.items():
            for name in names:
                book[sheet].cell(int(key), fields.index(name) + 1).value = None
        book.save(path)

    @staticmethod
    def _blank_lines(path: Path, gone: dict[str, list[str]], said: dict[str, object]) -> None:
        encoding, fields = str(said["encoding"]), list(said["fields"])  # type: ignore[call-overload]
        raw = path.read_bytes().decode(encoding, errors="surrogateescape")
        lines = csv.reader(raw.splitlines(keepends=True))
        began, kept = 1, []
        for cells in lines:
            named = gone.get(str(began), [])
            began = lines.line_num + 1
            kept.append(
                [
                    "" if at < len(fields) and fields[at] in named else cell
                    for at, cell in enumerate(cells)
                ]
            )
        with path.open("w", encoding=encoding, errors="surrogateescape", newline="") as file:
            csv.writer(file).writerows(kept)

    def score(self) -> Score:
        items = write_items(self.out / "items.csv", items_of(self.truth))
        return score(self.folder, items, world=self.world)

    def tokens(self, outcome: str) -> list[str]:
        return list(self.truth.planted[outcome])


@pytest.mark.parametrize("case", CASES)
def test_a_world_left_as_the_truth_says_has_no_fault(
    case: str, made: Callable[[str], Path], tmp_path: Path
) -> None:
    result = Carried(made(case), tmp_path).score()
    assert [fault.told() for fault in result.faults] == []
    assert result.passed


def _to_buyer(world: Carried, outcome: str) -> None:
    base = sqlite3.connect(world.out / "buyer.db")
    base.execute("INSERT INTO received VALUES (?)", (world.tokens(outcome)[0],))
    base.commit()
    base.close()


def _row_left(world: Carried) -> None:
    original = sqlite3.connect(world.folder / "sources/crm.db")
    at = next(
        json.loads(record.key)[0]
        for record in world.truth.records()
        if record.archetype == "ended_zero" and record.dataset == "crm.customers"
    )
    name, phone = original.execute(
        "SELECT kh_name, mobile FROM customers WHERE customer_id = ?", (at,)
    ).fetchone()
    original.close()
    text = "UPDATE customers SET kh_name = ?, mobile = ? WHERE customer_id = ?"
    world.sql("crm", [(text, (name, phone, at))])


def _kept_destroyed(world: Carried) -> None:
    at = next(
        json.loads(record.key)[0]
        for record in world.truth.records()
        if record.archetype == "running_refused" and record.dataset == "crm.customers"
    )
    world.sql("crm", [("DELETE FROM customers WHERE customer_id = ?", (at,))])


def _append(world: Carried, folder: str, outcome: str) -> None:
    path = world.out / folder / "b.csv"
    path.write_text(world.tokens(outcome)[0], encoding="gbk")


WORLDS: dict[str, Callable[[Carried], None]] = {
    "a destroyed value reaches the buyer": lambda world: _to_buyer(world, "DESTROY"),
    "a refused value reaches the buyer": lambda world: _to_buyer(world, "KEEP"),
    "a held value reaches the buyer": lambda world: _to_buyer(world, "HOLD"),
    "a destroyed value is archived": lambda world: _append(world, "archive", "DESTROY"),
    "a destroyed value is given back": lambda world: _append(world, "returns", "DESTROY"),
    "the buyer received nothing": lambda world: (world.out / "buyer.db").write_text(""),
    "the archive is empty": lambda world: (world.out / "archive/a.csv").write_text(""),
    "nothing was given back": lambda world: (world.out / "returns/a.csv").write_text(""),
    "a destroyed row is left behind": _row_left,
    "a kept row is destroyed": _kept_destroyed,
    "a worker's row is lost": lambda world: world.sql(
        "crm", [("DELETE FROM workers WHERE worker_id = 3", ())]
    ),
    "a destroyed value stays in raw bytes": lambda world: (
        world.out / "sources/crm.db-wal"
    ).write_text(f"\0{world.tokens('DESTROY')[0]}\0"),
}


@pytest.fixture(scope="module")
def carried(made: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("carried")
    return Carried(made("housekeeping"), out / "done").out


@pytest.mark.parametrize("name", WORLDS)
def test_the_scorer_sees_a_world_that_is_not_as_the_truth_says(
    name: str, carried: Path, made: Callable[[str], Path], tmp_path: Path
) -> None:
    shutil.copytree(carried, tmp_path / "world")
    world = Carried.__new__(Carried)
    world.folder, world.out = made("housekeeping"), tmp_path / "world"
    world.truth = read(world.folder)
    world.world = World(
        world.out / "sources",
        target=world.out / "buyer.db",
        archive=world.out / "archive",
        returns=world.out / "returns",
    )
    WORLDS[name](world)
    assert world.score().faults
