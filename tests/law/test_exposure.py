"""What a disclosure comes to in criminal law, and which mechanism an export needs."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from shanhou.cli import whole_app
from shanhou.errors import Refusal
from shanhou.law.export_lines import Mechanism, mechanism
from shanhou.law.exposure import Exposure, Grade, Kind, exposure


@pytest.mark.parametrize(
    ("kind", "line"),
    [(Kind.TRACK, 50), (Kind.COMMUNICATION, 50), (Kind.CREDIT, 50), (Kind.PROPERTY, 50),
     (Kind.LODGING, 500), (Kind.CALL_RECORD, 500), (Kind.HEALTH, 500), (Kind.TRANSACTION, 500),
     (Kind.OTHER, 5_000)],
)  # fmt: skip
def test_each_category_has_its_line_and_services_halve_it(kind: Kind, line: int) -> None:
    assert exposure({kind: line - 1}, in_service=False).grade is Grade.BELOW
    assert exposure({kind: line}, in_service=False).grade is Grade.SERIOUS
    assert exposure({kind: line // 2}, in_service=True).grade is Grade.SERIOUS
    assert exposure({kind: line // 2 - 1}, in_service=True).grade is Grade.BELOW
    assert exposure({kind: 10 * line - 1}, in_service=False).grade is Grade.SERIOUS
    assert exposure({kind: 10 * line}, in_service=False).grade is Grade.VERY_SERIOUS


def test_categories_add_up_in_proportion() -> None:
    half = {Kind.PROPERTY: 25, Kind.OTHER: 2_499}
    assert exposure(half, in_service=False) == Exposure(
        999, Grade.BELOW, {Kind.PROPERTY: 500, Kind.OTHER: 499}
    )
    assert exposure(half | {Kind.OTHER: 2_500}, in_service=False).grade is Grade.SERIOUS


def test_what_went_to_several_counts_several_times() -> None:
    assert exposure({Kind.OTHER: 2_500}, in_service=False, recipients=2).grade is Grade.SERIOUS


def test_gains_alone_can_be_serious() -> None:
    assert exposure({}, in_service=False, gains_yuan=4_999).grade is Grade.BELOW
    assert exposure({}, in_service=False, gains_yuan=5_000).grade is Grade.SERIOUS
    assert exposure({}, in_service=False, gains_yuan=50_000).grade is Grade.VERY_SERIOUS


@pytest.mark.parametrize("wrong", [{"gains_yuan": -1}, {"recipients": 0}])
def test_counts_below_zero_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(Refusal):
        exposure({}, in_service=False, **wrong)
    with pytest.raises(Refusal):
        exposure({Kind.OTHER: -1}, in_service=False)


COUNTS = st.dictionaries(st.sampled_from(Kind), st.integers(0, 20_000))


@given(COUNTS, st.sampled_from(Kind), st.integers(0, 500), st.booleans())
def test_more_records_never_weigh_less(
    counts: dict[Kind, int], kind: Kind, more: int, in_service: bool
) -> None:
    before = exposure(counts, in_service=in_service)
    after = exposure(counts | {kind: counts.get(kind, 0) + more}, in_service=in_service)
    assert after.thousandths >= before.thousandths
    assert list(Grade).index(after.grade) >= list(Grade).index(before.grade)


@pytest.mark.parametrize(
    ("persons", "sensitive", "wanted"),
    [(99_999, 0, Mechanism.EXEMPT), (100_000, 0, Mechanism.STANDARD_CONTRACT),
     (999_999, 0, Mechanism.STANDARD_CONTRACT), (1_000_000, 0, Mechanism.ASSESSMENT),
     (0, 0, Mechanism.EXEMPT), (0, 1, Mechanism.STANDARD_CONTRACT),
     (5, 9_999, Mechanism.STANDARD_CONTRACT), (0, 10_000, Mechanism.ASSESSMENT)],
)  # fmt: skip
def test_each_line_of_the_year_is_met_on_both_sides(
    persons: int, sensitive: int, wanted: Mechanism
) -> None:
    assert mechanism(persons=persons, sensitive_persons=sensitive) is wanted


def test_important_data_and_critical_infrastructure_are_always_assessed() -> None:
    assert mechanism(persons=1, sensitive_persons=0, important_data=True) is Mechanism.ASSESSMENT
    assert mechanism(persons=1, sensitive_persons=0, critical=True) is Mechanism.ASSESSMENT


@pytest.mark.parametrize(("option", "wanted"), [
    ([], "exempt"), (["--sensitive", "1"], "standard_contract"),
    (["--important"], "assessment"), (["--critical"], "assessment"),
])  # fmt: skip
def test_the_command_names_the_mechanism(option: list[str], wanted: str) -> None:
    asked = ["law", "export", "--persons", "5", *option]
    told = CliRunner().invoke(whole_app(), [*asked, "--json"])
    assert json.loads(told.stdout) == {"schema": 1, "mechanism": wanted}
    assert "55" in CliRunner().invoke(whole_app(), asked).stdout


def test_a_small_leak_is_told_all_the_same() -> None:
    """PIPL 57 has no floor: forty records are nobody's crime and still everybody's notice."""
    for count in (40, 40_000):
        asked = ["--lang", "en", "law", "exposure", "--count", f"transaction={count}"]
        done = CliRunner().invoke(whole_app(), asked)
        assert done.exit_code == 0, done.output
        assert "the authority and the persons are told" in " ".join(done.stdout.split())


def test_gains_that_make_it_graver_than_the_counts_are_named() -> None:
    assert exposure({Kind.PROPERTY: 0}, in_service=False, gains_yuan=5_000).by_gains
    assert not exposure({Kind.PROPERTY: 50}, in_service=False, gains_yuan=5_000).by_gains
    asked = ["law", "exposure", "--count", "property=0", "--gains", "5000"]
    assert "5,000" in CliRunner().invoke(whole_app(), asked).stdout
