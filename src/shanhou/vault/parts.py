"""A sealed generation as encrypted Parquet in parts, which many machines read at once.

Every part is a file with a random key of its own, which only the generation's key unwraps: to
shred that one is to destroy them all. A part answers to its own name and to no other.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from shanhou.errors import Fault
from shanhou.vault.canonical import digest_hex
from shanhou.vault.keys import KEY_BYTES, write_durably

if TYPE_CHECKING:
    import pyarrow as pa

    from shanhou.vault.generation import Seal, Vault
    from shanhou.vault.tables import Tables

PART_BYTES = 64 * 2**20
"""No part's cells take more in memory, unless one row alone does."""
_INDEX = "parts.json"
_OF = "laid out from"
_NONCE = 12


@dataclass(frozen=True)
class Part:
    """Some rows of a dataset: `rec` and its cells, as `Tables.batches` serves them."""

    dataset: str
    file: str
    rows: int
    wrapped: str
    """The part's key, wrapped by the generation's."""


@dataclass(frozen=True, repr=False)
class Parts:
    """An opened generation in parts, by dataset in the order of their rows."""

    name: str
    folder: Path
    key: bytes
    of: Mapping[str, tuple[Part, ...]]

    def read(self, part: Part, columns: Sequence[str]) -> pa.RecordBatch:
        """Some columns of a part.

        Raises:
            Fault: SH-E-335 the file is not there, as seen from this machine; SH-E-206 the key is
                not that of the file, or the file was damaged.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            opened = _opening(self.key, part)
            path = self.folder / part.file
            found = pq.read_table(path, columns=list(columns), decryption_properties=opened,
                                  use_threads=False, partitioning=None)  # fmt: skip
        except FileNotFoundError:
            raise Fault("SH-E-335", generation=self.name) from None
        except (OSError, ValueError, pa.ArrowException):
            raise Fault("SH-E-206", generation=self.name) from None
        (batch,) = found.combine_chunks().to_batches() or [_none_of(found.schema)]
        return batch


def _none_of(schema: pa.Schema) -> pa.RecordBatch:
    import pyarrow as pa

    return pa.RecordBatch.from_arrays([pa.array([], kind) for kind in schema.types], schema=schema)


@contextmanager
def laid_out(vault: Vault, name: str, tables: Tables, of: Seal) -> Iterator[Parts]:
    """The datasets of a sealed generation, in parts; once laid out, they stay.

    Raises:
        Fault: SH-E-206, SH-E-208 they were damaged or changed; the next time they are made anew.
    """
    lay_out(vault, name, tables, of)
    try:
        yield open_parts(vault, name)
    except Fault as fault:
        if fault.code in {"SH-E-206", "SH-E-208"}:
            vault.discard(name)
        raise


def lay_out(vault: Vault, name: str, tables: Tables, of: Seal) -> None:
    """Write the datasets of a sealed generation as a generation in parts; once is enough."""
    if vault.sealed(name) and vault.seal_of(name).digests.get(_OF) == of.digest:
        return
    vault.discard(name)
    folder = vault.folder / name
    folder.mkdir(parents=True)
    key = vault.keys.make(f"gen-{name}")
    written: list[Part] = []
    for number, dataset in enumerate(tables.datasets()):
        batches = tables.batches(dataset.name, [field.name for field in dataset.fields])
        for small in chain.from_iterable(map(_bounded, batches)):
            file = f"d{number:04d}-{len(written):06d}.parquet"
            written.append(_write(folder, dataset.name, file, small, key))
    index = json.dumps([asdict(one) for one in written], ensure_ascii=False, indent=0).encode()
    write_durably(folder / _INDEX, index)
    rows = {one.name: 0 for one in tables.datasets()}
    for part in written:
        rows[part.dataset] += part.rows
    vault.seal(name, rows, {_OF: of.digest, _INDEX: digest_hex(index)})


def open_parts(vault: Vault, name: str) -> Parts:
    """Open a sealed generation in parts.

    Raises:
        Refusal: SH-E-204 it is not there.
        Fault: SH-E-208 its index or its seal was changed.
    """
    seal = vault.seal_of(name)
    folder = vault.folder / name
    try:
        index = (folder / _INDEX).read_bytes()
    except FileNotFoundError:
        raise Fault("SH-E-208", generation=name) from None
    if digest_hex(index) != seal.digests.get(_INDEX):
        raise Fault("SH-E-208", generation=name)
    parts = [Part(**one) for one in json.loads(index)]
    of = {dataset: tuple(one for one in parts if one.dataset == dataset) for dataset in seal.tables}
    return Parts(name, folder.resolve(), vault.keys.open(f"gen-{name}"), of)


def _bounded(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """The batch, or pieces of it that are small enough."""
    if batch.nbytes <= PART_BYTES or batch.num_rows < 2:
        yield batch
        return
    half = batch.num_rows // 2
    yield from _bounded(batch.slice(0, half))
    yield from _bounded(batch.slice(half))


def _write(folder: Path, dataset: str, file: str, batch: pa.RecordBatch, key: bytes) -> Part:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from pyarrow.parquet import encryption

    own, nonce = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(_NONCE)
    wrapped = nonce + AESGCM(key).encrypt(nonce, own, file.encode())
    # the name is not stored, so that another name does not open the file
    closing = encryption.create_encryption_properties(
        own, aad_prefix=file.encode(), store_aad_prefix=False
    )
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_batches([batch]), sink, compression="zstd",
                   encryption_properties=closing)  # fmt: skip
    write_durably(folder / file, sink.getvalue().to_pybytes(), private=True)
    return Part(dataset, file, batch.num_rows, wrapped.hex())


def _opening(key: bytes, part: Part) -> object:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from pyarrow.parquet import encryption

    raw, name = bytes.fromhex(part.wrapped), part.file.encode()
    try:
        own = AESGCM(key).decrypt(raw[:_NONCE], raw[_NONCE:], name)
    except InvalidTag:
        message = "the wrap is of another key"
        raise ValueError(message) from None
    return encryption.create_decryption_properties(own, aad_prefix=name)
