"""Sentences and paragraphs that speak of made-up people, homes and firms, and of nobody at all.

Every name, address and firm in them is known by its place. The words are in `paragraphs.yaml`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import resources
from random import Random
from typing import Any

from shanhou_examples import identifiers
from shanhou_examples.perturbed import Cell, Held

NAME, ADDRESS, ORG, PHONE = "person_name", "address", "org_name", "phone"
_NUMERALS = "一二三四五六七八九"
_ENDS = "。!?;\n"
_LONGEST = 5
"""Sentences in a paragraph at most."""


@cache
def _words() -> Mapping[str, Any]:
    import yaml

    text = resources.files("shanhou_examples").joinpath("paragraphs.yaml").read_text("utf8")
    words: Mapping[str, Any] = yaml.safe_load(text)
    return words


def _name(chance: Random) -> tuple[str, str]:
    """A name and its kind, in the shares that make each kind worth counting."""
    words = _words()
    kind = chance.choices(
        ("name_of_two", "name_of_three", "name_of_four", "compound_surname", "dotted_name",
         "minority_name"), (30, 45, 4, 9, 7, 5))[0]  # fmt: skip
    common = chance.random() < words["weight_of_common"] / 100
    surname = chance.choice(words["common"] if common else words["surnames"])
    one = chance.choice(words["given_one"])
    two = chance.choice((chance.choice(words["given_two"]),
                         "".join(chance.sample(words["given_one"], 2))))  # fmt: skip
    made = {
        "name_of_two": surname + one,
        "name_of_three": surname + two,
        "name_of_four": chance.choice(words["common"]) + chance.choice(words["common"]) + two,
        "compound_surname": chance.choice(words["compound"]) + chance.choice((one, two)),
        "dotted_name": chance.choice(words["dotted"]),
        "minority_name": chance.choice(words["minority"]),
    }
    return made[kind], kind


def _number(chance: Random, most: int) -> str:
    return str(chance.randint(1, most))


def _room(chance: Random) -> str:
    """House, staircase and door, as people shorten them."""

    def n(most: int) -> str:
        return _number(chance, most)

    floor = f"{n(28)}{chance.randint(1, 6):02d}"
    return chance.choice((
        f"{n(40)}栋{n(4)}单元{floor}室", f"{n(40)}号楼{floor}", f"{n(40)}幢{floor}室",
        f"{n(40)}栋{chance.choice(_NUMERALS)}单元{floor}", f"{n(30)}号{floor}室",
        f"{chance.choice('ABCD')}座{floor}", f"{n(40)}-{n(4)}-{floor}",
        f"{chance.choice(_NUMERALS)}号楼{n(5)}单元{floor}室",
    ))  # fmt: skip


def _address(chance: Random) -> tuple[str, str]:
    words = _words()
    region, road, estate = (chance.choice(words[w]) for w in ("regions", "roads", "estates"))
    if chance.random() < 0.2:
        place = chance.choice(words["counties"]) + chance.choice(words["towns"])
        ends = f"{chance.choice(words['villages'])}{_number(chance, 12)}组{_number(chance, 150)}号"
        return place + ends, "address_in_the_country"
    made = chance.choice((
        f"{region}{road}{_number(chance, 900)}号{estate}{_room(chance)}",
        f"{region}{road}{_number(chance, 900)}弄{_room(chance)}",
        f"{region}{estate}{_room(chance)}",
        f"{region}{road}{_number(chance, 900)}号",
    ))  # fmt: skip
    return made, "full_address"


def _short(chance: Random) -> tuple[str, str]:
    words = _words()
    road, estate = chance.choice(words["roads"]), chance.choice(words["estates"])
    made = chance.choice((
        f"{road}{_number(chance, 900)}号{estate}{_room(chance)}",
        f"{road}{_number(chance, 900)}弄{_room(chance)}",
        f"{estate}{_room(chance)}",
        f"{road}{_number(chance, 900)}号",
        f"{chance.choice(words['villages'])}{_number(chance, 12)}组{_number(chance, 150)}号",
    ))  # fmt: skip
    return made, "short_address"


def _org(chance: Random) -> tuple[str, str]:
    words = _words()
    city, word = chance.choice(words["cities"]), chance.choice(words["words"])
    if chance.random() < 0.3:
        form = chance.choice(words["others"])
        return form.format(city=city.removesuffix("市"), word=word), "other_firm"
    whole = f"{word}{chance.choice(words['trades'])}{chance.choice(words['forms'])}"
    return (city if chance.random() < 0.7 else "") + whole, "company"


_MADE: Mapping[str, tuple[str, Callable[[Random], tuple[str, str]]]] = {
    "name": (NAME, _name), "name2": (NAME, _name), "name3": (NAME, _name),
    "address": (ADDRESS, _address), "short": (ADDRESS, _short), "org": (ORG, _org),
    "phone": (PHONE, lambda c: (identifiers.phone(c.randrange(10**6), salt=81), "mobile_in_text")),
    "id": ("national_id",
           lambda c: (identifiers.national_id(c.randrange(10**6), salt=82), "id_in_text")),
    "mail": ("email", lambda c: (f"k{c.randrange(10**6)}@mail.example.cn", "email_in_text")),
}  # fmt: skip


def _filled(template: str, chance: Random, at: int) -> tuple[str, list[tuple[Held, str]]]:
    """A sentence, and what it holds with the kind of each; `at`: where it will stand."""
    text, held, rest = "", [], template
    while "{" in rest:
        before, _, rest = rest.partition("{")
        slot, _, rest = rest.partition("}")
        category, make = _MADE[slot]
        value, kind = make(chance)
        text += before
        start = at + len(text)
        held.append((Held(category, start, start + len(value)), kind))
        text += value
    return text + rest, held


def paragraphs(count: int, *, seed: int) -> Iterator[tuple[Cell, tuple[str, ...]]]:
    """So many texts of one to five sentences; with each the kinds of what it holds, in order."""
    chance = Random(seed)  # noqa: S311 -- reproducible, not secret
    words = _words()
    for _ in range(count):
        text, held = "", []
        for group in chance.choices(("about", "placed", "firms", "nobody"), (45, 25, 10, 20),
                                    k=chance.choice((1, 1, 2, 3, _LONGEST))):  # fmt: skip
            if text and text[-1] not in _ENDS:
                text += chance.choice(("。", "\n", ";"))
            said, mine = _filled(chance.choice(words[group]), chance, len(text))
            text += said
            held += mine
        kinds = tuple(kind for _, kind in held)
        yield Cell(text, tuple(one for one, _ in held), "paragraph", "paragraph"), kinds
