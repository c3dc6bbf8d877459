"""What leaves the country is counted over the calendar year, and the mechanism must be enough."""

from __future__ import annotations

import json
import re
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import ibis
import pytest
import yaml
from case_world import AGREED, Place, answered, carried_out, planned, received, signed
from typer.testing import CliRunner

from shanhou.cases.case_facts import refusals_travel
from shanhou.cli import whole_app
from shanhou.disposition.plan import Plan
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, parse_entry
from shanhou.flow import exporting
from shanhou.flow.exporting import YearsExport, export_of, year_of
from shanhou.flow.gathering import declare
from shanhou.flow.receipts import import_receipt
from shanhou.law.export_lines import ANSWERS, Exported, Mechanism, mechanism, suffices
from shanhou.law.rule import Outcome
from shanhou.vault.generation import Desk

LINE = 100_000


@pytest.fixture
def abroad(sold: Place, tmp_path: Path) -> Place:
    """The sale, with a buyer abroad and customers who agree to that too."""
    place = sold.copy(tmp_path / "case")
    raw = place.settings()
    raw["parties"]["recipient"]["abroad"] = True
    place.write_settings(raw)
    answered(place, *((n, "consent_export", "granted") for n in AGREED), file="export.csv")
    say(place, export_basis="consent", export_mechanism="below_line")
    return place


def say(place: Place, **words: str) -> None:
    evidence = place.folder / "people" / "words.txt"
    with closing(place.open()) as case:
        for fact, value in words.items():
            declare(case, fact, value, scope="case", by="counsel", evidence=evidence)


def went_before(place: Place, persons: int, sensitive: int = 0, *, year: int = 2026) -> None:
    told = {"persons": persons, "sensitive_persons": sensitive}
    exports = {"by": "planner", "earlier": {year: told}}
    place.write_settings(place.settings() | {"exports": exports})


def counted(place: Place, plan: Plan) -> YearsExport:
    with closing(place.open()) as case:
        found = export_of(case, plan)
    assert found is not None
    return found


def refused(place: Place, plan: Plan) -> str:
    with pytest.raises(Refusal) as caught:
        signed(place, "counsel", plan=plan)
    return caught.value.code


def test_nobody_approves_an_export_while_nobody_says_what_went_before(abroad: Place) -> None:
    plan = planned(abroad)
    assert refused(abroad, plan) == "SH-E-611"
    went_before(abroad, 0, year=2025)
    assert refused(abroad, planned(abroad)) == "SH-E-611"
    went_before(abroad, 0)
    signed(abroad, "counsel", plan=planned(abroad))


def test_the_line_is_met_by_the_whole_year_on_both_sides(abroad: Place) -> None:
    going = len(AGREED)
    went_before(abroad, LINE - going - 1)
    plan = planned(abroad)
    assert counted(abroad, plan).this == Exported(going, 0)
    signed(abroad, "counsel", plan=plan)
    went_before(abroad, LINE - going)
    plan = planned(abroad)
    assert counted(abroad, plan).needed is Mechanism.STANDARD_CONTRACT
    assert refused(abroad, plan) == "SH-E-610"
    say(abroad, export_mechanism="certification")
    signed(abroad, "counsel", plan=planned(abroad))


def test_sensitive_information_exported_earlier_counts_too(abroad: Place) -> None:
    went_before(abroad, 0, 10_000)
    say(abroad, export_mechanism="standard_contract")
    assert refused(abroad, planned(abroad)) == "SH-E-610"
    say(abroad, export_mechanism="assessment")
    signed(abroad, "counsel", plan=planned(abroad))


def test_a_counter_raised_after_the_approval_outdates_the_plan(abroad: Place) -> None:
    went_before(abroad, 0)
    plan = planned(abroad)
    signed(abroad, "counsel", "director", plan=plan)
    went_before(abroad, LINE)
    assert stopped(abroad, plan) == "SH-E-405"
    assert not list((abroad.folder / "packages").glob("*.age"))


def test_a_plan_approved_in_december_needs_the_count_of_the_year_it_is_sealed_in(
    abroad: Place,
) -> None:
    went_before(abroad, 0)
    plan = planned(abroad)
    signed(abroad, "counsel", "director", plan=plan)
    assert stopped(replace(abroad, on=date(2027, 1, 4)), plan) == "SH-E-611"
    assert not list((abroad.folder / "packages").glob("*.age"))


def stopped(place: Place, plan: Plan) -> str:
    with pytest.raises(Refusal) as caught:
        carried_out(place, plan)
    return caught.value.code


def test_a_package_sealed_in_december_counts_there_when_its_receipt_comes_in_january(
    abroad: Place,
) -> None:
    went_before(abroad, 0)
    plan = planned(abroad)
    signed(abroad, "counsel", "director", plan=plan)
    assert stopped(abroad, plan) == "SH-E-602"
    after = replace(abroad, on=date(2027, 1, 4))
    assert counted(after, plan).year == 2026
    assert stopped(after, plan) == "SH-E-602", "it waits for the receipt, for nothing else"


def test_who_went_last_year_is_no_export_of_this_one(abroad: Place) -> None:
    went_before(abroad, 0)
    first = planned(abroad)
    signed(abroad, "counsel", "director", plan=first)
    stopped(abroad, first)
    late = [(8, f"consent_{what}", "granted") for what in ("provision", "contract", "export")]
    after = replace(abroad, on=date(2027, 1, 4))
    answered(after, *late, file="late.csv")
    second = planned(after)
    found = counted(after, second)
    assert (found.this, found.in_case, found.year) == (Exported(1), Exported(), 2027)


def test_a_package_of_a_version_that_noted_no_year_counts_for_the_year_of_its_entry(
    abroad: Place,
) -> None:
    went_before(abroad, 0)
    first = planned(abroad)
    signed(abroad, "counsel", "director", plan=first)
    stopped(abroad, first)
    abroad.sql("update step set detail = json_remove(detail, '$.export_year', '$.exported_count',"
               " '$.exported_sensitive_count') where id like '%:transfer'")  # fmt: skip
    late = [(8, f"consent_{what}", "granted") for what in ("provision", "contract", "export")]
    answered(abroad, *late, file="late.csv")
    found = counted(abroad, planned(abroad))
    assert (found.in_case, found.whole) == (Exported(len(AGREED)), Exported(len(AGREED) + 1))


def test_the_year_is_that_of_beijing(sold: Place, tmp_path: Path) -> None:
    place = sold.copy(tmp_path / "case")
    with closing(place.open()) as case:
        case.played = False
        late = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(case), "at", property(lambda _: late))
            assert year_of(case) == 2027
            late = datetime(2026, 12, 31, 15, 30, tzinfo=UTC)
            assert year_of(case) == 2026


def test_important_data_of_companies_alone_is_held_against_the_line(abroad: Place) -> None:
    went_before(abroad, 0)
    plan = planned(abroad)
    with closing(abroad.open()) as case, pytest.MonkeyPatch.context() as patch:
        patch.setattr(exporting, "persons_leaving", lambda *_, **__: Exported())
        assert export_of(case, plan) is None
        patch.setattr(exporting, "_important", lambda *_: True)
        found = export_of(case, plan)
        assert found is not None
        assert not found.enough


def test_contact_persons_of_a_company_are_counted(
    abroad: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every customer as a company: each counts with the persons that its records name."""
    went_before(abroad, 0)
    plan = planned(abroad)
    people = counted(abroad, plan).this
    real = Desk.table

    def as_companies(desk: Desk, generation: str, name: str) -> Any:
        table = real(desk, generation, name)
        return table.mutate(kind=ibis.literal("org")) if name == "subject" else table

    monkeypatch.setattr(Desk, "table", as_companies)
    assert counted(abroad, plan).this == people
    monkeypatch.setattr(exporting, "_TELLS_OF_NOBODY", "contact")
    rest = {one.group for one in plan.decisions if one.decision.outcome is Outcome.TRANSFER}
    monkeypatch.setattr(exporting, "SECRET", "transaction")
    assert rest == {"contact", "transaction", "preference"}
    assert counted(abroad, plan).this == people, "preferences are the contact persons'"


def test_what_the_case_exported_itself_counts_for_its_year_and_stands_in_the_log(
    abroad: Place,
) -> None:
    went_before(abroad, LINE - len(AGREED) - 1)
    first = planned(abroad)
    signed(abroad, "counsel", "director", plan=first)
    with pytest.raises(Refusal):  # it waits for the receipt
        carried_out(abroad, first)
    path = received(abroad, plan=first)
    with closing(abroad.open()) as case:
        import_receipt(case, first, path)
        acts = [parse_entry(raw) for raw in case.store.events()]
    told = [one.facts for one in acts if one.act is Act.TRANSFER and "exported_count" in one.facts]
    assert [one["exported_count"] for one in told] == [len(AGREED)]
    # one more agrees, and one of the first takes his yes back: he is abroad all the same
    late = [(8, f"consent_{what}", "granted") for what in ("provision", "contract", "export")]
    answered(abroad, *late, (AGREED[0], "withdrawal", ""), file="late.csv")
    second = planned(abroad)
    found = counted(abroad, second)
    assert found.this + found.in_case == Exported(len(AGREED) + 1), "each person once"
    assert found.whole == Exported(LINE, 0)
    assert refused(abroad, second) == "SH-E-610"
    next_year = replace(abroad, on=date(2027, 1, 4))
    assert counted(next_year, second).in_case == Exported()


def test_who_said_no_is_told_of_abroad_only_where_the_case_file_says_so_and_counts_then(
    abroad: Place,
) -> None:
    went_before(abroad, 0)
    assert answered(abroad, (9, "consent_provision", "refused"), file="no.csv").accepted == 1
    plan = planned(abroad)
    assert counted(abroad, plan).this == Exported(len(AGREED))
    with closing(abroad.open()) as case:
        assert not refusals_travel(case.settings)
    signed(abroad, "counsel", "director", plan=plan)
    abroad.write_settings(abroad.settings() | {"targets": {"refusals": True}})
    assert stopped(abroad, plan) == "SH-E-405", "nobody approved that the list goes"
    assert counted(abroad, planned(abroad)).this == Exported(len(AGREED) + 1)


def test_a_buyer_at_home_exports_nothing(sold: Place, tmp_path: Path) -> None:
    place = sold.copy(tmp_path / "case")
    with closing(place.open()) as case:
        assert export_of(case, place.plan) is None


def test_the_command_tells_the_year_from_the_case(abroad: Place) -> None:
    went_before(abroad, LINE - len(AGREED))
    planned(abroad)
    asked = ["law", "export", "--case", str(abroad.folder), "--on", str(abroad.on)]
    told: Any = json.loads(CliRunner().invoke(whole_app(), [*asked, "--json"]).stdout)
    assert told["whole"] == {"persons": LINE, "sensitive_persons": 0}
    assert (told["mechanism"], told["declared"], told["enough"]) == (
        "standard_contract", "below_line", False)  # fmt: skip
    shown = CliRunner().invoke(whole_app(), ["--lang", "en", *asked]).stdout
    assert f"{LINE:,}" in shown
    assert "refuse" in shown


def test_persons_with_sensitive_information_count_in_the_other_lines_too() -> None:
    assert mechanism(persons=995_000, sensitive_persons=4_999) is Mechanism.STANDARD_CONTRACT
    assert mechanism(persons=995_000, sensitive_persons=5_000) is Mechanism.ASSESSMENT


def test_no_answer_is_enough_for_more_than_it_covers() -> None:
    lines = [(0, 0), (LINE, 0), (0, 1), (1_000_000, 0), (0, 10_000)]
    for persons, sensitive in lines:
        needed = mechanism(persons=persons, sensitive_persons=sensitive)
        assert suffices("assessment", needed)
        assert suffices("below_line", needed) == (needed is Mechanism.EXEMPT)
        assert suffices("certification", needed) == (needed is not Mechanism.ASSESSMENT)
    for answer in (*ANSWERS, "missing", "unknown", "in_place"):
        assert suffices(answer, Mechanism.ASSESSMENT, important_data=True) == (
            answer == "assessment")  # fmt: skip
    assert not suffices("missing", Mechanism.EXEMPT)
    assert not suffices("unknown", Mechanism.EXEMPT)


def test_the_guide_is_what_the_program_does(abroad: Place) -> None:
    """Each command of docs/how-to/send-abroad.md, in its order."""
    pages = Path(__file__).resolve().parents[2] / "docs" / "how-to"
    for page in ("send-abroad.md", "send-abroad.zh.md"):
        text = (pages / page).read_text(encoding="utf8")
        raw = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[0])
        exports = raw["exports"] | {"by": "planner"}
        abroad.write_settings(abroad.settings() | {"exports": exports})
        (abroad.folder / "filed.pdf").write_bytes(b"filed")
        commands = re.findall(r"^ *shanhou (.+)$", text, re.MULTILINE)
        assert len(commands) == 3
        for command in commands:
            words = command.replace("--by privacy", "--by planner").split()
            words = [str(abroad.folder / one) if one == "filed.pdf" else one for one in words]
            asked = [*words, "--case", str(abroad.folder), "--on", str(abroad.on)]
            done = CliRunner().invoke(whole_app(), asked)
            assert done.exit_code == 0, (command, done.output)
        assert counted(abroad, planned(abroad)).enough
