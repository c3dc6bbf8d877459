"""What a plan rests on, held against the log: a row changed by hand frees nothing and binds nobody.

The log is right where the two differ. Its files on disk, signed, tell whether it was cut short.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, Entry, parse_entry
from shanhou.flow.noting import shown

if TYPE_CHECKING:
    from shanhou.cases.approvals import Approval
    from shanhou.cases.holds import Hold
    from shanhou.cases.store import Declaration, Store
    from shanhou.wiring import Case

Name = TypeVar("Name", str, tuple[str, str])

_ACTS = (Act.DECLARE, Act.HOLD, Act.APPROVE, Act.ANSWER)
_MARKS = tuple(f'"act":"{one.value}"'.encode() for one in _ACTS)
"""How an entry of these acts is recognised in its canonical bytes; the others are not parsed."""


@dataclass(frozen=True)
class Rows:
    """The rows of the state that decide what becomes of items, and who said they may."""

    declarations: tuple[Declaration, ...]
    holds: tuple[Hold, ...]
    approvals: tuple[Approval, ...]
    answers: dict[str, int]
    """How many answers each file brought, by the file's digest."""


@dataclass
class _Logged:
    """What the entries tell that were read so far; a later word replaces an earlier one."""

    words: dict[tuple[str, str], tuple[str, str, str]] = field(default_factory=dict)
    holds: dict[str, tuple[str, ...]] = field(default_factory=dict)
    approvals: dict[tuple[str, str], tuple[str, frozenset[str]]] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    read: int = 0

    def take(self, store: Store) -> None:
        """Read the entries that came since."""
        for raw in store.events(self.read):
            self.read += 1
            if any(mark in raw for mark in _MARKS):
                entry = parse_entry(raw)
                if entry.act in _TOLD:
                    _TOLD[entry.act](self, entry)

    def declared(self, entry: Entry) -> None:
        facts = {name: str(value) for name, value in entry.facts.items()}
        if entry.subject:  # a word on two customers is written into the case file, without one
            self.words[facts["fact"], facts["scope"]] = (
                facts["value"], entry.actor, entry.subject[0].sha256)  # fmt: skip

    def held(self, entry: Entry) -> None:
        facts = {name: str(value) for name, value in entry.facts.items()}
        was = self.holds.get(facts["hold"], ())
        self.holds[facts["hold"]] = (
            ("set", facts["kind"], facts["scope"], entry.actor) if facts["state"] == "set"
            else ("lifted", *was[1:], entry.actor)
        )  # fmt: skip

    def approved(self, entry: Entry) -> None:
        plan = next(one.sha256 for one in entry.subject if one.name == "plan")
        approver = str(entry.facts.get("approver", entry.actor))
        digests = frozenset(one.sha256 for one in entry.subject)
        self.approvals[plan, approver] = (str(entry.facts["means"]), digests)

    def answered(self, entry: Entry) -> None:
        told = entry.facts.get("accepted_count")
        if isinstance(told, int) and told:
            file = next(one.sha256 for one in entry.subject if one.name == "answers")
            self.answers[file] += told


_TOLD = {Act.DECLARE: _Logged.declared, Act.HOLD: _Logged.held, Act.APPROVE: _Logged.approved,
         Act.ANSWER: _Logged.answered}  # fmt: skip


def rows_as_logged(case: Case) -> Rows:
    """The words, holds, approvals and answers of the case, after they were found to be the log's.

    Raises:
        Refusal: SH-E-322 the holds differ from what the log tells; SH-E-917 the declarations;
            SH-E-887 the approvals; SH-E-888 the number of answers.
    """
    logged, rows, before = _Logged(), _rows(case.store), None
    while rows != before:  # one set while the log was read is read again, with its entry
        logged.take(case.store)
        rows, before = _rows(case.store), rows
    _require_holds(rows.holds, logged)
    _require_words(rows.declarations, logged)
    _require_approvals(rows.approvals, logged)
    if differ := _differing(rows.answers, dict(logged.answers)):
        raise Refusal("SH-E-888", files=", ".join(one[:12] for one in differ))
    return rows


def require_whole_log(case: Case) -> None:
    """Refuse a log that is shorter, or other, than what was signed of it: by the log's own key in
    its files, and by everybody who approved.

    Raises:
        Fault: SH-E-702 with where it was signed.
    """
    from shanhou.evidence.log import require_continued
    from shanhou.evidence.proof import Tree, leaf_hash
    from shanhou.evidence.statement import parse_statement

    tree = Tree.of(map(leaf_hash, case.store.events()))
    signed = [
        (f"statements/{name}", parse_statement(raw).log)
        for name, (raw, _) in case.store.statements().items()
        if name.startswith("approval-")
    ]
    require_continued(case.folder / "log", tree, case.signer.vkey, signed)


def _rows(store: Store) -> Rows:
    return Rows(store.declarations(), store.holds(), store.approvals(), store.answer_counts())


def _require_holds(holds: tuple[Hold, ...], logged: _Logged) -> None:
    told = {
        one.id: ("set" if one.stands else "lifted", one.kind, shown(one.scope), one.person,
                 *([] if one.stands else [one.lifted_by]))
        for one in holds
    }  # fmt: skip
    if differ := _differing(told, logged.holds):
        raise Refusal("SH-E-322", holds=", ".join(differ))


def _require_words(words: tuple[Declaration, ...], logged: _Logged) -> None:
    told = {(one.fact, shown(one.scope)): (one.value, one.person, one.evidence_sha256)
            for one in words}  # fmt: skip
    if differ := _differing(told, logged.words):
        raise Refusal("SH-E-917", words=", ".join(f"{fact} ({scope})" for fact, scope in differ))


def _require_approvals(approvals: tuple[Approval, ...], logged: _Logged) -> None:
    told = {(one.plan_digest, one.person): (one.means.value, one.statement_sha256)
            for one in approvals}  # fmt: skip
    differ = [key for key in sorted(told.keys() | logged.approvals.keys())
              if key not in told or not _signed(told[key], logged.approvals.get(key))]  # fmt: skip
    if differ:
        raise Refusal("SH-E-887", people=", ".join(sorted({person for _, person in differ})))


def _signed(told: tuple[str, str], logged: tuple[str, frozenset[str]] | None) -> bool:
    return logged is not None and told[0] == logged[0] and told[1] in logged[1]


def _differing(told: Mapping[Name, object], logged: Mapping[Name, object]) -> list[Name]:
    return sorted(one for one in told.keys() | logged.keys() if told.get(one) != logged.get(one))
