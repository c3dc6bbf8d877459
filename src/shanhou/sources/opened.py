"""The processes that read workbooks, kept for the next question about the same file.

To start one takes longer than to read a small workbook. A few wait, the one least asked ends
first; each ends when its file has changed, and with this process. Of large files one waits at
most, since each holds its whole file in memory.
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
MOST = 4
LARGE = 4_000_000
"""Bytes of a file from which its process is not kept beside another such."""
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

    @property
    def size(self) -> int:
        return self.stamp[2]

    def stands(self) -> bool:
        """Whether the file is there as it was read."""
        path = Path(self.stamp[0])
        return path.exists() and _stamp(path) == self.stamp

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
    """A few processes that have answered and may be asked again, the one asked last at the end."""

    def __init__(self) -> None:
        self._opened: list[Opened] = []

    def take(self, path: Path) -> Opened:
        """The process for a file, if it waits; else a new one. It is the caller's until kept."""
        stamp = _stamp(path)
        for held in self._opened:
            if held.stamp == stamp:
                self._opened.remove(held)
                return held
        return Opened(path, stamp)

    def keep(self, opened: Opened) -> None:
        """Let a process wait, and end those that are one too many."""
        self._opened.append(opened)
        large = [one for one in self._opened if one.size > LARGE]
        past = [one for one in self._opened if not one.stands()]
        for one in {id(one): one for one in (*large[:-1], *self._opened[:-MOST], *past)}.values():
            self._opened.remove(one)
            one.end()

    def end(self) -> None:
        while self._opened:
            self._opened.pop().end()


def _stamp(path: Path) -> Stamp:
    status = path.stat()
    return str(path), status.st_ino, status.st_size, status.st_mtime_ns


waiting = Waiting()
atexit.register(waiting.end)
