"""Names, addresses and organisations in text: what grammar and model see, and how surely."""

from __future__ import annotations

import itertools

import pyarrow as pa
import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from shanhou.inventory.lac import Lac
from shanhou.inventory.language import language, worth_a_look
from shanhou.inventory.scan import detect_text, detect_texts, phrase_rules
from shanhou.inventory.texts import held
from shanhou.inventory.weighing import Rule

PIECES = [
    *("王丽", "Tom Chen", "Li Wei，", "路", "与", "交叉口", "200米", "买买提", "·", "3栋", "2单元"),
    *("501", "-", "（", "(", "先生", "住", "长寿路", "88弄", "附2号", "上海市", "有限公司"),
    *("\n", "😀", "１２", " ", "A座", "格日勒图", "欧阳", "。"),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=60)


def found(text: str, *, by_model: bool = True) -> list[tuple[str, str, str]]:
    spans = detect_text(text, Lac() if by_model else None)
    return [(f.category.value, text[f.start : f.end], f.strength.value) for f in spans]


def test_a_name_without_any_cue_is_seen_by_the_model_alone() -> None:
    text = "今天和陈思远通了电话，下周二上门。"
    assert found(text) == [("person_name", "陈思远", "weak")]
    assert found(text, by_model=False) == []


def test_a_name_that_words_tell_and_the_model_sees_is_strong() -> None:
    assert ("person_name", "林婉清", "strong") in found("联系人：林婉清，下午在家")


def test_a_name_that_only_words_tell_is_possible() -> None:
    assert found("联系人：林婉清，下午在家", by_model=False) == [
        ("person_name", "林婉清", "context")
    ]


@pytest.mark.parametrize(
    "name", ["热依汗古丽·阿布拉", "阿迪力·牙生", "欧阳修文", "扎西多吉", "买买提江·肉孜"]
)
def test_names_of_other_shapes_are_whole(name: str) -> None:
    assert any(name == said for kind, said, _ in found(f"这批货归{name}，已核对。")
               if kind == "person_name")  # fmt: skip


@pytest.mark.parametrize(
    "address",
    [
        "江苏省苏州市工业园区星湖街328号创意产业园5栋301",
        "望京西园四区410楼1单元1203",
        "新疆阿瓦提县红旗乡3村5组12号",
        "长寿路88弄3号502室",
        "枫林苑12栋2单元301",
        "解放大道中段67号",
        "三号楼二单元402室",
        "翠湖新村6-2-1101",
        "科技二路9号B座1806",
    ],
)
@pytest.mark.parametrize("sentence", ["{}", "东西送到{}，放门口。", "{}的那户要加擦玻璃"])
def test_an_address_is_one_span_from_province_to_room(address: str, sentence: str) -> None:
    text = sentence.format(address)
    (span,) = [said for kind, said, _ in found(text) if kind == "address"]
    assert span == address


@pytest.mark.parametrize(
    "text",
    [
        "从北京出差回来再约。",
        "下周三上午九点到，3号下午不行。",
        "合同3份，单价120元，共5层货架。",
        "南京路步行街人太多。",
        "价格1200元，4号之前付清。",
    ],
)
def test_a_town_a_date_and_a_count_are_no_address(text: str) -> None:
    assert [kind for kind, _, _ in found(text) if kind == "address"] == []


@pytest.mark.parametrize(
    "text", ["付清了再发货", "毛重以过磅为准", "孙辈放学早", "东方红牌拖拉机一台",
             "张杨路拥堵，绕行", "高温天气注意防暑", "单据随车带回", "单据随车带回(记录TLDKDPJ)"]
)  # fmt: skip
def test_words_that_begin_like_a_name_are_none(text: str) -> None:
    assert [said for kind, said, _ in found(text) if kind == "person_name"] == []


def test_a_firm_is_told_by_how_its_name_ends() -> None:
    (firm,) = [one for one in found("货款由上海恒昌贸易有限公司分三期付。") if one[0] == "org_name"]
    assert firm == ("org_name", "上海恒昌贸易有限公司", "strong")


def test_a_brand_is_no_firm() -> None:
    assert [one for one in found("华为手机落在沙发上") if one[0] == "org_name"] == []


def test_the_name_of_a_model_follows_a_phone_and_does_not_change_it() -> None:
    told = found("陈思远13800138000，长寿路88弄3号502室")
    assert ("phone", "13800138000", "strong") in told
    assert [kind for kind, _, _ in told] == ["person_name", "phone", "address"]


def test_wide_digits_keep_the_places_of_an_address() -> None:
    text = "寄长寿路８８弄３号５０２室"
    assert ("address", text[1:]) in [one[:2] for one in found(text)]


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("转给林婉清处理", "contact"),
        ("送长寿路88弄3号502室", "contact"),
        ("货款由上海恒昌贸易有限公司付", "nothing"),
        ("到库前一天通知,单据随车带回", "nothing"),
        ("陈思远家门锁密码3421#", "credential"),
        ("", "nothing"),
    ],
)
def test_a_cell_that_names_somebody_holds_a_contact(text: str, holds: str) -> None:
    assert held(pa.array([text, None, text]), Lac()).to_pylist() == [holds, "nothing", holds]


@pytest.mark.parametrize("rule", [*language().parts, *phrase_rules()], ids=lambda rule: rule.id)
def test_every_pattern_has_one_span_and_nothing_else_in_brackets(rule: Rule) -> None:
    assert set(re2.compile(rule.pattern).groupindex) == {"all", "hit"}
    assert re2.compile(rule.pattern).groups == 2


@settings(max_examples=12)
@given(st.lists(TEXTS, max_size=12))
def test_spans_of_language_lie_in_the_text_whatever_it_says(texts: list[str]) -> None:
    for text, spans in zip(texts, detect_texts(texts, Lac()), strict=True):
        assert all(0 <= one.start < one.end <= len(text) for one in spans)
        assert all(a.end <= b.start for a, b in itertools.pairwise(spans))


def test_only_sentences_that_may_name_somebody_are_shown_to_the_model() -> None:
    worth = [
        "转给林婉清",
        "阿依古丽·买买提",
        "让王国庆来",
        "安排王丽去",
        "送长寿路8号",
        "Tom Chen来",
    ]
    idle = ["请勿按铃", "2024-01-02 12:00", "国庆放假", "安排下铺", "马上发货,时间可调", ""]
    assert worth_a_look(pa.array([*worth, *idle])).tolist() == [True] * 6 + [False] * 6
