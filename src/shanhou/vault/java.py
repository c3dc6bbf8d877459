"""The Java process in which Spark runs: one of ours, for one session at a time, ended with us.

Java decides once for all sessions where Spark's temporary files lie. Its folder is therefore held,
against being swept, as long as Java lives, and emptied after each session. What a session on this
machine was told for a secret Java keeps, and would show to a cluster: each kind has its own Java.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shanhou.errors import Fault
from shanhou.vault.spills import own_folder

MEMORY = "2g"
_END_SECONDS = 10
_IN_USE = threading.Lock()
_RUNNING: list[Java] = []
"""The one that runs, if any."""
_ANOTHERS = ("PYSPARK_GATEWAY_PORT", "SPARK_CONNECT_MODE_ENABLED")
"""Set where this process was itself started by Spark, or asks a Spark elsewhere."""


@dataclass(frozen=True)
class Java:
    """A Java process that was started here, and the folder for what Spark writes in it."""

    gateway: Any
    folder: Path
    here: bool
    """Whether it serves sessions on this machine, or those of clusters."""
    _held: ExitStack

    def gone(self, within_seconds: float = 0) -> bool:
        """Whether it died; one that dies shuts its doors a little before it is seen to be gone."""
        try:
            self.gateway.proc.wait(within_seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self, session: Any) -> None:
        """End a session of Spark's; Java, where it does not do as it is told.

        A session that ended half would stand in the way of the next: this process has room for one.
        """
        from py4j.protocol import Py4JError

        try:
            with warnings.catch_warnings():
                # what pyspark says when Java does not answer
                warnings.simplefilter("error", RuntimeWarning)
                session.stop()
        except (Py4JError, OSError, RuntimeWarning):
            with suppress(Py4JError, OSError):
                session.stop()  # what is left of it on this side
            self.end()

    def end(self) -> None:
        """End the process, and forget it: the next session starts another."""
        from py4j.protocol import Py4JError
        from pyspark import SparkContext
        from pyspark.sql import SparkSession

        with suppress(Py4JError, OSError):
            self.gateway.shutdown()
        with suppress(OSError):
            self.gateway.proc.stdin.close()
        try:
            self.gateway.proc.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self.gateway.proc.kill()
            self.gateway.proc.wait(_END_SECONDS)
        for name in ("_active_spark_context", "_gateway", "_jvm"):
            setattr(SparkContext, name, None)
        SparkSession._instantiatedSession = SparkSession._activeSession = None  # noqa: SLF001
        self._held.close()
        _RUNNING.clear()
        atexit.unregister(self.end)


@contextmanager
def java(*, here: bool) -> Iterator[Java]:
    """Java for one session; a second one at a time is refused, because Spark would mix them.

    `here`: whether the session is one on this machine, without a cluster.

    Raises:
        Fault: SH-E-336 this process has a session of Spark's already, ours or another's; SH-E-334
            Java does not start.
    """
    if not _IN_USE.acquire(blocking=False):
        raise Fault("SH-E-336")
    try:
        _require_no_others()
        for known in tuple(_RUNNING):
            if known.gone() or known.here is not here:
                known.end()
        running = _RUNNING[0] if _RUNNING else _started(here=here)
        try:
            yield running
        finally:
            for left in running.folder.glob("*"):
                shutil.rmtree(left, ignore_errors=True)
    finally:
        _IN_USE.release()


def _require_no_others() -> None:
    """Another's Java was not started with our settings, and what it writes is not ours to keep."""
    from pyspark import SparkContext

    ours = [one.gateway for one in _RUNNING]
    known = SparkContext._gateway  # noqa: SLF001
    active = SparkContext._active_spark_context is not None  # noqa: SLF001
    strange = known is not None and not any(known is one for one in ours)
    if active or strange or any(name in os.environ for name in _ANOTHERS):
        raise Fault("SH-E-336")


def _started(*, here: bool) -> Java:
    """Start it; what it is told at the start is for all to read."""
    from pyspark import SparkConf
    from pyspark.errors import PySparkException
    from pyspark.java_gateway import launch_gateway

    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    memory = SparkConf(loadDefaults=False).set("spark.driver.memory", MEMORY)
    with ExitStack() as held:
        folder = held.enter_context(own_folder())
        try:
            gateway = launch_gateway(memory, popen_kwargs=quiet)
        except PySparkException as error:
            raise Fault("SH-E-334", kind=type(error).__name__) from None
        started = Java(gateway, folder, here, held.pop_all())
    _RUNNING.append(started)
    atexit.register(started.end)
    return started
