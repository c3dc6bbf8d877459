"""The process that reads a workbook, kept for the next question about the same file.

To start one takes longer than to read a small workbook. One process at most waits; it is ended
when another file is asked for, when the file has changed, and with this process.
"""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pyarrow as pa

from shanhou.sources.sheet_words import DONE, PASSWORD

_SECONDS = 600
Stamp = tuple[str, int, int, int]
"""Path, inode, size and time of change of a file: the same for the same content."""


class Opened:
    """One reading process for one file as it stood."""

    def __init__(self, path: Path, stamp: Stamp) -> None:
        self.stamp = stamp
        command = [sys.executable, "-m", "shanhou.sources.sheet", str(path)]
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.PIPE
        )
        self._clock: threading.Timer | None = None

    def ask(self, question: Sequence[object]) -> pa.RecordBatchStreamReader:
        """The answer's stream; a process that is too slow is ended, which ends the stream."""
        assert self._process.stdin is not None
        self._clock = threading.Timer(_SECONDS, self._process.kill)
        self._clock.daemon = True
        self._clock.start()
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        self._process.stdin.flush()
        return pa.ipc.open_stream(self._process.stdout)

    def require_whole(self) -> None:
        """Raise OSError unless the stream that was read is followed by the word that it is all."""
        assert self._process.stdout is not None
        assert self._clock is not None
        said = self._process.stdout.read(len(DONE))
        self._clock.cancel()
        if said != DONE:
            raise OSError

    def end(self) -> str:
        """Let go of the process; the code of what it died of, if it did."""
        if self._clock is not None:
            self._clock.cancel()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # a question may wait there that nobody will read
                    pipe.close()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        return "SH-E-110" if self._process.returncode == PASSWORD else "SH-E-112"


class Waiting:
    """At most one process that has answered and may be asked again."""

    def __init__(self) -> None:
        self._opened: Opened | None = None

    def take(self, path: Path) -> Opened:
        """The process for a file, if it waits; else a new one. It is the caller's until kept."""
        held, self._opened = self._opened, None
        stamp = _stamp(path)
        if held is not None and held.stamp == stamp:
            return held
        if held is not None:
            held.end()
        return Opened(path, stamp)

    def keep(self, opened: Opened) -> None:
        self.end()
        self._opened = opened

    def end(self) -> None:
        if self._opened is not None:
            self._opened.end()
            self._opened = None


def _stamp(path: Path) -> Stamp:
    status = path.stat()
    return str(path), status.st_ino, status.st_size, status.st_mtime_ns


waiting = Waiting()
atexit.register(waiting.end)
