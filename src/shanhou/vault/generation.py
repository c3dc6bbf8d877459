"""Sealed generations: a stage writes its tables once, seals them, and then anyone may only read.

One generation is one encrypted DuckDB file with a key of its own, beside its seal. Erasing in the
middle of a case is writing the next generation and shredding the old key (design 4.1).
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shanhou.errors import Fault, Refusal
from shanhou.vault.batches import in_parts
from shanhou.vault.canonical import json_digest
from shanhou.vault.extension import extension_file
from shanhou.vault.keys import KEY_BYTES, KeyRing, write_durably
from shanhou.vault.spills import own_folder

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

_FILE = "tables.duckdb"
_SEAL = "seal.json"
WRITTEN = "w"
"""The catalog name of the generation being written."""
ASIDE = "aside"
"""The catalog, in memory, of what only the session needs; what of it spills is encrypted."""
_VIEWS = "temp"
"""The engine's own catalog of what ends with the session."""
MEMORY_LIMIT = "2GB"


@dataclass(frozen=True)
class Seal:
    """What was sealed: rows per table and the digest that later stages and the plan refer to."""

    name: str
    tables: Mapping[str, int]
    digests: Mapping[str, str]

    @property
    def digest(self) -> str:
        return json_digest({"tables": dict(self.tables), "digests": dict(self.digests)})


@dataclass(frozen=True)
class Vault:
    """The `vault/` folder of a case."""

    folder: Path
    keys: KeyRing

    def sealed(self, name: str) -> bool:
        return (self.folder / name / _SEAL).exists()

    def begun(self, name: str) -> bool:
        """Whether the tables of a generation and the key to them are there."""
        return (self.folder / name / _FILE).exists() and self.keys.has(f"gen-{name}")

    def seal_of(self, name: str) -> Seal:
        """Read a generation's seal.

        Raises:
            Refusal: SH-E-204 the generation was not sealed: the stage has not finished.
            Fault: SH-E-208 the seal is damaged or was changed.
        """
        try:
            raw = json.loads((self.folder / name / _SEAL).read_bytes())
            seal = Seal(raw["name"], raw["tables"], raw["digests"])
            whole = (seal.name, seal.digest) == (name, raw["digest"])
        except FileNotFoundError:
            raise Refusal("SH-E-204", generation=name) from None
        except (ValueError, KeyError, TypeError):
            whole = False
        if not whole:
            raise Fault("SH-E-208", generation=name)
        return seal

    @contextmanager
    def write(self, name: str, *, reading: Sequence[str] = ()) -> Iterator[Desk]:
        """Open an unsealed generation for writing, with sealed ones to read beside it.

        Raises:
            Refusal: SH-E-205 it is sealed already, and sealed tables never change.
        """
        if self.sealed(name):
            raise Refusal("SH-E-205", generation=name)
        (self.folder / name).mkdir(parents=True, exist_ok=True)
        key = self.keys.open(f"gen-{name}") if self.keys.has(f"gen-{name}") else None
        key = key or self.keys.make(f"gen-{name}")
        attached = {WRITTEN: (self.folder / name / _FILE, key, False)}
        with self._desk({**attached, **self._sealed(reading)}) as desk:
            yield desk

    def seal(self, name: str, tables: Mapping[str, int], digests: Mapping[str, str]) -> Seal:
        """Close a generation for good; sealing it again as it is changes nothing.

        Raises:
            Refusal: SH-E-205 it is sealed already, as something else.
        """
        seal = Seal(name, dict(tables), dict(digests))
        if self.sealed(name):
            if self.seal_of(name) != seal:
                raise Refusal("SH-E-205", generation=name)
            return seal
        body = {"name": name, "tables": seal.tables, "digests": seal.digests}
        body["digest"] = seal.digest
        path = self.folder / name / _SEAL
        write_durably(path, json.dumps(body, sort_keys=True, indent=1).encode())
        return seal

    @contextmanager
    def read(self, *names: str) -> Iterator[Desk]:
        """Open sealed generations READ_ONLY; any number of processes may."""
        with self._desk(self._sealed(names)) as desk:
            yield desk

    def discard(self, name: str) -> None:
        """Remove a generation and shred its key; doing it again is harmless."""
        self.keys.shred(f"gen-{name}")
        shutil.rmtree(self.folder / name, ignore_errors=True)

    def _sealed(self, names: Sequence[str]) -> dict[str, tuple[Path, bytes, bool]]:
        attached = {}
        for name in names:
            self.seal_of(name)
            key = self.keys.open(f"gen-{name}")
            attached[name] = (self.folder / name / _FILE, key, True)
        return attached

    @contextmanager
    def _desk(self, attached: Mapping[str, tuple[Path, bytes, bool]]) -> Iterator[Desk]:
        import duckdb

        with own_folder() as spill:
            raw, backend = _connect(spill, attached)
            try:
                yield Desk(raw, backend, tuple(attached))
            except duckdb.Error as error:
                # a block was damaged: the engine finds out when it reads it
                if "AES tag" not in str(error):
                    raise
                raise Fault("SH-E-206", generation=", ".join(attached)) from None
            finally:
                raw.close()


@contextmanager
def scratch_desk() -> Iterator[Desk]:
    """A desk over a generation that is gone when the block ends, its key never written."""
    with own_folder() as folder:
        key = secrets.token_bytes(KEY_BYTES)
        raw, backend = _connect(folder, {WRITTEN: (folder / _FILE, key, False)})
        try:
            yield Desk(raw, backend, (WRITTEN,))
        finally:
            raw.close()


@dataclass(frozen=True)
class Desk:
    """One open session over generations: `w` is the one being written, the others by name."""

    raw: Any
    ibis: Any
    catalogs: tuple[str, ...]
    _known: dict[tuple[str, str], ibis.Table] = field(default_factory=dict, compare=False)
    """Sealed tables and views asked for before: what they look like never changes."""

    def table(self, catalog: str, name: str) -> ibis.Table:
        """A table of a generation as an ibis expression."""
        if catalog == WRITTEN:
            return self.ibis.table(name, database=(catalog, "main"))
        if (catalog, name) not in self._known:
            self._known[catalog, name] = self.ibis.table(name, database=(catalog, "main"))
        return self._known[catalog, name]

    def instead(self, catalog: str, name: str, expression: ibis.Table) -> None:
        """Let an expression stand for a sealed table while the session is open; no rows are stored.

        Whoever asks for the table afterwards gets it as the expression shows it.
        """
        self._known.pop((_VIEWS, f"{catalog}/{name}"), None)
        self.ibis._run_pre_execute_hooks(expression)  # noqa: SLF001 - our functions over cells
        self._known[catalog, name] = self.view(f"{catalog}/{name}", lambda: expression)

    def view(self, name: str, make: Callable[[], ibis.Table]) -> ibis.Table:
        """A name for an expression while the session is open; made once, no rows are stored.

        What is built upon it is short to compile: an expression grows with all it is made of.
        """
        if (_VIEWS, name) not in self._known:
            made = self.ibis.compile(make())
            self.raw.execute(f"create temp view {quoted(name)} as {made}")
            self._known[_VIEWS, name] = self.ibis.table(name, database=(_VIEWS, "main"))
        return self._known[_VIEWS, name]

    def kept(self, name: str, make: Callable[[], ibis.Table]) -> ibis.Table:
        """The rows of an expression, computed once and kept while the session is open."""
        if (_VIEWS, name) not in self._known:
            made = make()
            self.ibis._run_pre_execute_hooks(made)  # noqa: SLF001 - tables in memory
            select = self.ibis.compile(made)
            self.raw.execute(f"create temp table {quoted(name)} as {select}")
            self._known[_VIEWS, name] = self.ibis.table(name, database=(_VIEWS, "main"))
        return self._known[_VIEWS, name]

    def names(self, catalog: str) -> frozenset[str]:
        found = self.raw.execute(
            "select table_name from duckdb_tables() where database_name = ?", [catalog]
        ).fetchall()
        return frozenset(row[0] for row in found)

    def create(self, name: str, expression: ibis.Table, *, aside: bool = False) -> int:
        """Write an expression as a table of the generation being written; its row count.

        `aside`: as a table that only this session needs; it never reaches the generation's file,
        where packing and encrypting it would cost more than its rows.
        """
        # not by ibis: it looks up the schema, fills a table of another name and renames that
        self.ibis._run_pre_execute_hooks(expression)  # noqa: SLF001 - tables in memory
        made = f"create or replace table {place_of(name, aside=aside)} as"
        return int(self.raw.execute(f"{made} {self._cast(expression)}").fetchone()[0])

    def aside(self, name: str) -> ibis.Table:
        """A table that was written aside."""
        return self.ibis.table(name, database=(ASIDE, "main"))

    def drop_aside(self, *names: str) -> None:
        """Let go of tables written aside, if they are there."""
        for name in names:
            self.raw.execute(f"drop table if exists {place_of(name, aside=True)}")

    @contextmanager
    def all_aside(self) -> Iterator[None]:
        """While the block lasts, a library that names no catalog reads and writes aside."""
        self.raw.execute(f"use {quoted(ASIDE)}")
        try:
            yield
        finally:
            self.raw.execute(f"use {quoted(self.catalogs[0])}")

    def _cast(self, expression: ibis.Table) -> str:
        """The query, cast: a sum is wider and a date longer in the engine than in an expression."""
        to_string = self.ibis.compiler.type_mapper.to_string
        cells = ", ".join(f"cast({quoted(column)} as {to_string(kind)}) as {quoted(column)}"
                          for column, kind in expression.schema().items())  # fmt: skip
        return f"select {cells} from ({self.ibis.compile(expression)})"  # noqa: S608 - compiled

    def put(self, name: str, arrow: pa.Table, *, aside: bool = False) -> int:
        """Write an Arrow table of the generation being written, or one aside; its row count."""
        return self.append(name, arrow, fresh=True, aside=aside)

    def append(
        self,
        name: str,
        arrow: pa.Table | pa.RecordBatch,
        *,
        fresh: bool = False,
        aside: bool = False,
    ) -> int:
        """Add Arrow rows to a table of the generation being written, or to one aside."""
        target = place_of(name, aside=aside)
        self.raw.register("arrow_rows", arrow)
        if fresh:
            self.raw.execute(f"create or replace table {target} as from arrow_rows")
        else:
            self.raw.execute(f"insert into {target} from arrow_rows")
        self.raw.unregister("arrow_rows")
        return int(arrow.num_rows)

    def insert_from(
        self, name: str, select: str, arrived: pa.RecordBatch, *, fresh: bool = False
    ) -> None:
        """Add what a compiled selection makes of the Arrow rows that it calls `arrived`."""
        target = f"{quoted(WRITTEN)}.main.{quoted(name)}"
        self.raw.register("arrived", arrived)
        verb = f"create or replace table {target} as" if fresh else f"insert into {target}"
        self.raw.execute(f"{verb} {select}")
        self.raw.unregister("arrived")

    def scalar(self, expression: Any) -> Any:
        """One value."""
        return self.ibis.to_pyarrow(expression).as_py()

    def arrow(self, expression: ibis.Table) -> pa.Table:
        return self.ibis.to_pyarrow(expression)

    def batches(self, expression: ibis.Table, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """The rows in order, so many at a time, whatever the session is asked in between."""
        self.ibis._run_pre_execute_hooks(expression)  # noqa: SLF001 - tables in memory
        schema = expression.schema().to_pyarrow()
        return in_parts(self.raw, self._cast(expression), schema, rows)


def quoted(name: str) -> str:
    """An identifier for the vault's engine; the one place where a name enters query text."""
    return '"' + name.replace('"', '""') + '"'


def place_of(name: str, *, aside: bool = False) -> str:
    """A table of the generation being written, or one aside, as query text names it."""
    return f"{quoted(ASIDE if aside else WRITTEN)}.main.{quoted(name)}"


def _text(path: Path) -> str:
    """A path as text in a query; a folder may be called o'brien."""
    return "'" + path.as_posix().replace("'", "''") + "'"


def _connect(spill: Path, attached: Mapping[str, tuple[Path, bytes, bool]]) -> tuple[Any, Any]:
    """Open, load the encryption extension, attach, then lock the door (engine.md, seams)."""
    import duckdb
    from ibis import duckdb as ibis_duckdb

    raw = duckdb.connect(
        ":memory:",
        config={
            "temp_file_encryption": "true",
            "temp_directory": str(spill),
            "memory_limit": MEMORY_LIMIT,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        },
    )
    raw.execute(f"load {_text(extension_file())}")
    for catalog, (path, key, read_only) in attached.items():
        mode = ", read_only" if read_only else ""
        try:
            raw.execute(
                f"attach {_text(path)} as {quoted(catalog)} (encryption_key ?{mode})",
                [key.hex()],
            )
        except duckdb.Error:
            raise Fault("SH-E-206", generation=catalog) from None
    raw.execute(f"attach ':memory:' as {quoted(ASIDE)}")
    raw.execute(f"use {quoted(next(iter(attached)))}")
    backend = ibis_duckdb.from_connection(raw)
    raw.execute("set enable_external_access = false")
    raw.execute("set lock_configuration = true")
    return raw, backend
