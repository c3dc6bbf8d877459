"""An in-memory world of collected tables: every cell text or null, as the vault serves them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import ibis
import pyarrow as pa

from shanhou.vault.canonical import row_digest
from shanhou.vault.tables import Dataset, DatasetKind, Field, Reference

Cell = str | None


class World:
    """Datasets added one by one, served as ibis tables on an in-memory DuckDB."""

    def __init__(self) -> None:
        self._connection = ibis.duckdb.connect()
        self._datasets: dict[str, Dataset] = {}
        self._rec = 0

    def add(self, dataset: Dataset, rows: Sequence[Sequence[Cell]]) -> None:
        columns: dict[str, pa.Array] = {
            "rec": pa.array(range(self._rec, self._rec + len(rows)), pa.int64()),
            "key": pa.array([str(n) for n in range(len(rows))], pa.string()),
            "place": pa.array([f"row {n + 1}" for n in range(len(rows))], pa.string()),
            "digest": pa.array([row_digest(row) for row in rows], pa.string()),
        }
        for n in range(len(dataset.fields)):
            columns[f"c{n}"] = pa.array([row[n] for row in rows], pa.string())
        self._rec += len(rows)
        self._connection.create_table(f"t{len(self._datasets)}", pa.table(columns))
        self._datasets[dataset.name] = dataset

    def datasets(self) -> tuple[Dataset, ...]:
        return tuple(self._datasets.values())

    def table(self, dataset: str) -> ibis.Table:
        return self._connection.table(f"t{list(self._datasets).index(dataset)}")

    def batches(self, dataset: str, fields: Sequence[str]) -> Iterator[pa.RecordBatch]:
        known = self._datasets[dataset]
        columns = [f"c{known.position(field)}" for field in fields]
        yield from self.table(dataset).select(["rec", *columns]).to_pyarrow_batches()


def sheet(
    world: World,
    name: str,
    columns: Mapping[str, Sequence[Cell]],
    *,
    key: tuple[str, ...] = (),
    comments: Mapping[str, str] | None = None,
    comment: str = "",
) -> None:
    """Add one small table by its columns."""
    said = comments or {}
    fields = tuple(Field(header, comment=said.get(header, "")) for header in columns)
    rows = list(zip(*columns.values(), strict=True))
    world.add(Dataset(name, "s", DatasetKind.SHEET, fields, key, comment=comment), rows)


def sqlite_world(path: Path) -> World:
    """Every table of an SQLite file, with its declared keys and references."""
    world = World()
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        tables = [r[0] for r in db.execute("select name from sqlite_master where type='table'")]
        for table in (t for t in tables if not t.startswith("sqlite_")):
            info = db.execute(f'pragma table_info("{table}")').fetchall()
            fields = tuple(Field(r[1], r[2], "", not r[3]) for r in info)
            key = tuple(r[1] for r in sorted((r for r in info if r[5]), key=lambda r: r[5]))
            keys = db.execute(f'pragma foreign_key_list("{table}")').fetchall()
            references = tuple(Reference((k[3],), f"s.{k[2]}", (k[4],)) for k in keys)
            dataset = Dataset(f"s.{table}", "s", DatasetKind.TABLE, fields, key, references)
            rows = db.execute(f'select * from "{table}"').fetchall()  # noqa: S608
            world.add(dataset, [[None if c is None else str(c) for c in row] for row in rows])
    db.close()
    return world


_TABLE = re.compile(r"CREATE TABLE `?(\w+)`?\s*\((.*?)\n\)([^;]*);", re.DOTALL)
_COLUMN = re.compile(r"^\s+`?(\w+)`? ([a-z]+(?: varying)?(?:\([\d, ]+\))?)([^\n]*)", re.MULTILINE)
_KEY = re.compile(r"PRIMARY KEY \(([^)]*)\)")
_COMMENT = re.compile(r"COMMENT\s*=?\s*'((?:[^']|'')*)'")
_INSERT = re.compile(r"^INSERT INTO `?(\w+)`? VALUES (.*?);$", re.MULTILINE | re.DOTALL)
_CELL = re.compile(r"(?:b|E)?'((?:[^'\\]|\\.|'')*)'|(NULL)|([-\w.+]+)|([()])", re.DOTALL)
_FOREIGN = re.compile(
    r"ALTER TABLE ONLY (\w+)\s+ADD CONSTRAINT \w+ FOREIGN KEY \((\w+)\) REFERENCES (\w+)", re.DOTALL
)
_PRIMARY = re.compile(
    r"ALTER TABLE ONLY (\w+)\s+ADD CONSTRAINT \w+ PRIMARY KEY \(([^)]*)\)", re.DOTALL
)


def dump_world(path: Path) -> World:
    """Every table of a MySQL or PostgreSQL dump, its rows read from the INSERT statements."""
    text = path.read_text(encoding="utf8")
    rows: dict[str, list[list[Cell]]] = {}
    for name, values in _INSERT.findall(text):
        rows.setdefault(name, []).extend(_tuples(values))
    keys = {t: tuple(k.split(", ")) for t, k in _PRIMARY.findall(text)}
    world = World()
    for name, body, tail in _TABLE.findall(text):
        columns = [c for c in _COLUMN.findall(body) if c[0] not in ("PRIMARY", "KEY", "UNIQUE")]
        fields = tuple(
            Field(column, kind, _first(_COMMENT, rest), "NOT NULL" not in rest)
            for column, kind, rest in columns
        )
        key = tuple(re.findall(r"`(\w+)`", _first(_KEY, body))) or keys.get(name, ())
        references = tuple(
            Reference((column,), f"s.{to}", keys[to])
            for table, column, to in _FOREIGN.findall(text)
            if table == name
        )
        dataset = Dataset(
            f"s.{name}", "s", DatasetKind.TABLE, fields, key, references, _first(_COMMENT, tail)
        )
        world.add(dataset, [row for row in rows.get(name, []) if len(row) == len(fields)])
    return world


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""


def _tuples(values: str) -> Iterator[list[Cell]]:
    row: list[Cell] = []
    for quoted, null, bare, bracket in _CELL.findall(values):
        if bracket == "(":
            row = []
        elif bracket == ")":
            yield row
        else:
            row.append(None if null else bare or quoted.replace("''", "'").replace('\\"', '"'))
