"""What is counted of the data's quality, beside a count by hand, cell after cell."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from shanhou.inventory.register import take_inventory
from shanhou.inventory.rules import rules
from shanhou.subjects.quality import DatasetQuality, measured, scores
from shanhou.subjects.recipe import Does
from shanhou.subjects.suggestions import suggested
from world import World, sheet

TODAY = date(2026, 11, 22)
NAMES = ["王芳", "李雷", "赵敏", "无", "钱多多", "孙丽", "周杰", "吴迪", "郑爽", None]
PHONES = ["13871620945", "138 1234 6679", "13800138000", "无", "", "12", "138****5678",
          "+86 13925814736", "13712345670", None]  # fmt: skip
IDS = ["11010519491231002X", "110105194912310021", "110105491231002", "无", None, "12345",
       "110105********002X", "", "110101199003070011", "11010519491231002X"]  # fmt: skip
DAYS = ["2026-01-01", "2020/1/5", "2023年11月23日", "2023-11-21", "2027-01-01", "2019-01-01", None,
        "2026-10-01", "2026-10-02", "2026-10-03"]  # fmt: skip
ILL = ["无", "高血压", "无", "糖尿病", "无", "无", "无", "无", "无", None]


def told() -> tuple[World, DatasetQuality]:
    world = World()
    columns = {"姓名": NAMES, "手机": PHONES, "身份证号": IDS, "下单日期": DAYS, "病史": ILL}
    sheet(world, "客户.xlsx", {name: [*cells, cells[0]] for name, cells in columns.items()})
    (one,) = measured(world, take_inventory(world), rules(), on=TODAY)
    return world, one


def test_every_cell_is_filled_or_fills_a_gap_and_every_filled_one_is_told_of() -> None:
    _, one = told()
    fields = {field.field: field for field in one.fields}
    phone, national = fields["手机"], fields["身份证号"]
    # by hand: one row more than the lists above, the first once more
    assert (phone.filled, phone.stand_ins, phone.valid, phone.masked) == (7, 2, 5, 1)
    assert (phone.failed_check, phone.out_of_form, phone.uniform) == (0, 1, 3)
    assert (national.filled, national.stand_ins) == (8, 1)
    assert (national.valid, national.failed_check, national.masked) == (5, 1, 1)
    assert national.out_of_form == 1
    assert (fields["姓名"].filled, fields["姓名"].stand_ins, fields["姓名"].valid) == (9, 1, None)


def test_that_somebody_has_no_illness_is_an_answer() -> None:
    _, one = told()
    (ill,) = [field for field in one.fields if field.field == "病史"]
    assert (ill.filled, ill.stand_ins) == (10, 0)


def test_rows_said_twice_rows_long_past_and_days_to_come_are_counted() -> None:
    _, one = told()
    assert (one.rows, one.repeated) == (11, 1)
    # three years before 2026-11-22: the 21st is past, the 23rd is not
    assert (one.dated, one.stale, one.future) == (10, 3, 1)


def test_the_scores_are_shares_of_all_cells_and_rows() -> None:
    _, one = told()
    share = scores([one])
    assert share.unique == 10 / 11
    assert share.fresh == 7 / 10
    formed = [field for field in one.fields if field.valid is not None]
    assert share.valid == sum(f.valid or 0 for f in formed) / sum(f.filled for f in formed)
    assert scores([]).complete is None


def test_steps_are_suggested_for_what_they_change_and_not_where_nothing_would() -> None:
    world, _ = told()
    found = {(one.field, one.step.does.value): one for one in suggested(
        world, take_inventory(world), ())}  # fmt: skip
    assert found["手机", "form"].cells == 2
    assert found["手机", "empty"].step.values == ("无",)
    assert found["身份证号", "form"].cells == 1
    assert ("病史", "empty") not in found
    assert ("姓名", "form") not in found


@given(st.permutations([f"139{n:08}" for n in range(1, 301)] + ["+44 20 7946 0958"] * 3))
@settings(max_examples=5, deadline=None)
def test_the_order_of_rows_changes_no_count(cells: list[str]) -> None:
    world = World()
    sheet(world, "客户.xlsx", {"手机": cells})
    (one,) = measured(world, take_inventory(world), rules(), on=TODAY)
    assert [(f.filled, f.valid, f.distinct) for f in one.fields] == [(303, 303, 301)]


def test_a_rare_shape_among_many_values_is_counted() -> None:
    world = World()
    mobiles = [f"139{n:08}" for n in range(1, 12_001)]
    sheet(world, "客户.xlsx", {"手机": [*mobiles, *[f"+44 20 7946 {n:04}" for n in range(9)]]})
    (one,) = measured(world, take_inventory(world), rules(), on=TODAY)
    (phone,) = one.fields
    assert phone.valid == 12_009


def test_columns_of_marks_and_numbers_are_no_words_of_one_meaning() -> None:
    world = World()
    grades = ["A+", "A-", "a+", "5", "-5", "1.5", "15", "VIP 1", "vip1"] * 3
    names = [f"王{n}" for n in range(27)]
    sheet(world, "客户.xlsx", {"姓名": names, "等级": grades})
    found = [{one.step.to, *one.step.values} for one in suggested(
        world, take_inventory(world), ()) if one.step.does is Does.REPLACE]  # fmt: skip
    assert all(group in ({"A+", "a+"}, {"VIP 1", "vip1"}) for group in found)
