"""How a letter leaves: as a file in the outbox, from where people print, post or send it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

WRITTEN, SENT, REPLACED = "written", "sent", "replaced"


@dataclass(frozen=True)
class FileChannel:
    """Puts letters into the case's `outbox/`.

    `counts_as_sent`: a named person took it on to bring out what lies there, or it is a rehearsal;
    otherwise a letter is written and no period starts.
    """

    folder: Path
    counts_as_sent: bool = False

    def deliver(self, name: str, text: str) -> str:
        """Write one letter, whole or not at all; the state it has then.

        Not flushed to disk one by one: after a power cut a letter without its row is written again.
        """
        half = self.folder / f".{name}.part"
        half.write_text(text, encoding="utf8")
        half.replace(self.folder / name)
        return SENT if self.counts_as_sent else WRITTEN

    def withdraw(self, name: str) -> None:
        """Take back a letter that never went out; doing it again is harmless."""
        (self.folder / name).unlink(missing_ok=True)

    def settle(self) -> None:
        """Make what was delivered so far last: contents at once, then their names."""
        if hasattr(os, "sync"):
            os.sync()
        place = os.open(self.folder, os.O_RDONLY) if hasattr(os, "O_DIRECTORY") else None
        if place is not None:
            try:
                os.fsync(place)
            finally:
                os.close(place)
