"""封存: what the law keeps, sealed per class and end date, so that one shredded key ends one class.

Each bag is one age file with a tar of a BagIt bag inside. Its X25519 identity is born random,
wrapped by the case key, and given to the custodian encrypted to the custodian's own key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shanhou.errors import Fault, Refusal
from shanhou.execution.agefile import SealedFile, file_sha256, write_age_file
from shanhou.execution.archive_contents import Bag, BagContents, Kept, Original, bag_pieces
from shanhou.execution.archive_reading import Verified, verify_archive
from shanhou.execution.package_manifest import Counted

if TYPE_CHECKING:
    from shanhou.vault.keys import KeyRing

__all__ = ["Bag", "Kept", "Original", "Sealed", "archive_key", "seal_archive"]

SUFFIX = ".bag.age"
_CUSTODIANS_COPIES = "keys"


@dataclass(frozen=True)
class Sealed:
    """A sealed and checked bag."""

    name: str
    path: Path
    file: SealedFile
    recipient_age: str
    tables: tuple[Counted, ...]
    originals: tuple[tuple[str, str], ...]
    """Name and SHA-256."""


def seal_archive(folder: Path, bag: Bag, *, keys: KeyRing, custodian_age: str) -> Sealed:
    """Seal a bag in `archive/`, then open it again and count; harmless to run again.

    The identity is on disk, wrapped, before the first byte is encrypted to it.

    Raises:
        Refusal: SH-E-651 the custodian's key is no age key; SH-E-672 another bag stands there.
        Fault: SH-E-650, SH-E-662 the rows are not as told; SH-E-671 an original changed since it
            was collected; SH-E-673, SH-E-674 what was sealed is not what the vault holds.
    """
    identity = _identity_of(bag, keys)
    recipient = _public(identity)
    path = folder / f"{bag.name}{SUFFIX}"
    copies = folder / _CUSTODIANS_COPIES
    copies.mkdir(parents=True, exist_ok=True)
    if path.exists():
        return _sealed_before(bag, path, identity)
    # encrypted first: a custodian's key that is no key must not leave a bag nobody can open
    write_age_file(copies / f"{bag.name}.age", _once(identity), (custodian_age,))
    contents = BagContents(bag)
    file = write_age_file(path, bag_pieces(contents), (recipient,))
    verified = verify_archive(path, identity)
    if verified.tables != tuple(contents.counted):
        path.unlink()
        raise Fault("SH-E-673", path=path.name, problem="rows")
    _compare_with_vault(bag, verified, path)
    return _sealed(bag, path, file, recipient, verified)


def archive_key(name: str) -> str:
    """The name of a bag's key in the case's key ring; shredding it ends the bag here."""
    return f"archive-{name}"


def _identity_of(bag: Bag, keys: KeyRing) -> str:
    import pyrage

    name = archive_key(bag.name)
    if not keys.has(name):
        keys.make(name, str(pyrage.x25519.Identity.generate()).encode())
    return keys.open(name).decode()


def _public(identity: str) -> str:
    import pyrage

    return str(pyrage.x25519.Identity.from_str(identity).to_public())


def _once(identity: str) -> Iterator[bytes]:
    yield identity.encode() + b"\n"


def _compare_with_vault(bag: Bag, verified: Verified, path: Path) -> None:
    for kept, counted in zip(bag.tables, verified.tables, strict=True):
        if kept.total is not None and str(kept.total) != counted.total:
            path.unlink()
            raise Fault("SH-E-674", dataset=counted.dataset)


def _sealed_before(bag: Bag, path: Path, identity: str) -> Sealed:
    """A bag that a killed run finished: the same plan gives the same bag, any other is refused."""
    verified = verify_archive(path, identity)
    there = (verified.plan_digest, tuple((one.dataset, one.rows) for one in verified.tables),
             tuple(verified.originals))  # fmt: skip
    wanted = (bag.plan_digest, tuple((one.parcel.dataset, one.parcel.rows) for one in bag.tables),
              tuple((one.name, one.sha256) for one in bag.originals))  # fmt: skip
    if there != wanted:
        raise Refusal("SH-E-672", path=path.name)
    # the killed run may not have come to this check
    _compare_with_vault(bag, verified, path)
    file = SealedFile(file_sha256(path), path.stat().st_size)
    return _sealed(bag, path, file, _public(identity), verified)


def _sealed(bag: Bag, path: Path, file: SealedFile, recipient: str, verified: Verified) -> Sealed:
    return Sealed(bag.name, path, file, recipient, verified.tables, verified.originals)
