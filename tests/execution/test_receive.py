"""A recipient gets all of a package or nothing, once, and counted by its own database."""

from __future__ import annotations

import io
import os
import signal
import sqlite3
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest
import sqlalchemy as sa
from deliveries import AWKWARD, Keys, age_keys, facts, made_up, parcel

from shanhou.errors import Coded, Fault, Refusal
from shanhou.execution.order import Parcel
from shanhou.execution.package import write_package
from shanhou.execution.package_manifest import (
    Package,
    manifest_bytes,
    read_contents,
    read_manifest,
)
from shanhou.execution.receive import Received, receive
from shanhou.execution.receive_target import Target
from shanhou.sources.database import open_engine

AT = "2026-11-22T04:00:00Z"


class World:
    """One sender's package and one recipient's database file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys: Keys = age_keys()
        self.path = folder / "p1.tar.age"
        self.database = folder / "buyer.sqlite"

    def send(self, *parcels: Parcel, package: str = "p1", rehearsal: bool = False) -> Package:
        self.path = self.folder / f"{package}.tar.age"
        told = facts(package, rehearsal=rehearsal)
        return write_package(self.path, parcels, recipient_age=self.keys.recipient, facts=told)

    def receive(self, url: str = "", *, step: str = "receive:p1", password: str = "",
                expected: str = "") -> Received:  # fmt: skip
        return receive(
            self.path, self.keys.identity, url or f"sqlite:///{self.database}", step=step,
            received_at=AT, password=password, expected_sha256=expected,
        )  # fmt: skip

    def alter(self, change: Callable[[dict[str, bytes]], None]) -> None:
        """Open the package, change it, and seal it again as an inside forger could."""
        identity = pyrage.x25519.Identity.from_str(self.keys.identity)
        plain = pyrage.decrypt(self.path.read_bytes(), [identity])
        with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
            inside = {one.name: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr]
        change(inside)
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for name, content in inside.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        self.path.write_bytes(pyrage.encrypt(out.getvalue(), [identity.to_public()]))

    def rows(self, table: str) -> list[tuple[object, ...]]:
        with sqlite3.connect(self.database) as raw:
            return raw.execute(f'select * from "{table}"').fetchall()  # noqa: S608 - test

    def tables(self) -> set[str]:
        with sqlite3.connect(self.database) as raw:
            return {
                row[0] for row in raw.execute("select name from sqlite_master where type='table'")
            }


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def _code(world: World, **kw: str) -> str:
    with pytest.raises(Coded) as told:
        world.receive(**kw)  # type: ignore[arg-type]
    return told.value.code


def test_every_row_lands_cell_for_cell_and_is_counted_there(world: World) -> None:
    package = world.send(parcel("crm.客户", AWKWARD), parcel("crm.empty", []))
    received = world.receive(expected=package.sha256)
    assert received.package_sha256 == package.sha256
    assert tuple(one.counted for one in received.tables) == package.counted
    assert world.rows("客户") == [(*row, "p1") for row in AWKWARD]
    assert world.rows("empty") == []
    assert received.facts == package.facts


def test_receiving_again_changes_nothing_and_says_the_same(world: World) -> None:
    world.send(parcel("crm.a", made_up(50)))
    first = world.receive()
    assert world.receive() == first
    assert world.receive(step="another") == first
    assert len(world.rows("a")) == 50


def test_a_step_takes_one_package_only(world: World) -> None:
    world.send(parcel("crm.a", made_up(5)))
    world.receive()
    world.send(parcel("crm.a", made_up(5)), package="p2")
    assert _code(world) == "SH-E-660"


def test_a_second_package_stands_beside_the_first_and_repeats_are_told(world: World) -> None:
    world.send(parcel("crm.a", made_up(5)))
    world.receive()
    world.send(parcel("crm.a", made_up(8)), package="p2")
    received = world.receive(step="receive:p2")
    assert received.tables[0].repeated == 5
    assert len(world.rows("a")) == 13


def test_the_same_package_sealed_twice_does_not_land_twice(world: World) -> None:
    world.send(parcel("crm.a", made_up(5)))
    world.receive()
    world.send(parcel("crm.a", made_up(5)))
    assert _code(world, step="again") == "SH-E-657"
    assert len(world.rows("a")) == 5


@pytest.mark.parametrize("cut", [10, 120, 400, -1, -17, -600])
def test_a_damaged_package_leaves_nothing(world: World, cut: int) -> None:
    world.send(parcel("crm.a", made_up(3000)))
    raw = world.path.read_bytes()
    world.path.write_bytes(raw[:cut])
    assert _code(world) == "SH-E-653"
    assert not world.database.exists()
    place = cut if cut > 0 else len(raw) + cut
    world.path.write_bytes(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
    assert _code(world) in {"SH-E-653", "SH-E-652"}
    assert not world.database.exists()


def test_another_identity_opens_nothing(world: World) -> None:
    world.send(parcel("crm.a", made_up(3)))
    world.keys = age_keys()
    assert _code(world) == "SH-E-652"
    world.keys = Keys("nonsense", "")
    assert _code(world) == "SH-E-652"


def test_another_file_than_was_told_is_refused(world: World) -> None:
    world.send(parcel("crm.a", made_up(3)))
    assert _code(world, expected="0" * 64) == "SH-E-654"


def _drop(name: str) -> Callable[[dict[str, bytes]], None]:
    return lambda inside: inside.__delitem__(name)


def _swap(inside: dict[str, bytes]) -> None:
    one, two = "data/1-a/part-0000.parquet", "data/2-b/part-0000.parquet"
    inside[one], inside[two] = inside[two], inside[one]


def _add(inside: dict[str, bytes]) -> None:
    inside["../../escape"] = b"x"


def _csv(inside: dict[str, bytes]) -> None:
    inside["data/1-a/part-0000.csv"] += b"1"


def _more(inside: dict[str, bytes]) -> None:
    manifest = read_manifest(inside["manifest.json"])
    counted = (replace(manifest.counted[0], rows=99), *manifest.counted[1:])
    inside["manifest.json"] = manifest_bytes(replace(manifest, counted=counted))


def _other_case(inside: dict[str, bytes]) -> None:
    contents = read_contents(inside["contents.json"])
    other = replace(contents, facts=replace(contents.facts, case="case-2"))
    inside["contents.json"] = manifest_bytes(other)


def _unknown_key(inside: dict[str, bytes]) -> None:
    inside["manifest.json"] = inside["manifest.json"].replace(b'{"counted"', b'{"a":1,"counted"')


def _last(inside: dict[str, bytes]) -> None:
    inside["data/1-a/part-0001.parquet"] = inside["data/1-a/part-0000.parquet"]


@pytest.mark.parametrize(
    "change",
    [_drop("manifest.json"), _drop("contents.json"), _drop("data/1-a/part-0000.parquet"),
     _drop("data/1-a/part-0000.csv"), _drop("README.en.md"), _swap, _add, _csv, _more,
     _other_case, _unknown_key, _last],
)  # fmt: skip
def test_a_member_that_is_not_what_the_manifest_says_leaves_nothing(
    world: World, change: Callable[[dict[str, bytes]], None]
) -> None:
    world.send(parcel("crm.a", made_up(30)), parcel("crm.b", made_up(31)))
    world.alter(change)
    assert _code(world) == "SH-E-655"
    assert not world.database.exists()
    assert not (world.folder.parent / "escape").exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
@pytest.mark.parametrize("moment", ["prepare", "load", "counted", "remember"])
def test_a_receiver_killed_at_any_moment_leaves_nothing_and_begins_again(
    world: World, moment: str
) -> None:
    package = world.send(parcel("crm.a", made_up(25_000), batch_rows=5_000))
    child = os.fork()
    if child == 0:
        real = getattr(Target, moment)

        def act_and_die(*given: object) -> None:
            real(*given)
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(Target, moment, act_and_die)
        world.receive()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert world.tables() == set()
    received = world.receive()
    assert tuple(one.counted for one in received.tables) == package.counted


def test_a_table_of_the_recipients_own_is_never_altered(world: World) -> None:
    world.send(parcel("crm.a", made_up(3)))
    with sqlite3.connect(world.database) as raw:
        raw.execute("create table a (id text)")
        raw.execute("insert into a values ('mine')")
    assert _code(world) == "SH-E-656"
    assert world.rows("a") == [("mine",)]
    assert world.tables() == {"a"}


def _own_table(world: World, first: str) -> None:
    with sqlite3.connect(world.database) as raw:
        raw.execute(
            f'create table a ("编号" {first}, "姓名" text, note text, "value%(x)s" text,'
            " _shanhou_package text)"
        )


def test_a_row_in_the_way_is_reported_and_not_overwritten(world: World) -> None:
    world.send(parcel("crm.z", made_up(2)), parcel("crm.a", made_up(3)))
    _own_table(world, "text primary key")
    with sqlite3.connect(world.database) as raw:
        raw.execute("insert into a values ('2', 'mine', null, null, null)")
    assert _code(world) == "SH-E-657"
    assert world.rows("a") == [("2", "mine", None, None, None)]
    assert world.tables() == {"a"}


def test_a_column_that_changes_values_is_caught_by_the_databases_own_total(world: World) -> None:
    world.send(parcel("crm.a", [("007", "x", None, "y")]))
    _own_table(world, "integer")
    assert _code(world) == "SH-E-659"
    assert world.rows("a") == []


def test_a_rehearsal_reaches_no_other_machine(world: World) -> None:
    world.send(parcel("crm.a", made_up(3)), rehearsal=True)
    world.receive()
    with pytest.raises(Refusal) as told:
        world.receive("postgresql://someone@db.example/x")
    assert told.value.code == "SH-E-661"


def test_an_unknown_engine_is_refused(world: World) -> None:
    world.send(parcel("crm.a", made_up(3)))
    assert _code(world, url="oracle://db.example/x") == "SH-E-106"


@pytest.mark.parametrize("target", ["bad.db", "postgresql://u:secret@host:port/x"])
def test_a_target_that_is_no_address_is_refused_without_being_told(
    world: World, target: str
) -> None:
    world.send(parcel("crm.a", made_up(3)))
    with pytest.raises(Refusal) as told:
        world.receive(target)
    assert told.value.code == "SH-E-122"
    assert "secret" not in str(told.value)


def _server(request: pytest.FixtureRequest, name: str) -> str:
    try:
        return str(request.getfixturevalue(name))
    except pytest.FixtureLookupError:
        pytest.skip(f"no {name} server stands ready")


_servers = pytest.mark.parametrize(
    "name",
    [pytest.param("postgres", marks=pytest.mark.postgres),
     pytest.param("mariadb", marks=pytest.mark.mariadb)],
)  # fmt: skip


@_servers
def test_servers_take_a_package_whole_or_not_at_all(
    world: World, request: pytest.FixtureRequest, name: str
) -> None:
    url = _server(request, name)
    package = world.send(parcel("crm.客户", AWKWARD), parcel("crm.a", made_up(3000)))
    received = world.receive(url)
    assert tuple(one.counted for one in received.tables) == package.counted
    assert world.receive(url) == received
    world.send(parcel("crm.b", made_up(9)), parcel("crm.客户", AWKWARD[:2]), package="p2")
    world.alter(_drop("README.en.md"))
    with pytest.raises(Fault) as told:
        world.receive(url, step="receive:p2")
    assert told.value.code == "SH-E-655"
    package = world.send(parcel("crm.b", made_up(9)), parcel("crm.客户", AWKWARD[:2]), package="p3")
    received = world.receive(url, step="receive:p3")
    assert [one.repeated for one in received.tables] == [0, 2]


@_servers
def test_a_server_keeps_its_own_rows_and_nothing_of_a_refused_package(
    world: World, request: pytest.FixtureRequest, name: str
) -> None:
    url = _server(request, name)
    engine = open_engine(url)
    with engine.begin() as connection:
        key = "varchar(20) primary key"
        connection.execute(sa.text(f"create table a (f {key}, _shanhou_package varchar(191))"))
        connection.execute(sa.text("insert into a values ('2', null)"))
    rows = [(str(n),) for n in range(3)]
    world.send(parcel("crm.new", made_up(4)), parcel("crm.a", rows, ("f",)))
    assert _code(world, url=url) == "SH-E-657"
    assert set(sa.inspect(engine).get_table_names()) == {"a"}
    with engine.connect() as connection:
        assert connection.execute(sa.text("select * from a")).all() == [("2", None)]
    engine.dispose()


@pytest.mark.postgres
def test_postgresql_refuses_what_it_cannot_hold(
    world: World, request: pytest.FixtureRequest
) -> None:
    url = _server(request, "postgres")
    world.send(parcel("crm.a", [("a\0b",)], ("f",)))
    assert _code(world, url=url) == "SH-E-658"
