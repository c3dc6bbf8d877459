"""Spark for tables that outgrow one machine: a session in which nothing travels or rests in clear.

What Spark writes to disk (shuffles, spills, kept blocks) is encrypted by it with a key of the
session; what goes between machines is encrypted and authenticated by a secret that is never on a
command line. The generation's key goes the same way, within the function that workers run.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from shanhou.errors import Coded, Fault
from shanhou.vault.java import Java, java

if TYPE_CHECKING:
    import pyarrow as pa

JAVA_LEAST = 17
CONNECT_SECONDS = 5
WORKER_SECONDS = 90
"""How long the cluster may take until it gives the first worker."""
DYING_SECONDS = 1
"""After Java's doors shut, until it is seen to be gone."""
BATCH_ROWS = 8_192
_CODE = re.compile(r"\bSH-E-\d{3}\b")
_NOT_INSTALLED = "No module named 'shanhou"
Task = TypeVar("Task")


@dataclass(frozen=True, repr=False)
class Cluster:
    """Which Spark runs the work, and how its machines know each other."""

    master: str
    secret: str
    """Shared by all machines of a cluster; one of its own for each session on this machine."""
    python: str = sys.executable
    """The interpreter that has shanhou, on every worker."""

    @property
    def is_here(self) -> bool:
        return self.master.startswith("local")


@dataclass(frozen=True)
class Session:
    """One open session; jobs are written against `spark`."""

    spark: Any

    @property
    def parallel(self) -> int:
        """Tasks that run at once."""
        return int(self.spark.sparkContext.defaultParallelism)

    @property
    def workers(self) -> int:
        """Machines that have come forward, without this one."""
        status = self.spark.sparkContext._jsc.sc().getExecutorMemoryStatus()  # noqa: SLF001
        return int(status.size()) - 1

    def over(
        self, tasks: Sequence[Task], act: Callable[[Task], Iterator[pa.RecordBatch]], schema: str
    ) -> Any:
        """What workers make of tasks, as a table of Spark's; the act travels with its closure."""
        program = this_program()

        def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            with only_codes(program):
                for batch in batches:
                    for number in batch.column(0).to_pylist():
                        yield from act(tasks[number])

        slices = max(1, min(len(tasks), max(2 * self.parallel, len(tasks) // 4)))
        return self.spark.range(0, len(tasks), 1, slices).mapInArrow(work, schema)

    def mapped(self, table: Any, kernel: Callable[[pa.RecordBatch], pa.RecordBatch],
               schema: str) -> Any:  # fmt: skip
        """What a kernel makes of a table of Spark's, batch by batch."""
        program = this_program()

        def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            with only_codes(program):
                for batch in batches:
                    yield kernel(batch)

        return table.mapInArrow(work, schema)

    def arrow(self, table: Any) -> pa.Table:
        """The rows of a table of Spark's.

        Raises:
            Fault: SH-E-333 a worker lacks shanhou or has another version; SH-E-334 Spark gave up;
                or what a worker's kernel said.
        """
        with _faults():
            return table.toArrow()


@contextmanager
def spark_session(cluster: Cluster) -> Iterator[Session]:
    """Open a session on a cluster or on this machine; its files are gone when the block ends.

    Raises:
        Fault: SH-E-330 pyspark, or SH-E-331 Java, is not installed; SH-E-332 the master cannot be
            reached or gives no worker; SH-E-333 a worker lacks shanhou or has another version;
            SH-E-334 Java died; SH-E-336 this process has a session of Spark's already.
    """
    _require_pyspark()
    _require_java()
    _require_master(cluster.master)
    from py4j.protocol import Py4JError

    with java(here=cluster.is_here) as running:
        opened = _opened(cluster, running)
        try:
            session = Session(opened)
            _require_workers(session, cluster)
            yield session
        except (Py4JError, OSError) as error:
            if isinstance(error, OSError) and not running.gone(DYING_SECONDS):
                raise
            raise Fault("SH-E-334", kind=type(error).__name__) from None
        finally:
            running.stop(opened)


def settings_of(cluster: Cluster, folder: Path) -> dict[str, str]:
    """Spark's settings: everything encrypted, nothing shown, nothing left behind."""
    here = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    alone = cluster.is_here or "//127.0.0.1:" in cluster.master
    return {
        "spark.master": cluster.master,
        "spark.app.name": "shanhou",
        "spark.io.encryption.enabled": "true",
        "spark.io.encryption.keySizeBits": "256",
        "spark.authenticate": "true",
        "spark.authenticate.secret": cluster.secret,
        "spark.network.crypto.enabled": "true",
        "spark.network.crypto.cipher": "AES/GCM/NoPadding",
        "spark.local.dir": str(folder),
        "spark.sql.warehouse.dir": str(folder),
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.artifact.isolation.enabled": "false",
        "spark.ui.enabled": "false",
        "spark.eventLog.enabled": "false",
        "spark.log.level": "OFF",
        "spark.ui.showConsoleProgress": "false",
        "spark.task.maxFailures": "2",
        "spark.sql.execution.arrow.maxRecordsPerBatch": str(BATCH_ROWS),
        # a job is short and its work is in Python: compiled plans cost more than they save
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.python.unix.domain.socket.enabled": str(os.name != "nt").lower(),
        **(here if alone else {}),
    }


def _opened(cluster: Cluster, running: Java) -> Any:
    from py4j.protocol import Py4JError
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    # read when the context is made: which interpreter runs what is sent to the workers
    before = os.environ.get("PYSPARK_PYTHON")
    os.environ["PYSPARK_PYTHON"] = cluster.python
    gateway = running.gateway
    with ExitStack() as half_open:
        half_open.callback(running.end)
        try:
            # Java runs and is told the secret now: its command line is for all to read
            conf = SparkConf(loadDefaults=False, _jvm=gateway.jvm)
            for name, value in settings_of(cluster, running.folder).items():
                conf.set(name, value)
            opened = SparkSession(SparkContext(conf=conf, gateway=gateway))
        except (PySparkException, Py4JError, OSError) as error:
            if cluster.is_here or running.gone(DYING_SECONDS):
                raise Fault("SH-E-334", kind=type(error).__name__) from None
            raise Fault("SH-E-332", master=cluster.master) from None
        finally:
            os.environ.pop("PYSPARK_PYTHON")
            if before is not None:
                os.environ["PYSPARK_PYTHON"] = before
        half_open.pop_all()
        return opened


def _require_pyspark() -> None:
    if find_spec("pyspark") is None:
        raise Fault("SH-E-330")


def _require_java() -> None:
    home = os.environ.get("JAVA_HOME")
    program = shutil.which("java", path=str(Path(home) / "bin") if home else None)
    if program is None:
        raise Fault("SH-E-331", found="-", least=JAVA_LEAST)
    told = subprocess.run([program, "-version"], capture_output=True, check=False, timeout=60)  # noqa: S603 - found by its name
    version = re.search(rb'version "(\d+)', told.stderr + told.stdout)
    if version is None or int(version[1]) < JAVA_LEAST:
        found = version[1].decode("ascii") if version else "?"
        raise Fault("SH-E-331", found=found, least=JAVA_LEAST)


def _require_master(master: str) -> None:
    """Ask the door of a cluster's master, because Spark itself would wait for minutes."""
    if "://" not in master:
        return
    doors = [one.rpartition(":") for one in master.partition("://")[2].split(",")]
    for host, _, port in doors:
        try:
            socket.create_connection((host, int(port)), CONNECT_SECONDS).close()
        except OSError:
            continue
        return
    raise Fault("SH-E-332", master=master)


def _require_workers(session: Session, cluster: Cluster) -> None:
    """Wait for a first worker, then have every slot say that it runs this same program."""
    if not cluster.is_here:
        _wait_for_a_worker(session, cluster)

    def nothing(_task: int) -> Iterator[pa.RecordBatch]:
        return iter(())

    session.arrow(session.over(range(session.parallel), nothing, "n long"))


def _wait_for_a_worker(session: Session, cluster: Cluster) -> None:
    from py4j.protocol import Py4JError

    until = time.monotonic() + WORKER_SECONDS
    try:
        while session.workers == 0:
            if time.monotonic() > until:
                raise Fault("SH-E-332", master=cluster.master)
            time.sleep(0.2)
    except Py4JError:  # the master turned us away meanwhile
        raise Fault("SH-E-332", master=cluster.master) from None


@cache
def this_program() -> str:
    """What two machines must share to find the same: shanhou's own files, and Arrow's version."""
    import pyarrow as pa

    import shanhou

    folder = Path(next(iter(shanhou.__path__)))
    digest = hashlib.sha256(pa.__version__.encode())
    for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
        if path.suffix in {".py", ".yaml"}:
            held = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{path.relative_to(folder).as_posix()}\0{held}\n".encode())
    return digest.hexdigest()


@contextmanager
def only_codes(program: str) -> Iterator[None]:
    """On a worker: what goes wrong is told by its code or its kind, never with what a cell holds.

    Spark writes what a worker raises into its logs.
    """
    if this_program() != program:
        message = "SH-E-333"
        raise RuntimeError(message)
    try:
        yield
    except Coded as error:
        # facts of an error are ids, counts and digests
        raise RuntimeError(f"{error.code} {json.dumps(error.facts)}") from None
    except Exception as error:  # noqa: BLE001 - a door: all that leaves the worker passes here
        raise RuntimeError(type(error).__name__) from None


@contextmanager
def _faults() -> Iterator[None]:
    """Spark's errors as ours, without their text."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        told = str(error)
        code = _CODE.search(told)
        if code is None and _NOT_INSTALLED not in told:
            raise Fault("SH-E-334", kind=type(error).__name__) from None
        if code is None or code[0] == "SH-E-333":
            raise Fault("SH-E-333") from None
        raise Fault(code[0], **_facts(told[code.end() :])) from None


def _facts(told: str) -> dict[str, str]:
    """What a worker said behind its code."""
    try:
        facts, _ = json.JSONDecoder().raw_decode(told.lstrip())
    except ValueError:  # cut short by Spark
        return {}
    return {str(name): str(value) for name, value in facts.items()}
