"""What leaves the country is counted over the calendar year, and the mechanism must be enough."""

from __future__ import annotations

import json
import re
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from case_world import AGREED, Place, answered, carried_out, planned, received, signed
from typer.testing import CliRunner

from shanhou.cli import whole_app
from shanhou.disposition.plan import Plan
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, parse_entry
from shanhou.flow.exporting import YearsExport, export_of
from shanhou.flow.gathering import declare
from shanhou.flow.receipts import import_receipt
from shanhou.law.export_lines import ANSWERS, Exported, Mechanism, mechanism, suffices

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


def test_a_counter_raised_after_the_approval_stops_the_work(abroad: Place) -> None:
    went_before(abroad, 0)
    plan = planned(abroad)
    signed(abroad, "counsel", "director", plan=plan)
    went_before(abroad, LINE)
    with pytest.raises(Refusal) as caught:
        carried_out(abroad, plan)
    assert caught.value.code in {"SH-E-610", "SH-E-405"}
    assert not list((abroad.folder / "packages").glob("*.age"))


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
