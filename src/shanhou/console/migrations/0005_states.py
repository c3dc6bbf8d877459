"""The tables of cases whose state lies in this database; on PostgreSQL in a schema of their own."""

from __future__ import annotations

from typing import Any

from django.db import migrations

_TABLES = """
create table {at}home (held {identity}, number {text} not null unique, mark {text} not null,
  lies {text} not null check (lies in ('database', 'folder')));
create table {at}setting (held {number} not null references {at}home (held), name {text} not
null, value {text} not null, primary key (held, name));
create table {at}event (held {number} not null references {at}home (held), seq {number} not
null, body {bytes} not null, primary key (held, seq));
create table {at}stage (held {number} not null references {at}home (held), name {text} not null,
value {text} not null, primary key (held, name));
create table {at}step (held {number} not null references {at}home (held), id {text} not null,
plan {text} not null, phase {text} not null, state {text} not null, detail {text} not null,
ordinal {number} not null default 0, primary key (held, id));
create table {at}declaration (held {number} not null references {at}home (held), fact {text} not
null, scope {text} not null, value {text} not null, person {text} not null, evidence {text} not
null, evidence_sha256 {text} not null, primary key (held, fact, scope));
create table {at}answer (held {number} not null references {at}home (held), id {number} not
null, subject {text} not null, kind {text} not null, value {text} not null, on_day {text} not
null, channel {text} not null, source_sha256 {text} not null, row {number} not null, closed_by
{text} not null default '', primary key (held, id), unique (held, source_sha256, row));
create table {at}approval (held {number} not null references {at}home (held), plan {text} not
null, person {text} not null, means {text} not null, device {text} not null, size {number} not
null, root {text} not null, statement_sha256 {text} not null, witness {text} not null, primary
key (held, plan, person));
create table {at}outbox (held {number} not null references {at}home (held), letter {text} not
null, subject {text} not null, template {text} not null, language {text} not null, plan {text}
not null, path {text} not null, sha256 {text} not null, state {text} not null, on_day {text} not
null, deadline {text} not null, primary key (held, letter));
create table {at}statement (held {number} not null references {at}home (held), name {text} not
null, raw {bytes} not null, signature {bytes} not null, primary key (held, name));
create table {at}certificate (held {number} not null references {at}home (held), number {text}
not null, record {bytes} not null, pdf {bytes} not null, primary key (held, number));
create table {at}hold (held {number} not null references {at}home (held), id {text} not null,
kind {text} not null, scope {text} not null, person {text} not null, reason {text} not null,
evidence_sha256 {text} not null, set_on {text} not null, lifted_by {text} not null default '',
lifted_on {text} not null default '', lifted_sha256 {text} not null default '', primary key
(held, id));
create table {at}sending (held {number} not null references {at}home (held), key {text} not
null, letter {text} not null, subject {text} not null, channel {text} not null, nth {number} not
null, kind {text} not null, plan {text} not null, state {text} not null, code {text} not null,
receipt {text} not null, units {number} not null, cost_fen {number} not null, tries {number} not
null, on_day {text} not null, noted {number} not null, ordinal {number} not null default 0,
primary key (held, key));
create table {at}reply (held {number} not null references {at}home (held), request {number} not
null, ordinal {number} not null, outcome {text} not null, person {text} not null, level {text}
not null, on_day {text} not null, until_day {text} not null, article {text} not null, reason
{text} not null, primary key (held, request, ordinal));
create table {at}disclosure (held {number} not null references {at}home (held), id {text} not
null, asker {text} not null, name {text} not null, basis {text} not null, scope {text} not null,
fields {text} not null, person {text} not null, evidence_sha256 {text} not null, opened_on
{text} not null, until_day {text} not null default '', revoked_by {text} not null default '',
revoked_on {text} not null default '', primary key (held, id));
create table {at}disclosed (held {number} not null references {at}home (held), disclosure {text}
not null, ordinal {number} not null, person {text} not null, on_day {text} not null, records
{number} not null, sha256 {text} not null, primary key (held, disclosure, ordinal));
create table {at}handover (held {number} not null references {at}home (held), id {text} not
null, plan {text} not null, dataset {text} not null, taker {text} not null, person {text} not
null, on_day {text} not null, package {text} not null, sha256 {text} not null, records {number}
not null, files {number} not null, receipt_sha256 {text} not null default '', received_by {text}
not null default '', received_on {text} not null default '', primary key (held, id));
create index {named}step_ordinal on {at}step (held, ordinal);
create index {named}answer_subject on {at}answer (held, subject);
create index {named}outbox_subject on {at}outbox (held, subject);
create index {named}sending_letter on {at}sending (held, letter);
create index {named}sending_subject on {at}sending (held, subject);
create index {named}sending_ordinal on {at}sending (held, ordinal);
"""
_STAY = {
    "postgresql": """
create function case_state.events_stay() returns trigger language plpgsql
set search_path = pg_catalog as $$
begin
  if tg_op = 'DELETE' then
    if exists (select 1 from case_state.home where held = old.held and lies = 'folder') then
      return old;
    end if;
  end if;
  raise exception 'events are only ever added' using errcode = 'integrity_constraint_violation';
end $$;
create trigger event_stays before update or delete on case_state.event
  for each row execute function case_state.events_stay();
create trigger events_stay before truncate on case_state.event
  for each statement execute function case_state.events_stay();
""",
    "sqlite": """
create trigger state_event_stays before update on state_event
  begin select raise(abort, 'events are only ever added'); end;
create trigger state_event_stays_too before delete on state_event
  when not exists (select 1 from state_home where held = old.held and lies = 'folder')
  begin select raise(abort, 'events are only ever added'); end;
""",
}
"""What moved back into its folder may go; nothing else of a log ever does."""
_WORDS = {
    "postgresql": {"at": "case_state.", "named": "", "text": 'text collate "C"', "number": "bigint",
                   "bytes": "bytea",
                   "identity": "bigint generated always as identity primary key"},
    "sqlite": {"at": "state_", "named": "state_", "text": "text", "number": "integer",
               "bytes": "blob", "identity": "integer primary key autoincrement"},
}  # fmt: skip
_NAMES = ("setting", "event", "stage", "step", "declaration", "answer", "approval", "outbox",
          "statement", "certificate", "hold", "sending", "reply", "disclosure", "disclosed",
          "handover", "home")  # fmt: skip


def forwards(_apps: Any, schema_editor: Any) -> None:
    kind = schema_editor.connection.vendor
    made = _TABLES.format_map(_WORDS[kind])
    if kind == "postgresql":
        schema_editor.execute("create schema case_state")
        schema_editor.execute(made + _STAY[kind], params=None)
        return
    for one in made.split(";\n"):
        if one.strip():
            schema_editor.execute(one, params=None)
    for one in _STAY[kind].split("end;\n"):
        if one.strip():
            schema_editor.execute(one + "end", params=None)


def backwards(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("drop schema case_state cascade")
        return
    for one in _NAMES:
        schema_editor.execute(f"drop table state_{one}")


class Migration(migrations.Migration):
    dependencies = [("console", "0004_rows")]
    operations = [migrations.RunPython(forwards, backwards)]
