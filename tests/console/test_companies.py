"""The example companies closed wholly in browsers, from the wizard to the pack, with the outcomes
that the command line reaches.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from browsing import CHROMIUM, FLAGS, served
from company import Company

from shanhou.cli.demo import decide, gather, prepare

CUSTOMERS = 40
pytestmark = [pytest.mark.browser,
              pytest.mark.skipif(CHROMIUM is None and os.environ.get("CI") != "true",
                                 reason="Chromium is absent")]  # fmt: skip


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with served(tmp_path / "console") as at:
        yield at


WAITS = ("shipping",)
"""Companies with items on hold that nobody took over yet: their case is not closed over them."""


@pytest.mark.parametrize("name", [
    "housekeeping",
    pytest.param("cotton-assets", marks=pytest.mark.torture),
    pytest.param("shipping", marks=pytest.mark.torture),
])  # fmt: skip
def test_a_company_is_closed_in_browsers_with_the_outcomes_of_the_command_line(
    name: str, address: str, tmp_path: Path
) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        company = Company(name, tmp_path, browser, address)
        company.generated(CUSTOMERS)
        company.begins()
        company.uploads()
        company.fills_in()
        company.invites()
        company.takes_stock()
        company.speak()
        company.tells_and_decides()
        found = company.outcomes()
        company.sign()
        company.acts()
        assert "SH-E-" not in company.certifies()
        assert verified(company.downloads_pack()) == ""
        assert faults(company, tmp_path / "console" / "cases" / "company") == []
        closes = name not in WAITS
        if closes:
            company.closes()
            assert company.still_answers() == []
            assert verified(company.downloads_pack("closed")) == ""
        else:
            assert "SH-E-907" in company.certifies("close")
        wrong = [line for one in company.people.values() for line in one.wrong]
        browser.close()
    assert wrong == []
    assert found == by_command(name, tmp_path / name)
    assert not closes or left_of(tmp_path / "console" / "cases" / "company") == []


def verified(pack: Path) -> str:
    """What the pack's own verifier, which needs no program of ours, finds wrong."""
    folder = pack.with_suffix("")
    with zipfile.ZipFile(pack) as held:
        held.extractall(folder)
    done = subprocess.run(["sh", "verify.sh"], cwd=folder / "evidence", check=False,
                          capture_output=True, text=True)  # fmt: skip
    return done.stdout + done.stderr if done.returncode else ""


def left_of(folder: Path) -> list[str]:
    """What a close destroys and that lies there still."""
    gone = [folder / name for name in ("vault", "outbox", "returns", "keys/case.key")]
    return [path.name for path in gone if path.exists()]


def by_command(name: str, folder: Path) -> dict[str, tuple[int, ...]]:
    """Items and records by outcome of the same company's plan, made by commands."""
    from shanhou.disposition.plan import totals

    script = prepare(name, folder, customers=CUSTOMERS)
    gather(folder, script)
    plan = decide(folder, script)
    return {one.outcome.lower().replace("_", "-"): (one.items, one.records)
            for one in totals(plan)}  # fmt: skip


def faults(company: Company, folder: Path) -> list[str]:
    """What the example's own scorer, which knows nothing of this program, finds wrong."""
    from shanhou.execution.archive import archive_key
    from shanhou.execution.archive_reading import open_archive
    from shanhou.flow.gathering import register_of
    from shanhou.flow.listing import write_items
    from shanhou.flow.plans import latest_plan
    from shanhou.vault.canonical import canonical_json
    from shanhou.wiring import open_case
    from shanhou_examples.score import score, told
    from shanhou_examples.world import World

    case = open_case(folder, date.fromisoformat(company.words["decide_on"]))
    items, inventory = company.folder / "items.csv", company.folder / "inventory.json"
    write_items(case, latest_plan(case), items)
    inventory.write_bytes(canonical_json(register_of(case).to_json()))
    opened = company.folder / "opened"
    opened.mkdir()
    for bag in sorted((folder / "archive").glob("*.bag.age")):
        name = bag.name.removesuffix(".bag.age")
        open_archive(bag, case.keys.open(archive_key(name)).decode(), opened / name)
    case.close()
    target, returns = company.folder / "buyer.db", folder / "returns"
    world = World(
        laid_out(company, folder), target=target if target.exists() else None, archive=opened,
        returns=returns if returns.exists() else None,
    )  # fmt: skip
    result = score(company.folder, items, inventory=inventory, world=world)
    return [] if result.passed else [told(result)]


def laid_out(company: Company, folder: Path) -> Path:
    """The case's sources as the example lays them out: there a database lies beside the folders."""
    laid = company.folder / "laid-out"
    shutil.copytree(folder / "sources", laid)
    for one in company.raw["sources"]:
        if one["url"].startswith("sqlite:///"):
            name = Path(one["url"]).name
            shutil.move(laid / one["id"] / name, laid / name)
    return laid
