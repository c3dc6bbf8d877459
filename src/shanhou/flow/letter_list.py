"""Every letter and every try to bring it, on one line each, for pages.

The file holds numbers of customers, channels, days and states; no address, no name, no text. What a
channel said is shown where it is a code, and as `other` where it is words of somebody's own.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shanhou.cases.stages import Stage
from shanhou.errors import LANGUAGES, Coded
from shanhou.evidence.entry import looks_personal
from shanhou.flow.customer_list import merged_since
from shanhou.flow.list_files import VIEWS, counted_by, keep_list
from shanhou.flow.noting import SUBJECTS
from shanhou.flow.plans import latest_plan
from shanhou.flow.resting import resting
from shanhou.vault.canonical import digest_hex

if TYPE_CHECKING:
    from shanhou.disposition.plan import Plan
    from shanhou.wiring import Case

FORM = 1
"""What the columns of the file are; another form is written anew."""
COLUMNS = ("at", "number", "template", "languages", "channel", "purpose", "state", "reason",
           "on_day", "deadline", "tries")  # fmt: skip
FOUND_BY = ("state", "channel", "purpose", "on_day", "number")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,39}")
"""What a reason may look like; a sentence of a provider may hold an address."""
_SCHEMA = """
create table letter (at integer primary key, number text not null, template text not null,
  languages text not null, channel text not null, purpose text not null, state text not null,
  reason text not null, on_day text not null, deadline text not null, tries integer not null);
create temp table raw_letter (letter text primary key, number text, template text, language text,
  plan text, state text, on_day text, deadline text);
create temp table raw_try (letter text, number text, channel text, purpose text, state text,
  reason text, tries integer, on_day text, ordinal integer);
create temp table nobody (sid integer primary key);
"""
_TONGUES = " || ' ' || ".join(
    f"max(case language when '{one}' then '{one}' else '' end)" for one in LANGUAGES
)
# The languages of one text go out together; what was replaced stands by itself.
_JOINED = f"""
create temp table told as select number, template, plan, state = 'replaced' as gone,
  case state when 'replaced' then deadline else '' end as of_day, trim({_TONGUES}) as languages,
  case when sum(state = 'sent') then 'sent' when sum(state = 'sending') then 'sending'
    when sum(state = 'bounced') then 'bounced' else max(state) end as state,
  max(on_day) as on_day, max(deadline) as deadline, min(letter) as letter
  from raw_letter group by 1, 2, 3, 4, 5;
create temp table whole (letter text primary key, first text not null) without rowid;
insert into whole select r.letter, t.letter from raw_letter r join told t
  on t.number = r.number and t.template = r.template and t.plan = r.plan
  and t.gone = (r.state = 'replaced')
  and t.of_day = case r.state when 'replaced' then r.deadline else '' end;
create unique index temp.told_by_letter on told (letter);
create temp table tried as select distinct w.first from raw_try s
  join whole w on w.letter = s.letter where s.purpose = 'notice';
create unique index temp.tried_by_letter on tried (first);
"""  # noqa: S608 - names of languages
# Whoever no channel reaches has a line that says so, besides those of every try.
_LINES = """
insert into letter (number, template, languages, channel, purpose, state, reason, on_day, deadline,
  tries)
select number, template, languages, channel, purpose, state, reason, on_day, deadline, tries from (
  select case s.number when '-' then '' else s.number end as number,
    coalesce(t.template, '') as template, coalesce(t.languages, '') as languages, s.channel,
    s.purpose, s.state, s.reason, s.on_day, coalesce(t.deadline, '') as deadline, s.tries, s.ordinal
  from raw_try s left join whole w on w.letter = s.letter left join told t on t.letter = w.first
  union all
  select t.number, t.template, t.languages, '', 'notice',
    case when nobody.sid is null then t.state else 'nobody' end, '', t.on_day, t.deadline, 0, 0
  from told t left join nobody on nobody.sid = cast(substr(t.number, 2) as integer)
    and t.plan = ? and t.state in ('written', 'bounced') and not t.gone
  where nobody.sid is not null or not exists (select 1 from tried where tried.first = t.letter)
) order by length(number), number, on_day, ordinal, channel
"""


def write_letters_list(case: Case) -> Path:
    """Write the list of letters unless it lies there as they stand; an older one is removed."""
    plan = latest_plan(case) if case.store.stage("plan:latest") else None
    stands = digest_hex(_stand(case, plan).encode())
    path = case.folder / VIEWS / f"letters-{FORM}-{stands[:32]}.db"

    def fill(base: sqlite3.Connection) -> Mapping[str, Any]:
        base.executescript(_SCHEMA)
        base.executemany("insert into raw_letter values (?, ?, ?, ?, ?, ?, ?, ?)",
                         case.store.sendings.letter_rows())  # fmt: skip
        base.executemany("insert into raw_try values (?, ?, ?, ?, ?, ?, ?, ?, ?)", _tries(case))
        base.executemany("insert into nobody values (?)", _nobody(case, plan))
        base.executescript(_JOINED)
        base.execute(_LINES, [plan.digest if plan else ""])
        for one in FOUND_BY:
            base.execute(f"create index by_{one} on letter ({one})")
        return {"all": int(base.execute("select count(*) from letter").fetchone()[0]),
                **{one: counted_by(base, "letter", one)
                   for one in FOUND_BY if one != "number"}}  # fmt: skip

    return keep_list(path, fill)


def _stand(case: Case, plan: Plan | None) -> str:
    """What the list depends on: letters, sendings, whose records are whose, the ladder."""
    notices = case.settings.notices
    ways = [(one, notices.channels[one].kind) for one in notices.ladder]
    merged = case.store.stage(resting(Stage.SUBJECTS))
    said = (case.store.sendings.stand(), merged, plan.digest if plan else "", ways, _opens(case))
    return " ".join(str(one) for one in said)


def _opens(case: Case) -> bool:
    """Whether every channel of the ladder can be used: without one nobody knows who is reached."""
    from shanhou.wiring.channels import channels_of

    try:
        with channels_of(case):
            return True
    except Coded:
        return False


def _tries(case: Case) -> Iterator[tuple[Any, ...]]:
    code = 5  # of a row's columns, the one that a channel words
    for row in case.store.sendings.rows():
        yield (*row[:code], _reason(row[code]), *row[code + 1 :])


def _reason(code: str) -> str:
    if not code or (_CODE.fullmatch(code) and not looks_personal(code)):
        return code
    return "other"


def _nobody(case: Case, plan: Plan | None) -> Iterator[tuple[int]]:
    """The customers whom no channel reaches: with a ladder those whom none of its rungs does."""
    from shanhou.flow.posting import opened_post
    from shanhou.wiring.channels import channels_of

    if plan is None or merged_since(case, plan):
        return
    if not case.settings.notices.ladder:
        with case.vault.read(SUBJECTS) as desk:
            every = desk.table(SUBJECTS, "subject")
            none = every.filter(~(every.phone | every.email | every.address)).select("sid")
            for batch in desk.batches(none):
                yield from ((int(sid),) for sid in batch["sid"].to_pylist())
        return
    if not _opens(case):
        return  # the list is made anew once it can be told
    with channels_of(case) as channels, opened_post(case, plan, channels) as post:
        for batch in post.desk.batches(post.climb(post.waiting()).unreached()):
            yield from ((int(sid),) for sid in batch["sid"].to_pylist())
