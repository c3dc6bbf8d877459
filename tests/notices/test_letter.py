"""A letter tells its reader what the law demands, in plain words."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib import resources

import pytest
import yaml
from notice_world import CUSTODIAN, HANDLER, RECIPIENT, SOLD, addressee, letters, occasion

from shanhou.cases.parties import ExitKind
from shanhou.errors import LANGUAGES, Language, Refusal
from shanhou.law.rule import Outcome
from shanhou.notices.letter import (
    Filled,
    Item,
    Letters,
    Profile,
    Template,
    long_date,
    template_for,
)

RIGHTS = {
    "zh": ("查阅", "复制", "更正", "删除", "撤回", "投诉"),
    "en": ("Access", "Copy", "Correction", "Deletion", "withdrawal", "complain"),
}
"""PIPL 17(3), 44-47, 50."""
_HANDLER = (HANDLER.name, HANDLER.contact)
_RECIPIENT = (RECIPIENT.name, RECIPIENT.contact)
DEMANDED = {
    # 17: handler, purpose, method, kinds, period; 23: recipient's name, contact, purpose, method,
    # kinds; 30: necessity and impact of sensitive information; 31: guardian
    (Template.ART23, "zh"): (
        *_RECIPIENT, RECIPIENT.purpose, RECIPIENT.method, "姓名、电话、地址等联系方式", "会员等级",
        "2056年12月31日", "2026年12月7日", "才需要它", "泄露的可能会增加", "监护人", "第二十三条",
        "第五百五十五条", "第二十九条",
    ),
    (Template.ART23, "en"): (
        *_RECIPIENT, RECIPIENT.purpose, RECIPIENT.method, "Name, phone, address", "会员等级",
        "31 December 2056", "7 December 2026", "They need it", "a leak becomes more likely",
        "guardian", "article 23", "article 555", "articles 29",
    ),
    # 22: recipient's name and contact, its duties, consent anew for another purpose
    (Template.ART22, "zh"): (*_RECIPIENT, "继续履行", "重新征得您的同意", "反对", "2026年12月7日"),
    (Template.ART22, "en"): (*_RECIPIENT, "our duties", "consent anew", "object",
                             "7 December 2026"),
    # 47 and the move to a custodian under 22; consumers' money
    (Template.CLOSURE, "zh"): (
        "2026年12月31日", CUSTODIAN.name, CUSTODIAN.contact, "2056年12月31日", "退款", "原件",
        "留一份自己的信息",
    ),
    (Template.CLOSURE, "en"): (
        "31 December 2026", CUSTODIAN.name, CUSTODIAN.contact, "31 December 2056", "refund",
        "Original documents", "copy of your information",
    ),
    (Template.CHANGE, "zh"): (RECIPIENT.name, "不会交给新股东", "仍是"),
    (Template.CHANGE, "en"): (RECIPIENT.name, "does not go to the new shareholder", "Still"),
}  # fmt: skip


def written(page_of: Letters, profile: Profile = SOLD, name: str = "王芳") -> str:
    one = addressee(12, name, profile)
    own = Filled(name, "S0000012", "S0000012-7K2MQ9", one.counts, one.untils)
    return page_of.page(profile).fill(own)


@pytest.mark.parametrize(("template", "language"), DEMANDED)
def test_every_letter_holds_what_the_law_demands(template: Template, language: Language) -> None:
    text = written(letters(template, language))
    wanted = (
        *DEMANDED[template, language],
        *RIGHTS[language],
        *_HANDLER,
        "王芳",
        "S0000012-7K2MQ9",
    )
    assert [one for one in wanted if one not in text] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_consent_is_asked_apart_unticked_and_no_is_as_easy_as_yes(language: Language) -> None:
    text = written(letters(language=language))
    yes, no = {"zh": ("同意", "不同意"), "en": ("I agree", "I do not agree")}[language]
    assert text.count(f'<div class="box">{yes}</div><div class="box">{no}</div>') == 4
    assert not re.search(r"checked|selected|<input|<script|<form|http", text)


def test_sensitive_and_guardian_are_asked_only_where_there_is_reason() -> None:
    plain = replace(SOLD, sensitive=False, child=False)
    text = written(letters(), plain)
    assert text.count('class="choice"') == 2
    assert "监护人" not in text


def test_the_letter_says_that_silence_is_no_consent() -> None:
    assert "不勾选、不回信、看过没有说话，都不算同意" in written(letters())
    assert "No answer counts as no" in written(letters(language="en"))


@pytest.mark.parametrize("template", list(Template))
def test_a_rehearsal_says_so_on_every_letter(template: Template) -> None:
    assert "演练 REHEARSAL" in written(letters(template, rehearsal=True))
    assert "演练" not in written(letters(template))


def test_a_letter_without_what_the_law_wants_is_not_written() -> None:
    lacking = RECIPIENT.model_copy(update={"purpose": ""})
    with pytest.raises(Refusal) as refused:
        letters(recipient=lacking).page(SOLD)
    assert (refused.value.code, refused.value.facts["missing"]) == ("SH-E-811", "接收方的处理目的")
    with pytest.raises(Refusal):
        letters(Template.CLOSURE, custodian=None).page(SOLD)
    destroyed = Profile((Item("contact", Outcome.DESTROY),), sensitive=False, child=False,
                        company=False)  # fmt: skip
    assert letters(Template.CLOSURE, custodian=None).page(destroyed)


def test_names_cannot_write_into_the_page() -> None:
    text = written(letters(), name="<script>alert(1)</script>\x02name\x02")
    assert "<script" not in text


def test_what_stays_for_good_or_unknown_is_told_without_a_date() -> None:
    text = written(letters())
    assert "须长期保存" in text
    assert "9999" not in text


def test_each_exit_has_its_letter() -> None:
    assert template_for(ExitKind.ASSET_SALE) is Template.ART23
    assert template_for(ExitKind.MERGER) is template_for(ExitKind.DIVISION) is Template.ART22
    assert template_for(ExitKind.BANKRUPTCY) is Template.CLOSURE
    assert template_for(ExitKind.BANKRUPTCY, going_concern=True) is Template.ART22
    assert template_for(ExitKind.EQUITY_SALE) is Template.CHANGE


def _sources() -> dict[str, str]:
    folder = resources.files("shanhou.notices").joinpath("letters")
    found = {
        one.name: one.read_text(encoding="utf8")
        for one in folder.iterdir()
        if one.name.endswith(".zh.html.j2")
    }
    text = resources.files("shanhou.notices").joinpath("words.yaml").read_text(encoding="utf8")
    found["words.yaml"] = "\n".join(_chinese(yaml.safe_load(text)))
    return found


def _chinese(tree: object) -> list[str]:
    if not isinstance(tree, dict):
        return []
    own = [tree["zh"]] if isinstance(tree.get("zh"), str) else []
    return own + [text for part in tree.values() for text in _chinese(part)]


@pytest.mark.parametrize("name", _sources())
def test_chinese_sentences_are_short_and_free_of_unexplained_law_words(name: str) -> None:
    text = re.sub(r"{%.*?%}|{{.*?}}|<[^>]*>", "\n", _sources()[name])
    sentences = re.split(r"[。！？；\n]", text)
    assert [one for one in sentences if len(one.strip()) > 40] == []
    assert re.findall(r"处理者|信息主体|匿名化|受让方|标的|存续|债权人", text) == []


@pytest.mark.parametrize("name", _sources())
def test_chinese_punctuation_is_full_width(name: str) -> None:
    text = re.sub(r"{%.*?%}|{{.*?}}|<[^>]*>", "", _sources()[name])
    assert re.findall(r"[\u4e00-\u9fff][,;:?()]|[,;:?()][\u4e00-\u9fff]", text) == []


def test_days_are_written_out() -> None:
    day = occasion().on
    assert [long_date(day, "zh"), long_date(day, "en")] == ["2026年11月22日", "22 November 2026"]
    assert not re.search(r"\d{4}-\d\d-\d\d", written(letters()))


def test_a_letter_on_closing_names_the_last_day() -> None:
    silent = replace(occasion(Template.CLOSURE), stops_on=None)
    with pytest.raises(Refusal) as refused:
        Letters(Template.CLOSURE, "zh", silent).page(SOLD)
    assert "停止营业的日期" in str(refused.value.facts["missing"])
    assert "2026年12月31日" in written(letters(Template.CLOSURE))
