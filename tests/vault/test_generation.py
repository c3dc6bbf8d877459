"""A generation is written once, sealed, and then only read, by any number of processes."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from shanhou.errors import Fault, Refusal
from shanhou.vault.canonical import json_digest
from shanhou.vault.generation import Vault, quoted
from shanhou.vault.keys import KeyRing, new_key_ring, open_key_ring
from shanhou.vault.spills import TEMPORARY_PREFIX, own_folder, sweep_spills

UNLOCK = b"unlock"
CUSTOMERS = pa.table({"rec": pa.array([0, 1, 2], pa.int64()), "c0": ["王", None, "张"]})


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault", new_key_ring(tmp_path / "keys", UNLOCK))


@pytest.fixture
def sealed(vault: Vault) -> Vault:
    with vault.write("collected") as desk:
        assert desk.put("customer", CUSTOMERS) == 3
    vault.seal("collected", {"customer": 3}, {"customer": "d"})
    return vault


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as raised:
        act()
    return raised.value.code


def opened_for_writing(vault: Vault, name: str) -> None:
    with vault.write(name):
        pass


def opened_for_reading(vault: Vault, name: str) -> None:
    with vault.read(name):
        pass


def test_a_vault_may_lie_in_a_folder_of_any_name(tmp_path: Path) -> None:
    vault = Vault(tmp_path / 'o\'brien "1"', new_key_ring(tmp_path / "keys", UNLOCK))
    with vault.write("collected") as desk:
        desk.put("customer", CUSTOMERS)
    vault.seal("collected", {"customer": 3}, {})
    with vault.read("collected") as desk:
        assert desk.names("collected") == {"customer"}


def test_what_others_left_in_the_temporary_folder_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / f"{TEMPORARY_PREFIX}file").write_bytes(b"no folder")
    strange = tmp_path / f"{TEMPORARY_PREFIX}strange"
    strange.mkdir()
    (strange / "owner.lock").write_bytes(b"no lock of ours, " * 99)
    left = tmp_path / f"{TEMPORARY_PREFIX}left"
    left.mkdir()
    assert sweep_spills() == 1
    assert strange.exists()
    assert not left.exists()


def test_what_was_written_is_read_back(sealed: Vault) -> None:
    with sealed.read("collected") as desk:
        assert desk.names("collected") == {"customer"}
        table = desk.table("collected", "customer")
        assert desk.arrow(table.order_by("rec")) == CUSTOMERS
        assert desk.scalar(table.count()) == 3
        batches = list(desk.batches(table, rows=2))
        assert sum(batch.num_rows for batch in batches) == 3


def test_rows_come_whole_and_in_order_whatever_else_is_asked_in_between(vault: Vault) -> None:
    numbers = pa.table({"rec": pa.array(range(50_000), pa.int64())})
    with vault.write("collected") as desk:
        desk.put("customer", numbers)
        desk.put("seen", numbers.slice(0, 0))
        given = desk.table("w", "customer").order_by("rec")
        for batch in desk.batches(given, rows=8_000):
            assert batch.num_rows <= 8_000
            desk.append("seen", batch)
        seen = desk.arrow(desk.table("w", "seen"))
        assert seen["rec"].to_pylist() == list(range(50_000))
        assert list(desk.batches(given.filter(given["rec"] < 0))) == []


def test_a_sealed_generation_is_never_written_again(sealed: Vault) -> None:
    assert refused(lambda: opened_for_writing(sealed, "collected")) == "SH-E-205"
    before = sealed.seal_of("collected")
    assert refused(lambda: sealed.seal("collected", {"customer": 4}, {})) == "SH-E-205"
    sealed.seal("collected", {"customer": 3}, {"customer": "d"})  # again the same: harmless
    assert sealed.seal_of("collected") == before


def test_reading_changes_no_byte_of_a_sealed_generation(sealed: Vault) -> None:
    def content() -> dict[str, str]:
        files = sorted((sealed.folder / "collected").iterdir())
        return {path.name: sha256(path.read_bytes()).hexdigest() for path in files}

    before = content()
    with sealed.read("collected") as desk:
        desk.arrow(desk.table("collected", "customer").order_by("c0"))
    assert content() == before


def test_a_reader_cannot_write(sealed: Vault) -> None:
    with sealed.read("collected") as desk:
        for statement in (
            'insert into "collected".main.customer values (9, null)',
            'drop table "collected".main.customer',
            "set memory_limit = '1GB'",
            "set enable_external_access = true",
            "copy (select 1) to 'outside.csv'",
            "attach 'outside.duckdb' as outside",
        ):
            with pytest.raises(duckdb.Error):
                desk.raw.execute(statement)


def test_an_unsealed_generation_cannot_be_read(vault: Vault) -> None:
    with vault.write("collected") as desk:
        desk.put("customer", CUSTOMERS)
    assert not vault.sealed("collected")
    assert refused(lambda: opened_for_reading(vault, "collected")) == "SH-E-204"
    assert refused(lambda: vault.seal_of("nothing")) == "SH-E-204"


def test_an_interrupted_write_goes_on_where_it_stopped(vault: Vault) -> None:
    with vault.write("collected") as desk:
        desk.put("customer", CUSTOMERS)
    with vault.write("collected") as desk:
        assert desk.names("w") == {"customer"}
        desk.append("customer", CUSTOMERS)
        assert desk.scalar(desk.table("w", "customer").count()) == 6


def test_a_writer_reads_sealed_generations_beside_its_own(sealed: Vault) -> None:
    with sealed.write("inventory", reading=("collected",)) as desk:
        customers = desk.table("collected", "customer")
        assert desk.create("named", customers.filter(customers.c0.notnull())) == 2
        with pytest.raises(duckdb.Error):
            desk.raw.execute('delete from "collected".main.customer')


def test_what_is_written_aside_reaches_no_generation(vault: Vault) -> None:
    with vault.write("collected") as desk:
        desk.put("customer", CUSTOMERS)
        assert desk.put("customer", CUSTOMERS.slice(1), aside=True) == 2
        assert desk.create("named", desk.aside("customer").drop_null(), aside=True) == 1
        assert desk.arrow(desk.aside("named"))["c0"].to_pylist() == ["张"]
        assert desk.scalar(desk.table("w", "customer").count()) == 3
        assert desk.names("w") == {"customer"}
        desk.drop_aside("named", "customer", "never there")
    vault.seal("collected", {"customer": 3}, {})
    with vault.read("collected") as desk:
        assert desk.names("collected") == {"customer"}
        assert desk.names("aside") == set()


def test_who_names_no_catalog_writes_aside_while_told_to(vault: Vault) -> None:
    with vault.write("collected") as desk:
        with desk.all_aside():
            desk.raw.execute("create table there as select 1 as one")
        desk.raw.execute("create table here as select 1 as one")
        assert (desk.names("aside"), desk.names("w")) == ({"there"}, {"here"})


def test_another_key_opens_nothing(sealed: Vault, tmp_path: Path) -> None:
    other = new_key_ring(tmp_path / "other", UNLOCK)
    other.make("gen-collected")
    with pytest.raises(Fault) as raised:
        opened_for_reading(Vault(sealed.folder, other), "collected")
    assert raised.value.code == "SH-E-206"
    assert other.open("gen-collected").hex() not in str(raised.value)


@pytest.mark.parametrize("damage", ["empty", "cut", "head"])
def test_a_damaged_generation_is_a_fault(sealed: Vault, damage: str) -> None:
    path = sealed.folder / "collected" / "tables.duckdb"
    content = path.read_bytes()
    path.write_bytes(
        {"empty": b"", "cut": content[:5_000], "head": b"\0" * 4_096 + content[4_096:]}[damage]
    )
    with pytest.raises(Fault) as raised:
        opened_for_reading(sealed, "collected")
    assert raised.value.code == "SH-E-206"


def test_a_changed_seal_is_not_believed(sealed: Vault) -> None:
    path = sealed.folder / "collected" / "seal.json"
    body = json.loads(path.read_bytes())
    for changed in (
        {"tables": {"customer": 4}},
        {"digests": {"customer": "e"}},
        {"digest": "0" * 64},
        {"name": "subjects"},
    ):
        path.write_text(json.dumps(body | changed), encoding="utf8")
        with pytest.raises(Fault) as raised:
            sealed.seal_of("collected")
        assert raised.value.code == "SH-E-208"
    path.write_text("{", encoding="utf8")
    with pytest.raises(Fault) as raised:
        sealed.seal_of("collected")
    assert raised.value.code == "SH-E-208"


def test_the_digest_of_a_seal_is_that_of_its_tables(sealed: Vault) -> None:
    seal = sealed.seal_of("collected")
    assert seal.digest == json_digest({"tables": {"customer": 3}, "digests": {"customer": "d"}})


def test_a_discarded_generation_is_gone_with_its_key(sealed: Vault) -> None:
    sealed.discard("collected")
    sealed.discard("collected")
    assert not (sealed.folder / "collected").exists()
    assert not sealed.keys.has("gen-collected")
    assert refused(lambda: opened_for_reading(sealed, "collected")) == "SH-E-204"


def test_a_copy_of_a_discarded_generation_stays_shut(sealed: Vault) -> None:
    """Erasing in mid-case: the file may lie in a backup, but its key is no more."""
    copy = {path.name: path.read_bytes() for path in (sealed.folder / "collected").iterdir()}
    sealed.discard("collected")
    (sealed.folder / "collected").mkdir()
    for name, content in copy.items():
        (sealed.folder / "collected" / name).write_bytes(content)
    assert refused(lambda: opened_for_reading(sealed, "collected")) == "SH-E-202"


READER = """
import sys
from pathlib import Path
from shanhou.vault.generation import Vault
from shanhou.vault.keys import open_key_ring
folder = Path(sys.argv[1])
vault = Vault(folder / "vault", open_key_ring(folder / "keys", b"unlock"))
with vault.read("collected") as desk:
    print(desk.scalar(desk.table("collected", "customer").count()), flush=True)
    sys.stdin.readline()
"""


def reading(folder: Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", READER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    )


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def ended(process: subprocess.Popen[str]) -> int:
    process.communicate("\n", timeout=30)
    return process.returncode


def test_two_processes_read_one_generation_at_once(sealed: Vault, tmp_path: Path) -> None:
    one, other = reading(tmp_path), reading(tmp_path)
    assert (said(one), said(other)) == ("3", "3")
    with sealed.read("collected") as desk:
        assert desk.scalar(desk.table("collected", "customer").count()) == 3
    assert (ended(one), ended(other)) == (0, 0)


def test_the_spill_folder_of_a_killed_process_is_swept_and_a_living_ones_kept(
    sealed: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sealed.sealed("collected")
    spills = tmp_path / "spills"
    spills.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spills))
    killed, living = (reading(tmp_path, TMPDIR=str(spills)) for _ in range(2))
    assert (said(killed), said(living)) == ("3", "3")
    assert len(list(spills.glob(f"{TEMPORARY_PREFIX}*"))) == 2
    killed.kill()
    killed.communicate(timeout=30)
    assert sweep_spills() == 1
    assert sweep_spills() == 0
    assert ended(living) == 0
    assert list(spills.iterdir()) == []


@pytest.mark.parametrize("name", ['a"b', "a;drop table x", "客户 表", "select", "a'b", ""])
def test_a_name_is_never_part_of_the_query(vault: Vault, name: str) -> None:
    assert quoted(name).count('"') == 2 + 2 * name.count('"')
    if name:
        with vault.write("collected") as desk:
            desk.put(name, CUSTOMERS)
            assert desk.names("w") == {name}
            assert desk.scalar(desk.table("w", name).count()) == 3


def test_the_key_ring_that_opens_later_reads_the_same(sealed: Vault) -> None:
    ring: KeyRing = open_key_ring(sealed.keys.folder, UNLOCK)
    with Vault(sealed.folder, ring).read("collected") as desk:
        assert desk.scalar(desk.table("collected", "customer").count()) == 3


def test_a_folder_that_a_sweeper_takes_before_it_is_locked_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    make, made = tempfile.mkdtemp, []

    def swept_at_once(**more: str) -> str:
        folder = make(**more)
        made.append(folder)
        if len(made) < 3:
            assert sweep_spills() == 1
        return folder

    monkeypatch.setattr(tempfile, "mkdtemp", swept_at_once)
    with own_folder() as folder:
        assert [folder.parent] == list(tmp_path.iterdir())
        assert sweep_spills() == 0
    assert len(made) == 3


def test_whoever_reads_all_that_lies_in_a_folder_of_its_own_keeps_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By POSIX's rules a process that closes its lock file after reading it has let go of it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with own_folder() as folder:
        (folder / "spilt").write_bytes(b"block")
        assert [path.read_bytes() for path in folder.rglob("*")] == [b"block"]
        swept = "from shanhou.vault.spills import sweep_spills; print(sweep_spills())"
        other = subprocess.run([sys.executable, "-c", swept], capture_output=True, text=True,
                               check=True, env={**os.environ, "TMPDIR": str(tmp_path)})  # fmt: skip
        assert other.stdout.strip() == "0"
        assert folder.is_dir()
    assert list(tmp_path.iterdir()) == []


def test_what_goes_wrong_in_a_folder_of_ones_own_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(sqlite3.OperationalError), own_folder():
        raise sqlite3.OperationalError
