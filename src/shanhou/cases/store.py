"""The state of a case: an event and its state row in one commit.

It has one home, the case's own `case.db` or the database of a console (docs/adr 23).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shanhou.cases.approvals import Approval, Means
from shanhou.cases.base import Base
from shanhou.cases.disclosures import Disclosures, DisclosureUnit
from shanhou.cases.handovers import Handovers, HandoverUnit
from shanhou.cases.heard import Heard
from shanhou.cases.holds import Hold, every_hold, keep_hold
from shanhou.cases.in_folder import InFolder
from shanhou.cases.requests import Requests, RequestUnit
from shanhou.cases.sendings import Sendings, SendingUnit
from shanhou.cases.statements import add, put
from shanhou.cases.tables import COLUMNS
from shanhou.errors import Refusal


@dataclass(frozen=True)
class Declaration:
    """A person's word on a fact, with the document it rests on."""

    fact: str
    scope: str
    """`case`, `dataset:NAME` or `subject:ID`."""
    value: str
    person: str
    evidence: str
    evidence_sha256: str


@dataclass(frozen=True)
class Answer:
    """What a customer replied; the customer is a subject number, never a name."""

    subject: str
    kind: str
    value: str
    on_day: str
    channel: str
    source_sha256: str
    row: int
    closed_by: str = ""


@dataclass(frozen=True)
class Letter:
    """One letter of the outbox: rendered at most once per subject, template and plan text."""

    letter: str
    subject: str
    template: str
    language: str
    plan: str
    path: str
    sha256: str
    state: str
    on_day: str
    deadline: str


@dataclass(frozen=True)
class Step:
    """A row of the step ledger: what is intended, what is done."""

    id: str
    plan: str
    phase: str
    state: str
    detail: Mapping[str, Any]


class Store:
    """The state of one case; every write goes through `commit()`."""

    def __init__(self, where: Base | Path) -> None:
        """Open it: the file of a case folder, or where else its tables lie.

        Raises:
            Fault: SH-E-904 the file is no case database; SH-E-911 somebody holds it.
            Refusal: SH-E-912 the file's case has its state elsewhere.
        """
        self._raw: Base = InFolder(where) if isinstance(where, Path) else where

    def close(self) -> None:
        self._raw.close()

    @property
    def base(self) -> Base:
        """Where its rows lie, for whoever moves them."""
        return self._raw

    @property
    def disclosures(self) -> Disclosures:
        return Disclosures(self._raw)

    @property
    def handovers(self) -> Handovers:
        return Handovers(self._raw)

    @property
    def heard(self) -> Heard:
        return Heard(self._raw)

    @property
    def requests(self) -> Requests:
        return Requests(self._raw)

    @property
    def sendings(self) -> Sendings:
        return Sendings(self._raw)

    @contextmanager
    def commit(self, *, tries: int = 1) -> Iterator[Unit]:
        """All or nothing: state rows and their event. Raises: SH-E-911 somebody else writes."""
        self._raw.begin(tries)
        try:
            yield Unit(self._raw)
        except BaseException:
            self._raw.rollback()
            raise
        self._raw.commit()

    @contextmanager
    def lease(self, name: str) -> Iterator[None]:
        """Only one process at a time may hold a lease; a dead holder lets go by itself.

        Raises:
            Refusal: SH-E-905 a living process holds it.
        """
        with self._raw.lease(name) as held:
            if not held:
                raise Refusal("SH-E-905", lease=name)
            yield

    def setting(self, name: str) -> str | None:
        row = self._raw.execute("select value from @setting s where name = ?", [name]).fetchone()
        return str(row[0]) if row else None

    def stage(self, name: str) -> str | None:
        """What a finished stage left, e.g. the digest of its seal."""
        row = self._raw.execute("select value from @stage s where name = ?", [name]).fetchone()
        return str(row[0]) if row else None

    def stages(self, prefix: str) -> dict[str, str]:
        """What finished stages left under names that begin alike, by the rest of the name."""
        rows = self._raw.execute(
            "select substr(name, ?), value from @stage s where substr(name, 1, ?) = ?",
            [len(prefix) + 1, len(prefix), prefix],
        )
        return {str(name): str(value) for name, value in rows}

    def events(self, start: int = 0) -> Iterator[bytes]:
        asked = "select body from @event e where seq >= ? order by seq"
        for row in self._raw.stream(asked, [start]):
            yield bytes(row[0])

    def event_count(self) -> int:
        return int(self._raw.execute("select count(*) from @event e").fetchone()[0])

    def declarations(self) -> tuple[Declaration, ...]:
        rows = self._raw.execute("select fact, scope, value, person, evidence, evidence_sha256"
                                 " from @declaration d order by fact, scope")  # fmt: skip
        return tuple(Declaration(*row) for row in rows)

    def holds(self) -> tuple[Hold, ...]:
        return every_hold(self._raw)

    def answers(self) -> tuple[Answer, ...]:
        rows = self._raw.execute(
            "select subject, kind, value, on_day, channel, source_sha256, row, closed_by"
            " from @answer a order by id"
        )
        return tuple(Answer(*row) for row in rows)

    def answer_counts(self) -> dict[str, int]:
        """How many answers each file brought, by the digest of the file."""
        counted = "select source_sha256, count(*) from @answer a group by source_sha256"
        return {str(file): int(count) for file, count in self._raw.execute(counted)}

    def approvals(self, plan: str | None = None) -> tuple[Approval, ...]:
        rows = self._raw.execute(
            "select plan, person, means, device, size, root, statement_sha256, witness"
            " from @approval a where plan = coalesce(?, plan) order by plan, person",
            [plan],
        )
        return tuple(Approval(r[0], r[1], Means(r[2]), *r[3:]) for r in rows)

    def letters(self, *, state: str | None = None) -> Iterator[Letter]:
        for row in self._raw.stream(
            "select letter, subject, template, language, plan, path, sha256, state, on_day,"
            " deadline from @outbox o where state = coalesce(?, state) order by letter",
            [state],
        ):
            yield Letter(*row)

    def statements(self) -> dict[str, tuple[bytes, bytes]]:
        """Signed statements by name: canonical bytes and signature."""
        rows = self._raw.execute("select name, raw, signature from @statement s order by name")
        return {row[0]: (bytes(row[1]), bytes(row[2])) for row in rows}

    def certificates(self) -> dict[str, tuple[bytes, bytes]]:
        """Certificates by number: record and PDF."""
        rows = self._raw.execute("select number, record, pdf from @certificate c order by number")
        return {row[0]: (bytes(row[1]), bytes(row[2])) for row in rows}

    def steps(self, plan: str | None = None) -> tuple[Step, ...]:
        rows = self._raw.execute(
            "select id, plan, phase, state, detail from @step s where plan = coalesce(?, plan)"
            " order by ordinal",
            [plan],
        )
        return tuple(Step(r[0], r[1], r[2], r[3], json.loads(r[4])) for r in rows)

    def step(self, step_id: str) -> Step | None:
        row = self._raw.execute(
            "select id, plan, phase, state, detail from @step s where id = ?", [step_id]
        ).fetchone()
        return None if row is None else Step(row[0], row[1], row[2], row[3], json.loads(row[4]))


class Unit:
    """The writes of one commit."""

    def __init__(self, raw: Base) -> None:
        self._raw = raw

    def next_seq(self) -> int:
        return int(self._raw.execute("select count(*) from @event e").fetchone()[0])

    def event(self, seq: int, body: bytes) -> None:
        self._raw.execute("insert into @event (seq, body) values (?, ?)", [seq, body])

    def set_setting(self, name: str, value: str) -> None:
        """Fix a setting for good; another value later is refused.

        Raises:
            Refusal: SH-E-906 the case was created with another value.
        """
        held = self._raw.execute("select value from @setting s where name = ?", [name]).fetchone()
        if held is not None and held[0] != value:
            raise Refusal("SH-E-906", name=name)
        self._raw.execute(
            "insert into @setting (name, value) values (?, ?) on conflict do nothing", [name, value]
        )

    def set_stage(self, name: str, value: str) -> None:
        self._raw.execute(put("stage", "name, value", "name"), [name, value])

    def forget(self, plan: str, stages: Iterable[str]) -> None:
        """Clear a plan's steps and what stages left under names that begin with one of these."""
        self._raw.execute("delete from @step where plan = ?", [plan])
        self._raw.executemany("delete from @stage where substr(name, 1, ?) = ?",
                              [[len(prefix), prefix] for prefix in stages])  # fmt: skip

    def undo(self, step: str) -> None:
        """Clear one step: what it made is there no more."""
        self._raw.execute("delete from @step where id = ?", [step])

    def declare(self, one: Declaration) -> None:
        self._raw.execute(
            put("declaration", COLUMNS["declaration"], "fact, scope"),
            [one.fact, one.scope, one.value, one.person, one.evidence, one.evidence_sha256],
        )

    def hold(self, one: Hold) -> None:
        keep_hold(self._raw, one)

    def answer(self, one: Answer) -> bool:
        """Keep an answer once per file and row; whether it was new."""
        done = self._raw.execute(
            "insert into @answer (id, subject, kind, value, on_day, channel, source_sha256, row,"
            " closed_by) values ((select coalesce(max(id), 0) + 1 from @answer a),?,?,?,?,?,?,?,?)"
            " on conflict do nothing",
            [one.subject, one.kind, one.value, one.on_day, one.channel, one.source_sha256,
             one.row, one.closed_by],
        )  # fmt: skip
        return done.rowcount == 1

    def approve(self, one: Approval) -> None:
        self._raw.execute(
            put("approval", COLUMNS["approval"], "plan, person"),
            [one.plan_digest, one.person, one.means.value, one.device, one.checkpoint_size,
             one.checkpoint_root, one.statement_sha256, one.witness],
        )  # fmt: skip

    def statement(self, name: str, raw: bytes, signature: bytes) -> None:
        self._raw.execute(add("statement", "name, raw, signature"), [name, raw, signature])

    def certificate(self, number: str, record: bytes, pdf: bytes) -> None:
        self._raw.execute(add("certificate", "number, record, pdf"), [number, record, pdf])

    def letter(self, one: Letter) -> bool:
        """Put a letter in the outbox unless the same one lies there; whether it was new."""
        done = self._raw.execute(
            f"{add('outbox', COLUMNS['outbox'])} on conflict do nothing",
            [one.letter, one.subject, one.template, one.language, one.plan, one.path, one.sha256,
             one.state, one.on_day, one.deadline],
        )  # fmt: skip
        return done.rowcount == 1

    def letter_state(self, letter: str, state: str) -> None:
        self._raw.execute("update @outbox set state = ? where letter = ?", [state, letter])

    def letter_plan(self, letter: str, plan: str) -> None:
        """Which plan asks for a letter that lies there already."""
        self._raw.execute("update @outbox set plan = ? where letter = ?", [plan, letter])

    @property
    def disclosures(self) -> DisclosureUnit:
        return DisclosureUnit(self._raw)

    @property
    def handovers(self) -> HandoverUnit:
        return HandoverUnit(self._raw)

    @property
    def requests(self) -> RequestUnit:
        return RequestUnit(self._raw)

    @property
    def sendings(self) -> SendingUnit:
        return SendingUnit(self._raw)

    def step(self, one: Step) -> None:
        self._raw.execute(
            f"{add('step', 'id, plan, phase, state, detail', counted='ordinal')}"
            " on conflict (id) do update set state = excluded.state, detail = excluded.detail",
            [one.id, one.plan, one.phase, one.state, json.dumps(one.detail, sort_keys=True)],
        )
