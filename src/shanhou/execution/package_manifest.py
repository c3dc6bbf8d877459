"""What a package says of itself: whose it is, which plan it serves, every table and member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeVar

from shanhou.errors import Fault
from shanhou.vault.canonical import canonical_json

CONTENTS = "contents.json"
"""First member: the tables to come, so that a recipient can prepare before any row arrives."""
MANIFEST = "manifest.json"
"""Last member: counts, totals and the digest of every other member."""
_Read = TypeVar("_Read")


@dataclass(frozen=True)
class Checkpoint:
    """The log's size and root as the sender knew it; the recipient signs it with the receipt."""

    size: int
    root: str


@dataclass(frozen=True)
class PackageFacts:
    """What the caller knows of a package before it is written."""

    package: str
    """Its id, unique within the case; file names are made of it."""
    case: str
    plan_digest: str
    recipient: str
    rehearsal: bool
    checkpoint: Checkpoint


@dataclass(frozen=True)
class Shipped:
    """A table of a package; `table` is the name it is to have at the recipient's."""

    dataset: str
    table: str
    folder: str
    fields: tuple[str, ...]
    secret: tuple[str, ...] = ()
    """Those of the fields that are trade secrets, so marked for the recipient (law.md T30)."""


@dataclass(frozen=True)
class Counted:
    """What was counted of a table; `total` is a sum beyond 2^53, so JSON carries it as text."""

    dataset: str
    rows: int
    total: str


@dataclass(frozen=True)
class MemberDigest:
    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class Contents:
    facts: PackageFacts
    tables: tuple[Shipped, ...]
    schema: Literal["shanhou.contents/1"] = "shanhou.contents/1"


@dataclass(frozen=True)
class Manifest:
    facts: PackageFacts
    tables: tuple[Shipped, ...]
    counted: tuple[Counted, ...]
    members: tuple[MemberDigest, ...]
    schema: Literal["shanhou.package/1"] = "shanhou.package/1"


@dataclass(frozen=True)
class Package:
    """A written package: what its receipt is checked against."""

    facts: PackageFacts
    sha256: str
    size_bytes: int
    tables: tuple[Shipped, ...]
    counted: tuple[Counted, ...]


def manifest_bytes(said: Contents | Manifest) -> bytes:
    """Canonical JSON (RFC 8785)."""
    return canonical_json(plain(asdict(said)))


def read_contents(raw: bytes) -> Contents:
    """Raises Fault SH-E-655: it is not in our form."""
    return _read(Contents, raw, CONTENTS)


def read_manifest(raw: bytes) -> Manifest:
    """Raises Fault SH-E-655: it is not in our form."""
    return _read(Manifest, raw, MANIFEST)


def read_strictly(kind: type[_Read], raw: bytes) -> _Read:
    """A frozen dataclass from JSON: no more, no fewer, no other types of fields.

    Raises:
        ValueError: it is not so, or the bytes are not the canonical ones.
    """
    from pydantic import TypeAdapter

    known: Any = TypeAdapter(kind).validate_json(raw, strict=True)
    if canonical_json(plain(asdict(known))) != raw:
        raise ValueError
    read: _Read = known
    return read


def _read(kind: type[_Read], raw: bytes, member: str) -> _Read:
    try:
        return read_strictly(kind, raw)
    except (ValueError, RecursionError):
        raise Fault("SH-E-655", member=member) from None


def plain(value: Any) -> Any:
    """Values as the manifest writes them."""
    if isinstance(value, dict):
        # a table without secrets says nothing of them, as in packages of earlier versions
        return {name: plain(one) for name, one in value.items() if name != "secret" or one}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(one) for one in value]
    return value
