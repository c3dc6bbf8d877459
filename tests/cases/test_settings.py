"""The case file: what it may say, and errors that point to line and column."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from shanhou.cases.case_file import add_to_case_file
from shanhou.cases.settings import (
    cutoff,
    json_schema,
    load_settings,
    read_settings,
)
from shanhou.errors import Refusal

GOOD = """\
shanhou: 1
case: {id: demo, title: 示例, kind: deregistration, rehearsal: true}
parties:
  handler: {name: 示例公司}
people:
  - {id: officer, name: 甲, duties: [privacy]}
  - {id: lawyer, name: 乙, duties: [outside_second], party: outside}
sources:
  - {id: crm, url: "sqlite:///crm.db"}
bindings:
  balance:
    - field: crm.account.balance
      above: {left: "0", none: rest}
      by: officer
"""


def told(text: str) -> dict[str, str]:
    with pytest.raises(Refusal) as raised:
        read_settings(text)
    assert raised.value.code == "SH-E-002"
    return raised.value.facts


def test_a_good_case_file_is_read() -> None:
    settings = read_settings(GOOD)
    assert settings.case.kind == "deregistration"
    assert settings.person("lawyer").party == "outside"
    assert settings.bindings["balance"][0].above == {"left": "0", "none": "rest"}
    with pytest.raises(Refusal) as raised:
        settings.person("nobody")
    assert raised.value.code == "SH-E-902"


@pytest.mark.parametrize(
    ("good", "bad", "line", "column", "where"),
    [
        ("kind: deregistration", "kind: vanishing", 2, 35, "case.kind"),
        ("duties: [privacy]", "duties: [privacy, king]", 6, 46, "people.0.duties.1"),
        ("id: crm,", "id: CRM 1,", 9, 10, "sources.0.id"),
        ("rehearsal: true", "rehearsal: maybe", 2, 62, "case.rehearsal"),
        ("by: officer", "by: officer\n      values: {left: [x]}", 12, 7, "bindings.balance.0"),
        ("by: officer", "said_by: officer", 12, 7, "bindings.balance.0.by"),
        (
            "  handler: {name: 示例公司}",
            "  handler: {name: 示例公司}\n  owner: x",
            5,
            10,
            "parties.owner",
        ),
    ],
)
def test_a_mistake_is_told_with_line_and_column(
    good: str, bad: str, line: int, column: int, where: str
) -> None:
    assert good in GOOD
    facts = told(GOOD.replace(good, bad))
    assert facts["where"] == where
    assert (int(facts["line"]), int(facts["column"])) == (line, column)


def test_text_that_is_no_yaml_is_told_with_line_and_column() -> None:
    facts = told(GOOD.replace("handler: {name", "handler: [name"))
    assert facts["line"] == "4"
    assert facts["problem"]


@pytest.mark.parametrize("text", ["", "7", "[]", "shanhou: 2\n", "- a\n- b\n"])
def test_what_is_no_case_file_at_all_is_refused(text: str) -> None:
    assert told(text)["line"] == "1"


def test_no_two_people_share_an_id() -> None:
    assert "officer" in told(GOOD.replace("id: lawyer", "id: officer"))["problem"]


def test_the_number_of_further_mistakes_is_told() -> None:
    assert told(GOOD.replace("vanishing", "x").replace("id: crm", "id: C C").replace(
        "kind: deregistration", "kind: x"))["more"] == "1"  # fmt: skip


def test_a_password_never_stands_in_a_told_error() -> None:
    facts = told(GOOD.replace('url: "sqlite:///crm.db"', "pass: geheim4711"))
    assert "geheim4711" not in str(facts)


def test_a_folder_without_a_case_file_is_no_case(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as raised:
        load_settings(tmp_path / "shanhou.yaml")
    assert raised.value.code == "SH-E-001"


def test_an_entry_that_is_added_is_checked_with_the_whole(tmp_path: Path) -> None:
    path = tmp_path / "shanhou.yaml"
    path.write_text("# 案件文件\n" + GOOD, encoding="utf8")
    more = {"field": "crm.farmer.balance", "above": {"left": "0", "none": "rest"}, "by": "officer"}
    settings = add_to_case_file(path, "bindings", {"balance": [more]})
    assert [one.field for one in settings.bindings["balance"]] == [
        "crm.account.balance",
        "crm.farmer.balance",
    ]
    assert load_settings(path) == settings
    assert path.read_text(encoding="utf8").startswith("# 案件文件\n")
    before = path.read_bytes()
    with pytest.raises(Refusal):
        add_to_case_file(path, "bindings", {"balance": [{**more, "above": None}]})
    assert path.read_bytes() == before


def test_another_day_is_only_played_in_a_rehearsal() -> None:
    today, other = date(2026, 11, 22), date(2026, 12, 20)
    rehearsal = read_settings(GOOD)
    earnest = read_settings(GOOD.replace(", rehearsal: true", ""))
    assert cutoff(rehearsal, other, today) == other
    assert cutoff(earnest, None, today) == today
    with pytest.raises(Refusal) as raised:
        cutoff(earnest, other, today)
    assert raised.value.code == "SH-E-903"


def test_editors_get_a_schema_with_every_section() -> None:
    schema = json_schema()
    assert set(schema["properties"]) >= {"case", "parties", "people", "sources", "bindings"}
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ('{left: "0", none: rest}', '{left: "zero", none: rest}'),
        ('{left: "0", none: rest}', '{left: "nan", none: rest}'),
        ('{left: "0", none: rest}', '{left: "0"}'),
        ('above: {left: "0", none: rest}', 'filled: {"yes": left}'),
    ],
)
def test_a_binding_that_could_not_be_read_later_is_refused(good: str, bad: str) -> None:
    assert told(GOOD.replace(good, bad))["where"] == "bindings.balance.0"


@pytest.mark.parametrize(
    ("encoding", "problem", "column"), [("gbk", "UTF-8", "26"), ("utf8", "special", "25")]
)
def test_bytes_that_are_no_text_are_told_with_their_place(
    tmp_path: Path, encoding: str, problem: str, column: str
) -> None:
    path = tmp_path / "shanhou.yaml"
    text = GOOD if encoding == "gbk" else GOOD.replace("title: 示", "title: \x07")
    path.write_bytes(text.encode(encoding))
    with pytest.raises(Refusal) as raised:
        load_settings(path)
    facts = raised.value.facts
    assert (raised.value.code, facts["line"], facts["column"]) == ("SH-E-002", "2", column)
    assert problem in facts["problem"]


def test_free_text_is_read_by_the_model_that_comes_along() -> None:
    assert read_settings(GOOD).texts.recognizer == "lac"


@pytest.mark.parametrize("texts", ["{recognizer: none}", "{recognizer: far-away, by: nobody}"])
def test_any_other_recogniser_needs_a_person_who_permits_it(texts: str) -> None:
    assert "texts" in told(f"{GOOD}texts: {texts}\n")["problem"]
    permitted = texts.replace(", by: nobody", "").replace("}", ", by: officer}")
    assert read_settings(f"{GOOD}texts: {permitted}\n").texts.by == "officer"


@pytest.mark.parametrize(
    ("person", "fine"),
    [
        ("duties: [privacy]", True),
        ("duties: [planner]", True),
        ("duties: [witness]", False),
        ("duties: [privacy], party: recipient", False),
    ],
)
def test_what_went_abroad_before_is_told_by_somebody_who_answers_for_the_company(
    person: str,
    fine: bool,
) -> None:
    counter = f"people:\n  - {{id: counter, name: 丙, {person}}}\n"
    text = GOOD.replace("people:\n", counter) + "exports: {by: counter}\n"
    if fine:
        assert read_settings(text).exports
        return
    assert "counter" in str(told(text))
