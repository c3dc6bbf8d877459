"""The tables of a case's state: what each holds, in which order, and what tells two rows apart.

They are the same wherever the state lies, in the case's own file or in a console's database.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Column:
    """A column: `text`, `number` or `bytes`, and what stands there when nothing was said."""

    name: str
    kind: str
    default: str = ""


@dataclass(frozen=True)
class Table:
    """A table: its columns as `name kind [default]`, and the columns that tell its rows apart."""

    name: str
    told: str
    key: str
    unique: str = ""
    """Columns that tell rows apart besides."""
    indexes: tuple[str, ...] = ()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        return tuple(Column(*one.split()) for one in self.told.split(", "))

    @property
    def names(self) -> str:
        return ", ".join(one.name for one in self.columns)


TABLES = (
    Table("setting", "name text, value text", key="name"),
    Table("event", "seq number, body bytes", key="seq"),
    Table("stage", "name text, value text", key="name"),
    Table("step", "id text, plan text, phase text, state text, detail text, ordinal number 0",
          key="id", indexes=("ordinal",)),
    Table("declaration", "fact text, scope text, value text, person text, evidence text,"
          " evidence_sha256 text", key="fact, scope"),
    Table("answer", "id number, subject text, kind text, value text, on_day text, channel text,"
          " source_sha256 text, row number, closed_by text ''", key="id",
          unique="source_sha256, row", indexes=("subject",)),
    Table("approval", "plan text, person text, means text, device text, size number, root text,"
          " statement_sha256 text, witness text", key="plan, person"),
    Table("outbox", "letter text, subject text, template text, language text, plan text, path text,"
          " sha256 text, state text, on_day text, deadline text", key="letter",
          indexes=("subject",)),
    Table("statement", "name text, raw bytes, signature bytes", key="name"),
    Table("certificate", "number text, record bytes, pdf bytes", key="number"),
    Table("hold", "id text, kind text, scope text, person text, reason text, evidence_sha256 text,"
          " set_on text, lifted_by text '', lifted_on text '', lifted_sha256 text ''", key="id"),
    Table("sending", "key text, letter text, subject text, channel text, nth number, kind text,"
          " plan text, state text, code text, receipt text, units number, cost_fen number,"
          " tries number, on_day text, noted number, ordinal number 0", key="key",
          indexes=("letter", "subject", "ordinal")),
    Table("reply", "request number, ordinal number, outcome text, person text, level text,"
          " on_day text, until_day text, article text, reason text", key="request, ordinal"),
    Table("disclosure", "id text, asker text, name text, basis text, scope text, fields text,"
          " person text, evidence_sha256 text, opened_on text, until_day text '',"
          " revoked_by text '', revoked_on text ''", key="id"),
    Table("disclosed", "disclosure text, ordinal number, person text, on_day text, records number,"
          " sha256 text", key="disclosure, ordinal"),
    Table("handover", "id text, plan text, dataset text, taker text, person text, on_day text,"
          " package text, sha256 text, records number, files number, receipt_sha256 text '',"
          " received_by text '', received_on text ''", key="id"),
)  # fmt: skip
"""`ordinal` of a step and a sending: the order in which they were written."""

COLUMNS = {one.name: one.names for one in TABLES}
"""The columns of each table as a statement names them."""

_KINDS = {"text": "text", "number": "integer", "bytes": "blob"}
_EVENTS_STAY = """
create trigger if not exists event_stays before update on event
  begin select raise(abort, 'events are only ever added'); end;
create trigger if not exists event_stays_too before delete on event
  begin select raise(abort, 'events are only ever added'); end;
"""
NUMBERED_LATER = ("step", "sending")
"""Tables that older files hold without the order in which their rows were written."""


def schema() -> str:
    """The statements that make the tables of a case's own file, where they are not there yet."""
    return "\n".join(map(_made, TABLES)) + _EVENTS_STAY


def indexes() -> str:
    """The statements that make what the tables are searched by."""
    return "\n".join(
        f"create index if not exists {one.name}_{of} on {one.name} ({of});"
        for one in TABLES
        for of in one.indexes
    )


def _made(table: Table) -> str:
    # one whole number as the key is the number that SQLite keeps of each row anyway
    numbered = table.key in {one.name for one in table.columns if one.kind == "number"}
    columns = [
        f"{one.name} {_KINDS[one.kind]}" + (
            " primary key" if numbered and one.name == table.key else " not null"
        ) + (f" default {one.default}" if one.default else "")
        for one in table.columns
    ]  # fmt: skip
    columns += [] if numbered else [f"primary key ({table.key})"]
    columns += [f"unique ({table.unique})"] if table.unique else []
    return f"create table if not exists {table.name} ({', '.join(columns)});"
