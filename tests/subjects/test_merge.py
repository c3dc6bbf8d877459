"""Records of one customer become one subject; records of two never do."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from people_world import ID, NAME, PHONE, Merged, Sheet, merged, people

from shanhou.inventory.kinds import About, Category
from shanhou.subjects.explain import explain

WANG, LI = "11010519491231002X", "110105198001010016"


def test_one_phone_and_one_name_written_two_ways_is_one_person(tmp_path: Path) -> None:
    world = merged(
        tmp_path,
        people("a", ["王 芳(老客户)", "+86 138 1620 5347"]),
        people("b", ["王芳", "１３８-1620-5347"]),
    )
    assert world.groups() == {frozenset({0, 1})}
    assert world.counts.merges == {"same_phone_and_name": 1}


def test_a_family_that_shares_a_phone_stays_a_family(tmp_path: Path) -> None:
    world = merged(
        tmp_path,
        people("a", ["王芳", "13816205347"], ["李强", "13816205347"]),
        people("b", ["王芳女士", "13816205347"], ["李强", "13816205347"], [None, "13816205347"]),
    )
    assert world.groups() == {frozenset({0, 2}), frozenset({1, 3}), frozenset({4})}


def test_a_row_without_a_name_joins_the_only_name_at_its_phone(tmp_path: Path) -> None:
    world = merged(tmp_path, people("a", ["王芳", "13816205347"], [None, "13816205347"]))
    assert world.groups() == {frozenset({0, 1})}


def test_a_title_stands_for_the_only_such_surname_and_never_for_the_other_sex(
    tmp_path: Path,
) -> None:
    columns = (NAME, PHONE, ID)
    woman, man = ["王芳", "13816205347", WANG], ["王先生", "13816205347", None]
    lady = ["王女士", "13816205347", None]
    world = merged(tmp_path, people("a", woman, man, lady, columns=columns))
    assert world.groups() == {frozenset({0, 2}), frozenset({1})}


def test_a_title_that_fits_two_people_joins_neither(tmp_path: Path) -> None:
    rows = (["王芳", "13816205347"], ["王丽", "13816205347"], ["王女士", "13816205347"])
    assert merged(tmp_path, people("a", *rows)).groups() == {
        frozenset({0}), frozenset({1}), frozenset({2}),
    }  # fmt: skip


def test_different_national_ids_never_join(tmp_path: Path) -> None:
    rows = (["王芳", "13816205347", WANG], ["王芳", "13816205347", LI])
    world = merged(tmp_path, people("a", *rows, columns=(NAME, PHONE, ID)))
    assert world.groups() == {frozenset({0}), frozenset({1})}


def test_the_old_number_of_fifteen_digits_is_the_same_person(tmp_path: Path) -> None:
    rows = (["王芳", None, WANG], ["王方", None, WANG[:6] + WANG[8:17]])
    world = merged(tmp_path, people("a", *rows, columns=(NAME, PHONE, ID)))
    assert world.groups() == {frozenset({0, 1})}


def test_a_chain_between_two_ids_is_taken_apart_and_listed(tmp_path: Path) -> None:
    columns = (NAME, PHONE, Category.EMAIL, ID)
    world = merged(
        tmp_path,
        people(
            "a",
            ["王芳", "13816205347", None, WANG],
            ["王芳", "13816205347", "wf@example.com", None],
            ["王芳", None, "wf@example.com", LI],
            ["王芳", None, None, WANG],
            columns=columns,
        ),
    )
    assert world.groups() == {frozenset({0, 3}), frozenset({1}), frozenset({2})}
    assert world.counts.refused == 2


@pytest.mark.parametrize("phone", ["13800000000", "00000000000", "无", "13800138000", "不详"])
def test_placeholders_join_nobody(tmp_path: Path, phone: str) -> None:
    world = merged(tmp_path, people("a", ["王芳", phone], ["王芳", phone]))
    assert len(world.groups()) == 2


def test_names_alone_join_nobody(tmp_path: Path) -> None:
    assert len(merged(tmp_path, people("a", ["王芳", None], ["王芳", None])).groups()) == 2


def orders(*rows: list[str | None]) -> Sheet:
    columns = {
        "customer_id": (Category.SUBJECT_REF, About.CUSTOMER),
        "receiver": (NAME, About.CUSTOMER),
        "phone": (PHONE, About.CUSTOMER),
    }
    return Sheet("o", columns, rows, refers={"customer_id": ("c", "id")})


def customers(*rows: list[str | None]) -> Sheet:
    columns = {
        "id": (Category.SUBJECT_KEY, About.CUSTOMER),
        "name": (NAME, About.CUSTOMER),
        "phone": (PHONE, About.CUSTOMER),
    }
    return Sheet("c", columns, rows, key=("id",))


def test_a_row_gets_the_customer_it_points_to_whoever_it_names(tmp_path: Path) -> None:
    world = merged(
        tmp_path,
        customers(["1", "王芳", "13816205347"], ["2", None, None]),
        orders(["1.0", "李强", "13912345678"], ["2", None, None]),
    )
    assert world.groups() == {frozenset({0, 2}), frozenset({1, 3})}


def test_a_row_that_points_to_nobody_speaks_for_itself(tmp_path: Path) -> None:
    world = merged(
        tmp_path,
        customers(["1", "王芳", "13816205347"]),
        orders([None, "王芳", "13816205347"], ["99", "李强", "13912345670"], [None, None, None]),
    )
    assert world.groups() == {frozenset({0, 1}), frozenset({2})}
    assert world.rows("unreached") == [{"rec": 3, "dataset": "o", "why": "names_nobody"}]


def test_a_customer_number_given_twice_is_settled_by_the_name(tmp_path: Path) -> None:
    world = merged(
        tmp_path,
        customers(["1", "王芳", None], ["1", "李强", None]),
        orders(["1", "李强", None], ["1", None, None]),
    )
    assert world.groups() == {frozenset({0}), frozenset({1, 2})}
    assert world.rows("unreached") == [{"rec": 3, "dataset": "o", "why": "several_customers"}]


def test_an_old_copy_follows_its_customer_number_where_the_names_agree(tmp_path: Path) -> None:
    copy = Sheet("bak", customers().columns, [["1", "王芳", None], ["2", "赵敏", None]],
                 key=("id",), copied={"id": ("c", "id")})  # fmt: skip
    world = merged(tmp_path, customers(["1", "王芳", None], ["2", "李强", None]), copy)
    assert {frozenset(g) for g in world.groups()} == {
        frozenset({0, 2}) if (0, 2) in _links(world) or (2, 0) in _links(world) else frozenset(),
        frozenset({1}),
        frozenset({3}),
    }


def _links(world: Merged) -> set[tuple[object, object]]:
    return {(row["rec_a"], row["rec_b"]) for row in world.rows("link")}


def companies(name: str, *rows: list[str | None]) -> Sheet:
    columns = {
        "org": (Category.ORG_NAME, About.CUSTOMER_ORG),
        "code": (Category.ORG_CODE, About.CUSTOMER_ORG),
        "person": (NAME, About.CUSTOMER_CONTACT),
        "phone": (PHONE, About.CUSTOMER_CONTACT),
    }
    return Sheet(name, columns, rows, about=About.CUSTOMER_ORG)


def test_a_company_is_one_subject_and_its_contact_persons_belong_to_it(tmp_path: Path) -> None:
    world = merged(
        tmp_path,
        companies(
            "a", ["示例棉纺（上海）有限责任公司", "91440106077430498Y", "王芳", "13816205347"]
        ),
        companies("b", ["示例棉纺(上海)有限公司", None, "李强", None]),
    )
    assert world.groups() == {frozenset({0, 1})}
    rows = sorted(world.rows("subject"), key=lambda row: int(str(row["sid"])))
    assert [(row["sid"], row["kind"], row["belongs_to"]) for row in rows] == [
        (0, "org", None), (2, "person", 0), (3, "person", 0),
    ]  # fmt: skip


def test_whether_a_customer_is_a_company_is_unknown_where_it_may_be_a_person(
    tmp_path: Path,
) -> None:
    """PIPL 4: an individual business (个体工商户, code 92) is the person who runs it."""
    world = merged(
        tmp_path,
        companies("a", ["示例棉纺有限公司", "91440106077430498Y", "王芳", None],
                  ["示例小吃店", "92440106077430498Y", None, None],
                  ["示例五金店", None, None, None]),
        people("b", ["李强", "13816205347"], ["赵敏", "13816205348"]),
        together=[(2, 3)],
    )  # fmt: skip
    found = {row["sid"]: row["customer_kind"] for row in world.rows("subject")}
    assert found == {
        0: "company",
        1: "unknown",
        2: "unknown",
        4: "person",
        5: "person",
        6: "person",
    }


def test_companies_of_one_name_and_two_codes_are_two(tmp_path: Path) -> None:
    rows = (["示例棉纺有限公司", "91440106077430498Y", None, None],
            ["示例棉纺有限公司", "91510107621788101L", None, None])  # fmt: skip
    assert len(merged(tmp_path, companies("a", *rows)).groups()) == 2


def test_a_person_may_take_a_merge_back_and_make_one(tmp_path: Path) -> None:
    sheet = people("a", ["王芳", "13816205347"], ["王芳", "13816205347"], ["王方", None])
    world = merged(tmp_path, sheet, apart=[(0, 1)], together=[(2, 1)])
    assert world.groups() == {frozenset({0}), frozenset({1, 2})}


def test_every_merge_is_explained_without_showing_a_value(tmp_path: Path) -> None:
    world = merged(tmp_path, people("a", ["王芳", "13816205347"], ["王芳", "13816205347"]))
    with world.desk() as desk:
        told = explain(desk, 0)
    assert [(one.rule, one.shared) for one in told.links] == [
        ("same_phone_and_name", ("name 王*", "phone 138****5347"))
    ]
    assert "13816205347" not in str(told)


_NAMES = st.sampled_from(["王芳", "王丽", "王女士", "李强", None])
_PHONES = st.sampled_from(["13816205347", "13912345670", None])
_IDS = st.sampled_from([WANG, LI, None, None])
_ROWS = st.lists(st.tuples(_NAMES, _PHONES, _IDS), min_size=1, max_size=8)


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=_ROWS, seed=st.integers(0, 99))
def test_the_order_of_rows_changes_nothing_and_ids_stay_apart(
    tmp_path: Path, rows: list[tuple[str | None, str | None, str | None]], seed: int
) -> None:
    order = list(range(len(rows)))
    Random(seed).shuffle(order)  # noqa: S311 - reproducible
    columns = (NAME, PHONE, ID)
    before = merged(tmp_path, people("a", *rows, columns=columns)).groups()
    shuffled = [rows[n] for n in order]
    after = merged(tmp_path, people("a", *shuffled, columns=columns)).groups()
    assert before == {frozenset(order[n] for n in group) for group in after}
    for group in before:
        assert len({rows[n][2] for n in group} - {None}) <= 1
    placed = sorted(rec for group in before for rec in group)
    assert len(placed) == len(set(placed))


BORN = Category.BIRTH_DATE


def doubted(world: Merged) -> set[frozenset[int]]:
    """Groups of subjects that may be one customer."""
    held: dict[object, set[int]] = {}
    for row in world.rows("twin"):
        held.setdefault(row["twins"], set()).add(int(str(row["sid"])))
    return {frozenset(sids) for sids in held.values()}


def test_who_is_torn_apart_by_one_birthday_stays_in_doubt(tmp_path: Path) -> None:
    columns = (NAME, PHONE, BORN)
    world = merged(
        tmp_path,
        people("a", ["王芳", "13816205347", "1980-01-01"], columns=columns),
        people("b", ["王芳", "13816205347", "1980-01-02"], columns=columns),
        people("c", ["王芳", "13816205347"], ["李强", "13912345678"]),
    )
    assert world.groups() == {frozenset({0}), frozenset({1}), frozenset({2}), frozenset({3})}
    assert doubted(world) == {frozenset({0, 1, 2})}
    assert world.counts.refused == 3


def test_who_agrees_with_one_side_of_a_torn_bunch_stays_with_it(tmp_path: Path) -> None:
    days = ("1980-01-01", "1980-01-02", "1980-01-01", None)
    rows = [["王芳", "13816205347", day] for day in days]
    world = merged(tmp_path, people("a", *rows, columns=(NAME, PHONE, BORN)))
    assert world.groups() == {frozenset({0, 2}), frozenset({1}), frozenset({3})}
    assert doubted(world) == {frozenset({0, 1, 3})}


def test_a_persons_word_ends_the_doubt(tmp_path: Path) -> None:
    rows = [["王芳", "13816205347", day] for day in ("1980-01-01", "1980-01-02")]
    sheet = people("a", *rows, columns=(NAME, PHONE, BORN))
    assert doubted(merged(tmp_path, sheet)) == {frozenset({0, 1})}
    assert doubted(merged(tmp_path, sheet, apart=[(0, 1)])) == set()
    assert doubted(merged(tmp_path, sheet, together=[(0, 1)])) == set()


@settings(
    max_examples=6,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["王芳", "李强", None]),
            st.sampled_from(["13816205347", "13916205349"]),
            st.sampled_from(["1980-01-01", "1980-01-02", None]),
        ),
        min_size=2, max_size=9,
    )
)  # fmt: skip
def test_equal_name_and_phone_are_one_subject_or_doubtful_twins(
    tmp_path: Path, rows: list[tuple[str | None, str, str | None]]
) -> None:
    world = merged(tmp_path, people("a", *rows, columns=(NAME, PHONE, BORN)))
    whose = {int(str(row["rec"])): row["sid"] for row in world.rows("member")}
    twins = {row["sid"]: row["twins"] for row in world.rows("twin")}
    for one, (name, phone, born) in enumerate(rows):
        for other, (its_name, its_phone, its_born) in enumerate(rows):
            if name and (name, phone) == (its_name, its_phone) and whose[one] != whose[other]:
                assert twins[whose[one]] == twins[whose[other]]
            if born and its_born and born != its_born and one != other:
                assert whose[one] != whose[other]


@pytest.mark.parametrize("word", ["合计", "总 计", "小计:", "Total", "SUBTOTAL", "Grand Total"])
def test_a_row_that_adds_up_the_others_is_nobody(tmp_path: Path, word: str) -> None:
    columns = (NAME, PHONE, Category.TRANSACTION, Category.ONLINE_ID)
    rows = (["王芳", "13816205347", "9", "300"], [word, None, "1,234.50 元", "2"])
    world = merged(tmp_path, people("a", *rows, columns=columns))
    assert world.groups() == {frozenset({0})}
    assert [(row["rec"], row["why"]) for row in world.rows("unreached")] == [(1, "names_nobody")]


@pytest.mark.parametrize(
    "row", [["Total", "13816205348", "2"], ["小计", "13816205348", "王丽"], ["Totalis", None, "2"]]
)
def test_a_row_that_holds_somebodys_own_is_no_sum(tmp_path: Path, row: list[str | None]) -> None:
    world = merged(tmp_path, people("a", row, columns=(NAME, PHONE, Category.ONLINE_ID)))
    assert world.groups() == {frozenset({0})}


def test_a_number_added_up_is_no_customers_number(tmp_path: Path) -> None:
    columns = {"id": (Category.SUBJECT_KEY, About.CUSTOMER), "name": (NAME, About.CUSTOMER)}
    customers = Sheet("c", columns, [["2", "王芳"]], key=("id",))
    orders = Sheet("o", {"what": (Category.NONE, About.NONE),
                         "who": (Category.SUBJECT_KEY, About.CUSTOMER)},
                   [["rug", "2"], ["合计", "2"]], refers={"who": ("c", "id")})  # fmt: skip
    assert merged(tmp_path, customers, orders).groups() == {frozenset({0, 1})}
