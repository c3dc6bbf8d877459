"""What is put into a generation stands in no file in the clear, not even while a query spills.

Each promise has its control: the same work without encryption, where the same search must find.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted import Search, forms, plant

from shanhou.vault import generation
from shanhou.vault.generation import Desk, Vault
from shanhou.vault.keys import new_key_ring

VALUES = plant(1_000)
SEARCH = Search(VALUES)
ROWS, PARTS = 400_000, 8
LITTLE_MEMORY = "60MB"


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A case folder; temporary files of this process go beside it."""
    spills = tmp_path / "tmp"
    spills.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spills))
    monkeypatch.setattr(generation, "MEMORY_LIMIT", LITTLE_MEMORY)
    return tmp_path


def rows() -> Iterator[pa.Table]:
    """Customers with planted values amid noise, more than the memory holds.

    The noise is random bytes: what can be compressed the engine may compress as it spills, and a
    control that depends on its mood proves nothing.
    """
    noise = np.random.default_rng(7)
    size = ROWS // PARTS
    for part in range(PARTS):
        cells: list[str | None] = [None] * size
        for n, value in enumerate(VALUES[part::PARTS]):
            cells[n * PARTS * size // len(VALUES)] = value
        blob = pa.FixedSizeBinaryArray.from_buffers(
            pa.binary(64), size, [None, pa.py_buffer(noise.bytes(64 * size))]
        )
        number = pa.array(range(part * size, (part + 1) * size), pa.int64())
        yield pa.table({"rec": number, "c0": pa.array(cells, pa.string()), "c1": blob})


def spilled(work: Callable[[], None], folder: Path) -> tuple[set[str], int]:
    """What the search finds in the files under a folder while the work runs; the most bytes."""
    done, seen, most = Event(), set[str](), 0
    worker = Thread(target=lambda: (work(), done.set()))
    worker.start()
    while not done.wait(0.02) and worker.is_alive():
        files = [path for path in folder.rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files if path.exists())
        if size > max(most, 4_000_000) * 1.3:
            most = size
            seen |= SEARCH.found_under(folder)
    worker.join()
    assert done.is_set(), "the work failed"
    return seen, most


def test_no_planted_value_stands_in_any_file_even_while_a_query_spills(case: Path) -> None:
    vault = Vault(case / "vault", new_key_ring(case / "keys", b"unlock"))
    with vault.write("collected") as desk:
        _fill(desk)
        while_running, most = spilled(lambda: _sort(desk), case)
    assert most > 10_000_000, "the query did not spill, so this test shows nothing"
    vault.seal("collected", {"customer": ROWS}, {})
    assert while_running == set()
    assert SEARCH.found_under(case) == set()
    with vault.read("collected") as desk:
        kept = desk.table("collected", "sorted").filter(lambda t: t.c0.isin(VALUES))
        assert desk.scalar(kept.count()) == len(VALUES)
        assert SEARCH.found_under(case) == set()
    assert not list((case / "tmp").iterdir())


def _fill(desk: Desk, *, aside: bool = False) -> None:
    for n, part in enumerate(rows()):
        desk.append("customer", part, fresh=n == 0, aside=aside)


def _sort(desk: Desk) -> None:
    desk.create("sorted", desk.table("w", "customer").order_by("c1"))


def _aside(desk: Desk) -> None:
    _fill(desk, aside=True)
    for name in ("sorted", "again"):
        desk.create(name, desk.aside("customer").order_by("c1"), aside=True)


def test_no_planted_value_of_a_table_aside_stands_in_any_file(case: Path) -> None:
    vault = Vault(case / "vault", new_key_ring(case / "keys", b"unlock"))
    with vault.write("collected") as desk:
        while_running, most = spilled(lambda: _aside(desk), case)
        kept = desk.aside("sorted").filter(lambda t: t.c0.isin(VALUES))
        assert desk.scalar(kept.count()) == len(VALUES)
    assert most > 10_000_000, "nothing spilled, so this test shows nothing"
    assert while_running == set()
    assert SEARCH.found_under(case) == set()
    assert not list((case / "tmp").iterdir())


@pytest.mark.parametrize("work", ["in the generation", "aside"])
def test_with_that_one_setting_off_the_spill_files_show_the_values(
    case: Path, monkeypatch: pytest.MonkeyPatch, work: str
) -> None:
    """The control: the same vault and work, but the engine's default, which is off."""
    connect = duckdb.connect

    def careless(database: str, config: dict[str, str]) -> duckdb.DuckDBPyConnection:
        return connect(database, config=config | {"temp_file_encryption": "false"})

    monkeypatch.setattr(duckdb, "connect", careless)
    vault = Vault(case / "vault", new_key_ring(case / "keys", b"unlock"))
    with vault.write("collected") as desk:
        _fill(desk)
        spilling = _aside if work == "aside" else _sort
        while_running, most = spilled(lambda: spilling(desk), case)
    assert most > 10_000_000
    assert len(while_running) > len(VALUES) // 10


def test_a_plain_file_of_the_engine_shows_every_value(tmp_path: Path) -> None:
    # by itself the engine compresses text, which hides a value as little as it protects it
    raw = duckdb.connect(str(tmp_path / "plain.duckdb"))
    raw.execute("set force_compression = 'uncompressed'")
    raw.execute("create table customer (rec bigint, c0 varchar, c1 blob)")
    for part in rows():
        raw.register("part", part)
        raw.execute("insert into customer from part")
    raw.close()
    assert SEARCH.found_under(tmp_path) == set(VALUES)


@given(st.sampled_from(VALUES), st.binary(max_size=40), st.binary(max_size=40), st.data())
def test_the_search_finds_every_form_of_a_value_wherever_it_stands(
    value: str, before: bytes, after: bytes, data: st.DataObject
) -> None:
    form = data.draw(st.sampled_from(sorted(forms(value))))
    assert value in SEARCH.found(before + form + after)
    assert value not in SEARCH.found(before + after)
