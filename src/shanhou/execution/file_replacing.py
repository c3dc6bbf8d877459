"""Puts a checked new file in an old one's place, once: intent, effect, check, done.

Doing it again is harmless: an intent says what digest the file has before and after, so a step
that died after the rename is known by its work.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from shanhou.cases.ledger import STOPPED
from shanhou.cases.watch import NewHold
from shanhou.errors import Fault
from shanhou.execution.order import NotRemoved, Removed, Scrubbed
from shanhou.vault.keys import overwrite, shred_file, sync_folder


class StepLedger(Protocol):
    """Where the caller notes what a step intends and what it did (the case store)."""

    def get(self, step: str) -> Mapping[str, Any] | None: ...

    def put(self, step: str, told: Mapping[str, Any]) -> None:
        """Durable when it returns."""
        ...


Write = Callable[[Path], Sequence[Removed]]
"""Writes the new file beside the old one, checks it, and says what it left out."""
Moment = Callable[[], AbstractContextManager[None]]
"""Surrounds what cannot be undone; it refuses where a hold was set since the work began."""
at_once: Moment = nullcontext
"""The moment of whoever waits for nothing."""


def replace_once(
    path: Path, ledger: StepLedger, step: str, write: Write, *, becomes: Path | None = None,
    moment: Moment = at_once,
) -> tuple[Removed, ...]:  # fmt: skip
    """Let `write` make the new file, and put it in the place of `path` (or at `becomes`).

    Where the new file has another name, the old one is destroyed once the new one stands.

    Raises:
        Fault: SH-E-643 the file changed while it was being rewritten; it is left as it is.
        NewHold: a hold was set before the new file took its place; the old one is as it was.
    """
    told = ledger.get(step)
    target = becomes or path
    begun = told is not None and told["state"] != STOPPED
    if told is not None and begun and (told["state"] == "done" or _stands(target, told)):
        return _finish(path, target, ledger, step, told, overwritten=target != path)
    before = _sha256(path)
    part = part_of(target)
    shred_file(part)
    done = write(part)
    _flush(part)
    if _sha256(path) != before:
        shred_file(part)
        raise Fault("SH-E-643", place=path.name)
    intent = {"state": "intent", "before": before, "after": _sha256(part),
              "removed": [asdict(one) for one in done]}  # fmt: skip
    ledger.put(step, intent)
    try:
        overwritten = _swap(part, target, path, moment)
    except NewHold:
        shred_file(part)
        ledger.put(step, {"state": STOPPED})
        raise
    return _finish(path, target, ledger, step, intent, overwritten=overwritten)


def rewritten(ledger: StepLedger, step: str, detail: str) -> Scrubbed:
    """What the ledger says became of the old file's bytes; where it cannot say, it is not done."""
    told = ledger.get(step)
    if told is None or told["state"] == STOPPED:
        return Scrubbed("rewrite", done=True, detail="the file was not touched")
    if told.get("overwritten"):
        return Scrubbed("rewrite", done=True, detail=f"{detail}; what the medium keeps is its"
                        " owner's to sanitise")  # fmt: skip
    return Scrubbed("rewrite", done=False, detail="the old file was replaced, its bytes were not"
                    " overwritten; the medium's owner must sanitise it")  # fmt: skip


def destroy_once(
    path: Path, ledger: StepLedger, step: str, removed: Removed, *, moment: Moment = at_once
) -> Removed:
    """Overwrite and remove a whole file; again is harmless.

    Raises:
        NewHold: a hold was set before; the file is as it was, and is looked at anew next time.
    """
    told = ledger.get(step)
    if told is None or told["state"] == STOPPED:
        told = {"state": "intent", "removed": [asdict(removed)]}
        ledger.put(step, told)
    if told["state"] != "done":
        try:
            with moment():
                shred_file(path)
        except NewHold:
            ledger.put(step, {"state": STOPPED})
            raise
        ledger.put(step, {**told, "state": "done", "overwritten": True})
    return removed_from(told)[0]


def part_of(path: Path) -> Path:
    """The name of the new file until it takes the old one's place; readers pass over it."""
    return path.with_name(f".{path.stem}.shanhou-part{path.suffix}")


def removed_from(told: Mapping[str, Any]) -> tuple[Removed, ...]:
    return tuple(
        Removed(**{**raw, "exceptions": tuple(NotRemoved(**one) for one in raw["exceptions"])})
        for raw in told["removed"]
    )


def _finish(
    path: Path,
    target: Path,
    ledger: StepLedger,
    step: str,
    told: Mapping[str, Any],
    *,
    overwritten: bool,
) -> tuple[Removed, ...]:
    if told["state"] != "done":
        if target != path:
            shred_file(path)
        ledger.put(step, {**told, "state": "done", "overwritten": overwritten})
    return removed_from(told)


def _stands(target: Path, told: Mapping[str, Any]) -> bool:
    return target.exists() and _sha256(target) == told["after"]


def _swap(part: Path, target: Path, path: Path, moment: Moment) -> bool:
    """Rename, make it durable, then overwrite what stood in the old file; whether that is done.

    A file with further hard links is somebody's copy: its bytes are left alone.
    """
    if target != path or os.name == "nt" or path.stat().st_nlink > 1:
        with moment():
            part.replace(target)
            sync_folder(target.parent)
            if target != path:
                shred_file(path)
        return target != path
    mode = path.stat().st_mode
    with path.open("r+b") as old:
        part.chmod(mode)
        with moment():
            part.replace(target)
            sync_folder(target.parent)
        # its bytes have no name any more: nobody waits for their end
        overwrite(old)
    return True


def _flush(path: Path) -> None:
    with path.open("rb+") as handle:
        os.fsync(handle.fileno())


def _sha256(path: Path) -> str:
    from shanhou.sources.delimited import file_sha256

    return file_sha256(path)
