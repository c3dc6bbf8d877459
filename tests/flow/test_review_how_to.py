"""The how-to on review runs on the housekeeping example; the rule file that a page shows loads."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from shanhou.cases.settings import Inventory
from shanhou.cli import telling, whole_app
from shanhou.cli.demo import prepare
from shanhou.flow.gathering import collect, take_stock
from shanhou.inventory.own_rules import with_own
from shanhou.inventory.tags import SensitiveProfile
from shanhou.wiring import open_case

HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to"


@pytest.fixture(autouse=True)
def wide_console(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As piped into a file, whatever width the runner of the tests says it has."""
    monkeypatch.delenv("COLUMNS", raising=False)
    telling.console.cache_clear()
    yield
    telling.console.cache_clear()


def blocks(page: str, kind: str) -> list[str]:
    text = (HOW_TO / page).read_text(encoding="utf8")
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_every_command_of_the_review_works_on_the_housekeeping_example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "housekeeping"
    script = prepare("housekeeping", folder, customers=8)
    case = open_case(folder, script.notices_on)
    collect(case)
    take_stock(case)
    case.close()
    monkeypatch.chdir(folder)
    told = {}
    for line in "".join(blocks("review-what-is-unsure.md", "sh")).splitlines():
        words = shlex.split(line)
        assert words[0] == "shanhou"
        done = CliRunner().invoke(whole_app(), ["--lang", "en", *words[1:]])
        assert done.exit_code == 0, (line, done.stdout, done.exception)
        told[" ".join(words[1:3])] = done.stdout
    assert "crm.workers.health_cert" in told["review list"]
    assert "It may be" in told["review show"]
    assert "crm.workers.health_cert is decided" in told["review decide"]
    assert "waits for review" not in told["inventory"]
    said = yaml.safe_load((folder / "shanhou.yaml").read_text("utf8"))["fields"]
    assert said["crm.workers.health_cert"]["category"] == "licence_id"


def test_the_rule_file_and_the_setting_that_a_page_shows_are_taken() -> None:
    rules, setting = blocks("add-your-own-rule.md", "yaml")
    known = with_own({"my-rules.yaml": rules}, SensitiveProfile.GB35273_STRICT)
    assert [one.id for one in known.recognisers if one.own] == ["guild_card"]
    assert Inventory.model_validate(yaml.safe_load(setting)["inventory"]).rules == (
        "my-rules.yaml",
    )
