"""Keeps, before customers are merged anew, which records every word was about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shanhou.cases.case_facts import words_said
from shanhou.disposition.lineage import ANSWER, LETTER, own_records
from shanhou.flow.noting import SUBJECTS
from shanhou.subjects.answers import sid_of
from shanhou.vault.canonical import json_digest
from shanhou.wiring import Case

if TYPE_CHECKING:
    import pyarrow as pa

    from shanhou.cases.store import Declaration
    from shanhou.vault.generation import Desk

_NAME, _ANSWERS = "lineage", "lineage:answers"
_SAID_OF = "said-of:"


def lineage(case: Case) -> str | None:
    """The generation that tells which records words were about; None: nothing was merged since."""
    return case.store.stage(_NAME)


def keep_lineage(case: Case) -> None:
    """Write down for every new answer and letter the records its customer has now.

    The generation is sealed and named before the merging that it is about is thrown away: killed at
    any point, a word is kept once.
    """
    import pyarrow as pa

    answers = case.store.answers()
    before = lineage(case)
    counted = int(case.store.stage(_ANSWERS) or 0)
    fresh = [(str(n), one.subject) for n, one in enumerate(answers) if n >= counted]
    letters = [(one.letter, one.subject) for one in case.store.letters()]
    if not case.vault.sealed(SUBJECTS) or not (fresh or letters):
        return
    name = f"lineage-{int(before.rpartition('-')[2]) + 1 if before else 1}"
    case.vault.discard(name)
    with case.vault.write(name, reading=[SUBJECTS, *([before] if before else [])]) as desk:
        held = desk.arrow(desk.table(before, "heard")) if before else _told([])
        known = set(held.filter(_of(held, LETTER))["key"].to_pylist())
        new = [(ANSWER, *one) for one in fresh]
        new += [(LETTER, *one) for one in letters if one[0] not in known]
        rows = desk.put("heard", pa.concat_tables([held, _about(desk, new)]))
    case.vault.seal(name, {"heard": rows}, {})
    with case.store.commit() as unit:
        unit.set_stage(_NAME, name)
        unit.set_stage(_ANSWERS, str(len(answers)))
    if before:
        case.vault.discard(before)


def _of(held: pa.Table, kind: str) -> pa.Array:
    import pyarrow.compute as pc

    return pc.equal(held["kind"], kind)


def _told(rows: list[tuple[str, str, str]]) -> pa.Table:
    import pyarrow as pa

    kinds, keys, subjects = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table({
        "kind": pa.array(kinds, pa.string()), "key": pa.array(keys, pa.string()),
        "rec": pa.array([sid_of(one) for one in subjects], pa.int64()),
    })  # fmt: skip


def _about(desk: Desk, words: list[tuple[str, str, str]]) -> pa.Table:
    """`kind`, `key`, `rec`: the records of whom each word names."""
    import ibis

    named = ibis.memtable(_told(words)).rename(sid="rec")
    own = own_records(desk, SUBJECTS)
    found = named.join(own, "sid").select("kind", "key", "rec")
    return desk.arrow(found.order_by(["kind", "key", "rec"])).cast(_told([]).schema)


def made_of(desk: Desk, subject: str) -> str:
    """The digest of the records that are a customer's own."""
    own = own_records(desk, SUBJECTS)
    mine = desk.arrow(own.filter(own.sid == sid_of(subject)).select("rec").order_by("rec"))
    return json_digest(mine["rec"].to_pylist())


def said_of(one: Declaration) -> str:
    """The store's name for what a customer was made of when a word was said of them."""
    return f"{_SAID_OF}{one.fact}:{one.scope}"


def changed_since(case: Case, desk: Desk) -> str | None:
    """The scope of a word on one customer who has other records today than when it was said."""
    for one in words_said(case.store):
        held = case.store.stage(said_of(one)) if one.scope.startswith("subject:") else None
        if held is not None and held != made_of(desk, one.scope.removeprefix("subject:")):
            return one.scope
    return None
