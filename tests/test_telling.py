"""What the terminal shows reads well: counts agree with their nouns, columns stay in line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from shanhou.cli import telling, whole_app
from shanhou.cli.telling import choose_language, say, tell, tell_table


@pytest.fixture(autouse=True)
def fresh_console() -> Iterator[None]:
    telling.console.cache_clear()
    yield
    telling.console.cache_clear()
    choose_language(None)


def test_one_is_no_plural_in_english() -> None:
    choose_language("en")
    one = say("status_counts", datasets=1, records="1", events=1)
    assert one == "1 dataset, 1 record, 1 log entry."
    many = say("status_counts", datasets=0, records="1,001", events=12)
    assert many == "0 datasets, 1,001 records, 12 log entries."
    choose_language("zh")
    assert (
        say("status_counts", datasets=1, records=1, events=1) == "1 张表,1 条记录,存证日志 1 条。"
    )


def test_columns_stay_in_line_in_every_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    tell_table(
        "情形", ["数据集", "记录", "rule"], [("客户.xlsx", 14, "a"), ("shop.orders", 1400, "b")]
    )
    title, *lines = capsys.readouterr().out.splitlines()
    assert title == "情形"
    # a terminal of East Asia may show a drawn line twice as wide as another does
    assert not {"│", "━", "┃", "─"} & set("".join(lines))
    places = [[cell_len(line[:at]) for at, sign in enumerate(line) if sign in "|+"]
              for line in lines]  # fmt: skip
    assert places[0]
    assert all(one == places[0] for one in places)


def test_a_title_or_path_is_never_broken_when_it_is_piped(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    path = "/very/long/" + "folder/" * 30 + "plan.shplan"
    choose_language("en")
    tell("saved_line", path=path)
    tell_table("a title much longer than its table " * 6, ["rule"], [("CN-HOLD-" * 12,)])
    out = capsys.readouterr().out
    assert path in out
    assert len(out.splitlines()) == 5
    assert "CN-HOLD-" * 12 in out


@pytest.mark.parametrize(
    ("words", "told"),
    [("--lang en explain SH-E-001", "What to do"), ("explain --lang en SH-E-001", "What to do"),
     ("explain SH-E-001 --lang=zh", "怎么办"), ("law explain CN-T01 --lang en", "rules"),
     ("law explain CN-T01 --lang zh", "规则")],
)  # fmt: skip
def test_the_language_is_taken_before_and_behind_the_command(words: str, told: str) -> None:
    done = CliRunner().invoke(whole_app(), words.split())
    assert done.exit_code == 0, done.output
    assert told in done.output


def test_a_command_with_a_language_of_its_own_keeps_it() -> None:
    done = CliRunner().invoke(whole_app(), ["documents", "make", "--lang", "fr"])
    assert done.exit_code != 0
    assert "both" in done.output
