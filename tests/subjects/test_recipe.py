"""The recipe is played anew from what was collected: what it cannot read for certain it leaves."""

from __future__ import annotations

import re
import unicodedata

import ibis
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from shanhou.subjects.recipe import CleaningStep, Does, Form, after_cleaning
from shanhou.subjects.suggestions import changed

BACKEND = ibis.duckdb.connect()


def played(cells: list[str | None], *steps: CleaningStep) -> list[str | None]:
    numbered = pa.table({"rec": range(len(cells)), "c0": pa.array(cells, pa.string()),
                         "c1": pa.array(cells, pa.string())})  # fmt: skip
    BACKEND.create_table("cells", numbered, overwrite=True)
    cleaned = after_cleaning(BACKEND.table("cells"), steps).order_by("rec")
    return cleaned.c0.to_pyarrow().to_pylist()


def step(does: str, **more: object) -> CleaningStep:
    return CleaningStep("c1", "d", 0, Does(does), **more)


def form(name: str) -> CleaningStep:
    return step("form", form=Form(name))


def test_tidying_takes_what_is_not_seen_and_nothing_else() -> None:
    cells = ["\u3000王 芳 ", "ABC \t\n 1", "\u200b１３８\u200f", "①㎡", "", None]
    assert played(cells, step("tidy")) == ["王 芳", "ABC 1", "138", "①㎡", "", None]


def test_numbers_and_days_get_their_standard_form_and_doubtful_ones_stay() -> None:
    phones = ["+86 138-7162-0945", "(021) 6234 5678", "13871620945转8", "13871620945/13925814736",
              "13800138000", "1381234", "老板 13871620945", "13871620945.0"]  # fmt: skip
    stay = ["65551234-801", "021-65551234-801", "(021)65551234(801)", "6555123 6555124",
            "138 0013 8000-2", "4008123456", "2125551234", "65551234"]  # fmt: skip
    assert played(stay, form("phone")) == stay
    assert played(["张三 a@b.com", "Mail: a@b.com", "Li.Wei@B.Com "], form("email")) == [
        "张三 a@b.com", "Mail: a@b.com", "li.wei@b.com"]  # fmt: skip
    assert played(["199811", "1990115", "1998/11"], form("date")) == [
        "199811",
        "1990115",
        "1998/11",
    ]
    assert played(phones, form("phone")) == [
        "13871620945", "02162345678", "13871620945转8", "13871620945/13925814736", "13800138000",
        "1381234", "老板 13871620945", "13871620945"]  # fmt: skip
    days = [
        "2020/1/5",
        "2020年12月31日",
        "2020-02-30",
        "2020-02-03 10:11",
        "05/01/2020",
        "20200105",
    ]
    made = [
        "2020-01-05",
        "2020-12-31",
        "2020-02-30",
        "2020-02-03 10:11",
        "05/01/2020",
        "2020-01-05",
    ]
    assert played(days, form("date")) == made
    ids = ["11010519491231002x", "110105491231002", "110105 19491231 0021"]
    assert played(ids, form("national_id")) == [
        "11010519491231002X", "11010519491231002X", "110105 19491231 0021"]  # fmt: skip


def test_words_that_say_nothing_become_empty_and_words_of_one_meaning_one() -> None:
    cells = ["无", "\u3000无 ", "无锡", "上海市", "上海", None]
    assert played(cells, step("empty", values=("无",))) == [None, None, "无锡", *cells[3:]]
    one = step("replace", values=("上海",), to="上海市")
    assert played(cells, one) == [*cells[:3], "上海市", "上海市", None]


def test_the_other_columns_stay_and_the_changed_cells_are_counted() -> None:
    cells = ["13871620945", "138 7162 0945", None, "无"]
    BACKEND.create_table("cells", pa.table({"rec": range(4), "c0": cells, "c1": cells}),
                         overwrite=True)  # fmt: skip
    table = BACKEND.table("cells")
    assert changed(table, form("phone")) == 1
    assert changed(table, step("empty", values=("无",))) == 1
    after = after_cleaning(table, [form("phone")]).order_by("rec")
    assert after.c1.to_pyarrow().to_pylist() == cells


STEPS = st.sampled_from([step("tidy"), step("empty", values=("无", "-")), form("phone"),
                         form("email"), form("national_id"), form("date"),
                         step("replace", values=("a", "A"), to="b")])  # fmt: skip
CELLS = st.lists(st.one_of(st.none(), st.text(max_size=12), st.sampled_from(
    ["无", "-", "a", "138 7162 0945", "２０２０/１/５", "A@B.CN ", "110105491231002"])),
    min_size=1, max_size=6)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(cells=CELLS, steps=st.lists(STEPS, max_size=4), data=st.data())
def test_a_step_taken_back_leaves_what_the_others_make_and_each_step_twice_is_once(
    cells: list[str | None], steps: list[CleaningStep], data: st.DataObject
) -> None:
    told = [cell and cell.replace("\x00", "") for cell in cells]
    one = data.draw(STEPS)
    assert played(told, one, one) == played(told, one)
    if steps:
        at = data.draw(st.integers(0, len(steps) - 1))
        rest = [*steps[:at], *steps[at + 1 :]]
        made = told
        for other in rest:
            made = played(made, other)
        assert played(told, *rest) == made


@settings(max_examples=40, deadline=None)
@given(text=st.text(alphabet="0123456789 -()+/转,；.８９\u3000", min_size=1, max_size=24))
def test_no_digit_of_a_phone_is_lost_but_the_code_of_the_country(text: str) -> None:
    (made,) = played([text], form("phone"))
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", text))
    kept = re.sub(r"\D", "", unicodedata.normalize("NFKC", made or ""))
    bare = digits.removesuffix("0") if re.search(r"[.]\s*0\s*$", text) else digits
    allowed = {digits, bare} | {one.removeprefix("00") for one in (digits, bare)}
    allowed |= {one.removeprefix("86") for one in set(allowed)}
    assert kept in allowed | {f"0{one}" for one in allowed}
