"""The recipe of a case: taken, undone, replayed; merging follows it, what was collected stays."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest
import yaml
from case_world import Place
from typer.testing import CliRunner

from shanhou.cli import whole_app
from shanhou.cli.demo import prepare
from shanhou.errors import Coded
from shanhou.flow.cleaning import measure
from shanhou.flow.gathering import collect, collected, resolve_subjects, take_stock
from shanhou.flow.proving import publish
from shanhou.sources.intake import SealedTables
from shanhou.wiring import Case, open_case

HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to"
PHONES = "wechat/微信预约.csv.手机"


@pytest.fixture
def made(untouched: Path, tmp_path: Path) -> Path:
    return Path(copytree(untouched, tmp_path / "housekeeping"))


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("cleaning") / "housekeeping"
    script = prepare("housekeeping", folder, customers=30)
    case = open_case(folder, script.notices_on)
    collect(case)
    take_stock(case)
    case.close()
    return folder


def run(folder: Path, line: str, *more: str, code: int = 0) -> str:
    words = [*shlex.split(line), *more]
    done = CliRunner().invoke(whole_app(), ["--lang", "en", *words, "-C", str(folder)])
    assert done.exit_code == code, (words, done.output, done.exception)
    return done.output


def refused(folder: Path, line: str) -> str:
    """The code that a command is refused with."""
    done = CliRunner().invoke(whole_app(), [*shlex.split(line), "-C", str(folder)])
    assert isinstance(done.exception, Coded), (line, done.output, done.exception)
    return done.exception.code


def as_collected(case: Case) -> list[str | None]:
    with case.vault.read("collect") as desk:
        tables = SealedTables(desk, "collect", collected(case))
        known = {one.name: one for one in tables.datasets()}["wechat/微信预约.csv"]
        table = tables.table(known.name).order_by("rec")
        cells: list[str | None] = desk.arrow(table)[f"c{known.position('手机')}"].to_pylist()
        return cells


def commands(page: str) -> list[str]:
    text = (HOW_TO / page).read_text(encoding="utf8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return "".join(blocks).splitlines()


def test_every_command_of_the_how_to_works_on_the_housekeeping_example(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(made)
    case = open_case(made)
    before = as_collected(case)
    case.close()
    told: dict[str, str] = {}
    for line in commands("clean-and-measure.md"):
        name = line.split(" wechat")[0].removeprefix("shanhou ").split(" --reason")[0]
        told[name] = run(made, line.removeprefix("shanhou "))
    assert f"clean add '{PHONES}' --does form --form phone" in told["clean suggest"]
    share = json.loads(told["quality --json"])["scores"]
    assert share["after"]["uniform"] > share["before"]["uniform"]
    assert "taken back" in told["clean undo c1"]
    case = open_case(made)
    assert as_collected(case) == before
    entries = [json.loads(raw) for raw in case.store.events()]
    case.close()
    acts = [one for one in entries if one["act"] in {"clean", "quality"}]
    assert {"step", "cells_count", "undone"} <= acts[-1]["facts"].keys()
    assert not re.search(r"1[3-9]\d{9}", json.dumps(acts))
    # a number that was taken back is not given again
    held = yaml.safe_load((made / "shanhou.yaml").read_text("utf8"))["cleaning"]
    assert [one["id"] for one in held] == ["c2", "c3"]


def phones_merged(case: Case) -> int:
    resolve_subjects(case)
    with case.vault.read("subjects") as desk:
        said = desk.table("subjects", "mention")
        return int(desk.scalar(said.filter(said.kind == "phone").count()))


def test_merging_follows_the_recipe_and_comes_back_with_it(made: Path) -> None:
    case = open_case(made)
    whole = phones_merged(case)
    phones = [cell for cell in as_collected(case) if cell]
    case.close()
    # an absurd step on purpose, by hand: every phone of the list says nothing
    said = yaml.safe_load((made / "shanhou.yaml").read_text("utf8"))
    said["cleaning"] = [{"id": "c1", "field": PHONES, "does": "empty", "by": "planner",
                         "reason": "test", "values": sorted(set(phones))}]  # fmt: skip
    (made / "shanhou.yaml").write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf8")
    assert refused(made, "plan --by planner") == "SH-E-209"
    case = open_case(made)
    assert phones_merged(case) == whole - len(phones)
    case.close()
    run(made, "clean undo c1 --reason back --by planner")
    case = open_case(made)
    assert phones_merged(case) == whole
    case.close()


def test_the_report_tells_the_quality_that_was_last_measured(
    unsigned: Place, tmp_path: Path
) -> None:
    place = unsigned.copy(tmp_path / "case")
    case = place.open()
    publish(case, place.plan)
    assert 'id="quality"' not in (case.folder / "report.html").read_text("utf8")
    told = measure(case)
    publish(case, place.plan)
    page = (case.folder / "report.html").read_text("utf8")
    case.close()
    assert told.score_before.complete is not None
    shown = page[page.index('id="quality"') : page.index('id="certificates"')]
    assert f"{told.score_before.complete:.1%}" in shown
    assert shown.count('<td class="num">') == 5


def test_a_step_that_cannot_be_is_refused_and_nothing_is_written(
    made: Path, tmp_path: Path
) -> None:
    before = (made / "shanhou.yaml").read_bytes()
    add = "clean add {} --reason test --by planner"
    refusals = {
        "SH-E-301": add.format("crm.customers.nowhere --does tidy"),
        "SH-E-351": add.format("crm.customers.customer_id --does tidy"),
        "SH-E-350": add.format("crm.customers.mobile --does empty --value 13871620945"),
        "SH-E-352": "clean undo c99 --reason test --by planner",
        "SH-E-902": "clean add crm.customers.mobile --does tidy --reason test --by nobody",
        "SH-E-313": "clean add crm.customers.mobile --does tidy --reason 13871620945 --by planner",
    }
    assert {code: refused(made, line) for code, line in refusals.items()} == {
        code: code for code in refusals
    }
    for does in ("form", "empty", "replace --value 无", "tidy --value 无", "burn"):
        assert refused(made, add.format(f"crm.customers.mobile --does {does}")) == "SH-E-350"
    recipe = tmp_path / "recipe.yaml"
    good = "{field: crm.customers.mobile, does: tidy, reason: test}"
    bad = {f"cleaning: [{good}, {{field: no.where, does: tidy, reason: test}}]": "SH-E-301",
           "nothing: 1": "SH-E-350", "- a": "SH-E-350", "\tx": "SH-E-350"}  # fmt: skip
    for text, code in bad.items():
        recipe.write_text(text, encoding="utf8")
        assert refused(made, f"clean replay {recipe} --by planner") == code, text
    assert (made / "shanhou.yaml").read_bytes() == before


def test_words_that_yaml_would_read_as_something_else_stay_words(made: Path) -> None:
    line = (
        "clean add crm.customers.fwzt --does replace --value Yes --value N --value 12:30 --to yes"
    )
    run(made, f"{line} --reason test --by planner")
    (step,) = open_case(made).settings.cleaning
    assert (step.values, step.to) == (("Yes", "N", "12:30"), "yes")


def test_a_step_that_can_no_longer_be_played_can_be_taken_back(made: Path) -> None:
    said = yaml.safe_load((made / "shanhou.yaml").read_text("utf8"))
    step = {"does": "tidy", "by": "planner", "reason": "test"}
    said["cleaning"] = [{**step, "id": "c8", "field": "crm.customers.gone"},
                        {**step, "id": "c9", "field": "crm.customers.customer_id"}]  # fmt: skip
    (made / "shanhou.yaml").write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf8")
    assert refused(made, "quality") == "SH-E-301"
    assert "(it changed - cells)" in run(made, "clean undo c8 --reason gone --by planner")
    assert refused(made, "quality") == "SH-E-351"
    run(made, "clean undo c9 --reason key --by planner")
    run(made, "clean add crm.customers.mobile --does tidy --reason test --by planner")
    # a number that was given by hand is not given again either
    assert [one.id for one in open_case(made).settings.cleaning] == ["c10"]
