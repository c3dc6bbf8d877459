"""From the case file to ports: the only module that names adapters."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from secrets import token_hex
from types import MappingProxyType
from typing import TYPE_CHECKING

from shanhou.cases.free_text import OWN_RECOGNIZER
from shanhou.cases.settings import Person, Settings, Source, load_settings
from shanhou.cases.state_home import STATE_FILE, require_begun
from shanhou.cases.store import Store
from shanhou.errors import Fault, Refusal
from shanhou.inventory.recognizer import ENTRY_POINTS, Recognizer
from shanhou.vault.generation import Vault
from shanhou.vault.keys import KeyRing, open_key_ring
from shanhou.wiring.secrets import read_secret

if TYPE_CHECKING:
    from shanhou.cases.base import Base
    from shanhou.cases.ledger import StepLedger
    from shanhou.disposition.holdings import Asset
    from shanhou.evidence.note import Signer
    from shanhou.execution.order import Remover
    from shanhou.inventory.engine import Engine
    from shanhou.inventory.verdicts import Relation
    from shanhou.sources.reader import Reader
    from shanhou.vault.tables import Dataset, Tables

CASE_FILE = "shanhou.yaml"


@dataclass
class Case:
    """An open case: its folder, its words, its state, its keys, and what day it is.

    `on` is the day it acts on: today, or the day a rehearsal plays; `at` is always the true time.
    """

    folder: Path
    settings: Settings
    store: Store
    on: date
    played: bool
    """Whether `on` was chosen for a rehearsal."""
    confined: bool = False
    """Whether its people reach it through a console, and its file may name nothing outside it."""
    reserved: tuple[str, ...] = ()
    """Names of databases that are the console's own."""

    @property
    def id(self) -> str:
        return self.settings.case.id

    @property
    def at(self) -> datetime:
        return datetime.now(UTC).replace(microsecond=0)

    @cached_property
    def keys(self) -> KeyRing:
        unlock = read_secret(self.settings.unlock, self.folder)
        return open_key_ring(self.folder / "keys", unlock)

    @cached_property
    def vault(self) -> Vault:
        return Vault(self.folder / "vault", self.keys)

    @cached_property
    def signer(self) -> Signer:
        """The log's own key."""
        from shanhou.evidence.note import Signer

        return Signer(self.origin, self.keys.open("log"))

    @property
    def origin(self) -> str:
        return f"shanhou.local/case/{self.id}"

    def reload(self) -> None:
        self.settings = load_settings(self.folder / CASE_FILE)

    def close(self) -> None:
        self.store.close()


def open_case(folder: Path, on: date | None = None, base: Base | None = None) -> Case:
    """Open the case in a folder; `base`: where its state lies, if not in the folder.

    Raises:
        Refusal: SH-E-001, SH-E-002 no case file or a broken one; SH-E-903 a chosen day outside a
            rehearsal; SH-E-906 the case file no longer is that of the case that was made;
            SH-E-912 its state lies in the database of a console; SH-E-889 it is gone, or empty
            beside a log and plans.
    """
    from shanhou.cases.settings import cutoff

    settings = load_settings(folder / CASE_FILE)
    day = cutoff(settings, on, datetime.now(UTC).date())
    store = Store(base or folder / STATE_FILE)
    try:
        require_begun(folder, store.event_count())
        with store.commit() as unit:
            unit.set_setting("case", settings.case.id)
            unit.set_setting("kind", settings.case.kind.value)
            unit.set_setting("rehearsal", str(settings.case.rehearsal))
    except BaseException:
        store.close()
        raise
    return Case(folder, settings, store, day, on is not None)


def located(url: str, folder: Path) -> str:
    """A source's address with files relative to the case folder."""
    if url.startswith("sqlite:///"):
        return f"sqlite:///{(folder / url.removeprefix('sqlite:///')).resolve().as_posix()}"
    return url


def reader_of(source: Source, folder: Path) -> Reader:
    """The reader of a source."""
    password = read_secret(source.password, folder).decode() if source.password else ""
    return reader_for(source.id, source.url, folder, password=password,
                      include=source.include, exclude=source.exclude,
                      headers=source.headers)  # fmt: skip


def reader_for(
    source: str,
    url: str,
    folder: Path,
    *,
    password: str = "",
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    headers: Mapping[str, int] = MappingProxyType({}),
) -> Reader:
    """The reader of what an address points to: a database, a folder or a file."""
    if "://" in url:
        from shanhou.sources.database import DatabaseReader

        return DatabaseReader(source, located(url, folder), password, tuple(include),
                              tuple(exclude))  # fmt: skip
    from shanhou.inventory.titles import holds_a_value
    from shanhou.sources.folder import FolderReader

    return FolderReader(source, folder / url, tuple(include), tuple(exclude), headers=headers,
                        is_row=holds_a_value)  # fmt: skip


def public_key_of(person: Person, folder: Path) -> bytes:
    """A person's raw public key.

    Raises:
        Refusal: SH-E-501 the case file names no key for the person, or the file is not there.
        Fault: SH-E-709 the file is no Ed25519 public key.
    """
    from shanhou.evidence.statement import parse_public_key_pem

    path = folder / person.key
    if not person.key or not path.is_file():
        raise Refusal("SH-E-501", person=person.id)
    try:
        return parse_public_key_pem(path.read_bytes())
    except Fault:
        raise Fault("SH-E-709", by=person.id, reason="public-key") from None


def removers_of(
    case: Case,
    assets: Sequence[Asset],
    ledger: StepLedger,
    *,
    relations: Sequence[Relation] = (),
    may_lose: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> dict[str, Remover]:
    """One remover per source that the assets come from, by the source's id.

    `relations`: inferred ones protect kept rows as declared ones do. `may_lose`: per workbook the
    parts whose loss the signed plan accepts.
    """
    from shanhou.execution.database_remover import DatabaseRemover
    from shanhou.execution.file_replacing import at_once
    from shanhou.execution.folder_remover import FolderRemover

    moment = ledger.watch.moment if ledger.watch else at_once
    removers: dict[str, Remover] = {}
    for source in case.settings.sources:
        mine = [a.collected.dataset for a in assets if a.collected.dataset.source == source.id]
        if mine and "://" in source.url:
            password = read_secret(source.password, case.folder).decode() if source.password else ""
            removers[source.id] = DatabaseRemover(
                located(source.url, case.folder), password, mine, references=relations,
                covers=[case.folder / one for one in source.covers], moment=moment,
            )  # fmt: skip
        elif mine:
            accepted = {file: frozenset(parts) for file, parts in may_lose.items()}
            removers[source.id] = FolderRemover(case.folder / source.url, mine, ledger,
                                                may_lose=accepted, moment=moment)  # fmt: skip
    return removers


def parts_lost(case: Case, assets: Sequence[Asset]) -> dict[str, tuple[str, ...]]:
    """Per workbook in scope, by its name in the datasets, what rewriting it would lose."""
    from shanhou.execution.folder_remover import file_of
    from shanhou.execution.spreadsheet_parts import lost_parts
    from shanhou.vault.tables import DatasetKind

    found: dict[str, tuple[str, ...]] = {}
    for asset in assets:
        dataset = asset.collected.dataset
        path = file_behind(case, dataset)
        if dataset.kind is DatasetKind.SHEET and path is not None:
            root = case.folder / next(s.url for s in case.settings.sources
                                      if s.id == dataset.source)  # fmt: skip
            parts = lost_parts(path)
            if parts:
                found[file_of(root, dataset)] = parts
    return found


def recipient_key(case: Case) -> bytes:
    """The recipient's public key (PEM) that receipts are checked against.

    Raises:
        Refusal: SH-E-501 the case file names none, or the file is not there.
    """
    recipient = case.settings.parties.recipient
    path = case.folder / (recipient.verify if recipient else "")
    if recipient is None or not recipient.verify or not path.is_file():
        raise Refusal("SH-E-501", person="recipient")
    return path.read_bytes()


def file_behind(case: Case, dataset: Dataset) -> Path | None:
    """The file a dataset was read from; None for databases, SH-E-210 where its source is gone."""
    from shanhou.execution.folder_remover import path_of

    source = next((one for one in case.settings.sources if one.id == dataset.source), None)
    if source is None:
        raise Refusal("SH-E-210", sources=dataset.source)
    if "://" in source.url:
        return None
    return path_of(case.folder / source.url, dataset)


def recognizer_of(case: Case) -> Recognizer | None:
    """The model that the case file permits to look for names in text.

    Raises:
        Refusal: SH-E-317 there is none of that name; SH-E-319 its address is not safe; SH-E-004
            its secret is not there.
    """
    told = case.settings.texts.endpoint
    if told is None:
        return recognizer_named(case.settings.texts.recognizer)
    from shanhou.inventory.endpoint import Endpoint

    secret = read_secret(told.secret, case.folder).decode() if told.secret else ""
    return Endpoint(told.url, told.model, secret)


def recognizer_named(name: str) -> Recognizer | None:
    """The model of that name that looks for names in text; `none` for no model.

    Raises:
        Refusal: SH-E-317 neither shanhou nor an installed package brings one of that name.
    """
    from importlib.metadata import entry_points

    if name == "none":
        return None
    if name == OWN_RECOGNIZER:
        from shanhou.inventory.lac import Lac

        return Lac()
    brought = {one.name: one for one in entry_points(group=ENTRY_POINTS)}
    if name not in brought:
        raise Refusal("SH-E-317", recognizer=name,
                      known=", ".join(sorted({OWN_RECOGNIZER, "none", *brought})))  # fmt: skip
    made: Recognizer = brought[name].load()()
    return made


PARTS = "collect-parts"
"""The generation in which Spark's workers find what was collected."""


@contextmanager
def engine_of(case: Case, tables: Tables, collected: str) -> Iterator[Engine]:
    """The engine that the case file names, over the sealed tables of what was collected.

    Raises:
        Fault: SH-E-330 to SH-E-336 Spark is asked for and cannot do it.
    """
    from shanhou.inventory.here import Here
    from shanhou.inventory.on_spark import OnSpark
    from shanhou.vault.parts import laid_out
    from shanhou.vault.spark import Cluster, spark_session

    said = case.settings.engine
    if said.kind == "duckdb":
        yield Here(tables)
        return
    secret = read_secret(said.secret, case.folder).decode() if said.secret else token_hex(32)
    cluster = Cluster(said.master, secret, said.python or sys.executable)
    with (spark_session(cluster) as session,
          laid_out(case.vault, PARTS, tables, case.vault.seal_of(collected)) as parts):  # fmt: skip
        yield OnSpark(session, parts, tables.datasets())


def look_reader(url: str, folder: Path, password: str, *, source: str = "source") -> Reader:
    """A reader outside any case: one source, nothing stored."""
    secret = read_secret(password, folder).decode() if password else ""
    return reader_for(source, url, folder, password=secret)


def make_case(folder: Path, *, kind: str, timing: str, rehearsal: bool) -> None:
    """Make a case folder: its file to fill in, its keys, its store.

    Raises:
        Refusal: SH-E-908 the folder holds something already; SH-E-002 no such kind or timing.
    """
    import secrets
    from importlib import resources

    from shanhou.cases.case_file import case_id
    from shanhou.cases.settings import read_settings
    from shanhou.vault.keys import new_key_ring, write_durably

    if folder.exists() and any(folder.iterdir()):
        raise Refusal("SH-E-908", folder=folder.name)
    template = resources.files("shanhou.cases").joinpath("new_case.yaml").read_text("utf8")
    text = template.format(id=case_id(folder), kind=kind, timing=timing,
                           rehearsal=str(rehearsal).lower())  # fmt: skip
    read_settings(text)
    (folder / "keys").mkdir(parents=True)
    unlock = secrets.token_hex(32).encode()
    write_durably(folder / "keys" / "unlock", unlock, private=True)
    write_durably(folder / CASE_FILE, text.encode())
    keys = new_key_ring(folder / "keys", unlock)
    keys.make("log")
    keys.make("pepper")
    open_case(folder).close()
