"""`{% say "key" %}` and filters for numbers, days and outcomes, in every template."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from shanhou.console import words
from shanhou.console.house import words as house
from shanhou.console.pages import kept as pieces
from shanhou.evidence.report import LOOKS
from shanhou.law.answer_words import answer_words
from shanhou.law.load import load_rulebook
from shanhou.subjects.answers import way_of

if TYPE_CHECKING:
    from django.template import Context

    from shanhou.law.articles import Article
    from shanhou.law.rule import Basis, Clock, Rule

register = template.Library()
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@register.simple_tag
def say(name: str, **facts: Any) -> str:
    """A phrase in the page's language; what a customer or a file is called in it is escaped."""
    return words.say(name, **facts)


@register.simple_tag
def say_of(prefix: str, name: object, **facts: Any) -> str:
    """The phrase of a closed list: `say_of "stage" "plan"` says `stage_plan`."""
    return words.say_of(prefix, name, **facts)


@register.simple_tag
def url(name: str, *args: Any, **kwargs: Any) -> str:
    """An address by its name, as Django's own tag tells it, worked out once for each."""
    return _address(name, args, tuple(kwargs.items()))


@lru_cache(maxsize=8_192)
def _address(name: str, args: tuple[Any, ...], kwargs: tuple[tuple[str, Any], ...]) -> str:
    return reverse(name, args=args, kwargs=dict(kwargs))


@register.simple_tag
def kept(template: str, **given: Any) -> SafeString:
    """A piece of a page that looks at nothing but what it is given, made once for the same."""
    return pieces.kept(template, given)


@register.filter
def half(value: Any) -> str:
    """The half of a pair of words that the page's language wants."""
    if isinstance(value, dict):
        return house.wide(str(value.get(house.language(), "")))
    return house.wide(str(getattr(value, house.language(), value)))


@register.filter
def answer(value: str) -> str:
    """An answer to a fact in words."""
    return half(answer_words(value)) if value else ""


@register.filter
def reason(code: str) -> str:
    """Why a sending stands as it does: in words where it is our code, else as the channel's own."""
    known = f"reason_{code.replace('-', '_')}"
    return words.say(known) if known in words.words() else words.say("reason_code", code=code)


@register.filter
def tongues(codes: str) -> str:
    """The languages of a letter by their names."""
    names = {"zh": "in_chinese", "en": "in_english"}
    return " · ".join(words.say(names[one]) if one in names else one for one in codes.split())


@register.filter
def stamp(text: str) -> str:
    """A moment of the log, which writes UTC."""
    return house.moment(datetime.fromisoformat(text)) if text else ""


@register.filter
def name_of(person: Any) -> str:
    """What a person is called; somebody no longer named keeps a dash."""
    return str(getattr(person, "name", "") or "–")


register.filter("wide", house.wide)
register.filter("number", house.number)
register.filter("day", house.day)
register.filter("moment", house.moment)


@register.filter
def yuan(fen: int) -> str:
    """An amount in yuan; prices are kept in fen."""
    return f"{int(fen) / 100:,.2f}"


@register.filter
def outcome(name: str) -> SafeString:
    """An outcome as symbol, word and colour, never by colour alone."""
    look = LOOKS[name]
    form = '<span class="outcome outcome-{}"><span aria-hidden="true">{}</span> {}</span>'
    return format_html(form, name.lower().replace("_", "-"), look.symbol, half(look.words))


@register.filter
def heard(way: str) -> str:
    """How an answer came: a file of answers says it in free words, which are shown nowhere."""
    return words.say_of("cameby", way_of(way))


@register.filter
def outcome_word(name: str) -> str:
    return half(LOOKS[name].words)


@register.filter
def short(digest: str) -> str:
    """The first twelve characters of a digest."""
    return str(digest)[:12]


@register.filter
def of(held: Any, key: Any) -> Any:
    """What a mapping holds under a key."""
    return held.get(key, "")


@register.filter
def cited(bases: Any) -> str:
    """Articles as the page's language names them."""
    from shanhou.flow.paper_plan import articles

    return half(articles(bases))


@register.filter
def article_name(one: Article) -> str:
    """A statute and its article as the page's language names them."""
    return f"{half(one.statute)} {_number(one.articles)}".strip()


def _number(articles: str) -> str:
    from shanhou.law.articles import WHOLE, in_english

    if articles == WHOLE:
        return ""
    return articles if house.language() == "zh" else in_english(articles)


@register.simple_tag(takes_context=True)
def articles_of(context: Context, bases: Iterable[Basis]) -> SafeString:
    """Articles, each a link to what it says."""
    told = [_linked(context["case_number"], one) for one in bases]
    return format_html_join(house.wide("; "), "{}", ((one,) for one in told))


def _linked(number: str, basis: Basis) -> SafeString:
    law = basis.law if house.language() == "zh" else basis.en or basis.law
    parts: list[SafeString] = []
    for part in (each.strip() for each in basis.article.split(",")):
        called = _number(part) if parts else f"{law} {_number(part)}".strip()
        at = _place_of(basis.law, part)
        parts.append(format_html('<a href="{}{}">{}</a>', reverse("law", args=[number]), at, called)
                     if at else format_html("{}", called))  # fmt: skip
    return format_html_join(", ", "{}", ((one,) for one in parts))


@cache
def _place_of(law: str, articles: str) -> str:
    """Where on the page of the law an article stands; nowhere where it has no gist."""
    from shanhou.law.articles import articles_cited
    from shanhou.law.rule import Basis

    found = articles_cited([Basis(law, articles, date.min)])
    return f"?statute={found[0].statute.short}#{found[0].anchor}" if found else ""


@register.simple_tag(takes_context=True)
def rule_articles(context: Context, rule: str, told: dict[str, str]) -> SafeString:
    """The articles of a rule as links; as the plan told them where this version lacks the rule."""
    known = _rules().get(rule)
    return articles_of(context, known.bases) if known else format_html("{}", half(told))


@register.simple_tag(takes_context=True)
def clock_articles(context: Context, clock: str, told: dict[str, str]) -> SafeString:
    """The articles of a date as links; as they were told where this version lacks its clock."""
    known = _clocks().get(clock)
    return articles_of(context, known.bases) if known else format_html("{}", half(told))


@cache
def _rules() -> dict[str, Rule]:
    return {one.id: one for one in load_rulebook().rules}


@cache
def _clocks() -> dict[str, Clock]:
    return {one.id: one for one in load_rulebook().clocks}


_SCREENS = {
    "SH-E-001": "case_file", "SH-E-002": "case_file", "SH-E-204": "inventory",
    "SH-E-301": "inventory", "SH-E-302": "facts", "SH-E-405": "plan", "SH-E-503": "approvals",
    "SH-E-506": "approvals", "SH-E-601": "facts", "SH-E-602": "execution",
    "SH-E-820": "particulars", "SH-E-866": "approvals", "SH-E-501": "people",
}  # fmt: skip


@register.filter
def screen_of(code: str) -> str:
    """The screen on which one does what a refusal asks for; none where it says all itself."""
    return _SCREENS.get(code, "")


@register.filter
def attribute(held: Any, name: str) -> Any:
    """A named part of a thing; nothing where it has none."""
    return getattr(held, name, "") or ""


@register.filter
def form_control(field: Any) -> SafeString:
    """A form's field, dressed like the others of the house."""
    kind = getattr(field.field.widget, "input_type", "")
    dress = "form-check-input" if kind in {"checkbox", "radio"} else "form-control"
    made: SafeString = field.as_widget(attrs={"class": dress})
    return made


@register.filter
def step_word(step: str) -> str:
    """A step of the ledger: the phase in words, and what of it; sealing names until which day."""
    first, _, rest = step.partition(":")
    if first == "done":
        return words.say("step_whole")
    called = words.say_of("stage", first) if f"stage_{first}" in words.words() else first
    if _DAY.fullmatch(rest):
        kept_until = date.fromisoformat(rest)
        rest = (words.say("step_for_good") if kept_until == date.max
                else words.say("step_until", day=house.day(rest)))  # fmt: skip
    return f"{called} {rest}".strip()


@register.filter
def about_whom(about: str) -> str:
    """Whose date it is: a customer's number, and what they asked for."""
    subject, _, kind = str(about).partition(" ")
    return f"{subject} {words.say_of('answer', kind)}" if kind else subject


@register.filter
def fact_asked(fact: str) -> str:
    """A fact as the question that a person is asked, with its name beside it."""
    from shanhou.cases.stages import GATE_QUESTIONS

    known = load_rulebook().facts.get(fact)
    if known is not None:
        asked = known.zh if house.language() == "zh" else known.en
    elif fact in GATE_QUESTIONS:
        asked = GATE_QUESTIONS[fact][house.language() == "en"]
    else:
        return fact
    return f"{house.wide(asked)} ({fact})"


@register.filter
def counted(value: object) -> str:
    """What came of a job: a count, a name, or yes and no."""
    if isinstance(value, bool):
        return words.say("count_yes" if value else "count_no")
    return house.number(value)


@register.simple_tag(takes_context=True)
def owner_word(context: Context, owner: str) -> str:
    """Who answers for what is owed: a party, or a person of the case by name."""
    known = f"owner_{owner}"
    return words.say_of("owner", owner) if known in words.words() else called(context, owner)


@register.simple_tag(takes_context=True)
def called(context: Context, person: str) -> str:
    """What a person of the case is called; one that is no longer named keeps their id."""
    seat = context.get("seat")
    people = seat.settings.people if seat else ()
    return next((one.name for one in people if one.id == person), str(person))
