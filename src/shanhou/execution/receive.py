"""接收: takes a package into the recipient's database, all of it or nothing, and only once."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shanhou.errors import Fault, Refusal
from shanhou.execution.agefile import file_sha256
from shanhou.execution.package_manifest import Counted, PackageFacts, read_strictly
from shanhou.execution.package_reading import PackageStream, read_package
from shanhou.vault.canonical import canonical_json

if TYPE_CHECKING:
    from shanhou.execution.receive_target import Target


@dataclass(frozen=True)
class Landed:
    """One table as it stands at the recipient's."""

    dataset: str
    table: str
    rows: int
    total: str
    repeated: int
    """Rows that stood there already, from elsewhere, cell for cell; they were left as they were."""

    @property
    def counted(self) -> Counted:
        return Counted(self.dataset, self.rows, self.total)


@dataclass(frozen=True)
class Received:
    """What a recipient can sign for."""

    facts: PackageFacts
    package_sha256: str
    tables: tuple[Landed, ...]
    step: str
    received_at: str


def receive(
    package: Path,
    identity: str,
    target_url: str,
    *,
    step: str,
    received_at: str,
    password: str = "",
    expected_sha256: str = "",
) -> Received:
    """Load a package; running it again changes nothing and returns what the first run returned.

    `expected_sha256` is the file's digest as told on another way: age proves that the file is
    whole, not who wrote it. `received_at` is UTC, ISO 8601.

    Raises:
        Refusal: SH-E-652 wrong identity; SH-E-656, SH-E-657 the database holds something in the
            way; SH-E-660 the step was done with another package; SH-E-661 a rehearsal may not
            reach another machine.
        Fault: SH-E-653, SH-E-654, SH-E-655 the package is damaged or another one; SH-E-658,
            SH-E-659 the database did not take the rows as they are. Nothing of it stays.
    """
    from shanhou.execution.receive_target import is_loopback, open_target

    sha256 = file_sha256(package)
    if expected_sha256 and expected_sha256 != sha256:
        raise Fault("SH-E-654", path=package.name)
    with read_package(package, identity) as stream:
        told = stream.contents.facts
        if told.rehearsal and not is_loopback(target_url):
            raise Refusal("SH-E-661", package=told.package)
        with open_target(target_url, password) as target:
            done = _done(target, step=step, sha256=sha256)
            if done is not None:
                return done
            tables = _land(stream, target)
            received = Received(stream.manifest.facts, sha256, tables, step, received_at)
            target.remember(step, asdict(received))
    return received


def _land(stream: PackageStream, target: Target) -> tuple[Landed, ...]:
    package = stream.contents.facts.package
    target.prepare(stream.contents.tables)
    for table in stream.contents.tables:
        if target.counted(table, package).rows:
            raise Refusal("SH-E-657", table=table.table)
    for table, batch in stream.rows():
        target.load(table, batch, package)
    landed = []
    for table, said in zip(stream.manifest.tables, stream.manifest.counted, strict=True):
        there = target.counted(table, package)
        if there != said:
            raise Fault("SH-E-659", table=table.table, said=said.rows, there=there.rows)
        repeated = target.repeated(table, package)
        landed.append(Landed(said.dataset, table.table, said.rows, said.total, repeated))
    return tuple(landed)


def _done(target: Target, *, step: str, sha256: str) -> Received | None:
    """What an earlier run of this step, or of this very file, returned."""
    for known, facts in target.remembered().items():
        same_file = facts.get("package_sha256") == sha256
        if known == step and not same_file:
            raise Refusal("SH-E-660", step=step)
        if same_file:
            return read_strictly(Received, canonical_json(facts))
    return None
