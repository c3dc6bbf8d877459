"""案件模板: what of a case's settings serves the next one, and nothing that is of its company.

Kept are the exit, the laws, people with their duties, how letters go out and how many sign. Never
kept are parties, sources, datasets and what was said of them, days, debts, keys, secrets, accounts,
and words to customers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pydantic import ValidationError

from shanhou.cases.settings import Settings
from shanhou.errors import Refusal

MOST_PEOPLE = 20
_OF_CASE = frozenset({"kind", "timing", "procedure", "laws"})
_OF_PERSON = frozenset({"id", "name", "duties", "party", "role"})
_SIDES = frozenset({"handler", "outside"})
"""People of the recipient or the custodian belong to the other side of that one case."""
_OF_NOTICES = frozenset({"deadline_days", "languages", "ladder", "window", "remind_after_days"})
_OF_CHANNEL = frozenset({"kind", "url", "fen_each", "per_minute"})
"""Not the sender, the account, the signature and the reviewed text: these are the company's own."""
_OF_INVENTORY = frozenset({"sensitive_profile", "rows"})
_PARTS = frozenset({"case", "people", "notices", "approvals", "inventory"})


def kept_of(settings: Settings, people: Collection[str], *, first: str) -> dict[str, Any]:
    """What a template keeps of a case, with those of its people who were chosen; whoever keeps it
    comes `first`, as in every new case.
    """
    chosen = [one for one in settings.people if one.id in people and one.party in _SIDES]
    chosen.sort(key=lambda one: one.id != first)
    notices = settings.notices
    return {
        "case": settings.case.model_dump(mode="json", include=set(_OF_CASE)),
        "people": [one.model_dump(mode="json", include=set(_OF_PERSON)) for one in chosen],
        "notices": {
            **notices.model_dump(mode="json", include=set(_OF_NOTICES)),
            "channels": {
                name: {**one.model_dump(mode="json", include=set(_OF_CHANNEL)),
                       "url": _without_secrets(one.url)}
                for name, one in notices.channels.items()
            },
        },
        "approvals": settings.approvals.model_dump(mode="json"),
        "inventory": settings.inventory.model_dump(mode="json", include=set(_OF_INVENTORY)),
    }  # fmt: skip


def keepable(settings: Settings) -> tuple[str, ...]:
    """The ids of the people whom a template may keep."""
    return tuple(one.id for one in settings.people if one.party in _SIDES)[:MOST_PEOPLE]


def settings_from(kept: Mapping[str, Any]) -> Settings:
    """A case as the template would begin it, by the schema of today's case files.

    Raises:
        Refusal: SH-E-879 the template no longer fits.
    """
    strange = sorted(set(kept) - _PARTS)
    if set(kept) != _PARTS:
        raise Refusal("SH-E-879", where=", ".join(strange) or "-", problem="parts")
    try:
        return Settings.model_validate({
            "shanhou": 1, **kept, "case": {**kept["case"], "id": "template", "title": "-"},
            "parties": {"handler": {"name": "-"}}, "sources": [],
        })  # fmt: skip
    except (ValidationError, TypeError) as error:
        where, problem = "-", "form"
        if isinstance(error, ValidationError):
            first = error.errors(include_input=False, include_url=False)[0]
            where, problem = ".".join(str(part) for part in first["loc"]) or "-", first["msg"]
        raise Refusal("SH-E-879", where=where, problem=problem) from None


def begun_with(kept: Mapping[str, Any], tree: Any) -> None:
    """Put into the tree of a new case file what a template keeps besides its people, whom the form
    names, and the exit and its time, which the form says.

    Raises:
        Refusal: SH-E-879 the template no longer fits.
    """
    settings_from(kept)
    for name, value in kept["case"].items():
        if name not in {"kind", "timing"}:
            tree["case"][name] = value
    for part in ("notices", "approvals", "inventory"):
        tree[part] = kept[part]


def _without_secrets(url: str) -> str:
    """Scheme, host and port of an address: a name, a password or a key may stand in the rest."""
    try:
        told = urlsplit(url)
    except ValueError:
        return ""
    host = told.netloc.rpartition("@")[2]
    return urlunsplit((told.scheme, host, "", "", "")) if host else ""
