"""A filled text becomes blocks, and a value says nothing but itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanhou.documents.blocks import (
    Heading,
    Listed,
    Note,
    PageBreak,
    Paragraph,
    Run,
    Signatures,
    Table,
    Title,
    blanks,
)
from shanhou.documents.markup import parse, plain
from shanhou.documents.numerals import chinese

TEXT = """# 协议

## 目的

甲方为**例**公司，电话`甲方的电话`。<!-- item: purpose -->

1. 一项
2. 二项

- [ ] 同意
- 其他

> 说明

| 名 | 数 |
|---|--:|
| 甲 | 1 |

---

#### 附表

```seals
甲方 | 例公司 | seal
见证人 | - | sign
```
"""


def parsed(text: str, numbering: str = "articles"):
    return parse(text, language="zh", numbering=numbering)


def test_every_form_of_a_text_becomes_its_block() -> None:
    found = parsed(TEXT)
    title, heading, paragraph, one, two, box, dot, note, table, page, annex, places = found.blocks
    assert title == Title((Run("协议"),))
    assert heading == Heading(2, "第一条", (Run("目的"),))
    assert isinstance(paragraph, Paragraph)
    assert paragraph.runs == (Run("甲方为"), Run("例", bold=True), Run("公司，电话"),
                              Run("甲方的电话", blank=True), Run("。"))  # fmt: skip
    assert [block.label for block in (one, two, box, dot) if isinstance(block, Listed)] == [
        "（一）", "（二）", "□", "•"]  # fmt: skip
    assert box.runs == (Run("同意"),)
    assert isinstance(note, Note)
    assert isinstance(table, Table)
    assert table.right == (False, True)
    assert isinstance(page, PageBreak)
    assert annex == Heading(4, "", (Run("附表"),))
    assert isinstance(places, Signatures)
    assert [place.sealed for place in places.places] == [True, False]
    assert places.places[1].name == ()
    assert found.items == {"purpose"}
    assert blanks(found.blocks) == ("甲方的电话",)


@pytest.mark.parametrize("text", ["<b>x</b>", "[a](b)", "![a](b)", "*x*", "```py\nx\n```",
                                  "    code", "<!-- anything -->"])  # fmt: skip
def test_what_no_writer_can_show_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message quotes the text
        parsed(f"甲 {text}" if not text.startswith(("`", " ")) else text)


def test_a_mark_without_a_passage_counts_for_nothing() -> None:
    with pytest.raises(AssertionError):
        parsed("| <!-- item: a --> | b |\n|---|---|\n")


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1))
def test_a_value_says_nothing_but_itself(value: str) -> None:
    shown = " ".join(value.split())
    if not shown:
        return
    (block,) = parsed(f"甲{plain(value)}乙").blocks
    assert isinstance(block, Paragraph)
    assert block.runs == (Run(f"甲{shown}乙"),)
    (cells,) = parsed(f"| a |\n|---|\n| {plain(value)} |\n").blocks
    assert isinstance(cells, Table)
    assert cells.rows == (((Run(shown),),),)


def test_numbers_are_chinese_numbers() -> None:
    told = [chinese(n) for n in (1, 9, 10, 11, 19, 20, 21, 90, 99, 100, 101, 110, 111, 999)]
    assert told == ["一", "九", "十", "十一", "十九", "二十", "二十一", "九十", "九十九",
                    "一百", "一百零一", "一百一十", "一百一十一", "九百九十九"]  # fmt: skip


def read(words: str) -> int:
    """What a Chinese number says, sign by sign, without knowing how it was written."""
    for name, worth in (("亿", 10**8), ("万", 10**4)):
        before, found, after = words.rpartition(name)
        if found:
            return read(before) * worth + read(after)
    whole, digit = 0, 0
    for sign in words:
        if sign in "十百千":
            whole, digit = whole + (digit or 1) * 10 ** (1 + "十百千".index(sign)), 0
        else:
            digit = "零一二三四五六七八九".index(sign)
    return whole + digit


@given(st.one_of(st.integers(1, 20_000), st.integers(1, 10**26)))
def test_a_number_of_any_size_says_itself_and_no_zero_too_many(number: int) -> None:
    words = chinese(number)
    assert read(words) == number
    assert "零零" not in words
    assert not words.endswith("零")


@pytest.mark.parametrize(
    ("number", "words"),
    [(1_000, "一千"), (1_001, "一千零一"), (1_010, "一千零一十"), (2_100, "二千一百"),
     (10_000, "一万"), (10_005, "一万零五"), (10_500, "一万零五百"), (100_000, "十万"),
     (1_000_000_005, "十亿零五"), (10**12 + 10**8, "一万零一亿"),
     (100_010_000, "一亿零一万")],
)  # fmt: skip
def test_larger_numbers_are_written_as_a_clerk_writes_them(number: int, words: str) -> None:
    assert chinese(number) == words
