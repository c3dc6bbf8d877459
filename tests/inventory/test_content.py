from __future__ import annotations

import pyarrow as pa
import pytest

from shanhou.inventory.content import text_holds

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
