"""A sealed bag holds what the vault held, bit for bit, and opens with its own key only."""

from __future__ import annotations

import json
import os
import warnings
from dataclasses import replace
from datetime import date
from pathlib import Path

import bagit
import pyarrow.parquet as pq
import pyrage
import pytest
from deliveries import AWKWARD, FIELDS, SHARED, age_keys, made_up, parcel

from shanhou.errors import Coded
from shanhou.execution.archive import Bag, Kept, Original, Sealed, archive_key, seal_archive
from shanhou.execution.archive_reading import open_archive, verify_archive
from shanhou.execution.bag import bag_problems
from shanhou.vault.canonical import digest_hex, row_digest
from shanhou.vault.keys import KeyRing, new_key_ring
from shanhou.vault.tables import Dataset, DatasetKind, Field

CUSTODIAN = age_keys()


def _dataset(name: str) -> Dataset:
    fields = tuple(Field(one, "varchar(40)", f"说明 {one}", nullable=True) for one in FIELDS)
    return Dataset(name, "crm", DatasetKind.TABLE, fields, key=FIELDS[:1], comment="账")


def _total(rows: list[tuple[str | None, ...]]) -> int:
    return sum(int(row_digest(row)[:15], 16) for row in rows)


class World:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys: KeyRing = new_key_ring(folder / "keys", b"unlock")
        self.archive = folder / "archive"
        self.file = folder / "账 簿.xlsx"
        self.file.write_bytes(os.urandom(3_000_000))
        self.rows = {"crm.客户": AWKWARD, "crm.orders": made_up(500)}

    def bag(self) -> Bag:
        kept = [
            Kept(parcel(name, rows), _dataset(name), _total(rows))
            for name, rows in self.rows.items()
        ]
        original = Original("2024/账 簿.xlsx", self.file, digest_hex(self.file.read_bytes()))
        return Bag(
            retention="R01", ends_on=date(2056, 12, 31), case="case-1", plan_digest="ab" * 32,
            rehearsal=False, sealed_on=date(2026, 11, 22), tables=kept, originals=[original],
        )  # fmt: skip

    def seal(self, bag: Bag | None = None) -> Sealed:
        return seal_archive(
            self.archive, bag or self.bag(), keys=self.keys, custodian_age=CUSTODIAN.recipient
        )

    def identity(self, sealed: Sealed) -> str:
        return self.keys.open(archive_key(sealed.name)).decode()


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def _code(world: World, bag: Bag) -> str:
    with pytest.raises(Coded) as told:
        world.seal(bag)
    return told.value.code


def test_an_independent_reader_finds_a_valid_bag_with_the_rows_and_the_original(
    world: World,
) -> None:
    sealed = world.seal()
    folder = open_archive(sealed.path, world.identity(sealed), world.folder / "opened")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        bag = bagit.Bag(str(folder))
        bag.validate()
    assert bag.info["Shanhou-Plan"] == "ab" * 32
    assert bag_problems(folder) == ()
    original = folder / "data" / "originals" / "2024" / "账 簿.xlsx"
    assert original.read_bytes() == world.file.read_bytes()
    table = pq.read_table(folder / "data" / "tables" / "1-客户" / "part-0000.parquet")
    assert [tuple(row.values()) for row in table.to_pylist()] == AWKWARD


def test_the_data_dictionary_tells_what_the_source_declared(world: World) -> None:
    sealed = world.seal()
    folder = open_archive(sealed.path, world.identity(sealed), world.folder / "opened")
    said = json.loads((folder / "data" / "tables" / "1-客户" / "schema.json").read_bytes())
    assert said["fields"][0] == {
        "name": FIELDS[0], "declared": "varchar(40)", "comment": f"说明 {FIELDS[0]}",
        "nullable": True,
    }  # fmt: skip
    assert said["rows"] == len(AWKWARD)
    joined = b"".join(bytes.fromhex(row_digest(row)) for row in AWKWARD)
    assert said["rows_digest"] == digest_hex(joined)


def test_what_was_sealed_is_counted_again_against_the_vault(world: World) -> None:
    sealed = world.seal()
    assert [(one.rows, one.total) for one in sealed.tables] == [
        (len(rows), str(_total(rows))) for rows in world.rows.values()
    ]
    assert sealed.originals == (("2024/账 簿.xlsx", digest_hex(world.file.read_bytes())),)
    assert sealed.file.sha256 == digest_hex(sealed.path.read_bytes())
    assert sealed.path.name == "R01-2056-12-31.bag.age"


def test_the_custodian_opens_it_without_the_case(world: World) -> None:
    sealed = world.seal()
    copy = world.archive / "keys" / f"{sealed.name}.age"
    own = pyrage.x25519.Identity.from_str(CUSTODIAN.identity)
    identity = pyrage.decrypt(copy.read_bytes(), [own]).decode().strip()
    assert verify_archive(sealed.path, identity).tables == sealed.tables


def test_each_class_and_end_date_has_a_key_of_its_own(world: World) -> None:
    one = world.seal()
    two = world.seal(replace(world.bag(), ends_on=date(2031, 6, 30)))
    assert one.recipient_age != two.recipient_age
    with pytest.raises(Coded) as told:
        verify_archive(one.path, world.identity(two))
    assert told.value.code == "SH-E-652"


def test_shredding_the_key_ends_one_class_here_and_no_other(world: World) -> None:
    one = world.seal()
    two = world.seal(replace(world.bag(), ends_on=date(2031, 6, 30)))
    world.keys.shred(archive_key(one.name))
    with pytest.raises(Coded):
        world.identity(one)
    assert verify_archive(two.path, world.identity(two)).tables == two.tables


def test_sealing_again_after_a_crash_finds_the_finished_bag(world: World) -> None:
    first = world.seal()
    before = first.path.read_bytes()
    assert world.seal() == first
    assert first.path.read_bytes() == before


def test_a_bag_a_killed_run_left_unchecked_is_checked_against_the_vault(world: World) -> None:
    world.seal()
    bag = world.bag()
    wrong = replace(bag, tables=[replace(bag.tables[0], total=1), *bag.tables[1:]])
    assert _code(world, wrong) == "SH-E-674"


def test_another_plans_bag_is_never_overwritten(world: World) -> None:
    world.seal()
    other = replace(world.bag(), plan_digest="cd" * 32)
    assert _code(world, other) == "SH-E-672"
    assert world.seal(replace(other, supplement=1)).path.name == "R01-2056-12-31-1.bag.age"


def test_an_original_that_changed_since_it_was_collected_is_not_sealed(world: World) -> None:
    bag = world.bag()
    world.file.write_bytes(world.file.read_bytes()[:-1] + b"?")
    assert _code(world, bag) == "SH-E-671"
    assert not list(world.archive.glob("*.bag.age*"))


def test_rows_that_are_not_the_vaults_are_taken_back(world: World) -> None:
    bag = world.bag()
    wrong = replace(bag, tables=[replace(bag.tables[0], total=1), *bag.tables[1:]])
    assert _code(world, wrong) == "SH-E-674"
    assert not list(world.archive.glob("*.bag.age"))


def test_a_custodian_without_a_key_means_no_bag(world: World) -> None:
    with pytest.raises(Coded) as told:
        seal_archive(world.archive, world.bag(), keys=world.keys, custodian_age="age1nothing")
    assert told.value.code == "SH-E-651"
    assert not list(world.archive.glob("*.bag.age"))


@pytest.mark.parametrize("name", ["../x", "/x", "a\\b", "c:x", "a//b", "a\nb", ""])
def test_an_originals_name_never_leaves_the_bag(world: World, name: str) -> None:
    bag = world.bag()
    assert (
        _code(world, replace(bag, originals=[replace(bag.originals[0], name=name)])) == "SH-E-675"
    )


def test_every_damage_to_a_sealed_bag_is_found(world: World) -> None:
    sealed = world.seal()
    identity, raw = world.identity(sealed), sealed.path.read_bytes()
    damaged = world.folder / "damaged.age"
    for place in [*range(0, 400, 41), *range(400, len(raw), len(raw) // 12)]:
        damaged.write_bytes(raw[:place] + bytes([raw[place] ^ 4]) + raw[place + 1 :])
        with pytest.raises(Coded) as told:
            verify_archive(damaged, identity)
        assert told.value.code in {"SH-E-652", "SH-E-653"}
        with pytest.raises(Coded):
            open_archive(damaged, identity, world.folder / "opened")
        assert not (world.folder / "opened").exists()


def test_a_bag_is_unpacked_into_a_new_folder_only(world: World) -> None:
    sealed = world.seal()
    with pytest.raises(Coded) as told:
        open_archive(sealed.path, world.identity(sealed), world.folder)
    assert told.value.code == "SH-E-676"


_NOT_OURS = {"UTF-16-encoded-tag-files", "ISO-8859-1-encoded-tag-files", "holey-bag"}
"""Tag files in UTF-8 only, as RFC 8493 recommends, and nothing left to fetch."""


@pytest.mark.shared
@pytest.mark.parametrize("version", ["v0.97", "v1.0"])
def test_the_conformance_bags_are_judged_as_their_folders_say(version: str) -> None:
    suite = SHARED / "vectors" / "bagit" / version
    if not suite.is_dir():
        pytest.skip("the public data does not stand beside the checkout")
    wrong = [
        one.name
        for kind in ("valid", "invalid")
        for one in sorted((suite / kind).iterdir())
        if one.is_dir()
        and (bag_problems(one) == ()) != (kind == "valid")
        and one.name not in _NOT_OURS
    ]
    assert wrong == []
