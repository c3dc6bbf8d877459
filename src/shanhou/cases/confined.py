"""What the people of one case may name in its file where many cases live on one machine.

On the command line whoever edits the file could read the disk anyway. At a console they could not:
there a case file names files of its own case and no others, and no secret of the machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from shanhou.cases.settings import Settings

_FILES = "sqlite:///"
_OF_THE_MACHINE = ("unlock", "engine", "targets", "texts")
"""Parts that only who runs the console changes: where keys open, where work is done and loaded."""


def strays(before: Settings, after: Settings, folder: Path) -> tuple[str, ...]:
    """The parts of a changed case file that name something outside the case, by their names.

    What stood there before was put there by who runs the console, and stays.
    """
    stood = set(_named(before, folder))
    found = [part for part, told, inside in _named(after, folder)
             if not inside and (part, told, inside) not in stood]  # fmt: skip
    changed = [one for one in _OF_THE_MACHINE if getattr(before, one) != getattr(after, one)]
    return tuple(dict.fromkeys((*found, *changed)))


def lies_within(url: str, folder: Path) -> bool:
    """Whether a source's address is of files in the case folder; a database server's is not."""
    return not _of_a_server(url) and _below(url.removeprefix(_FILES), folder)


def _named(settings: Settings, folder: Path) -> Iterator[tuple[str, str, bool]]:
    """Each file, secret and address that the file names: its part, the words, whether it may."""
    for one in settings.sources:
        part = f"sources.{one.id}"
        yield part, one.url, _source(one.url, folder)
        yield part, one.password, _secret(one.password, folder)
        for place in one.covers:
            yield part, place, _below(place, folder, "sources")
    for name, channel in settings.notices.channels.items():
        yield f"notices.channels.{name}", channel.secret, _secret(channel.secret, folder)
    for person in settings.people:
        for path in (person.key, person.passkey):
            yield f"people.{person.id}", path, not path or _below(path, folder, "people")
    for party in (settings.parties.handler, settings.parties.recipient, settings.parties.custodian):
        path = getattr(party, "verify", "")
        yield "parties", path, not path or _below(path, folder, "people")
    for path in settings.inventory.rules:
        yield "inventory.rules", path, _below(path, folder)


def _source(url: str, folder: Path) -> bool:
    if _of_a_server(url):
        # what follows ? may name files of the machine, such as certificates and password files
        return not urlsplit(url).query
    return _below(url.removeprefix(_FILES), folder, "sources")


def _of_a_server(url: str) -> bool:
    return "://" in url and not url.startswith(_FILES)


def _secret(reference: str, folder: Path) -> bool:
    if not reference:
        return True
    kind, _, path = reference.partition(":")
    if kind != "file":
        return False
    own = Path(path).name.startswith("source-") and _below(path, folder, "keys")
    return own or _below(path, folder, "secrets")


def _below(path: str, folder: Path, place: str = "") -> bool:
    """Whether a path, told from the case folder, leads into a place of it, links followed."""
    outer, whole = (folder / place).resolve(), (folder / path).resolve()
    return whole != outer and whole.is_relative_to(outer)
