"""Letters: what a customer must be told, in plain words, by kind of exit.

A page is rendered once for all customers to whom the same happens; name, number, reply code, counts
and dates are filled in per letter. What the law wants in a letter and is not known stops it.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from shanhou.cases.notices import Told
from shanhou.cases.parties import ExitKind, Parties, Party
from shanhou.errors import Language, Refusal
from shanhou.law.rule import Outcome

_MARK = "\x02"
"""Stands around what is filled in per letter; no text that is read holds it."""
_PERMANENT = date(9999, 12, 31)


class Template(StrEnum):
    """Which letter."""

    ART23 = "art23"
    """The recipient may have the information only with separate consent (PIPL 23)."""
    ART22 = "art22"
    """The recipient takes over by law; the customer is told and may object (PIPL 22)."""
    CLOSURE = "closure"
    """The company ends (PIPL 47)."""
    CHANGE = "change"
    """Nothing moves; other shareholders (PIPL 17)."""


class Kept(StrEnum):
    """Whether a retained item has an end."""

    DATE = "date"
    PERMANENT = "permanent"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Item:
    """One field group of a customer and what becomes of it."""

    group: str
    outcome: Outcome
    kept: Kept | None = None


@dataclass(frozen=True)
class Profile:
    """All that one page depends on: customers of one profile get the same letter but for names."""

    items: tuple[Item, ...]
    sensitive: bool
    child: bool
    company: bool


@dataclass(frozen=True)
class Occasion:
    """What every letter of a case says alike."""

    kind: ExitKind
    parties: Parties
    on: date
    deadline: date
    stops_on: date | None
    """The last day of business; letters on closing must name it."""
    reply_to: str
    rehearsal: bool
    known_number: str = ""
    asked_first: Mapping[str, Told] = field(default_factory=dict)
    portal: str = ""
    """The portal's page of the case as it is typed, without `https://`."""


@dataclass(frozen=True)
class Filled:
    """What is one customer's own in a letter."""

    name: str
    subject: str
    code: str
    counts: Sequence[int]
    """Records per item, in the profile's order."""
    untils: Sequence[date | None]
    portal_code: str = ""


@dataclass(frozen=True)
class Page:
    """A rendered page with gaps: text and names of gaps in turn."""

    parts: tuple[str, ...]
    language: Language

    def fill(self, own: Filled) -> str:
        """The letter of one customer."""
        known = {
            "name": html.escape(own.name),
            "subject": own.subject,
            "code": own.code,
            "portal_code": own.portal_code,
            **{f"n{at}": str(n) for at, n in enumerate(own.counts)},
            **{f"u{at}": long_date(day, self.language)
               for at, day in enumerate(own.untils) if day is not None},
        }  # fmt: skip
        filled = list(self.parts)
        filled[1::2] = [known[gap] for gap in filled[1::2]]
        return "".join(filled)


def template_for(kind: ExitKind, *, going_concern: bool = False) -> Template:
    """Which letter an exit needs; a bankruptcy that sells the running business is like a merger."""
    if kind is ExitKind.ASSET_SALE:
        return Template.ART23
    if kind is ExitKind.EQUITY_SALE:
        return Template.CHANGE
    if kind in {ExitKind.MERGER, ExitKind.DIVISION} or going_concern:
        return Template.ART22
    return Template.CLOSURE


def missing(template: Template, occasion: Occasion, *, sealed: bool) -> tuple[str, ...]:
    """What the law wants in the letter and the case file does not say."""
    parties = occasion.parties
    wanted: list[tuple[str, object]] = [("handler.contact", parties.handler.contact)]
    recipient = parties.recipient
    if template in {Template.ART23, Template.ART22, Template.CHANGE}:
        wanted += [("recipient", recipient and recipient.name),
                   ("recipient.contact", recipient and recipient.contact)]  # fmt: skip
    if template is Template.ART23 and recipient:
        wanted += [(f"recipient.{name}", getattr(recipient, name))
                   for name in ("purpose", "method", "kinds")]  # fmt: skip
    if template is Template.CLOSURE:
        wanted.append(("stops_on", occasion.stops_on))
    if template is Template.CLOSURE and sealed:
        custodian = parties.custodian
        wanted += [("custodian", custodian), ("custodian.contact", custodian and custodian.contact)]
    return tuple(name for name, value in wanted if not value)


class Letters:
    """Renders one kind of letter in one language; pages are kept per profile."""

    def __init__(self, template: Template, language: Language, occasion: Occasion) -> None:
        import jinja2

        self.template, self.language, self.occasion = template, language, occasion
        environment = jinja2.Environment(
            loader=jinja2.PackageLoader("shanhou.notices", "letters"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._source = environment.get_template(f"{template.value}.{language}.html.j2")
        self._pages: dict[Profile, Page] = {}

    def page(self, profile: Profile) -> Page:
        """The page of a profile.

        Raises:
            Refusal: SH-E-811 the case file lacks what the law wants in the letter.
        """
        if profile not in self._pages:
            sealed = any(item.outcome is Outcome.RETAIN for item in profile.items)
            lacking = missing(self.template, self.occasion, sealed=sealed)
            if lacking:
                named = (words()["missing"][name][self.language] for name in lacking)
                raise Refusal("SH-E-811", missing=", ".join(named))
            self._pages[profile] = self._rendered(profile)
        return self._pages[profile]

    def _rendered(self, profile: Profile) -> Page:
        text = self._source.render(
            **said_alike(self.occasion, self.language),
            profile=profile,
            has={item.outcome.value for item in profile.items},
            blocks=self._blocks(profile.items),
            name=_gap("name"),
            subject=_gap("subject"),
            code=_gap("code"),
            portal_code=_gap("portal_code"),
        )
        return Page(tuple(text.split(_MARK)), self.language)

    def _blocks(self, items: Sequence[Item]) -> list[dict[str, Any]]:
        """What becomes of the information: one block per outcome, its field groups below."""
        said, language = words(), self.language
        recipient = self.occasion.parties.recipient
        blocks: list[dict[str, Any]] = []
        for at, item in enumerate(items):
            outcome = said["outcomes"][item.outcome.value]
            if not blocks or blocks[-1]["kind"] != item.outcome.value.lower():
                to = recipient.name if recipient else "-"
                blocks.append({
                    "kind": item.outcome.value.lower(),
                    "mark": outcome["mark"],
                    "outcome": outcome[language],
                    "tells": outcome["tells"][language].format(to=to),
                    "rows": [],
                })  # fmt: skip
            kept = said["until"][item.kept.value][language] if item.kept else ""
            blocks[-1]["rows"].append({
                "group": said["groups"][item.group][language],
                "kept": _with_gap(kept, "{date}", _gap(f"u{at}")),
                "records": _with_gap(said["records"][language], "{n}", _gap(f"n{at}")),
            })  # fmt: skip
        return blocks


def said_alike(occasion: Occasion, language: Language) -> dict[str, Any]:
    """What every text of a case says alike, by the names the texts use."""
    known, parties = words(), occasion.parties
    kinds = parties.recipient.kinds if parties.recipient else ()
    return {
        "language": language,
        "handler": parties.handler,
        "recipient": parties.recipient or Party(name=""),
        "kinds": tuple(known["groups"][one][language] if one in known["groups"] else one
                       for one in kinds),
        "custodian": parties.custodian,
        "event": known["events"][occasion.kind.value][language],
        "closing": known["closing"].get(occasion.kind.value, {}).get(language, ""),
        "on": long_date(occasion.on, language),
        "deadline": long_date(occasion.deadline, language),
        "stops_on": long_date(occasion.stops_on or occasion.on, language),
        "reply_to": occasion.reply_to or parties.handler.contact,
        "rehearsal": occasion.rehearsal,
        "portal": occasion.portal,
        "number": occasion.known_number or occasion.reply_to or parties.handler.contact,
        "first": [{"what": known["asked_first"][one][language], "tells": getattr(said, language)}
                  for one, said in occasion.asked_first.items()],
    }  # fmt: skip


def long_date(day: date, language: Language) -> str:
    """2026年11月22日, or 22 November 2026."""
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def kept_of(outcome: Outcome, until: date | None) -> Kept | None:
    """How the end of a retained item is told."""
    if outcome is not Outcome.RETAIN:
        return None
    if until is None:
        return Kept.UNKNOWN
    return Kept.PERMANENT if until >= _PERMANENT else Kept.DATE


@cache
def words() -> Mapping[str, Any]:
    import yaml

    text = resources.files("shanhou.notices").joinpath("words.yaml").read_text(encoding="utf8")
    loaded: Mapping[str, Any] = yaml.safe_load(text)
    return loaded


def _gap(name: str) -> Any:
    import markupsafe

    return markupsafe.Markup(f"{_MARK}{name}{_MARK}")  # noqa: S704 - a constant


def _with_gap(text: str, place: str, gap: Any) -> Any:
    return gap.join(_escaped(part) for part in text.split(place)) if place in text else text


def _escaped(text: str) -> Any:
    import markupsafe

    return markupsafe.escape(text)


_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December")  # fmt: skip
