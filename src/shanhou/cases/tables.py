"""The tables of a case's state, all of them, as `case.db` is made with. No input or output."""

from __future__ import annotations

from shanhou.cases import disclosures, handovers, holds, requests, sendings

_SCHEMA = """
create table if not exists setting (name text primary key, value text not null);
create table if not exists event (seq integer primary key, body blob not null);
create table if not exists stage (name text primary key, value text not null);
create table if not exists step (
  id text primary key, plan text not null, phase text not null, state text not null,
  detail text not null);
create table if not exists declaration (
  fact text not null, scope text not null, value text not null, person text not null,
  evidence text not null, evidence_sha256 text not null, primary key (fact, scope));
create table if not exists answer (
  id integer primary key, subject text not null, kind text not null, value text not null,
  on_day text not null, channel text not null, source_sha256 text not null, row integer not null,
  closed_by text not null default '', unique (source_sha256, row));
create table if not exists approval (
  plan text not null, person text not null, means text not null, device text not null,
  size integer not null, root text not null, statement_sha256 text not null,
  witness text not null, primary key (plan, person));
create table if not exists outbox (
  letter text primary key, subject text not null, template text not null, language text not null,
  plan text not null, path text not null, sha256 text not null, state text not null,
  on_day text not null, deadline text not null);
create table if not exists statement (
  name text primary key, raw blob not null, signature blob not null);
create table if not exists certificate (
  number text primary key, record blob not null, pdf blob not null);
create trigger if not exists event_stays before update on event
  begin select raise(abort, 'events are only ever added'); end;
create trigger if not exists event_stays_too before delete on event
  begin select raise(abort, 'events are only ever added'); end;
"""
TABLES = (
    _SCHEMA
    + holds.SCHEMA
    + sendings.SCHEMA
    + requests.SCHEMA
    + disclosures.SCHEMA
    + handovers.SCHEMA
)
"""Each is made where it is not there yet: a case of an earlier version gets the new ones."""
