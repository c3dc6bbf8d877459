"""Whom a dataset and a field speak of: by table name, comment, and the columns beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from shanhou.inventory.kinds import CUSTOMERS, IDENTIFYING, STAFF, About, Category
from shanhou.inventory.rules import Rules, Words
from shanhou.inventory.verdicts import Reason
from shanhou.inventory.words import Header, Match, find, read_comment, read_header

if TYPE_CHECKING:
    from shanhou.vault.tables import Dataset

_ENDINGS = (".xlsx", ".xls", ".xlsb", ".ods", ".csv", ".txt")
_OF_ORGS = frozenset(
    {Category.ORG_NAME, Category.ORG_CODE, Category.ORG_DOCUMENT, Category.BANK_NAME}
)
_TRADERS = (About.CUSTOMER, About.SUPPLIER_CONTACT)
_OF_DEALS = frozenset({Category.TRANSACTION, Category.CONTRACT, Category.TRADE_SECRET})
_OF_COMPANIES = _OF_DEALS | {
    Category.ADDRESS,
    Category.POSTCODE,
    Category.REGION,
    Category.BANK_ACCOUNT,
    Category.FREE_TEXT,
    Category.CREDIT_INCOME,
}
"""What belongs to a company customer itself and not to the person who answers there."""


def about_datasets(datasets: Sequence[Dataset], rules: Rules) -> Mapping[str, tuple[About, Reason]]:
    """Whom each dataset is about by its own words; `none` where they do not say."""
    named = {
        d.name
        for d in datasets
        if any(find(h, rules.words("named_customers")) for h in dataset_headers(d))
    }
    staffed = any(_table_of_staff(d, rules, others=named - {d.name}) for d in datasets)
    return {d.name: _about(d, rules, users_are_staff=staffed) for d in datasets}


def dataset_headers(dataset: Dataset) -> tuple[Header, Header]:
    """The words of a dataset's name (without its source) and of its comment."""
    bare = dataset.name.removeprefix(dataset.source).lstrip("./")
    for ending in _ENDINGS:
        bare = bare.replace(ending, " ")
    comment = dataset.comment.replace("表(", "(").removesuffix("表")
    return read_header(bare.removesuffix("表")), read_header(comment[:40])


def _about(dataset: Dataset, rules: Rules, *, users_are_staff: bool) -> tuple[About, Reason]:
    name, comment = dataset_headers(dataset)
    for header in (comment, name):
        head = find(header, rules.words("dictionary"))
        if head is not None and head.at_head:
            return About.NONE, Reason("dictionary", {"word": head.word})
    for header in (comment, name):
        whom = _named(header, rules)
        if whom is None:
            continue
        about, word = whom
        if about in _TRADERS and all(_speaks_of(header, a, rules) for a in _TRADERS):
            return About.CUSTOMER_OR_SUPPLIER, Reason("both_named", {"word": word})
        if users_are_staff and _merely(word, rules.words("merely_user")):
            return About.EMPLOYEE, Reason("users_are_staff", {"word": word})
        return about, _said(header, about, word, rules)
    employed = _employed(dataset, rules)
    if len(employed) > 1:
        return About.EMPLOYEE, Reason("employed", {"field": employed[0]})
    return About.NONE, Reason("table_silent")


def _said(header: Header, about: About, word: str, rules: Rules) -> Reason:
    """A table of customers, or of what they did: the rows of `member_comment` are no members."""
    thing = find(header, rules.words("deeds"))
    if about in CUSTOMERS and thing is not None and thing.at_head:
        return Reason("table_of", {"word": word, "thing": thing.word})
    return Reason("table_says", {"word": word})


def _table_of_staff(dataset: Dataset, rules: Rules, *, others: set[str]) -> bool:
    """A table of `users` that are staff: with departments, or beside a table of customers and
    without anything a customer would have.
    """
    for header in dataset_headers(dataset):
        user = find(header, rules.words("merely_user"))
        whom = _named(header, rules)
        if user is None or not user.at_head or whom is None or whom[1] != user.word:
            continue
        consumer = rules.words("consumer")
        consuming = any(_heads(f.name, f.comment, consumer) for f in dataset.fields)
        return bool(_employed(dataset, rules)) or (bool(others) and not consuming)
    return False


def _employed(dataset: Dataset, rules: Rules) -> list[str]:
    words = rules.words("employed")
    return [f.name for f in dataset.fields if _heads(f.name, f.comment, words)]


def _heads(name: str, comment: str, words: Words) -> bool:
    found = (find(read_header(name), words), find(read_comment(comment), words))
    return any(match is not None and match.at_head for match in found)


def _merely(word: str, words: Words) -> bool:
    return word in words.han or (word,) in words.latin


def _speaks_of(header: Header, whom: About, rules: Rules) -> bool:
    return any(find(header, words) for about, words in rules.people if about is whom)


def _named(header: Header, rules: Rules) -> tuple[About, str] | None:
    """The person word that names a header best: the longest, then the one at the head."""
    named = _all_named(header, rules)
    persons = [pair for pair in named if pair[1] not in (About.NONE, About.ORG)]
    if not persons:
        return (named[0][1], named[0][0].word) if named else None
    match, about = max(persons, key=lambda pair: (pair[0].length, pair[0].at_head))
    things = [m for m, a in named if a is About.NONE and m.at_head]
    orderly = _merely(match.word, rules.words("orderly"))
    if things and not match.at_head and not orderly and about is not About.EMPLOYEE:
        return About.NONE, things[0].word
    return about, match.word


def _all_named(header: Header, rules: Rules) -> list[tuple[Match, About]]:
    found = [(find(header, words), about) for about, words in rules.people]
    return [(match, about) for match, about in found if match is not None]


def about_field(
    name: str, comment: str, category: Category, dataset_about: About, rules: Rules
) -> About:
    """Whom a field speaks of: its own words first, then its dataset."""
    own = _own_words(name, comment, rules)
    mixed = dataset_about is About.CUSTOMER_OR_SUPPLIER and own not in STAFF
    if category in _OF_DEALS or mixed:
        return dataset_about
    if category in _OF_ORGS:
        return _organisation(own, dataset_about)
    if own in STAFF | {About.FAMILY, About.PUBLIC_FIGURE, About.SUPPLIER_CONTACT}:
        return own
    return _by_dataset(category, own, dataset_about)


def _by_dataset(category: Category, own: About, dataset_about: About) -> About:
    if category is Category.FAMILY:
        return About.FAMILY
    if dataset_about is About.CUSTOMER_ORG:
        return About.CUSTOMER_ORG if category in _OF_COMPANIES else About.CUSTOMER_CONTACT
    if dataset_about is About.ORG:
        ours = category in IDENTIFYING and category not in _OF_COMPANIES
        return About.EMPLOYEE if ours else About.ORG
    return own if own is About.CUSTOMER and dataset_about not in STAFF else dataset_about


def _organisation(own: About, dataset_about: About) -> About:
    if own is About.SUPPLIER_CONTACT or dataset_about not in CUSTOMERS:
        return About.ORG
    return About.CUSTOMER_ORG


def _own_words(name: str, comment: str, rules: Rules) -> About:
    """The person word of the name or else the comment; `none` where neither has one."""
    for header in (read_header(name), read_comment(comment)):
        persons = [p for p in _all_named(header, rules) if p[1] not in (About.NONE, About.ORG)]
        if persons:
            return max(persons, key=lambda pair: pair[0].length)[1]
    return About.NONE
