"""Every answer of a customer on one line, for pages: what, by what way, on which day, taken in by
whom, whether it counts, and whether another answer of the same customer says the opposite.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shanhou.cases.requests import REQUEST_KINDS
from shanhou.disposition.answered import CONSENTS
from shanhou.evidence.entry import Act, parse_entry
from shanhou.flow.list_files import VIEWS, counted_by, keep_list
from shanhou.flow.noting import MACHINE
from shanhou.subjects.answers import way_of
from shanhou.vault.canonical import digest_hex

if TYPE_CHECKING:
    from shanhou.wiring import Case

FORM = 2
"""What the columns of the file are; another form is written anew."""
COLUMNS = ("at", "number", "kind", "value", "way", "on_day", "taken_by", "state", "opposed")
FOUND_BY = ("state", "way", "kind", "value", "on_day", "number")
_REQUESTS = ", ".join(f"'{one}'" for one in REQUEST_KINDS)
_UNDONE = ", ".join(f"'{one}'" for one in CONSENTS if one != "consent_marketing")
"""Consents to handing over: an objection or a withdrawal stands against each."""
_SCHEMA = """
create table answer (at integer primary key, number text not null, kind text not null,
  value text not null, way text not null, on_day text not null, taken_by text not null,
  state text not null, opposed integer not null);
create temp table raw (id integer primary key, number text, kind text, value text, on_day text,
  way text, taken_by text, closed integer);
"""
# Of each consent the latest word counts, as it does for the plan; a request is open or answered.
# Opposed: yes and no to the same question; a yes to handing over beside an objection or a
# withdrawal; a yes to advertising beside an opt-out. Which of them counts is not changed by it.
_LINES = f"""
create index temp.raw_by_number on raw (number, kind);
insert into answer (number, kind, value, way, on_day, taken_by, state, opposed)
select r.number, r.kind, r.value, r.way, r.on_day, r.taken_by,
  case when r.kind in ({_REQUESTS}) then case when r.closed then 'answered' else 'open' end
    when r.kind like 'consent\\_%' escape '\\' and exists (select 1 from raw l
      where l.number = r.number and l.kind = r.kind
      and (l.on_day > r.on_day or (l.on_day = r.on_day and l.id > r.id))) then 'overtaken'
    when r.kind in ({_UNDONE}) and r.value = 'granted' and exists (select 1 from raw o
      where o.number = r.number and o.kind in ('objection', 'withdrawal')) then 'undone'
    else 'counts' end,
  exists (select 1 from raw o where o.number = r.number and (
    (o.kind = r.kind and r.value in ('granted', 'refused') and o.value in ('granted', 'refused')
      and o.value <> r.value)
    or (r.kind in ({_UNDONE}) and r.value = 'granted' and o.kind in ('objection', 'withdrawal'))
    or (r.kind in ('objection', 'withdrawal') and o.value = 'granted' and o.kind in ({_UNDONE}))
    or (r.kind = 'consent_marketing' and r.value = 'granted' and o.kind = 'opt_out')
    or (r.kind = 'opt_out' and o.kind = 'consent_marketing' and o.value = 'granted')))
from raw r order by length(r.number), r.number, r.on_day, r.id;
create index of_opposed on answer (at) where opposed > 0;
"""  # noqa: S608 - names of kinds


def write_answers(case: Case) -> Path:
    """Write the list of answers unless it lies there as they stand; an older one is removed."""
    stands = digest_hex(case.store.heard.stand().encode())
    path = case.folder / VIEWS / f"answers-{FORM}-{stands[:32]}.db"

    def fill(base: sqlite3.Connection) -> Mapping[str, Any]:
        base.executescript(_SCHEMA)
        base.executemany("insert into raw values (?, ?, ?, ?, ?, ?, ?, ?)", _said(case))
        base.executescript(_LINES)
        for one in FOUND_BY:
            base.execute(f"create index by_{one} on answer ({one})")
        everything, opposed = base.execute("select count(*), total(opposed) from answer").fetchone()
        return {"all": int(everything), "opposed": int(opposed),
                **{one: counted_by(base, "answer", one)
                   for one in FOUND_BY if one != "number"}}  # fmt: skip

    return keep_list(path, fill)


def _said(case: Case) -> Iterator[tuple[Any, ...]]:
    takers = _takers(case)
    for number, subject, kind, value, on_day, channel, source, closed_by in case.store.heard.rows():
        way, by = way_of(channel), takers.get(source, MACHINE)
        yield number, subject, kind, value, on_day, way, by, closed_by != ""


def _takers(case: Case) -> dict[str, str]:
    """Who took each answers file in; what came by the portal was taken in by the program."""
    found: dict[str, str] = {}
    for raw in case.store.events():
        # a million customers at the portal are a million entries that need not be parsed
        if b'"act":"answer"' in raw and b'"answers"' in raw and b'"channel":"portal"' not in raw:
            entry = parse_entry(raw)
            if entry.act is Act.ANSWER:
                found |= {one.sha256: entry.actor for one in entry.subject if one.name == "answers"}
    return found
