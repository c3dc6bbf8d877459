"""One byte form per row: injective, and the same from Python, the vault's engine and SQLite."""

from __future__ import annotations

import hashlib
import json
import sqlite3

import duckdb
import ibis
import pyarrow as pa
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from shanhou.sources.celltext import RowDigest, cells_of, sha256_hex
from shanhou.sources.intake import row_digest_of
from shanhou.vault.canonical import canonical_json, digest_hex, json_digest, row_bytes, row_digest

TRICKY = ["-", ":", "1:a", "0:", "", "王", "𠮷", "\0"]
CELL = st.none() | st.text(max_size=20) | st.sampled_from(TRICKY)
NO_NUL = CELL.filter(lambda cell: "\0" not in (cell or ""))
ROW = st.lists(CELL, min_size=1, max_size=5)


def tables(cell: st.SearchStrategy[str | None]) -> st.SearchStrategy[list[list[str | None]]]:
    """Rows of one width."""
    return st.integers(1, 4).flatmap(
        lambda width: st.lists(
            st.lists(cell, min_size=width, max_size=width), min_size=1, max_size=12
        )
    )


def parsed(raw: bytes) -> list[str | None]:
    """Read canonical bytes back: the proof that no two rows share them."""
    cells: list[str | None] = []
    while raw:
        if raw.startswith(b"-"):
            cells.append(None)
            raw = raw[1:]
        else:
            length, _, rest = raw.partition(b":")
            cells.append(rest[: int(length)].decode())
            raw = rest[int(length) :]
    return cells


def by_hand(cells: list[str | None]) -> str:
    """SHA-256 of the form as the documentation tells it, built another way."""
    digest = hashlib.sha256()
    for cell in cells:
        if cell is None:
            digest.update(b"-")
        else:
            raw = bytes(cell, "utf-8")
            digest.update(str(len(raw)).encode("ascii"))
            digest.update(b":")
            digest.update(raw)
    return digest.hexdigest()


@given(ROW)
def test_a_row_can_be_read_back_from_its_bytes(cells: list[str | None]) -> None:
    assert parsed(row_bytes(cells)) == cells


@given(ROW, ROW)
def test_two_different_rows_never_share_their_bytes(
    one: list[str | None], other: list[str | None]
) -> None:
    assert (row_bytes(one) == row_bytes(other)) == (one == other)


@given(ROW)
def test_a_rows_digest_is_what_anyone_computes_by_hand(cells: list[str | None]) -> None:
    assert row_digest(cells) == by_hand(cells)


def test_the_form_is_the_documented_one() -> None:
    assert row_bytes(["a", None, "", "王"]) == b"1:a-0:3:" + "王".encode()


@settings(max_examples=40, deadline=None)
@given(tables(CELL))
def test_the_vaults_engine_computes_the_same_digest(rows: list[list[str | None]]) -> None:
    columns = {
        f"c{n}": pa.array([row[n] for row in rows], pa.string()) for n in range(len(rows[0]))
    }
    backend = ibis.duckdb.from_connection(duckdb.connect())
    table = backend.create_table("t", pa.table({"rec": list(range(len(rows))), **columns}))
    cells = [table[name] for name in columns]
    digests = backend.to_pyarrow(
        table.select("rec", digest=row_digest_of(cells)).order_by("rec")
    )["digest"].to_pylist()  # fmt: skip
    assert digests == [by_hand(row) for row in rows]


def sqlite_digests(rows: list[list[object]]) -> list[str]:
    """What the SQLite adapter makes of rows of any types."""
    width = len(rows[0])
    engine = sa.create_engine("sqlite://")
    table = sa.Table(
        "t", sa.MetaData(), *(sa.Column(f"c{n}", sa.types.NullType) for n in range(width))
    )
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        raw.create_function("sh_sha256", 1, sha256_hex, deterministic=True)
        raw.execute(f"create table t ({', '.join(f'c{n}' for n in range(width))})")
        marks = ", ".join("?" for _ in range(width))
        raw.executemany(f"insert into t values ({marks})", rows)  # noqa: S608 - question marks
        found = connection.execute(
            sa.select(RowDigest(cells_of(table))).select_from(table).order_by(sa.text("rowid"))
        ).scalars()
        digests = list(found)
    engine.dispose()
    return digests


@settings(max_examples=40, deadline=None)
@given(tables(NO_NUL))
def test_sqlite_computes_the_same_digest(rows: list[list[object]]) -> None:
    assert sqlite_digests(rows) == [by_hand(row) for row in rows]  # type: ignore[arg-type]


def test_sqlite_tells_numbers_and_bytes_as_text() -> None:
    told: list[str | None] = ["42", "-1", "2.5", "xDEADBEEF", None]
    assert sqlite_digests([[42, -1, 2.5, b"\xde\xad\xbe\xef", None]]) == [by_hand(told)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        # RFC 8785 sorts names by UTF-16 units, Python by code points: equal below the surrogates
        | st.dictionaries(
            st.text(st.characters(max_codepoint=0xD7FF), max_size=4), inner, max_size=3
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_canonical_json_is_sorted_and_without_spaces(value: object) -> None:
    plain = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert canonical_json(value) == plain.encode()
    assert json.loads(canonical_json(value)) == value
    assert json_digest(value) == digest_hex(plain.encode())
