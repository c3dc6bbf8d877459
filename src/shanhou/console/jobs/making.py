"""A new case from what a person filled in: its folder, its keys, its file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from shanhou.cases.calendar import is_of_our_time
from shanhou.cases.parties import Duty, ExitKind, Timing
from shanhou.cases.template import MOST_PEOPLE, begun_with

_NUMBER = re.compile(r"[a-z0-9][a-z0-9-]{1,47}")
PARTY_PARTS = ("name", "code", "contact", "address")
MOST_TITLE = 200
ROWS = 6
"""So many people a form asks for, or as many as a template brings; more are added in the case."""


@dataclass(frozen=True)
class Named:
    """A person of the new case."""

    id: str
    name: str
    duties: tuple[str, ...]


@dataclass(frozen=True)
class Wanted:
    """What the form says, and what is wrong with it."""

    number: str
    title: str
    kind: str
    timing: str
    rehearsal: bool
    plays_on: date | None
    handler: dict[str, str]
    recipient: dict[str, str] | None
    custodian: dict[str, str] | None
    people: tuple[Named, ...]
    wrong: tuple[str, ...] = field(default=())

    @classmethod
    def of(cls, form: Mapping[str, Any]) -> Wanted:
        """Read the form; every mistake is named, none is guessed away."""

        def text(name: str) -> str:
            return str(form.get(name, "")).strip()

        people = tuple(
            Named(text(f"person{n}_id"), text(f"person{n}_name"), _duties(form, n))
            for n in range(MOST_PEOPLE)
            if text(f"person{n}_id") or text(f"person{n}_name")
        )
        kind, timing = text("kind"), text("timing") or "during"
        plays = text("plays_on")
        lacks = {
            "wrong_number": not _NUMBER.fullmatch(text("number")),
            "wrong_title": not 0 < len(text("title")) <= MOST_TITLE,
            "wrong_kind": kind not in set(ExitKind) or timing not in set(Timing),
            "wrong_handler": not text("handler_name"),
            "wrong_day": bool(plays) and not _is_day(plays),
        } | _wrong_of(people)
        wrong = [name for name, lacking in lacks.items() if lacking]
        return cls(
            text("number"), text("title"), kind, timing, bool(form.get("rehearsal")),
            date.fromisoformat(plays) if plays and _is_day(plays) else None,
            _party(form, "handler") or {}, _party(form, "recipient"), _party(form, "custodian"),
            people, tuple(wrong),
        )  # fmt: skip


def _wrong_of(people: tuple[Named, ...]) -> dict[str, bool]:
    return {
        "wrong_people": not people
        or any(not one.name or not _NUMBER.fullmatch(one.id) for one in people),
        "wrong_people_twice": len({one.id for one in people}) != len(people),
        "wrong_duties": any(not one.duties for one in people),
    }


def make(folder: Path, wanted: Wanted, kept: Mapping[str, Any] | None = None) -> None:
    """Make the folder and fill in the case file; `kept` are the settings of a template.

    Raises:
        Refusal: SH-E-908 a folder of that name holds something; SH-E-879 the template no longer
            fits; SH-E-002 the file breaks its schema.
    """
    from shanhou.cases.case_file import amend
    from shanhou.wiring import CASE_FILE, make_case

    make_case(folder, kind=wanted.kind, timing=wanted.timing, rehearsal=wanted.rehearsal)

    def fill(tree: Any) -> None:
        tree["case"]["title"] = wanted.title
        tree["parties"]["handler"] = wanted.handler
        for name, party in (("recipient", wanted.recipient), ("custodian", wanted.custodian)):
            if party:
                tree["parties"][name] = party
        more = {one["id"]: {"party": one["party"], "role": one["role"]}
                for one in (kept or {}).get("people", ())}  # fmt: skip
        tree["people"] = [{"id": one.id, "name": one.name, "duties": list(one.duties),
                           **more.get(one.id, {})} for one in wanted.people]  # fmt: skip
        if kept:
            begun_with(kept, tree)

    amend(folder / CASE_FILE, fill)


def _duties(form: Mapping[str, Any], n: int) -> tuple[str, ...]:
    given = form.getlist(f"person{n}_duties") if hasattr(form, "getlist") else ()
    return tuple(one for one in given if one in set(Duty))


def _party(form: Mapping[str, Any], which: str) -> dict[str, str] | None:
    told = {name: str(form.get(f"{which}_{name}", "")).strip() for name in PARTY_PARTS}
    return {name: value for name, value in told.items() if value} if told["name"] else None


def _is_day(text: str) -> bool:
    try:
        return is_of_our_time(date.fromisoformat(text))
    except ValueError:
        return False
