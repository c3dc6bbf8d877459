"""Settle what each field holds: category, about whom, sensitive, how surely, and why. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from shanhou.inventory.evidence import DENIED, NAMED, Weight, claims, weigh
from shanhou.inventory.kinds import (
    CUSTOMERS,
    IDENTIFYING,
    STAFF,
    About,
    Category,
    Verdict,
)
from shanhou.inventory.people import about_field
from shanhou.inventory.profile import DatasetProfile, FieldProfile
from shanhou.inventory.rules import Rules
from shanhou.inventory.verdicts import FieldVerdict, Reason
from shanhou.inventory.words import Header, find, read_comment, read_header

if TYPE_CHECKING:
    from shanhou.vault.tables import Dataset, Field

_ACCOUNT_WORDS = frozenset({"account", "账号", "帐号"})
CERTAIN, LIKELY, UNSURE = 4.4, 2.6, 1.4
_NUMBER_TYPE = re.compile(
    r"(?i)(?:tiny|small|medium|big)?(?:int|serial)|integer|decimal|numeric|number|float|double|real"
)
_WORDED = frozenset(
    {
        Category.ADDRESS,
        Category.ORG_NAME,
        Category.EMAIL,
        Category.FREE_TEXT,
        Category.IMAGE,
        Category.BANK_NAME,
        Category.PUBLIC_NAME,
    }
)
_ONLY_OF_PERSONS = frozenset(
    {
        Category.PROFILE,
        Category.WORK_PROFILE,
        Category.REGION,
        Category.IMAGE,
        Category.AGE,
        Category.FREE_TEXT,
        Category.CREDIT_INCOME,
        Category.PRECISE_LOCATION,
        Category.POSTCODE,
        Category.HEALTH,
        Category.GENDER,
        Category.ADDRESS,
        Category.FAMILY,
        Category.CREDENTIAL,
        Category.ACCOUNT_LOGIN,
    }
)
"""Categories a header alone does not make where no person is near: a product's age or picture."""


def classify_dataset(
    dataset: Dataset, about: About, profile: DatasetProfile, rules: Rules
) -> tuple[FieldVerdict, ...]:
    """A verdict for every field of a dataset that is about `about`."""
    weighed = {
        field.name: weights_of(field, profile.fields[field.name], about, rules)
        for field in dataset.fields
    }
    near = about not in (About.NONE, About.ORG) or _persons_near(weighed)
    company = _of_companies(dataset, about, profile, weighed)
    verdicts = tuple(
        classify_field(
            field,
            profile.fields[field.name],
            weighed[field.name],
            About.CUSTOMER_ORG if company else about,
            near=near,
            rules=rules,
        )
        for field in dataset.fields
    )
    banked = any(v.category is Category.BANK_NAME for v in verdicts)
    return tuple(_of_the_bank(v, rules) for v in verdicts) if banked else verdicts


def _of_the_bank(verdict: FieldVerdict, rules: Rules) -> FieldVerdict:
    """账号 beside 开户行 is the account at the bank, not a login."""
    words = [r.facts.get("word", "") for r in verdict.reasons]
    if verdict.category is not Category.ACCOUNT_LOGIN or not _ACCOUNT_WORDS & {*words}:
        return verdict
    beside = Reason("beside_bank")
    return replace(
        verdict,
        category=Category.BANK_ACCOUNT,
        sensitive=verdict.sensitive or Category.BANK_ACCOUNT in rules.sensitive,
        reasons=(*verdict.reasons, beside),
    )


def classify_field(
    field: Field,
    profile: FieldProfile,
    weights: Mapping[Category, Weight],
    about: About,
    *,
    near: bool,
    rules: Rules,
) -> FieldVerdict:
    """Settle one field from the weight of its evidence."""
    category, weight = _best(weights, near=near)
    points = weight.points + (0.3 if near and category in IDENTIFYING else 0.0)
    verdict = _verdict(points, weight, profile)
    if verdict is Verdict.CLEAN:
        return _clean(field, near=near)
    reasons = list(weight.reasons)
    if not profile.filled:
        reasons.append(Reason("empty"))
    child = any(
        find(h, rules.words("child"))
        for h in (read_header(field.name), read_comment(field.comment))
    )
    if child and category in IDENTIFYING:
        category = Category.FAMILY
        reasons.append(Reason("child"))
    return FieldVerdict(
        field=field.name,
        category=category,
        about=about_field(field.name, field.comment, category, about, rules),
        verdict=verdict,
        confidence=confidence(points),
        sensitive=category in rules.sensitive or child or _grave(category, profile),
        reasons=tuple(reasons),
    )


def is_sensitive(
    category: Category, found: FieldVerdict, profile: FieldProfile, rules: Rules
) -> bool:
    """Whether a field that a person gave a category is sensitive: cells and child stay facts."""
    child = any(reason.code == "child" for reason in found.reasons)
    return category in rules.sensitive or child or _grave(category, profile)


def _grave(category: Category, profile: FieldProfile) -> bool:
    """A free text that holds door codes, children or illness is as sensitive as they are."""
    return category is Category.FREE_TEXT and any(
        profile.holds.get(kind) for kind in ("credential", "child", "health")
    )


def weights_of(
    field: Field, profile: FieldProfile, about: About, rules: Rules
) -> dict[Category, Weight]:
    """All that speaks for any category in one field of a dataset that is about `about`."""
    weights = weigh(field.name, field.comment, profile, rules)
    for header in (read_header(field.name), read_comment(field.comment)):
        _name_of(weights, header, profile, about, rules)
    if _NUMBER_TYPE.match(field.declared):
        _numbered(weights, field)
    person = about in STAFF | CUSTOMERS
    if (
        person
        and find(read_header(field.name), rules.words("work_title"))
        and field.name.lower() == "title"
    ):
        weights.setdefault(Category.WORK_PROFILE, Weight()).add(
            NAMED, Reason("header", {"word": "title"})
        )
    return weights


def _numbered(weights: dict[Category, Weight], field: Field) -> None:
    """A column of numbers holds no words; what is called a person's name refers to the person."""
    reason = Reason("number_type", {"type": field.declared})
    for category in _WORDED & weights.keys():
        if not weights[category].shown:
            weights[category].add(DENIED, reason)
    named = weights.get(Category.PERSON_NAME)
    if named is not None and not named.shown:
        del weights[Category.PERSON_NAME]
        weights.setdefault(Category.SUBJECT_REF, Weight()).add(
            named.points, Reason("number_type", {"type": field.declared})
        )


def _name_of(
    weights: dict[Category, Weight],
    header: Header,
    profile: FieldProfile,
    about: About,
    rules: Rules,
) -> None:
    """A bare or qualified `name`: of a person, an organisation, or a thing."""
    match = find(header, rules.words("names"))
    claim = claims(header, rules)
    claimed = claim.best and claim.best[0][1].at_head
    if match is None or not match.at_head or claimed:
        return
    whom = _named_thing(header, about, rules)
    org = profile.share("org")
    if whom in STAFF | CUSTOMERS | {About.FAMILY, About.SUPPLIER_CONTACT}:
        firm = org >= 0.4 or whom is About.SUPPLIER_CONTACT
        category = Category.ORG_NAME if firm else Category.PERSON_NAME
        weights.setdefault(category, Weight()).add(2.8, Reason("name_of", {"word": whom.value}))
        weights[category].named = True
    elif whom is About.ORG:
        weights.setdefault(Category.ORG_NAME, Weight()).add(2.8, Reason("name_of", {"word": "org"}))
    elif whom is About.PUBLIC_FIGURE:
        weights.setdefault(Category.PUBLIC_NAME, Weight()).add(
            NAMED, Reason("name_of", {"word": whom.value})
        )


def _named_thing(header: Header, about: About, rules: Rules) -> About:
    """Whose name: told by the words before `name`, else by the table."""
    bare = header.han.removesuffix("名称").removesuffix("名")
    if header.han and find(Header((), bare, bare), rules.words("dictionary")):
        return About.NONE
    before = Header(tuple(t for t in header.tokens if t not in ("name", "full")), bare)
    if not before:
        return about
    if find(before, rules.words("companies")):
        return About.ORG
    kind = find(before, rules.words("dictionary"))
    if kind is not None and kind.at_head:
        return About.NONE
    found = [(find(before, words), whom) for whom, words in rules.people]
    named = [(m, w) for m, w in found if m is not None]
    if not named:
        return About.NONE
    return max(named, key=lambda pair: (pair[0].at_head, pair[0].length))[1]


def _best(weights: Mapping[Category, Weight], *, near: bool) -> tuple[Category, Weight]:
    def fit(category: Category, weight: Weight) -> float:
        idle = category in _ONLY_OF_PERSONS and not near and not weight.shown
        return weight.points - (2.5 if idle else 0.0)

    fitting = [(fit(c, w), c, w) for c, w in weights.items()]
    if not fitting:
        return Category.NONE, Weight()
    points, category, weight = max(fitting, key=lambda item: (item[0], item[1].value))
    return category, Weight(points, weight.named, weight.shown, weight.reasons)


def _verdict(points: float, weight: Weight, profile: FieldProfile) -> Verdict:
    """Certain needs cells that bear it out, or cells and a name and a comment that agree.

    Names and comments alone are never certain: in real schemas they lie.
    """
    agreed = sum(r.code in ("header", "comment") for r in weight.reasons) > 1
    if points >= CERTAIN and profile.filled and (weight.shown or agreed):
        return Verdict.CERTAIN
    if points >= LIKELY:
        return Verdict.LIKELY
    return Verdict.UNSURE if points >= UNSURE else Verdict.CLEAN


def confidence(points: float) -> float:
    """Points as a share between 0 and 1, by the logistic curve."""
    import math

    return round(1 / (1 + math.exp(2.0 - points)), 3)


def _clean(field: Field, *, near: bool) -> FieldVerdict:
    reason = Reason("technical") if near else Reason("no_person")
    return FieldVerdict(
        field.name,
        Category.NONE,
        About.NONE,
        Verdict.CLEAN,
        0.9,
        sensitive=False,
        reasons=(reason,),
    )


def _persons_near(weighed: Mapping[str, Mapping[Category, Weight]]) -> bool:
    """Some field beside surely points to a person."""
    strong = IDENTIFYING - _ONLY_OF_PERSONS
    return any(
        weight.points >= LIKELY and category in strong
        for weights in weighed.values()
        for category, weight in weights.items()
    )


def _of_companies(
    dataset: Dataset,
    about: About,
    profile: DatasetProfile,
    weighed: Mapping[str, Mapping[Category, Weight]],
) -> bool:
    """Customers that are organisations: a firm's name stands in most rows, and not beside it the
    buyer's own first and last name.
    """
    if about is not About.CUSTOMER:
        return about is About.CUSTOMER_ORG
    for field in dataset.fields:
        weights = weighed[field.name]
        firm = weights.get(Category.ORG_NAME, Weight()).points
        if firm < LIKELY or firm < max((w.points for w in weights.values()), default=0):
            continue
        seen = profile.fields[field.name]
        first = dataset.position(field.name) <= 2
        if (seen.filled >= 0.6 * seen.rows and first) or seen.share("org") >= 0.6:
            return True
    return False
