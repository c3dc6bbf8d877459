"""What customers answered and what was sent to them, as facts about each subject.

Silence is never consent; a consent given for one thing never stands for another.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ibis

_APART = ("dispute", "relatives")
"""Requests that are facts of their own."""
CONSENTS = ("consent_provision", "consent_contract", "consent_sensitive", "consent_export",
            "consent_guardian", "consent_purpose", "consent_marketing")  # fmt: skip
"""The consents that the law keeps apart (law.md 3.3); one never stands for another."""
ANSWERED = (*CONSENTS, "notice", "objection_window", "objection", "opt_out", "request_open",
            "disputed", "relatives", "moved", "deletion")  # fmt: skip
"""Facts that what customers answered, and what was sent to them, tell."""


def answered_facts(
    answers: ibis.Table, letters: ibis.Table, sids: ibis.Table, *, wanted: Sequence[str], on: date
) -> Any:
    """Per subject the wanted facts: was the notice sent, each consent, objection, open requests.

    A notice that no letter of the outbox brought is null: a person may say it was given otherwise.

    Silence past the letter's deadline is `silent`, never consent; before it, or before any letter,
    consent is `pending` and the window for objections is open.
    """
    sent = letters.group_by("sid").aggregate(deadline=lambda t: t.deadline.max())
    import ibis

    table = sids.left_join(sent, "sid").drop("sid_right")
    late = (table.deadline < on.isoformat()).fill_null(False)  # noqa: FBT003
    table = table.mutate(
        notice=table.deadline.notnull().ifelse("sent", ibis.null("string")),
        quiet=late.ifelse("silent", "pending"),
        objection_window=late.ifelse("over", "running"),
    )
    for kind in CONSENTS:
        if kind in wanted:
            last = _last_answer(answers, kind)
            table = table.left_join(last, "sid").drop("sid_right")
            table = table.mutate(**{kind: table[kind].fill_null(table.quiet)})
    open_ones = answers.filter(answers.closed_by == "")
    refused = (answers.kind == "consent_marketing") & (answers["value"] == "refused")
    flags = {
        "objection": (answers.filter(answers.kind.isin(["objection", "withdrawal"])),
                      ("made", "none")),
        "opt_out": (answers.filter((answers.kind == "opt_out") | refused), ("yes", "no")),
        "request_open": (open_ones.filter(open_ones.kind.isin(_asked())), ("yes", "no")),
        "disputed": (open_ones.filter(open_ones.kind == "dispute"), ("yes", "no")),
        "relatives": (open_ones.filter(open_ones.kind == "relatives"), ("open", "none")),
        "deletion": (answers.filter((answers.kind == "deletion") & (answers["value"] == "granted")),
                     ("granted", "none")),
        "moved": (answers.filter(answers.kind == "moved"), ("yes", "no")),
    }  # fmt: skip
    for name, (found, words) in flags.items():
        if name in wanted:
            table = _flag(table, found, name, words)
    return table.select("sid", *wanted)


def _asked() -> list[str]:
    from shanhou.cases.requests import REQUEST_KINDS

    return [kind for kind in REQUEST_KINDS if kind not in _APART]


def _last_answer(answers: ibis.Table, kind: str) -> ibis.Table:
    """The latest word counts: consent can be withdrawn, and given after a first no."""
    mine = answers.filter((answers.kind == kind) & answers.value.isin(["granted", "refused"]))
    return mine.group_by("sid").aggregate(
        **{kind: lambda t: t.value.argmax(t.on_day + t.ordinal.cast("string").lpad(12, "0"))}
    )


def _flag(table: Any, found: ibis.Table, name: str, words: tuple[str, str]) -> Any:
    hits = found.select("sid").distinct().mutate(hit=True)
    joined = table.left_join(hits, "sid").drop("sid_right")
    return joined.mutate(**{name: joined.hit.fill_null(False).ifelse(*words)}).drop("hit")  # noqa: FBT003
