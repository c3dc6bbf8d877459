"""A generation in parts: what was sealed is read back, by its key and name only, never in clear."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from planted import Search, plant

from shanhou.errors import Fault
from shanhou.vault import parts as parts_module
from shanhou.vault.generation import Seal, Vault
from shanhou.vault.keys import new_key_ring
from shanhou.vault.parts import Parts, laid_out, lay_out, open_parts
from world import World, sheet

VALUES = plant(1_000)
SEARCH = Search(VALUES)
OF = Seal("collect", {"s/客户": 1_000}, {"s/客户": "d"})
NAME = "collect-parts"
COLUMNS = ["rec", "c0", "c1"]


@pytest.fixture
def world() -> World:
    world = World()
    sheet(world, "s/客户", {"备注": VALUES, "手机": [None, *VALUES[1:]]})
    sheet(world, "s/空", {"备注": [], "手机": []})
    return world


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault", new_key_ring(tmp_path / "keys", b"unlock"))


@pytest.fixture
def parts(vault: Vault, world: World, monkeypatch: pytest.MonkeyPatch) -> Parts:
    monkeypatch.setattr(parts_module, "PART_BYTES", 20_000)
    lay_out(vault, NAME, world, OF)
    return open_parts(vault, NAME)


def rows_of(parts: Parts, dataset: str, columns: list[str]) -> Iterator[dict[str, object]]:
    for part in parts.of[dataset]:
        yield from parts.read(part, columns).to_pylist()


def why_not_read(parts: Parts) -> str:
    with pytest.raises(Fault) as raised:
        list(rows_of(parts, "s/客户", COLUMNS))
    assert not any(value in str(raised.value) for value in VALUES)
    return raised.value.code


def test_what_was_laid_out_is_read_back_in_its_order(parts: Parts, world: World) -> None:
    served = world.batches("s/客户", ["备注", "手机"])
    assert list(rows_of(parts, "s/客户", COLUMNS)) == [r for b in served for r in b.to_pylist()]
    assert len(parts.of["s/客户"]) == 4
    assert max(part.rows for part in parts.of["s/客户"]) < 400
    assert [row["c1"] for row in rows_of(parts, "s/客户", ["c1"])][:2] == [None, VALUES[1]]
    assert not list(rows_of(parts, "s/空", COLUMNS))


def test_no_planted_value_stands_in_any_file(parts: Parts, tmp_path: Path) -> None:
    assert sum(part.rows for part in parts.of["s/客户"]) == len(VALUES)
    assert SEARCH.found_under(tmp_path) == set()


def test_plain_parquet_shows_every_value(world: World, tmp_path: Path) -> None:
    """The control: the same rows in the same format without a key."""
    table = pa.Table.from_batches(list(world.batches("s/客户", ["备注"])))
    pq.write_table(table, tmp_path / "plain.parquet", compression="none")
    assert SEARCH.found_under(tmp_path) == set(VALUES)


def test_a_flipped_bit_anywhere_in_a_part_is_noticed(parts: Parts) -> None:
    path = parts.folder / parts.of["s/客户"][0].file
    content = path.read_bytes()
    # the first four bytes are the same in every such file, and nobody reads them
    for place in range(4, len(content), max(len(content) // 40, 1)):
        changed = bytearray(content)
        changed[place] ^= 1
        path.write_bytes(changed)
        assert why_not_read(parts) == "SH-E-206", place
    path.write_bytes(content)
    assert sum(1 for _ in rows_of(parts, "s/客户", COLUMNS)) == len(VALUES)


def test_a_part_in_the_place_of_another_is_not_believed(parts: Parts) -> None:
    first, second, *_ = parts.of["s/客户"]
    (parts.folder / first.file).write_bytes((parts.folder / second.file).read_bytes())
    assert why_not_read(parts) == "SH-E-206"


def test_a_part_that_is_not_there_is_told_as_such(parts: Parts) -> None:
    (parts.folder / parts.of["s/客户"][1].file).unlink()
    assert why_not_read(parts) == "SH-E-335"


def test_another_key_opens_no_part(parts: Parts) -> None:
    assert why_not_read(Parts(parts.name, parts.folder, b"0" * 32, parts.of)) == "SH-E-206"
    assert parts.key.hex() not in repr(parts)


def test_a_changed_index_is_not_believed(parts: Parts, vault: Vault) -> None:
    index = parts.folder / "parts.json"
    listed = json.loads(index.read_bytes())
    index.write_text(json.dumps(listed[1:]), encoding="utf8")
    with pytest.raises(Fault) as raised:
        open_parts(vault, NAME)
    assert raised.value.code == "SH-E-208"


def test_parts_are_laid_out_once_and_anew_for_another_collection(
    parts: Parts, vault: Vault, world: World
) -> None:
    lay_out(vault, NAME, world, OF)
    assert open_parts(vault, NAME).key == parts.key
    lay_out(vault, NAME, world, Seal("collect", {"s/客户": 2}, {}))
    assert open_parts(vault, NAME).key != parts.key


def test_damaged_parts_are_shredded_and_made_anew_the_next_time(
    parts: Parts, vault: Vault, world: World
) -> None:
    (parts.folder / parts.of["s/客户"][0].file).write_bytes(b"")
    with pytest.raises(Fault), laid_out(vault, NAME, world, OF) as opened:
        list(rows_of(opened, "s/客户", COLUMNS))
    assert not vault.keys.has(f"gen-{NAME}")
    with laid_out(vault, NAME, world, OF) as opened:
        assert sum(1 for _ in rows_of(opened, "s/客户", COLUMNS)) == len(VALUES)
