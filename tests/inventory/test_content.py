from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
import re2

from shanhou.inventory.content import Holding, text_holds
from shanhou.inventory.documents import document
from shanhou.inventory.kinds import Category
from shanhou.inventory.scan import detect_text

CASES = {
    "门锁密码 3421#": "credential",
    "密码锁1234，上楼左转": "credential",
    "钥匙放在门口地垫下": "credential",
    "door code 4521": "credential",
    "女儿6岁，密码：abc123": "credential",
    "女儿6岁，在读小学": "child",
    "宝宝8个月，对牛奶过敏": "child",
    "The boy is 5 years old": "child",
    "老人术后需要照护": "health",
    "对花生过敏": "health",
    "allergic to nuts": "health",
    "老公出差": "family",
    "身份证110105194912310021": "identity",
    "电话13800138000": "contact",
    "浦东新区世纪大道100号": "contact",
    "微信 wangli_88": "contact",
    "加QQ 10001号": "contact",
    "VX: wang_li8": "contact",
    "QQHQPWR 批次": "nothing",
    "请准时": "nothing",
    "忘记密码请联系客服": "nothing",
    "周三上午打扫，带好工具": "nothing",
    "": "nothing",
}


@pytest.mark.parametrize("text", CASES)
def test_the_strictest_thing_decides(text: str) -> None:
    assert text_holds(pa.array([text])).to_pylist() == [CASES[text]]


def test_one_answer_a_cell_in_order_also_for_nulls_and_chunks() -> None:
    cells = pa.chunked_array([["门锁密码 3421#", None], ["请准时", "门锁密码 3421#"]])
    assert text_holds(cells).to_pylist() == ["credential", "nothing", "nothing", "credential"]


def test_no_cells_no_answers() -> None:
    assert text_holds(pa.array([], pa.string())).to_pylist() == []


ENTRIES = document("content.yaml")


def takes(entry: dict[str, Any], text: str) -> bool:
    return any(re2.search(pattern, text) for pattern in entry["patterns"])


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda one: f"{one['holds']}-{one['category']}")
def test_each_entry_takes_its_positive_examples_and_leaves_the_others(entry: Any) -> None:
    assert len(entry["positive"]) >= 4
    assert len(entry["negative"]) >= 3
    assert [text for text in entry["positive"] if not takes(entry, text)] == []
    assert [text for text in entry["negative"] if takes(entry, text)] == []


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda one: f"{one['holds']}-{one['category']}")
def test_a_phrase_is_told_with_its_place(entry: Any) -> None:
    order = [one.value for one in Holding]
    for text in entry["positive"]:
        held = text_holds(pa.array([text])).to_pylist()[0]
        assert order.index(held) <= order.index(entry["holds"])
        told = [one.category.value for one in detect_text("好的。" + text)]
        assert entry["category"] in told, text


def test_a_door_code_is_told_without_the_words_around_it() -> None:
    text = "单元门的密码是3421#，直接上"
    (span,) = [one for one in detect_text(text) if one.category is Category.CREDENTIAL]
    assert text[span.start : span.end] == "3421#"
