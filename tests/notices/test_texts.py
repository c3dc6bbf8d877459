"""The short texts are those that were reviewed, name the known number, and hold no link."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from notice_world import CUSTODIAN, HANDLER, RECIPIENT, SOLD, addressee, letters, occasion

from shanhou.cases.notices import Told
from shanhou.errors import LANGUAGES, Language
from shanhou.notices.letter import Filled, Template
from shanhou.notices.plain import blocks_of, text_of
from shanhou.notices.segments import has_link
from shanhou.notices.texts import Texts, words_digest

GOLDEN = Path(__file__).parent / "golden"
NUMBER, CODE = "021-55500101", "S0000012-7K2MQ9"
FIRST = {
    "balance": Told(zh="全部退还，9月30日前到账。", en="refunded in full by 30 September."),
    "keys": Told(zh="上门当面还您。", en="handed back at your door."),
    "next_visit": Told(zh="9月12日照常。", en="12 September, as planned."),
}


def texts(template: Template, language: Language, *, first: bool = True) -> Texts:
    said = replace(occasion(template), known_number=NUMBER, asked_first=FIRST if first else {})
    return Texts(template, language, said, sealed=True)


def shown(name: str, one: Texts) -> str:
    if name == "sms":
        return one.short("示例安心家政").fill(CODE, "2026年12月7日") + "\n"
    if name == "reminder":
        return one.short("示例安心家政", reminder=True).fill(CODE, "2026年12月7日") + "\n"
    return one.script() + "\n" if name == "script" else text_of(one.announcement())


CASES = [(name, template, language)
         for name in ("sms", "reminder", "script", "announcement")
         for template in Template for language in LANGUAGES]  # fmt: skip


@pytest.mark.parametrize(("name", "template", "language"), CASES)
def test_a_text_is_the_one_that_was_reviewed(
    name: str, template: Template, language: Language
) -> None:
    text = shown(name, texts(template, language))
    path = GOLDEN / f"{name}-{template.value}.{language}.txt"
    if os.environ.get("SHANHOU_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf8")
    assert text == path.read_text(encoding="utf8")


@pytest.mark.parametrize(("name", "template", "language"), CASES)
def test_a_text_names_the_known_number_asks_for_nothing_and_holds_no_link(
    name: str, template: Template, language: Language
) -> None:
    text = shown(name, texts(template, language))
    assert NUMBER in text
    assert {"zh": "也从不在电话或短信里问验证码", "en": "nor for a code by telephone or message"}[
        language
    ] in text
    assert not has_link(text)
    assert not any(word in text for word in ("点击", "扫码", "click", "tap"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_sms_tells_what_the_law_wants_told(language: Language) -> None:
    asked = shown("sms", texts(Template.ART23, language))
    for part in (RECIPIENT.name, RECIPIENT.contact, RECIPIENT.purpose, RECIPIENT.method, CODE):
        assert part in asked
    taken_over = shown("sms", texts(Template.ART22, language))
    assert RECIPIENT.name in taken_over
    assert RECIPIENT.contact in taken_over
    closed = shown("sms", texts(Template.CLOSURE, language))
    assert CUSTODIAN.name in closed
    assert CUSTODIAN.contact in closed


@pytest.mark.parametrize("template", list(Template))
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_begins_with_balance_keys_and_the_next_visit(
    template: Template, language: Language
) -> None:
    made = letters(template, language)
    made.occasion = replace(made.occasion, known_number=NUMBER, asked_first=FIRST)
    one = addressee(12)
    page = made.page(SOLD).fill(Filled("王芳", "S0000012", CODE, one.counts, one.untils))
    blocks = [block.text for block in blocks_of(page)]
    (start,) = (at for at, text in enumerate(blocks)
                if text in {"先说您最关心的", "First, what matters most to you"})  # fmt: skip
    words = {"zh": ("余额", "钥匙", "下一次服务"), "en": ("Balance", "Keys", "The next visit")}
    assert tuple(blocks[start + 1 : start + 7 : 2]) == words[language]
    assert start <= 5
    assert NUMBER in blocks[start + 7]


def test_nothing_is_promised_that_the_case_file_does_not_say() -> None:
    text = shown("sms", texts(Template.CLOSURE, "zh", first=False))
    assert "退还" not in text
    assert "我们电话里说清" in text


def test_the_announcement_is_made_without_any_customer() -> None:
    text = shown("announcement", texts(Template.CLOSURE, "zh"))
    assert "S00" not in text
    assert HANDLER.name in text


def test_the_digest_of_the_words_is_the_same_each_time() -> None:
    assert words_digest() == words_digest()
    assert len(words_digest()) == 64


def test_text_and_paper_say_what_the_page_says() -> None:
    one = addressee(12)
    page = letters().page(SOLD).fill(Filled("王芳", "S0000012", CODE, one.counts, one.untils))
    text = text_of(page)
    for part in ("王芳", CODE, RECIPIENT.name, "[ ] 不同意", "网信部门投诉"):
        assert part in text
    assert "<" not in text
    assert "--ink" not in text
