"""A case from the wizard to the downloaded pack, done by its people in their browsers alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from browsing import CHROMIUM, FLAGS, KEY_WORD, Someone, served
from case_world import AGREED, PASSPHRASE, case_file, name, phone, said, write_sources

pytestmark = pytest.mark.browser


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with served(tmp_path / "console") as at:
        yield at


@pytest.mark.skipif(CHROMIUM is None and os.environ.get("CI") != "true",
                    reason="Chromium is absent")  # fmt: skip
def test_a_sale_from_the_wizard_to_the_pack_without_a_command(  # noqa: PLR0915
    address: str, tmp_path: Path
) -> None:
    from playwright.sync_api import sync_playwright

    sources = tmp_path / "company"
    write_sources(sources)
    evidence = tmp_path / "paper.txt"
    evidence.write_text("signed in this rehearsal", encoding="utf8")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        planner = Someone(browser, address, "planner")
        planner.joins(f"{address}/start/")
        _fills_the_wizard(planner)
        page, case = planner.page, "/cases/trial"
        uploads = {"shop": ["shop.db"], "lists": ["lists/mailing.csv", "lists/members.xlsx"]}
        for source, files in uploads.items():
            planner.go(f"{case}/sources/")
            page.fill("#usource", source)
            page.set_input_files("#ufiles", [str(sources / "sources" / one) for one in files])
            page.locator("form[action$='upload'] button").click()
            planner.waits()
        _completes_the_file(planner, case, tmp_path)
        signers = [_invited(planner, browser, case, who) for who in ("counsel", "director")]
        _makes_a_key(planner, case)
        planner.does(f"{case}/sources/", "do/collect")
        planner.does(f"{case}/inventory/", "do/inventory")
        planner.does(f"{case}/customers/", "do/subjects")
        for fact, value in said("asset-sale").items():
            _declares(planner, case, fact, value, evidence)
        _imports_answers(planner, case, tmp_path)
        planner.does(f"{case}/plan/", "do/plan")
        planner.go(f"{case}/plan/")
        assert page.locator("a.outcome, .outcome-transfer").count()
        for one in signers:
            _signs(one, case)
        refused = _applies(planner, case)
        assert "SH-E-602" in refused, "it waits for the buyer's receipt"
        _receives(planner, case, tmp_path)
        told = _applies(planner, case)
        assert "SH-E" not in told, told
        planner.go(f"{case}/evidence/")
        page.fill("#pass", KEY_WORD)
        page.locator("button[value=certify]").click()
        planner.proves()
        if page.locator("#pass").count():
            page.fill("#pass", KEY_WORD)
            page.locator("button[value=certify]").click()
        planner.waits()
        planner.go(f"{case}/evidence/")
        with page.expect_download() as download:
            page.click("a[href$='pack.zip']")
        pack = tmp_path / "pack.zip"
        download.value.save_as(pack)
        browser.close()
    with zipfile.ZipFile(pack) as held:
        held.extractall(tmp_path / "pack")
    done = subprocess.run(["sh", "verify.sh"], cwd=tmp_path / "pack" / "evidence", check=False,
                          capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert planner.wrong == []


def _fills_the_wizard(planner: Someone) -> None:
    page = planner.page
    planner.go("/cases/new/")
    page.fill("#title", "示例清洗有限公司资产转让")
    page.fill("#number", "trial")
    page.select_option("#kind", "asset-sale")
    page.check("input[name=rehearsal]")
    page.fill("#plays_on", "2026-12-20")
    page.fill("#handler_name", "示例清洗有限公司")
    page.fill("#recipient_name", "示例接手公司")
    page.fill("#custodian_name", "示例保管公司")
    for n, (who, duties) in enumerate((("planner", ("planner", "operator", "privacy")),
                                       ("counsel", ("approver",)),
                                       ("director", ("approver",)))):  # fmt: skip
        page.fill(f"#p{n}id", who)
        page.fill(f"#p{n}name", who)
        for duty in duties:
            page.check(f"input[name=person{n}_duties][value={duty}]")
    planner.picture("wizard filled")
    page.click("main form[method=post] button.btn-lg")
    assert page.url.endswith("/cases/trial/"), page.inner_text("main")


def _completes_the_file(planner: Someone, case: str, folder: Path) -> None:
    """What forms do not ask for yet is written into the case file on its own page."""
    import pyrage

    from shanhou.vault.person_keys import new_person_key

    ages = {}
    for party in ("custodian", "recipient"):
        identity = pyrage.x25519.Identity.generate()
        (folder / f"{party}.age").write_text(str(identity), encoding="ascii")
        ages[party] = str(identity.to_public())
    new_person_key(folder / "recipient.key", PASSPHRASE)
    planner.go(f"{case}/file/")
    now = yaml.safe_load(planner.page.input_value("#text"))
    told = yaml.safe_load(case_file("asset-sale", rehearsal=True, custodian=True, ages=ages))
    told["people"] = now["people"]
    told["sources"] = now["sources"]
    told["parties"]["recipient"]["verify"] = "people/recipient.pub"
    planner.page.fill("#text", yaml.safe_dump(told, allow_unicode=True, sort_keys=False))
    planner.page.locator("main form button").first.click()
    planner.waits()
    people = folder / "console" / "cases" / "trial" / "people"
    people.mkdir(exist_ok=True)
    shutil.copy(folder / "recipient.pub", people / "recipient.pub")


def _declares(planner: Someone, case: str, fact: str, value: str, evidence: Path) -> None:
    page = planner.page
    planner.page.goto(f"{planner.at}{case}/facts/")
    form = page.locator(f"form[action$='declare']:has(input[name=fact][value={fact}])")
    page.locator(f"details:has(input[value={fact}]) > summary").click()
    form.locator("select[name=value]").select_option(value)
    form.locator("input[type=file]").set_input_files(str(evidence))
    form.locator("button").click()
    planner.waits()


def _imports_answers(planner: Someone, case: str, folder: Path) -> None:
    lines = ["contact,name,kind,value,on,channel"]
    lines += [f"{phone(n)},{name(n)},consent_{what},granted,2026-12-10,电话"
              for n in AGREED for what in ("provision", "contract")]  # fmt: skip
    (folder / "answers.csv").write_text("\n".join(lines), encoding="utf8")
    planner.go(f"{case}/answers/")
    planner.page.set_input_files("#f", str(folder / "answers.csv"))
    planner.page.locator("form[action$='import'] button").click()
    planner.waits()


def _makes_a_key(person: Someone, case: str) -> None:
    person.go(f"{case}/people/")
    if person.page.locator("#pass").count():
        person.page.fill("#pass", KEY_WORD)
        person.page.locator("form[action$='key'] button").click()
        if "reauthenticate" in person.page.url:
            person.proves()
            person.go(f"{case}/people/")
            person.page.fill("#pass", KEY_WORD)
            person.page.locator("form[action$='key'] button").click()
        person.waits()


def _invited(planner: Someone, browser, case: str, who: str) -> Someone:
    """Somebody takes the seat they are invited to, and makes their key before anything is planned:
    a key that is named later outdates the plan.
    """
    page = planner.page
    for _ in range(2):
        planner.go(f"{case}/people/")
        page.locator(f"form button[value={who}]").click()
        if "reauthenticate" not in page.url:
            break
        planner.proves()
    one = Someone(browser, planner.at, who)
    one.joins(page.inner_text(".alert-success .digest"))
    _makes_a_key(one, case)
    return one


def _signs(person: Someone, case: str) -> None:
    for _ in range(2):
        person.go(f"{case}/approvals/")
        person.page.fill("#number", "trial")
        person.page.fill("#pass", KEY_WORD)
        person.page.locator("form[action$='sign'] button").click()
        if "reauthenticate" not in person.page.url:
            break
        person.proves()
    person.waits()
    assert person.wrong == []


def _applies(planner: Someone, case: str) -> str:
    page = planner.page
    for _ in range(2):
        planner.go(f"{case}/execution/")
        page.locator("form.final input[name=number]").fill("trial")
        page.locator("button[value=apply]").click()
        if "reauthenticate" not in page.url:
            break
        planner.proves()
    return planner.finishes()


def _receives(planner: Someone, case: str, folder: Path) -> None:
    """The buyer loads the package with the program at their own place and sends the receipt."""
    import sqlite3

    from shanhou.flow.receipts import receive
    from shanhou.vault.person_keys import open_person_key

    page = planner.page
    planner.go(f"{case}/evidence/")
    (name_,) = [path.name for path in
                (folder / "console" / "cases" / "trial" / "packages").glob("*.age")]  # fmt: skip
    with page.expect_download() as download:
        page.evaluate("(at) => { const a = document.createElement('a'); a.href = at;"
                      " document.body.append(a); a.click(); }",
                      f"{case}/evidence/package/{name_}")  # fmt: skip
    package = folder / name_
    download.value.save_as(package)
    sqlite3.connect(folder / "buyer.db").close()
    _, path = receive(
        package, identity=(folder / "recipient.age").read_text("ascii"),
        target=f"sqlite:///{(folder / 'buyer.db').resolve()}",
        private=open_person_key(folder / "recipient.key", PASSPHRASE), out=folder / "receipts",
        at="2026-12-20T08:00:00Z",
    )  # fmt: skip
    assert path.is_file()
    planner.go(f"{case}/execution/")
    page.set_input_files("#rf", [str(one) for one in sorted((folder / "receipts").iterdir())])
    page.locator("form[action$='receipt'] button").click()
    planner.waits()
