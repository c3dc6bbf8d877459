"""Spark finds what this process finds, byte for byte, and shows nobody's data to anybody else.

One Java process serves all tests of this file; a session is opened anew only where a test needs
other settings. What needs a cluster is in `test_spark_cluster.py`.
"""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from planted import Search, plant
from sparked import needs_spark

from shanhou.cli.demo import prepare
from shanhou.errors import Fault
from shanhou.flow.gathering import collect, register_of, take_stock
from shanhou.inventory.engine import Engine
from shanhou.inventory.here import Here
from shanhou.inventory.lac import Lac
from shanhou.inventory.on_spark import OnSpark
from shanhou.inventory.profile import DatasetProfile
from shanhou.inventory.register import take_inventory
from shanhou.inventory.rules import Rules, rules
from shanhou.inventory.saved import register_text
from shanhou.vault import parts as parts_module
from shanhou.vault import spark
from shanhou.vault.generation import Seal, Vault
from shanhou.vault.keys import new_key_ring
from shanhou.vault.parts import Parts, lay_out, open_parts
from shanhou.vault.spark import Cluster, Session, only_codes, spark_session
from shanhou.wiring import open_case
from world import World, sheet

ROWS = 23_000
"""More than a verdict samples."""
PART_BYTES = 400_000
SECRET = "5" * 64
VALUES = plant(1_000)
SEARCH = Search(VALUES)
OPEN_IN = {"spark.shuffle.compress": "false", "spark.io.encryption.enabled": "false"}
"""What Spark would write by itself, and without packing it, which hides values as little."""


class Sparks:
    """The session that is open, and its settings; at most one can be."""

    def __init__(self) -> None:
        self._stack, self._more, self._session = ExitStack(), None, None

    def with_settings(self, **more: str) -> Session:
        if self._session is None or more != self._more:
            self.close()
            with pytest.MonkeyPatch.context() as patch:
                plain = spark.settings_of
                patch.setattr(spark, "settings_of", lambda *said: plain(*said) | more)
                opened = spark_session(Cluster("local[2]", SECRET))
                self._session, self._more = self._stack.enter_context(opened), more
        return self._session

    def close(self) -> None:
        self._session = None
        self._stack.close()


@pytest.fixture(scope="module")
def sparks() -> Iterator[Sparks]:
    sparks = Sparks()
    with pytest.MonkeyPatch.context() as patch:
        # a third less work for a Java that runs for a minute
        patch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        yield sparks
    sparks.close()


@pytest.fixture
def session(sparks: Sparks) -> Session:
    return sparks.with_settings(**{"spark.shuffle.compress": "false"})


class TestWithSpark:
    pytestmark = needs_spark

    @pytest.mark.parametrize("every_row", [False, True])
    def test_profiles_and_register_are_the_same_byte_for_byte(
        self, session: Session, world: World, parts: Parts, every_row: bool
    ) -> None:
        there = OnSpark(session, parts, world.datasets())
        assert sum(map(len, parts.of.values())) > 6
        looked = there.profiles(rules(), every_row=every_row)
        here = Here(world).profiles(rules(), every_row=every_row)
        assert looked == here
        for name, profile in here.items():
            for field, seen in profile.fields.items():
                kept = looked[name].fields[field].values
                assert kept is None if seen.values is None else kept.equals(seen.values)
        assert here["s/客户"].fields["手机"].keeps_all is not every_row
        found, known = (
            take_inventory(world, engine=Looked(profiles, asked))
            for profiles, asked in ((looked, there), (here, Here(world)))
        )
        assert register_text(found) == register_text(known)
        assert {r.to_dataset for r in found.relations if r.dataset == "s/订单"} == {"s/客户"}
        assert found.dataset("s/客户").field_named("手机").category.value == "phone"

    def test_what_texts_hold_is_the_same_byte_for_byte(
        self, session: Session, world: World, parts: Parts
    ) -> None:
        asked = {"s/客户": ["备注"], "s/订单": ["订单号", "金额"]}
        there = OnSpark(session, parts, world.datasets())
        found, here = (
            pa.Table.from_batches(engine.held(asked, Lac(), rules())).combine_chunks()
            for engine in (there, Here(world))
        )
        assert found == here
        assert len(found) == 2 * ROWS
        assert set(found["holds"].to_pylist()) >= {"credential", "child", "health", "nothing"}

    def test_values_that_stand_in_a_column_are_found_in_any_part(
        self, session: Session, world: World, parts: Parts
    ) -> None:
        customers = world.datasets()[0]
        asked = pa.array(["KH0000000", "KH0022999", "KH9", None])
        for engine in (OnSpark(session, parts, world.datasets()), Here(world)):
            found = engine.standing(customers, "客户编号", asked).to_pylist()
            assert sorted(found) == ["KH0000000", "KH0022999"]

    def test_a_case_with_spark_finds_what_it_finds_without(
        self, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        script = prepare("housekeeping", tmp_path / "housekeeping", customers=60)
        told = []
        for kind in ("duckdb", "spark"):
            case = open_case(tmp_path / "housekeeping", script.notices_on)
            collect(case)
            text = (case.folder / "shanhou.yaml").read_text("utf8").split("\nengine:")[0]
            engine = f"\nengine: {{kind: {kind}, master: 'local[2]'}}\n"
            (case.folder / "shanhou.yaml").write_text(text + engine, encoding="utf8")
            case.reload()
            monkeypatch.setattr(spark, "spark_session", shared(session))
            take_stock(case)
            with case.vault.read("inventory") as desk:
                holds = desk.arrow(desk.table("inventory", "text_holds").order_by("rec"))
            told.append((register_text(register_of(case)).encode(), holds.combine_chunks()))
            assert case.vault.sealed("collect-parts") is (kind == "spark")
            case.close()
        assert told[0][0] == told[1][0]
        assert told[0][1] == told[1][1]
        assert len(told[0][1])

    def test_what_goes_wrong_on_a_worker_is_told_without_its_data(self, session: Session) -> None:
        def burst(_task: int) -> Iterator[pa.RecordBatch]:
            message = "13800000000"
            raise ValueError(message)

        with pytest.raises(Fault) as raised:
            session.arrow(session.over([0], burst, "n long"))
        assert raised.value.code == "SH-E-334"
        assert "138" not in str(raised.value) + str(raised.value.__cause__)

    def test_what_a_worker_says_of_an_error_arrives_whole(self, session: Session) -> None:
        said = {"recognizer": "模型 at h", "problem": "HTTP 503"}

        def silent(_task: int) -> Iterator[pa.RecordBatch]:
            raise Fault("SH-E-318", **said)

        with pytest.raises(Fault) as raised:
            session.arrow(session.over([0], silent, "n long"))
        assert raised.value.code == "SH-E-318"
        assert raised.value.facts == said

    def test_a_second_session_at_once_is_refused(self, session: Session) -> None:
        assert session.parallel == 2
        assert why_no_session() == "SH-E-336"

    @pytest.mark.parametrize("name", ["_gateway", "_active_spark_context"])
    def test_a_spark_that_another_program_started_is_left_alone(
        self, sparks: Sparks, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        from pyspark import SparkContext

        sparks.close()
        monkeypatch.setattr(SparkContext, name, object())
        assert why_no_session() == "SH-E-336"

    def test_a_killed_java_is_told_and_the_next_session_has_another(self, sparks: Sparks) -> None:
        sparks.close()
        folders: list[Path] = []
        with pytest.raises(Fault) as raised:
            killed_amid_work(folders)
        assert raised.value.code == "SH-E-334"
        assert not folders[0].exists()
        session = sparks.with_settings()
        assert session.arrow(session.spark.range(3)).num_rows == 3

    def test_what_a_session_wrote_is_gone_before_the_next_which_writes_in_the_same_folder(
        self, sparks: Sparks
    ) -> None:
        """A folder that no longer is held would be swept while the next session writes there."""
        folder = local_folder(sparks.with_settings())
        assert list(folder.iterdir())
        sparks.close()
        assert list(folder.iterdir()) == []
        session = sparks.with_settings()
        assert local_folder(session) == folder
        assert Path(session.spark.sparkContext._temp_dir).is_relative_to(folder)

    def test_a_worker_with_another_program_is_refused(
        self, session: Session, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(spark, "this_program", lambda: "another")
        with pytest.raises(Fault) as raised:
            session.arrow(session.over([0], lambda _task: iter(()), "n long"))
        assert raised.value.code == "SH-E-333"

    def test_a_damaged_part_is_told_from_the_worker(
        self, session: Session, world: World, parts: Parts, tmp_path: Path
    ) -> None:
        copy = Parts(parts.name, tmp_path / "parts", parts.key, parts.of)
        shutil.copytree(parts.folder, copy.folder)
        path = copy.folder / parts.of["s/客户"][0].file
        engine = OnSpark(session, copy, world.datasets())
        for content, code in ((b"PAR1 damaged", "SH-E-206"), (None, "SH-E-335")):
            path.unlink() if content is None else path.write_bytes(content)
            with pytest.raises(Fault) as raised:
                engine.standing(world.datasets()[0], "手机", pa.array(["1"]))
            assert (raised.value.code, raised.value.facts) == (code, {"generation": parts.name})

    def test_no_planted_value_and_no_key_stands_where_spark_shuffles(
        self, session: Session, planted: Parts
    ) -> None:
        seen, size = shuffled(session, planted)
        assert size > 50_000, "nothing was written, so this test shows nothing"
        assert seen == set()

    def test_without_that_setting_the_shuffle_files_show_the_values(
        self, sparks: Sparks, planted: Parts
    ) -> None:
        """The control: the same work with what Spark does by itself."""
        session = sparks.with_settings(**OPEN_IN)
        seen, _ = shuffled(session, planted)
        assert len(seen) > len(VALUES) // 2

    @pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks into /proc")
    def test_secret_and_key_stand_on_no_command_line_and_in_no_environment(
        self, session: Session, parts: Parts
    ) -> None:
        assert session.parallel == 2
        held = b"".join(map(told_of_process, Path("/proc").glob("[0-9]*")))
        assert b"org.apache.spark" in held
        assert SECRET.encode() not in held
        assert parts.key.hex().encode() not in held
        assert parts.key not in held


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Parts:
    monkeypatch.setattr(parts_module, "PART_BYTES", 10_000)
    world = World()
    sheet(world, "s/客户", {"备注": VALUES})
    vault = Vault(tmp_path / "vault", new_key_ring(tmp_path / "keys", b"unlock"))
    lay_out(vault, "collect-parts", world, Seal("collect", {}, {}))
    return open_parts(vault, "collect-parts")


@dataclass(frozen=True)
class Looked:
    """An engine that has made its profiles."""

    made: Mapping[str, DatasetProfile]
    engine: Engine

    def profiles(self, _rules: Rules, *, every_row: bool) -> Mapping[str, DatasetProfile]:
        assert not every_row
        return self.made

    def standing(self, *asked: Any) -> pa.Array:
        return self.engine.standing(*asked)


def local_folder(session: Session) -> Path:
    """Where Spark writes what it shuffles."""
    return Path(session.spark.sparkContext.getConf().get("spark.local.dir"))


def killed_amid_work(folders: list[Path]) -> None:
    with spark_session(Cluster("local[2]", SECRET)) as opened:
        folders.append(local_folder(opened))
        opened.spark.sparkContext._gateway.proc.kill()
        opened.spark.range(3).collect()


def shared(session: Session) -> Callable[..., AbstractContextManager[Session]]:
    """Instead of a new session that one, which is not closed."""
    return lambda *_asked, **_how: nullcontext(session)


def shuffled(session: Session, parts: Parts) -> tuple[set[str], int]:
    """What is found in Spark's files once values were counted across workers; their size."""
    world = World()
    sheet(world, "s/客户", {"备注": VALUES})
    found = OnSpark(session, parts, world.datasets()).profiles(rules(), every_row=True)
    assert found["s/客户"].fields["备注"].distinct == len(VALUES)
    folder = local_folder(session)
    files = [path for path in folder.rglob("*") if path.is_file()]
    return SEARCH.found_under(folder), sum(path.stat().st_size for path in files)


def told_of_process(folder: Path) -> bytes:
    try:
        return (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
    except OSError:  # gone, or another user's
        return b""


def why_no_session(master: str = "local[2]") -> str:
    with pytest.raises(Fault) as raised, spark_session(Cluster(master, SECRET)):
        pass
    assert SECRET not in str(raised.value)
    return raised.value.code


def test_without_pyspark_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark, "find_spec", lambda _name: None)
    assert why_no_session() == "SH-E-330"


def test_without_java_or_with_an_old_one_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(spark, "find_spec", lambda _name: object())
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert why_no_session() == "SH-E-331"
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'openjdk version \"1.8.0_402\"' >&2\n", encoding="ascii")
    java.chmod(0o755)
    assert why_no_session() == "SH-E-331"


def test_a_master_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark, "find_spec", lambda _name: object())
    monkeypatch.setattr(spark, "_require_java", lambda: None)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert why_no_session(f"spark://127.0.0.1:{closed.getsockname()[1]}") == "SH-E-332"


def test_what_leaves_a_worker_is_a_code_or_a_kind_and_nothing_else() -> None:
    for raised, told in ((Fault("SH-E-206", generation="g"), 'SH-E-206 {"generation": "g"}'),
                         (KeyError("13800000000"), "KeyError")):  # fmt: skip
        with pytest.raises(RuntimeError) as out, only_codes(spark.this_program()):
            raise raised
        assert str(out.value) == told
        assert out.value.__suppress_context__


def test_neither_key_nor_secret_is_shown_by_name() -> None:
    assert SECRET not in repr(Cluster("local[2]", SECRET))


def test_every_setting_that_keeps_data_from_others_is_on(tmp_path: Path) -> None:
    said = spark.settings_of(Cluster("spark://h:1", SECRET), tmp_path)
    for name in ("io.encryption", "network.crypto"):
        assert said[f"spark.{name}.enabled"] == "true"
    assert said["spark.authenticate"] == "true"
    assert said["spark.ui.enabled"] == said["spark.eventLog.enabled"] == "false"
    assert "spark.driver.host" not in said
