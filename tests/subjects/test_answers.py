"""Replies reach exactly one customer, or come back with their number and why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from people_world import ID, NAME, PHONE, Merged, Sheet, merged, people

from shanhou.errors import Refusal
from shanhou.inventory.kinds import About, Category
from shanhou.subjects.answers import AnswersRead, read_answers, sid_of, subject_id

HEAD = "contact,name,kind,value,on,channel\n"
TODAY = date(2026, 12, 20)
ORG = {
    "org": (Category.ORG_NAME, About.CUSTOMER_ORG),
    "person": (NAME, About.CUSTOMER_CONTACT),
    "phone": (PHONE, About.CUSTOMER_CONTACT),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Merged:
    """0 王芳; 1 李强 and 2 李丽 share a phone; 3 a company with two contact persons (two rows)."""
    private = people(
        "a",
        ["王芳", "13816205347", "11010519491231002X"],
        ["李强", "13916205340", None],
        ["李丽", "13916205340", None],
        columns=(NAME, PHONE, ID),
    )
    rows = (
        ["示例棉纺有限公司", "赵敏", "13716205341"],
        ["示例棉纺有限公司", "周杰", "13716205342"],
    )
    return merged(tmp_path_factory.mktemp("w"), private, Sheet("b", ORG, rows, About.CUSTOMER_ORG))


@contextmanager
def _read(world: Merged, text: str | bytes, **codes: str) -> Iterator[AnswersRead]:
    content = text.encode() if isinstance(text, str) else text
    with world.desk() as desk:
        yield read_answers(desk, content, name="a.csv", today=TODAY, codes=codes)


def _told(world: Merged, lines: str) -> tuple[list[tuple[str, str, str]], list[tuple[int, str]]]:
    with _read(world, HEAD + lines) as found:
        return (
            [(one.subject, one.kind, one.value) for one in found.answers],
            [(one.row, one.code) for one in found.rejected],
        )


def test_a_reply_by_phone_however_typed_reaches_its_customer(world: Merged) -> None:
    said = "+86 138-1620-5347,王 芳(老客户),consent_provision,granted,2026-12-01,短信\n"
    assert _told(world, said) == ([("S0000000", "consent_provision", "granted")], [])


def test_an_id_number_is_enough_by_itself(world: Merged) -> None:
    assert _told(world, "11010519491231002x,,deletion,requested,2026-12-01,信\n")[0]


def test_a_shared_phone_without_a_name_is_never_guessed(world: Merged) -> None:
    answers, rejected = _told(
        world,
        "13916205340,,objection,requested,2026-12-01,电话\n"
        "13916205340,李女士,objection,requested,2026-12-01,电话\n"
        "13916205340,李丽,objection,requested,2026-12-01,电话\n",
    )
    assert answers == [("S0000002", "objection", "requested")]
    assert rejected == [(1, "SH-E-803"), (2, "SH-E-803")]


def test_another_name_or_an_unknown_contact_is_nobody(world: Merged) -> None:
    answers, rejected = _told(
        world,
        "13816205347,李强,consent_provision,granted,2026-12-01,短信\n"
        "13816205340,王芳,consent_provision,granted,2026-12-01,短信\n"
        ",王芳,consent_provision,granted,2026-12-01,短信\n",
    )
    assert (answers, rejected) == ([], [(1, "SH-E-802"), (2, "SH-E-802"), (3, "SH-E-802")])


@pytest.mark.parametrize(
    "line",
    [
        "13816205347,王芳,consent_provision,,2026-12-01,短信",
        "13816205347,王芳,consent_provision,read,2026-12-01,短信",
        "13816205347,王芳,consent_provision,silent,2026-12-01,短信",
        "13816205347,王芳,everything,granted,2026-12-01,短信",
        "13816205347,王芳,objection,granted,2026-12-01,短信",
        "13816205347,王芳,consent_provision,granted,2026-13-01,短信",
        "13816205347,王芳,consent_provision,granted,2027-01-01,短信",
        "13816205347,王芳,consent_provision,granted,,短信",
    ],
)
def test_silence_and_unknown_words_are_no_answer(world: Merged, line: str) -> None:
    assert _told(world, line + "\n") == ([], [(1, "SH-E-801")])


def test_one_contact_person_cannot_consent_for_the_others_but_may_refuse(world: Merged) -> None:
    answers, rejected = _told(
        world,
        "13716205341,赵敏,consent_provision,granted,2026-12-01,电话\n"
        "13716205341,赵敏,consent_provision,refused,2026-12-01,电话\n"
        "13716205341,示例棉纺有限责任公司,consent_contract,granted,2026-12-01,信\n",
    )
    assert answers == [
        ("S0000003", "consent_provision", "refused"),
        ("S0000003", "consent_contract", "granted"),
    ]
    assert rejected == [(1, "SH-E-804")]


def test_a_broken_line_costs_only_itself(world: Merged) -> None:
    good = "13816205347,王芳,access,requested,2026-12-01,短信\n"
    answers, rejected = _told(world, good + "13816205347,王芳\n" + good)
    assert [len(answers), rejected] == [2, [(2, "SH-E-805")]]
    with _read(world, HEAD + good + "13816205347,王芳\n" + good) as found:
        assert [one.row for one in found.answers] == [1, 3]


def test_office_files_in_gbk_and_json_lines_say_the_same(world: Merged) -> None:
    row = "13816205347,王芳,同意提供,同意,2026年12月1日,短信"
    line = json.dumps(dict(zip(HEAD.strip().split(","), row.split(","), strict=True)))
    with _read(world, (HEAD + row + "\n").encode("gb18030")) as office, _read(world, line) as other:
        assert [(one.kind, one.value, one.on_day) for one in office.answers] == [
            ("consent_provision", "granted", "2026-12-01")
        ]
        assert [one.subject for one in other.answers] == ["S0000000"]


def test_the_reply_code_of_a_letter_is_enough(world: Merged) -> None:
    line = "s0000001-abcd,,consent_provision,refused,2026-12-01,信\n"
    codes = {"S0000001-ABCD": "S0000001"}
    with _read(world, HEAD + line, **codes) as found:
        assert [one.subject for one in found.answers] == ["S0000001"]


@pytest.mark.parametrize(("named", "taken"), [
    ("", True), ("王芳", True), ("王 芳(老客户)", True), ("王女士", True), ("李强", False),
    ("示例棉纺有限公司", False),
])  # fmt: skip
def test_a_reply_code_with_the_name_of_somebody_else_is_handed_back(
    world: Merged, named: str, taken: bool
) -> None:
    said = f"K7QX-2MHD,{named},consent_provision,granted,2026-12-01,\n"
    with _read(world, HEAD + said, **{"K7QX-2MHD": "S0000000"}) as found:
        assert [one.subject for one in found.answers] == (["S0000000"] if taken else [])
        assert [one.code for one in found.rejected] == ([] if taken else ["SH-E-802"])


def test_the_same_file_gives_the_same_answers(world: Merged) -> None:
    text = HEAD + "13816205347,王芳,access,requested,2026-12-01,短信\n"
    with _read(world, text) as once, _read(world, text) as again:
        assert once == again


def test_something_else_than_answers_is_refused(world: Merged) -> None:
    with pytest.raises(Refusal) as refused, _read(world, "a,b\n1,2\n"):
        pass
    assert refused.value.code == "SH-E-806"


def test_a_subject_number_reads_back() -> None:
    assert [subject_id(12), sid_of(subject_id(123456789))] == ["S0000012", 123456789]
    with pytest.raises(ValueError, match="12"):
        sid_of("12")
