"""Every article that decides here is told in our own words, with how and when it was checked."""

from __future__ import annotations

from datetime import date

import pytest

from shanhou.errors import Refusal
from shanhou.law.articles import (
    articles_cited,
    articles_named,
    load_articles,
    numbers,
    read_articles,
)
from shanhou.law.load import load_rulebook
from shanhou.law.rule import Basis, Verified

BOOK = load_rulebook()
_DATED = [one.extension for one in BOOK.clocks if one.extension]
CITED = sorted({
    (basis.law, number)
    for held in (BOOK.rules, BOOK.periods, BOOK.duties, BOOK.clocks, _DATED) for one in held
    for basis in one.bases for number in numbers(basis.article)
})  # fmt: skip


def test_every_cited_article_has_its_gist() -> None:
    told = {(one.statute.zh, number) for one in load_articles() for number in one.numbers}
    assert [cited for cited in CITED if cited not in told] == []


def test_no_gist_is_cited_nowhere() -> None:
    cited = set(CITED)
    idle = [f"{one.statute.short} {one.articles}" for one in load_articles()
            if not any((one.statute.zh, number) in cited for number in one.numbers)]  # fmt: skip
    assert idle == []


def test_every_gist_is_told_in_both_languages_with_the_day_it_was_read() -> None:
    for one in load_articles():
        where = f"{one.statute.short} {one.articles}"
        assert one.zh.endswith("。"), where
        assert one.en.endswith("."), where
        assert one.en.isascii() or "“" in one.en, where
        assert one.read >= date(2026, 11, 22), where


def test_no_two_gists_have_one_place() -> None:
    anchors = [one.anchor for one in load_articles()]
    assert len(set(anchors)) == len(anchors)


def test_no_gist_is_surer_than_its_statute() -> None:
    assert all(one.checked.doubt >= one.statute.verified.doubt for one in load_articles())


def test_a_gist_that_says_more_of_itself_than_its_statute_is_refused() -> None:
    raw = {
        "read": date(2026, 11, 22),
        "articles": {
            "csl": [{"articles": "23", "checked": "statute", "zh": "日志。", "en": "Logs."}]
        },
    }
    with pytest.raises(Refusal, match="csl 23") as refused:
        read_articles("cn", raw)
    assert refused.value.code == "SH-E-401"


def test_a_gist_of_a_statute_that_no_pack_names_is_refused() -> None:
    raw = {
        "read": date(2026, 11, 22),
        "articles": {"moon": [{"articles": "1", "zh": "月。", "en": "Moon."}]},
    }
    with pytest.raises(Refusal, match="statute: moon") as refused:
        read_articles("cn", raw)
    assert refused.value.code == "SH-E-401"


@pytest.mark.parametrize(("asked", "found"), [
    ("PIPL 22", ["22"]), ("个人信息保护法 第二十二条", ["22"]), ("pipl 29", ["28-30"]),
    ("民法典 551", ["551"]), ("公司法 222", ["220, 222", "221-223"]), ("刑法 253之一", ["253之一"]),
    ("PIPL 47(2)", ["47"]), ("PIPL 999", []), ("no such law", []), ("GDPR 33", ["32-34"]),
    ("DSK decision on asset deals", ["-"]),
])  # fmt: skip
def test_an_article_is_found_as_people_write_it(asked: str, found: list[str]) -> None:
    assert [one.articles for one in articles_named(BOOK, asked)] == found


def test_a_statute_alone_is_all_of_its_articles() -> None:
    assert {one.statute.short for one in articles_named(BOOK, "PIPL")} == {"pipl"}
    assert len(articles_named(BOOK, "pipl")) > 20


def test_what_a_rule_cites_is_found_once_and_in_its_order() -> None:
    bases = (Basis("个人信息保护法", "23, 28-30, 55", date(2021, 8, 20)),)
    assert [one.articles for one in articles_cited(bases)] == ["23", "28-30", "55-56"]


def test_a_quote_is_only_words_that_the_source_quotes() -> None:
    """`law.md` quotes hardly anything; whoever adds a quote reads the statute first."""
    quotes = {f"{one.statute.short} {one.articles}": one.quote for one in load_articles()
              if one.quote}  # fmt: skip
    assert quotes == {"pipl 22": "等", "pipl 44-46, 48": "及时", "civil 558": "旧物回收",
                      "criminal 253之一": "提供", "ecommerce 31": "平台经营者"}  # fmt: skip


def test_a_gist_decides_nothing() -> None:
    """Mending one makes no plan stale: the rulebook's digest does not hold them."""
    from shanhou.law.load import shipped_texts

    assert not any("gists" in name for name in shipped_texts())
    assert {one.checked for one in load_articles()} <= set(Verified) - {Verified.DESIGN}


def told_by(*words: str) -> tuple[int, str]:
    from typer.testing import CliRunner

    from shanhou.cli import whole_app

    done = CliRunner().invoke(whole_app(), ["law", "article", *words])
    return done.exit_code, done.output


def test_the_command_tells_gist_quote_check_and_what_cites_it() -> None:
    code, told = told_by("PIPL 22", "--lang", "zh")
    assert code == 0, told
    assert "个人信息保护法 22" in told
    assert "要旨(非原文):因合并、分立、解散、被宣告破产等" in told
    assert "原文用语:“等”" in told
    assert "2026-11-22" in told
    assert "CN-T12" in told


def test_the_command_tells_it_in_english_and_as_one_object() -> None:
    import json

    assert "gist (not the text): Providing to another handler" in told_by("PIPL 23", "--lang=en")[1]
    (one,) = json.loads(told_by("PIPL 23", "--json")[1])["articles"]
    assert (one["articles"], one["checked"], one["read"]) == ("23", "statute", "2026-11-22")
    assert one["quote"] is None
    assert {"CN-T01", "P23"} <= set(one["cited_by"])


@pytest.mark.parametrize(("asked", "code"), [("PIPL 999", "SH-E-409"), ("nothing", "SH-E-409"),
                                             ("合同法 52", "SH-E-854")])  # fmt: skip
def test_an_article_that_nothing_cites_or_that_is_gone_is_refused(asked: str, code: str) -> None:
    from typer.testing import CliRunner

    from shanhou.cli import whole_app

    done = CliRunner().invoke(whole_app(), ["law", "article", asked])
    assert isinstance(done.exception, Refusal)
    assert done.exception.code == code
