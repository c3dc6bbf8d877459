"""Who no rule joins: joined when it is beyond doubt, asked of a person when it is not."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pyarrow as pa
import pytest
from people_world import ID, NAME, PHONE, Merged, merged, people

from shanhou.inventory.kinds import Category
from shanhou.subjects.clean import Kind, clean_text
from shanhou.subjects.forms import sounds
from shanhou.subjects.likely import Bounds
from shanhou.subjects.weighing import prior

WANG, LI = "11010519491231002X", "110105198001010016"
HOME, FLAT = "浙江省杭州市西湖区文三路90号3幢1单元502室", "西湖区文三路90号3栋1单元502"
PLACE, BORN, EMAIL = Category.ADDRESS, Category.BIRTH_DATE, Category.EMAIL
TWO = {frozenset({0}), frozenset({1})}
ONE = {frozenset({0, 1})}


def asked(world: Merged) -> set[tuple[object, object]]:
    """Pairs that a person is asked about."""
    return {(row["rec_a"], row["rec_b"]) for row in world.rows("refused_link")}


@pytest.mark.parametrize(
    ("columns", "one", "other"),
    [
        ((NAME, PHONE), ["王芳", "13816205347"], ["王方", "13816205347"]),
        ((NAME, PHONE, PLACE), ["张伟", "13816205347", HOME], ["張偉", "13912345670", FLAT]),
        ((NAME, PHONE, PLACE), ["王芳", "13816205347", HOME], ["王芳", "13816205341", FLAT]),
        ((NAME, BORN, EMAIL), ["Jane Doe", "1980-01-05", "jd@example.org"],
         ["Doe, Jayne", "1980-01-05", "jd@example.org"]),
    ],
)  # fmt: skip
def test_who_says_the_same_in_other_words_is_one(
    tmp_path: Path, columns: tuple[Category, ...], one: list[str], other: list[str]
) -> None:
    third = ["李强", *(None for _ in columns[1:])]
    world = merged(tmp_path, people("a", one, other, third, columns=columns))
    assert world.groups() - {frozenset({2})} == ONE
    assert world.counts.merges == {"likely_same_person": 1}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["王芳", "13816205347", HOME], ["李强", "13816205347", HOME]),
        (["张伟", "13816205347", HOME], ["张文", "13816205347", HOME]),
        (["王芳", "13816205347", HOME], ["王芳芳", "13816205347", HOME]),
    ],
)
def test_a_family_under_one_roof_is_neither_joined_nor_asked_about(
    tmp_path: Path, one: list[str], other: list[str]
) -> None:
    world = merged(tmp_path, people("a", one, other, columns=(NAME, PHONE, PLACE)))
    assert world.groups() == TWO
    assert not asked(world)


@pytest.mark.parametrize(
    ("columns", "one", "other"),
    [
        ((NAME, PHONE, BORN), ["王芳", "13816205347", "1980-01-01"],
         ["王方", "13816205347", "1980-01-02"]),
        ((NAME, PHONE, PLACE, Category.GENDER), ["王芳", "13816205341", HOME, "女"],
         ["王芳", "13816205347", FLAT, "男"]),
    ],
)  # fmt: skip
def test_what_contradicts_is_asked_and_never_joined(
    tmp_path: Path, columns: tuple[Category, ...], one: list[str], other: list[str]
) -> None:
    world = merged(tmp_path, people("a", one, other, columns=columns))
    assert world.groups() == TWO
    assert asked(world) == {(0, 1)}
    assert {row["sid"] for row in world.rows("twin")} == {0, 1}


@pytest.mark.parametrize(
    ("columns", "one", "other"),
    [
        ((NAME, PHONE), ["张伟", "13800010013"], ["张伟", "13900010013"]),
        ((NAME, PHONE, EMAIL, PLACE),
         ["张伟", "13800010013", "abc@example.com", "杭州市上城区解放路3号"],
         ["张伟", "13900010013", "qqq@example.com", "北京市朝阳区建国路77号"]),
        ((NAME, PHONE, EMAIL), ["张伟", "13800010013", "kate.hill@example.com"],
         ["张伟", "13800010014", "kate.hil@example.com"]),
    ],
)  # fmt: skip
def test_who_has_nothing_but_a_name_exactly_alike_is_two_until_a_person_says_so(
    tmp_path: Path, columns: tuple[Category, ...], one: list[str], other: list[str]
) -> None:
    world = merged(tmp_path, people("a", one, other, columns=columns))
    assert world.groups() == TWO


def test_two_ids_that_are_right_are_two_people_and_no_question(tmp_path: Path) -> None:
    rows = (["王芳", "13816205347", WANG], ["王方", "13816205347", LI])
    world = merged(tmp_path, people("a", *rows, columns=(NAME, PHONE, ID)))
    assert world.groups() == TWO
    assert not asked(world)


def test_a_phone_of_a_family_joins_no_names_that_only_sound_alike(tmp_path: Path) -> None:
    rows = (["王芳", "13816205347"], ["王方", "13816205347"], ["李强", "13816205347"])
    world = merged(tmp_path, people("a", *rows))
    assert world.groups() == {*TWO, frozenset({2})}
    assert asked(world) == {(0, 1)}


def _world(folder: Path, *pairs: tuple[list[str | None], ...]) -> dict[int, int]:
    """Which of several small sets of rows came out as one: set to how many subjects it made."""
    rows = [(n, row) for n, rows in enumerate(pairs) for row in rows]
    world = merged(folder, people("a", *(row for _, row in rows), columns=_FOREIGN))
    whose = {min(group): group for group in world.groups()}
    return {n: sum(rows[first][0] == n for first in whose) for n in range(len(pairs))}


_FOREIGN = (NAME, EMAIL, BORN, Category.REGION, Category.LICENCE_ID, PLACE)


def test_two_births_are_one_persons_where_all_that_is_their_own_agrees(tmp_path: Path) -> None:
    found = _world(
        tmp_path,
        (["Jane Doe", "jd@example.org", "1980-01-05", None, None, None],
         ["Doe, Jane", "jd@example.org", "1980-03-09", None, None, None],
         ["Jane Doe", "jd@example.org", "1979-12-30", None, None, None]),
        (["Emily Brown", "eb@example.org", "2005-07-15", "Luton", None, None],
         ["Eimy Brown", "eb@example.org", "2005-05-02", "Luton", None, None]),
        (["Sonja Wilkins", None, "1934-04-04", None, "2867046", "12 Alfred Hill Drive"],
         ["Sonja Wilknis", None, "1974-12-05", None, "2867046", "12 Alfred Hill Drive"]),
        (["Julia Gascoigne", None, "1909-01-04", None, "4002060", None],
         ["Julia Lowe", None, "1909-01-04", None, "4002060", None]),
    )  # fmt: skip
    assert found == {0: 1, 1: 1, 2: 1, 3: 1}


def test_kin_who_share_an_email_a_name_or_a_birth_date_stay_two(tmp_path: Path) -> None:
    found = _world(
        tmp_path,
        # father and son, and a record that could be either's
        (["John Roe", "jr@example.org", "1950-02-11", "Leeds", None, None],
         ["John Roe", "jr@example.org", "1980-06-23", "Leeds", None, None],
         ["John Roe", "jr@example.org", None, "Leeds", None, None]),
        # twins
        (["Harry Wood", "wood@example.org", "2001-04-09", "York", None, None],
         ["Alison Wood", "wood@example.org", "2001-04-09", "York", None, None]),
        # an agency's e-mail, and two of one name among its clients
        (["Wei Wang", "agent@example.org", "1970-01-02", "Bath", None, None],
         ["Wei Wang", "agent@example.org", "1970-07-09", "Bath", None, None],
         ["Sara Lind", "agent@example.org", None, "Bath", None, None],
         ["Ivo Petrov", "agent@example.org", None, "Bath", None, None]),
        # a number is no proof against another name and another birth
        (["Megan Purdon", None, "1990-01-30", None, "1801047", None],
         ["Olga Snell", None, "1964-12-18", None, "1801047", None]),
    )  # fmt: skip
    assert found == {0: 3, 1: 2, 2: 4, 3: 2}


def test_a_mistyped_birth_date_parts_nobody_who_has_phone_and_home_alike(tmp_path: Path) -> None:
    columns = (NAME, PHONE, PLACE, BORN)
    rows = (
        ["王芳", "13816205347", HOME, "1980-01-01"],
        ["王芳", "13816205347", FLAT, "1980-01-07"],
        ["李强", "13912345670", None, "1980-01-01"],
        ["李强", "13912345670", None, "1980-01-07"],
    )
    world = merged(tmp_path, people("a", *rows, columns=columns))
    assert world.groups() == {frozenset({0, 1}), frozenset({2}), frozenset({3})}
    assert (2, 3) in asked(world)


def test_an_agencys_phone_joins_nobody_by_itself(tmp_path: Path) -> None:
    clients = [[f"王{given}", "13816205347"] for given in "伟强磊军杰涛"]
    rows = (["张敏", "13816205347"], ["张敏", "13816205347"], *clients)
    world = merged(tmp_path, people("a", *rows))
    assert world.groups() > TWO
    assert asked(world) == {(0, 1)}
    roomy = merged(tmp_path, people("a", *rows), bounds=Bounds(shared_by=7))
    assert roomy.groups() > ONE


def test_a_chain_between_two_people_is_cut_at_its_weakest_link(tmp_path: Path) -> None:
    columns = (NAME, PHONE, PLACE, BORN)
    rows = (
        ["王芳", "13816205347", HOME, "1980-01-01"],
        ["王芳", "13816205341", HOME, None],
        ["王方", "13816205341", None, "1991-07-09"],
    )
    world = merged(tmp_path, people("a", *rows, columns=columns))
    assert world.groups() == {frozenset({0, 1}), frozenset({2})}
    assert (1, 2) in asked(world)


def test_who_could_be_either_of_two_is_neither(tmp_path: Path) -> None:
    rows = (
        ["王芳", "13816205341", HOME, "1980-01-01"],
        ["王芳", "13816205342", HOME, "1991-07-09"],
        ["王芳", "13816205349", HOME, None],
    )
    world = merged(tmp_path, people("a", *rows, columns=(NAME, PHONE, PLACE, BORN)))
    assert world.groups() == {*TWO, frozenset({2})}
    assert asked(world) >= {(0, 2), (1, 2)}


def test_a_case_may_ask_of_all_that_no_rule_joins(tmp_path: Path) -> None:
    sheet = people("a", ["王芳", "13816205347"], ["王方", "13816205347"])
    world = merged(tmp_path, sheet, bounds=Bounds(join=1.0))
    assert world.groups() == TWO
    assert asked(world) == {(0, 1)}
    assert merged(tmp_path, sheet, apart=[(0, 1)]).groups() == TWO
    assert merged(tmp_path, sheet, together=[(0, 1)], bounds=Bounds(join=1.0)).groups() == ONE


def test_the_same_records_give_the_same_pairs_in_any_order(tmp_path: Path) -> None:
    chance = Random(5)  # noqa: S311 - reproducible
    rows = [
        [chance.choice(["王芳", "王方", "张伟", "張瑋"]),
         f"138162053{chance.randint(40, 47)}", chance.choice([HOME, FLAT, None])]
        for _ in range(30)
    ]  # fmt: skip
    columns = (NAME, PHONE, PLACE)
    first = merged(tmp_path, people("a", *rows, columns=columns))
    told = sorted(map(str, first.rows("likely")))
    assert told == sorted(map(str, merged(tmp_path, people("a", *rows, columns=columns))
                              .rows("likely")))  # fmt: skip
    before = first.groups()
    order = list(range(len(rows)))
    chance.shuffle(order)
    again = merged(tmp_path, people("a", *(rows[n] for n in order), columns=columns))
    assert before == {frozenset(order[n] for n in group) for group in again.groups()}


@pytest.mark.parametrize(
    ("kind", "written", "wanted"),
    [
        (Kind.NAME, "張偉", "张伟"),
        (Kind.NAME, "歐陽娜娜女士", "欧阳娜娜"),
        (Kind.SURNAME, "陳總經理", "陈"),
        (Kind.PLACE, HOME, "西湖区文三路90号3幢1单元502"),
        (Kind.PLACE, FLAT, "西湖区文三路90号3幢1单元502"),
        (Kind.PLACE, "上海市上海市浦东新区世纪大道1号", "浦东新区世纪大道1号"),
        (Kind.PLACE, "上海浦东新区世纪大道1号", "浦东新区世纪大道1号"),
        (Kind.PLACE, "不详", None),
        (Kind.OTHER_ID, "286-7046", "2867046"),
        (Kind.OTHER_ID, "110105********002X", None),
        (Kind.OTHER_ID, "1101051949", None),
        (Kind.OTHER_ID, "11010519491231", None),
        (Kind.OTHER_ID, "19491231", None),
        (Kind.OTHER_ID, "13816205347", None),
        (Kind.TOWN, "Stoke-on-Trent", "stokeontrent"),
    ],
)
def test_a_form_is_one_however_it_is_written(kind: Kind, written: str, wanted: str | None) -> None:
    assert clean_text(kind, written) == wanted


def test_names_that_sound_alike_are_written_alike() -> None:
    said = sounds(pa.array(["王芳", "王方", "jane doe", "doe jane", None, "一\n二"])).to_pylist()
    assert said[:5] == ["wang fang", "wang fang", "doe jane", "doe jane", None]
    assert len(said) == 6


def test_a_larger_case_expects_chance_to_agree_more_often() -> None:
    assert prior(2, 0) == 0.1
    assert prior(1_000, 0) == pytest.approx(0.1 * 1_000 / 499_500)
    assert prior(1_000_000, 100_000) < prior(1_000, 100)
