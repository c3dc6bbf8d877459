"""What the people of one case may name in its file where many cases live on one machine.

On the command line whoever edits the file could read the disk anyway. At a console they could not:
there a case file names files of its own case and no others, and no secret of the machine.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import BaseModel

if TYPE_CHECKING:
    from shanhou.cases.settings import Settings

_FILES = "sqlite:///"
_SERVERS = frozenset({"postgresql", "mysql"})
"""Schemes as they are written; any other with `://` may open a file by another name."""
_DATABASE = re.compile(r"/([\w.-]+)")
"""A database by its name: with = in it a driver could read a whole other address there."""
_OF_THE_MACHINE = ("unlock", "engine", "targets", "texts")
"""Parts that only who runs the console changes: where keys open, where work is done and loaded."""


def strays(
    before: Settings, after: Settings, folder: Path, *, reserved: Collection[str] = ()
) -> tuple[str, ...]:
    """The parts of a changed case file that name something outside the case, by their names.

    What stood there before was put there by who runs the console, and stays as a whole: a secret
    of the machine goes with the address it was given for and with no other. `reserved`: names of
    databases on servers that no case may open, the console's own.
    """
    stood = [whole for _, whole, _ in _named(before, folder, reserved)]
    found = [part for part, whole, inside in _named(after, folder, reserved)
             if not inside and whole not in stood]  # fmt: skip
    changed = [one for one in _OF_THE_MACHINE if getattr(before, one) != getattr(after, one)]
    return tuple(dict.fromkeys((*found, *changed)))


def moved_sources(before: Settings, after: Settings) -> tuple[str, ...]:
    """Sources that are gone or lead elsewhere now: the old address's password is not theirs."""
    now = {one.id: one.url for one in after.sources}
    return tuple(one.id for one in before.sources if now.get(one.id) != one.url)


def lies_within(url: str, folder: Path) -> bool:
    """Whether a source's address is of files in the case folder; a database server's is not."""
    path = _path_of(url)
    return path is not None and _below(path, folder)


def _named(
    settings: Settings, folder: Path, reserved: Collection[str]
) -> Iterator[tuple[str, BaseModel | str, bool]]:
    """Each part that names files, secrets or addresses: its name, what it says, whether it may."""
    for one in settings.sources:
        fine = _source(one.url, folder, reserved) and all(
            _below(place, folder, "sources") for place in one.covers
        )
        own = one.password == f"file:keys/source-{one.id}"
        yield f"sources.{one.id}", one, fine and (own or _secret(one.password, folder))
    for name, channel in settings.notices.channels.items():
        yield f"notices.channels.{name}", channel, _secret(channel.secret, folder)
    for person in settings.people:
        for path in (person.key, person.passkey):
            yield f"people.{person.id}", path, not path or _below(path, folder, "people")
    for party in (settings.parties.handler, settings.parties.recipient, settings.parties.custodian):
        path = getattr(party, "verify", "")
        yield "parties", path, not path or _below(path, folder, "people")
    for path in settings.inventory.rules:
        yield "inventory.rules", path, _below(path, folder)


def _source(url: str, folder: Path, reserved: Collection[str]) -> bool:
    path = _path_of(url)
    if path is not None:
        return _below(path, folder, "sources")
    told = urlsplit(url)
    # what follows ? may name files of the machine or another host; without a host it is a socket
    plain = bool(told.hostname) and not told.query and not told.fragment
    base = _DATABASE.fullmatch(told.path)
    return told.scheme in _SERVERS and plain and base is not None and base[1] not in reserved


def _path_of(url: str) -> str | None:
    """The path of a source of files; none where the address is a server's, or anything else."""
    if url.startswith(_FILES):
        return url.removeprefix(_FILES)
    return None if "://" in url else url


def _secret(reference: str, folder: Path) -> bool:
    kind, _, path = reference.partition(":")
    return not reference or (kind == "file" and _below(path, folder, "secrets"))


def _below(path: str, folder: Path, place: str = "") -> bool:
    """Whether a path, told from the case folder, leads into a place of it, links followed."""
    outer, whole = (folder / place).resolve(), (folder / path).resolve()
    return whole != outer and whole.is_relative_to(outer)
