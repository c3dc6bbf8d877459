"""A standalone cluster on this machine, a master and two workers, finds what this process finds.

Everything it starts listens on loopback only and is ended by its own number.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pytest
from sparked import needs_spark

from shanhou.errors import Fault
from shanhou.inventory.here import Here
from shanhou.inventory.lac import Lac
from shanhou.inventory.on_spark import OnSpark
from shanhou.inventory.register import take_inventory
from shanhou.inventory.rules import rules
from shanhou.inventory.saved import register_text
from shanhou.vault import spark
from shanhou.vault.parts import Parts
from shanhou.vault.spark import Cluster, spark_session
from world import World

pytestmark = [pytest.mark.torture, *needs_spark]
ROWS = int(os.environ.get("SHANHOU_SPARK_ROWS", "200000"))
PART_BYTES = 4_000_000
SECRET = "c" * 64
WAIT_SECONDS = 120


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


@contextmanager
def started(kind: str, folder: Path, *arguments: str, until: str) -> Iterator[None]:
    """One of Spark's programs; it runs when its log says so, and ends with the block."""
    spec = find_spec("pyspark")
    assert spec is not None
    (home,) = spec.submodule_search_locations or ()
    settings, log = folder / "cluster.conf", folder / f"{len(list(folder.iterdir()))}.log"
    settings.write_text(
        f"spark.authenticate true\nspark.authenticate.secret {SECRET}\n"
        "spark.network.crypto.enabled true\nspark.network.crypto.cipher AES/GCM/NoPadding\n"
        "spark.master.rest.enabled false\n",
        encoding="ascii",
    )
    command = [str(Path(home) / "bin" / "spark-class"), f"org.apache.spark.deploy.{kind}",
               "--host", "127.0.0.1", "--properties-file", str(settings), *arguments]  # fmt: skip
    source = str(Path(spark.__file__).parents[2])
    environment = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_HOME": home,
                   "SPARK_LOCAL_DIRS": str(folder), "PYTHONPATH": source,
                   "SPARK_WORKER_WEBUI_PORT": "0"}  # fmt: skip
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=environment)
    try:
        waited(lambda: until in log.read_text("utf8", "replace"), log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(30)


def waited(so: Callable[[], bool], log: Path) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not so():
        assert time.monotonic() < end, log.read_text("utf8", "replace")[-2_000:]
        time.sleep(0.2)


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("cluster")
    port = free_port()
    url = f"spark://127.0.0.1:{port}"
    worker = ("--webui-port", "0", "--cores", "1", "--memory", "1g", "--work-dir",
              str(folder / "work"), url)  # fmt: skip
    said = "Successfully registered with master"
    with started("master.Master", folder, "--port", str(port), "--webui-port", "0",
                 until="I have been elected leader"), \
         started("worker.Worker", folder, *worker, until=said), \
         started("worker.Worker", folder, *worker, until=said):  # fmt: skip
        yield url


def test_two_workers_find_the_same_byte_for_byte(
    master: str, world: World, parts: Parts, capsys: pytest.CaptureFixture[str]
) -> None:
    seconds: dict[str, float] = {}

    def timed(name: str, act: Callable[[], object]) -> object:
        begun = time.monotonic()
        made = act()
        seconds[name] = time.monotonic() - begun
        return made

    asked = {"s/客户": ["备注"]}

    def findings(engine: Here | OnSpark) -> tuple[str, pa.Table]:
        register = take_inventory(world, engine=engine, every_row=True)
        held = pa.Table.from_batches(engine.held(asked, Lac(), rules())).combine_chunks()
        return register_text(register), held

    known = timed("here", lambda: findings(Here(world)))
    with spark_session(Cluster(master, SECRET)) as session:
        assert session.workers == 2
        there = OnSpark(session, parts, world.datasets())
        assert timed("cold", lambda: findings(there)) == known
        assert timed("warm", lambda: findings(there)) == known
    with capsys.disabled():
        told = ", ".join(f"{name} {took:.1f} s" for name, took in seconds.items())
        sys.stdout.write(f"\n{ROWS} customers and {ROWS} orders: {told}\n")


def test_workers_write_no_log_with_a_cell_or_the_secret(
    master: str, parts: Parts, world: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with spark_session(Cluster(master, SECRET)) as session:
        found = OnSpark(session, parts, world.datasets()).profiles(rules(), every_row=False)
    phones = set(found["s/客户"].fields["手机"].values.to_pylist()[:1_000])
    (folder,) = tmp_path_factory.getbasetemp().glob("cluster0")
    logs = [path for path in folder.rglob("*") if path.is_file() and path.name != "cluster.conf"]
    held = "".join(path.read_text("latin1") for path in logs)
    assert len(logs) > 3
    assert SECRET not in held
    assert not phones & set(re.findall(r"\d{11}", held))


def test_a_session_on_this_machine_leaves_the_secret_of_the_cluster_alone(master: str) -> None:
    """Java keeps the secret of a local session, and would show it to the master instead of ours."""
    with spark_session(Cluster("local[1]", "e" * 64)) as here:
        assert here.workers == 0
    with spark_session(Cluster(master, SECRET)) as there:
        assert there.workers > 0


def test_another_secret_is_refused(master: str) -> None:
    with (
        pytest.raises(Fault) as raised,
        spark_session(Cluster(master, "d" * 64)),
    ):
        pass
    assert raised.value.code == "SH-E-332"


def test_an_interpreter_without_our_package_is_told(master: str, tmp_path: Path) -> None:
    absent = tmp_path / "shanhou.py"
    absent.write_text("raise ModuleNotFoundError(\"No module named 'shanhou'\")\n", "ascii")
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nPYTHONPATH="{tmp_path}:$PYTHONPATH" exec {sys.executable} "$@"\n',
                    encoding="ascii")  # fmt: skip
    bare.chmod(0o755)
    with (
        pytest.raises(Fault) as raised,
        spark_session(Cluster(master, SECRET, str(bare))),
    ):
        pass
    assert raised.value.code == "SH-E-333"
