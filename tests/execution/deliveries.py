"""Small made-up tables, keys and parcels for the tests of deliveries; no real person."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyrage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shanhou.execution.order import Parcel
from shanhou.execution.package_manifest import Checkpoint, PackageFacts

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"

AWKWARD: list[tuple[str | None, ...]] = [
    ("1", "王小明", None, "=1+1"),
    ("2", "", 'a,b;"c"', "+86 138 0000 0000"),
    ("3", "𠮷野", "line\nbreak\r\n", "-5"),
    ("4", "'; drop table 客户; --", "\\.", "@x"),
    ("5", "\\N", "\ta\t", "007"),
    ("6", "a\n\\.\nb", "NULL", "-"),
]
FIELDS = ("编号", "姓名", "note", "value%(x)s")


@dataclass(frozen=True)
class Keys:
    identity: str
    recipient: str


def age_keys() -> Keys:
    identity = pyrage.x25519.Identity.generate()
    return Keys(str(identity), str(identity.to_public()))


def signing_key() -> tuple[Ed25519PrivateKey, bytes]:
    key = Ed25519PrivateKey.generate()
    return key, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def parcel(
    dataset: str,
    rows: Sequence[tuple[str | None, ...]],
    fields: tuple[str, ...] = FIELDS,
    *,
    batch_rows: int = 4,
) -> Parcel:
    return Parcel(dataset, fields, len(rows), list(batches(rows, fields, batch_rows)))


def batches(
    rows: Sequence[tuple[str | None, ...]], fields: tuple[str, ...], batch_rows: int
) -> Iterator[pa.RecordBatch]:
    for start in range(0, len(rows), batch_rows):
        cells = list(zip(*rows[start : start + batch_rows], strict=True))
        yield pa.RecordBatch.from_arrays([pa.array(c, pa.string()) for c in cells], list(fields))


def facts(package: str = "p1", *, plan: str = "ab" * 32, rehearsal: bool = False) -> PackageFacts:
    return PackageFacts(package, "case-1", plan, "买方", rehearsal, Checkpoint(7, "cd" * 32))


def made_up(rows: int, seed: int = 20261122) -> list[tuple[str | None, ...]]:
    """Rows that belong to nobody."""
    chance = random.Random(seed)  # noqa: S311 - test data
    return [
        (str(n), f"客{chance.randrange(10**6)}", None if n % 3 else "x", f"{chance.random():.4f}")
        for n in range(rows)
    ]
