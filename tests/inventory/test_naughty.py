"""Whatever stands in a cell, the look at it ends, soon, and without a fault."""

from __future__ import annotations

import json
import time
from random import Random

import pyarrow as pa
import pytest
from naughty import naughty
from one_by_one import found_one_by_one, taken_whole

from shanhou.errors import Refusal
from shanhou.inventory.content import text_holds
from shanhou.inventory.detect import whole_cells
from shanhou.inventory.kinds import Category, Strength, Verdict
from shanhou.inventory.own_rules import with_own
from shanhou.inventory.profile import profile_cells
from shanhou.inventory.register import take_inventory
from shanhou.inventory.rules import rules
from shanhou.inventory.scan import detect_text, detect_texts, grammar, text_rules
from shanhou.inventory.search import search
from shanhou.inventory.tags import SensitiveProfile
from world import World, sheet

SECONDS = 30
"""Far above what it takes on a busy machine, far below what a quadratic way would take."""
LONG = 120_000


def test_there_are_five_hundred_and_fifteen_of_them_and_all_can_be_written() -> None:
    strings = naughty()
    assert len(set(strings)) == 515
    assert all(one.encode("utf8").decode("utf8") == one for one in strings)


Told = list[tuple[str, int, int, str]]


def natively(texts: list[str]) -> list[Told]:
    """What the native search finds in each text by the rules, without any reader of language."""
    asked, strengths = text_rules(), tuple(Strength)
    found = search(pa.array(texts, pa.string()), asked)
    told: list[Told] = [[] for _ in texts]
    for n in range(len(found)):
        if found.stands[n]:
            told[found.cell[n]].append((
                asked[found.rule[n]].category.value, int(found.start[n]), int(found.end[n]),
                strengths[found.strength[n]].value,
            ))  # fmt: skip
    return told


def test_in_strange_texts_the_native_search_finds_what_plain_python_finds() -> None:
    strings = naughty()
    native = natively(strings)
    assert native == [found_one_by_one(one, rules().recognisers, grammar()) for one in strings]


def test_strange_cells_are_taken_whole_as_plain_python_takes_them() -> None:
    strings = [one for one in naughty() if "\x0b" not in one and max(one[:1], default="") < "\x1c"]
    strings = [one for one in strings if not any(c in one for c in "\x0b\x0c\x1c\x1d\x1e\x1f\x85")]
    hits = whole_cells(pa.array(strings), rules().recognisers)
    for rule in rules().recognisers:
        held = hits.get(rule.id)
        ways = [] if held is None else [(Strength.STRONG, held.strong), (Strength.WEAK, held.weak),
                                        (Strength.MASKED, held.masked)]  # fmt: skip
        native = [next((kind for kind, part in ways if part[n]), None) for n in range(len(strings))]
        assert native == [taken_whole(one, rule) for one in strings], rule.id


def test_tables_of_strange_cells_and_names_get_a_register() -> None:
    world = World()
    strings = naughty()
    sheet(world, "s/奇怪.csv", {"备注": strings, "姓名": list(reversed(strings)),
                              "x": [None] * len(strings)})  # fmt: skip
    for n, name in enumerate(strings[::40]):
        sheet(world, f"s/{name}{n}", {f"{name}": [name], f"手机{name}": ["13800138000"]},
              comments={name: name}, comment=name)  # fmt: skip
    begun = time.monotonic()
    register = take_inventory(world)
    assert time.monotonic() - begun < SECONDS
    assert len(register.datasets) == 14
    assert register.dataset("s/奇怪.csv").field_named("x").verdict is Verdict.CLEAN


def test_half_a_character_hides_nothing_and_moves_no_span() -> None:
    (found,) = detect_texts(["\ud800电话13800138000\udfff。"])
    assert [(one.start, one.end) for one in found] == [(3, 14)]


COLUMNS = {
    "nothing": [None] * 50,
    "blanks": ["", "  ", "\t"] * 10,
    "binary": ["x" + "00FF8090ABCD" * 400] * 20,
    "mixed": ["13800138000", "1.5", "2024-01-02", "王丽", "x0012AB", None, "", "{}", "真"] * 9,
    "one_long": ["备注很长。" * (LONG // 15)],
    "digits": ["1" * LONG],
    "at_signs": ["a@" * (LONG // 2)],
    "phones": ["13800138000，" * (LONG // 14)],
    "marks": ["e\u0301" * (LONG // 3)],
}


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_of_anything_are_looked_at_in_bounded_time(name: str) -> None:
    cells = pa.array(COLUMNS[name], pa.string())
    begun = time.monotonic()
    seen = profile_cells(pa.chunked_array([cells]), rules())
    assert seen.rows == len(cells)
    assert len(text_holds(cells)) == len(cells)
    detect_text(COLUMNS[name][0] or "")
    assert time.monotonic() - begun < SECONDS


def test_a_column_of_ten_megabyte_cells_is_judged_by_their_beginnings() -> None:
    world = World()
    cells = ["客户电话13800138000，" + "备注" * 1_700_000]
    sheet(world, "s/长.csv", {"说明": cells, "手机": ["13800138000"]})
    begun = time.monotonic()
    verdict = take_inventory(world).dataset("s/长.csv").field_named("说明")
    assert time.monotonic() - begun < SECONDS
    assert verdict.category is Category.FREE_TEXT


def test_a_long_cell_is_searched_in_parts_and_nothing_at_their_edges_is_lost() -> None:
    pieces = (
        "客户王丽电话",
        "13800138000",
        "，",
        " 110105194912310021 ",
        "021-62345678",
        "备注" * 40,
        "w@example.com ",
        "订单号13900139000。",
        "住上海市浦东新区世纪大道100号1203室",
        "😀",
    )
    chance = Random(3)  # noqa: S311 - the same text every time
    text = "".join(chance.choice(pieces) for _ in range(900))
    assert len(text.encode()) > 2 * 16_384
    (native,) = natively([text])
    assert native == found_one_by_one(text, rules().recognisers, grammar())


@pytest.mark.parametrize("place", ["whole", "shape", "positive", "header", "id"])
def test_strange_strings_in_a_rule_file_are_taken_or_refused_with_a_line(place: str) -> None:
    strings = naughty() if place == "whole" else naughty()[::4]
    for number, one in enumerate(strings):
        held = {"id": f"own_{number}", "shape": "MB[0-9]{6}", "lengths": [8, 8],
                "positive": ["MB123456"], "negative": ["MB12345"]}  # fmt: skip
        entry = {"category": "licence_id", "header": {"zh": ["会员编号"]}, "recognisers": [held]}
        if place == "header":
            entry["header"] = {"zh": [one]}
        elif place != "whole":
            held[place] = [one] if place == "positive" else one
        text = one if place == "whole" else json.dumps([entry])
        assert refused_at(text) != 0


def test_strange_words_beside_a_number_are_looked_for_as_they_are() -> None:
    taken = 0
    for one in naughty()[::9]:
        text = json.dumps([{"category": "passport_permit", "cues": [one], "anti_cues": [one]}])
        if refused_at(text) is None:
            known = with_own({"own.yaml": text}, SensitiveProfile.GB45574)
            (found,) = detect_texts([f"{one} E12345678"], known=known)
            assert any(f.category is Category.PASSPORT_PERMIT for f in found), repr(one)
            taken += 1
    assert taken > 20


def refused_at(text: str) -> int | None:
    """The line that a rule file is refused for; None where it is taken."""
    try:
        with_own({"own.yaml": text}, SensitiveProfile.GB45574)
    except Refusal as refusal:
        return int(refusal.facts["line"]) if refusal.code == "SH-E-311" else 0
    return None
