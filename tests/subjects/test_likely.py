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
