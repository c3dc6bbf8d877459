"""Every customer of a plan on one line, masked, for pages that never open the vault.

The file holds numbers, masked names and counts, and goes when the case closes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shanhou.cases.requests import REQUEST_KINDS
from shanhou.cases.stages import Stage
from shanhou.flow.gathering import collected, register_of
from shanhou.flow.list_files import VIEWS, counted_by, keep_list
from shanhou.flow.noting import COLLECT, SUBJECTS
from shanhou.flow.resting import resting
from shanhou.law.rule import Outcome
from shanhou.subjects.addresses import addresses
from shanhou.subjects.naming import names
from shanhou.vault.masking import mask

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

    from shanhou.disposition.plan import Plan
    from shanhou.vault.generation import Desk
    from shanhou.wiring import Case

FORM = 1
"""What the columns of the file are; another form is written anew."""
OUTCOMES = tuple(one.value.lower() for one in Outcome)
WAYS = ("phone", "email", "address")
_ROWS = 50_000
_TEXT = ("number", "name", "contact", "kind", "answer", "belongs_to")
_NUMBERS = ("records", *WAYS, "child", "relatives", "asks", *OUTCOMES)
COLUMNS = ("sid", *_TEXT, *_NUMBERS)
_SCHEMA = (
    "create table customer (sid integer primary key, "
    + ", ".join(f"{name} text not null" for name in _TEXT) + ", "
    + ", ".join(f"{name} integer not null" for name in _NUMBERS) + ")"
)  # fmt: skip
# each filter of the list, so that a page finds the next fifty without passing over the others
_INDEXES = (
    *(f'create index "of_{one}" on customer (sid) where "{one}" > 0'
      for one in (*OUTCOMES, "asks", "child", "relatives")),
    "create index by_kind on customer (kind)",
    "create index by_answer on customer (answer)",
    "create index unreachable on customer (sid) where phone + email + address = 0",
)  # fmt: skip


def list_file(case: Case, plan: Plan) -> Path:
    """The file of a plan's customers; a plan's digest covers how they were merged."""
    return case.folder / VIEWS / f"customers-{FORM}-{plan.digest[:32]}.db"


def merged_since(case: Case, plan: Plan) -> bool:
    """Whether customers were merged anew after the plan: its records are no longer theirs."""
    return case.store.stage(resting(Stage.SUBJECTS)) != plan.basis.subjects


def write_list(case: Case, plan: Plan) -> Path:
    """Write the list of a plan's customers unless it lies there; older ones are removed.

    Raises:
        Refusal: SH-E-204 the customers or the plan's tables are not there.
    """
    generation = str(case.store.stage(f"plan:{plan.digest}"))

    def fill(base: sqlite3.Connection) -> Mapping[str, Any]:
        with case.vault.read(COLLECT, SUBJECTS, generation) as desk:
            _fill(base, _lines(case, plan, desk, generation))
        return _counted(base)

    return keep_list(list_file(case, plan), fill)


def _fill(base: sqlite3.Connection, lines: Iterator[pa.RecordBatch]) -> None:
    base.execute(_SCHEMA)
    places = ", ".join("?" * len(COLUMNS))
    for batch in lines:
        columns = [column.to_pylist() for column in _masked(batch)]
        base.executemany(f"insert into customer values ({places})",  # noqa: S608 - a constant
                         zip(*columns, strict=True))  # fmt: skip
    for index in _INDEXES:
        base.execute(index)


def _masked(batch: pa.RecordBatch) -> list[pa.Array]:
    """The columns of the file: enough to know a customer again, too little to learn who it is."""
    import pyarrow.compute as pc

    company = pc.equal(batch["kind"], "company")
    called = pc.if_else(company, mask("org_name", batch["name"]),
                        mask("person_name", batch["name"]))  # fmt: skip
    reach = pc.coalesce(mask("phone", batch["phone_is"]), mask("email", batch["email_is"]),
                        mask("address", batch["address_is"]))  # fmt: skip
    shown = {"name": pc.fill_null(called, ""), "contact": pc.fill_null(reach, "")}
    return [shown[name] if name in shown else batch[name] for name in COLUMNS]


def _lines(case: Case, plan: Plan, desk: Desk, generation: str) -> Iterator[pa.RecordBatch]:
    """One row per customer, in the order of their numbers; names and addresses still readable."""
    import ibis

    register, done = register_of(case), collected(case)
    called = desk.kept(
        "called",
        lambda: names(desk, register, done, collected=COLLECT, subjects=SUBJECTS).select(
            "sid", "name"
        ),
    )
    first = desk.kept("first_places", lambda: _first_places(addresses(
        desk, register, done, collected=COLLECT, subjects=SUBJECTS)))  # fmt: skip
    counts = desk.kept("counts", lambda: _counts(plan, desk.table(generation, "record")))
    said = desk.kept("said", lambda: _said(desk.table(generation, "answer")))
    persons = desk.kept("persons", lambda: _contact_names(desk))
    every = desk.table(SUBJECTS, "subject")
    joined = every
    for other in (called, first, counts, said, persons):
        joined = joined.left_join(other, "sid").drop("sid_right")
    person = joined.belongs_to.notnull()
    wanted: dict[str, Any] = {
        "number": "S" + joined.sid.cast("string").lpad(7, "0"),
        "name": joined.name.coalesce(joined.person_name),
        "kind": ibis.cases((person, "contact"), (joined.kind == "org", "company"),
                           else_="person"),
        "answer": joined.answer.fill_null("none"),
        "belongs_to": person.ifelse("S" + joined.belongs_to.cast("string").lpad(7, "0"), ""),
        "records": joined.records,
        **{one: joined[one].cast("int64") for one in WAYS},
        **{one: joined[one].fill_null(0).cast("int64")
           for one in ("child", "relatives", "asks", *OUTCOMES)},
        **{f"{one}_is": joined[f"{one}_is"] for one in WAYS},
    }  # fmt: skip
    yield from desk.batches(joined.select("sid", **wanted).order_by("sid"), rows=_ROWS)


def _contact_names(desk: Desk) -> ibis.Table:
    """`sid`, `person_name`: the people who answer for a company, as its records name them."""
    from shanhou.subjects.clean import Kind

    person = desk.table(SUBJECTS, "contact_person").select("rec", "sid")
    said = desk.table(SUBJECTS, "mention")
    named = said.filter(said.kind.isin([Kind.NAME.value, Kind.SURNAME.value]))
    found = person.join(named.select("rec", "value"), "rec")
    return found.group_by("sid").aggregate(person_name=lambda t: t.value.argmin(t["rec"]))


def _first_places(place: ibis.Table) -> ibis.Table:
    first = place.filter(place.nth == 0)
    return first.group_by("sid").aggregate(
        **{f"{way}_is": first["value"].max(where=first.way == way) for way in WAYS}
    )


def _counts(plan: Plan, record: ibis.Table) -> ibis.Table:
    """Per customer the items of each outcome; one row a situation, so records stay what is read."""
    import ibis
    import pyarrow as pa

    rows: dict[str, dict[str, Any]] = {
        one.id: {"sit": one.id, "child": int(one.facts.get("child") == "yes"),
                 "relatives": int(one.facts.get("relatives") == "open"),
                 **dict.fromkeys(OUTCOMES, 0)}
        for one in plan.situations
    }  # fmt: skip
    for made in plan.decisions:
        rows[made.situation][made.decision.outcome.value.lower()] += 1
    kinds = {"sit": pa.string(), "child": pa.int64(), "relatives": pa.int64(),
             **dict.fromkeys(OUTCOMES, pa.int64())}  # fmt: skip
    table = pa.Table.from_pylist(list(rows.values()), pa.schema(list(kinds.items())))
    placed = record.filter(record.sid.notnull()).join(ibis.memtable(table), "sit")
    return placed.group_by("sid").aggregate(
        child=placed.child.max(), relatives=placed.relatives.max(),
        **{one: placed[one].sum() for one in OUTCOMES},
    )  # fmt: skip


def _said(answer: ibis.Table) -> ibis.Table:
    """Per customer what they said, the strictest first, and whether a request waits.

    Of each consent the latest word counts, as it does for the plan.
    """
    import ibis

    order = answer.on_day + answer.ordinal.cast("string").lpad(12, "0")
    asks = answer.kind.isin(list(REQUEST_KINDS)) & (answer.closed_by == "")
    last = answer.mutate(asks=asks).group_by(["sid", "kind"]).aggregate(
        value=answer["value"].argmax(order), asks=lambda t: t.asks.any())  # fmt: skip
    no = last.kind.isin(["objection", "withdrawal", "opt_out"]) | (last["value"] == "refused")
    yes = last.kind.startswith("consent_") & (last["value"] == "granted")
    found = last.group_by("sid").aggregate(no=no.any(), yes=yes.any(), asks=last.asks.any())
    heard = ibis.cases((found.no, "no"), (found.yes, "yes"), else_="other")
    return found.select("sid", answer=heard, asks=found.asks.cast("int64"))


def _counted(base: sqlite3.Connection) -> Mapping[str, Any]:
    """How many customers each filter of the list shows: one pass, when the file is written."""
    flags = (*OUTCOMES, "asks", "child", "relatives")
    sums = ", ".join(f'total("{one}" > 0)' for one in flags)
    row = base.execute(f"select count(*), total(phone + email + address = 0), {sums}"  # noqa: S608
                       " from customer").fetchone()  # fmt: skip
    kinds, answers = (counted_by(base, "customer", one) for one in ("kind", "answer"))
    return {"all": int(row[0]), "unreachable": int(row[1]), "kind": kinds, "answer": answers,
            **{one: int(n) for one, n in zip(flags, row[2:], strict=True)}}  # fmt: skip
