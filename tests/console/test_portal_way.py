"""A customer's way on a small screen without a script; every page of the portal as it is seen."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from browsing import CHROMIUM, FLAGS, PICTURES, Someone, press_on
from case_world import (
    AGREED,
    ON,
    Place,
    answered,
    carried_out,
    collected_case,
    name,
    planned,
    received,
    signed,
    taken,
)
from portal_world import brought, code_of, with_portal

from shanhou.errors import Refusal

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None and os.environ.get("CI") != "true",
                       reason="Chromium is absent"),
]  # fmt: skip
SOURCE = str(Path(__file__).resolve().parents[2] / "src")
AXE = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ONE = "S0000009"
"""赵某甲, who agrees to everything in the test world; here she says no."""


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def run_code(home: Path, code: str) -> str:
    """Something done in a console's own process, as an officer's page would have it done."""
    environment = {**os.environ, "PYTHONPATH": SOURCE, "SHANHOU_CONSOLE": str(home)}
    environment.pop("SHANHOU_PORTAL", None)
    environment["DJANGO_SETTINGS_MODULE"] = "shanhou.console.settings"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True,
                          text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


_SET_UP = """
from pathlib import Path
from shanhou.console.serve import set_up
home = set_up(Path({home!r}))
from shanhou.console.jobs.adopting import adopt_all
adopt_all(home)
from django.contrib.auth.models import User
from shanhou.console.models import HeldCase, Job, Membership
held = HeldCase.objects.get(number="trial")
user, _ = User.objects.get_or_create(username="planner")
Membership.objects.get_or_create(case=held, user=user, person="planner")
"""


def asks(home: Path, kind: str, **told: str) -> None:
    """The planner asks the worker, which runs beside, for something."""
    run_code(home, _SET_UP.format(home=str(home)) + f"""
import time
from shanhou.console.access.seats import Seat
from shanhou.console.jobs.asking import ask
from shanhou.console.access.roles import rights
from shanhou.cases.settings import load_settings
told = load_settings(held.folder / "shanhou.yaml")
person = told.person("planner")
job = ask(Seat(held, person, rights(person), told), user, {kind!r}, {told!r}, secret={{}})
for _ in range(240):
    job.refresh_from_db()
    if not job.open:
        break
    time.sleep(0.25)
assert job.state == "done", (job.state, job.code, job.facts)
""")  # fmt: skip


@contextmanager
def portal_served(home: Path, port: int) -> Iterator[str]:
    """The portal as people run it: a worker, and granian with the portal's settings."""
    run_code(home, _SET_UP.format(home=str(home)))
    environment = {**os.environ, "PYTHONPATH": SOURCE}
    for one in ("SHANHOU_CONSOLE", "SHANHOU_PORTAL", "DJANGO_SETTINGS_MODULE"):
        environment.pop(one, None)
    code = "from shanhou.cli import main; main()"
    commands = [["worker", "--home", str(home)],
                ["portal", "--home", str(home), "--port", str(port)]]  # fmt: skip
    running = [subprocess.Popen([sys.executable, "-c", code, *one], env=environment,
                                stdout=subprocess.DEVNULL) for one in commands]  # fmt: skip
    at = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(at, timeout=1).close()
                break
            except OSError:
                time.sleep(0.5)
        yield at
    finally:
        for one in running:
            one.terminate()
        for one in running:
            one.wait(timeout=60)


def until(there: Callable[[], bool]) -> None:
    """Wait for the worker, at most a minute."""
    for _ in range(240):
        if there():
            return
        time.sleep(0.25)
    raise AssertionError


class Customer(Someone):
    """A person with a phone on which no script runs."""

    def __init__(self, browser, at: str, who: str, *, width: int = 360) -> None:
        super().__init__(browser, at, who, scripts=False)
        self.page.set_viewport_size({"width": width, "height": 740})

    def press(self, text: str) -> None:
        self._turns("button", text)

    def follow(self, text: str) -> None:
        self._turns("link", text)

    def _turns(self, role: str, text: str) -> None:
        press_on(self.page.get_by_role(role, name=text, exact=True).first)
        self.picture(text)

    def comes_in(self, folder: Path, subject: str) -> None:
        self.go("/")
        self.follow("用信上的查询码进入")
        self.page.fill("#customer", subject)
        self.page.fill("#code", code_of(folder, subject).lower())
        self.press("进入")


@pytest.fixture(scope="module")
def told_case(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A planned sale whose letters name a portal on a free port."""
    from shanhou.flow.telling import notify

    port = free_port()
    place = collected_case(tmp_path_factory.mktemp("way") / "trial", "asset-sale")
    with_portal(place, f"http://127.0.0.1:{port}")
    plan = planned(place)
    case = place.open()
    notify(case, plan)
    case.close()
    return place.folder, port


@pytest.fixture
def home(tmp_path: Path, told_case: tuple[Path, int]) -> Path:
    shutil.copytree(told_case[0], tmp_path / "office" / "cases" / "trial")
    return tmp_path / "office"


def test_a_customer_says_no_and_gets_a_copy_and_a_receipt_without_a_script(  # noqa: PLR0915
    home: Path, told_case: tuple[Path, int], tmp_path: Path
) -> None:
    from playwright.sync_api import sync_playwright

    folder = home / "cases" / "trial"
    with portal_served(home, told_case[1]) as at, sync_playwright() as play:
        asks(home, "portal", open="yes")
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        her = Customer(browser, at, "customer")
        page = her.page
        her.comes_in(folder, ONE)
        assert "赵**" in page.inner_text("main")
        assert name(1) not in page.content()
        her.follow("同意或不同意")
        for group in ("consent_provision", "consent_contract"):
            page.check(f"input[name={group}][value=refused]")
        her.press("告诉你们")
        number = page.inner_text(".number")
        assert re.fullmatch(r"SH\d{3}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{2}", number)
        until(lambda: (page.reload(), "已办理" in page.inner_text("main"))[1])
        her.picture("receipt done")
        her.follow("回到我的页面")
        her.follow("复制一份")
        her.press("发送六位数字")
        until(lambda: len(brought(folder, "code")) == 1)
        digits = re.search(r"\d{6}", brought(folder, "code")[0].splitlines()[1])[0]
        page.fill("#code", digits)
        her.press("确认")
        her.press("提出要求")
        until(lambda: (page.reload(), "已登记" in page.inner_text("main"))[1])
        her.picture("copy asked")
        asks(home, "portal_copy", request=request_of(folder, ONE), level="L2")
        page.reload()
        assert "已照您的要求办理" in page.inner_text("main")
        her.picture("copy answered")
        her.follow("回到我的页面")
        with page.expect_download() as coming:
            her.page.get_by_role("button", name="取您的信息副本").click()
        copy = tmp_path / "copy.zip"
        coming.value.save_as(copy)
        with zipfile.ZipFile(copy) as held:
            assert name(1) in held.read(f"{ONE}.json").decode()
        her.go("/r/")
        page.fill("#number", number.lower().replace("-", " "))
        her.press("查看")
        assert number in page.inner_text("main")
        assert her.wrong == []
        browser.close()
    assert answers_of(folder, ONE) == {("consent_provision", "refused"),
                                       ("consent_contract", "refused"),
                                       ("copy", "granted")}  # fmt: skip


@pytest.fixture(scope="module")
def done_case(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A sale carried out and certified, whose letters named a portal."""
    from shanhou.flow.proving import certify
    from shanhou.flow.telling import notify

    port = free_port()
    place = collected_case(tmp_path_factory.mktemp("done") / "trial", "asset-sale")
    with_portal(place, f"http://127.0.0.1:{port}")
    answered(place, *((n, f"consent_{what}", "granted") for n in AGREED
                      for what in ("provision", "contract")))  # fmt: skip
    first = planned(place)
    case = place.open()
    notify(case, first)
    case.close()
    plan = planned(place)
    signed(place, "counsel", "director", plan=plan)
    with pytest.raises(Refusal, match="receipt"):
        carried_out(place, plan)
    taken(place, received(place, plan=plan), plan)
    carried_out(place, plan)
    case = place.open()
    certify(case, plan, by="counsel", private=place.private("counsel"))
    case.close()
    return place.folder, port


def test_her_signed_receipt_is_found_true_in_the_verifier_with_the_network_off(
    tmp_path: Path, done_case: tuple[Path, int]
) -> None:
    """She fetches it without a script; the page that checks it runs from her own disk."""
    from playwright.sync_api import sync_playwright

    home = tmp_path / "office"
    shutil.copytree(done_case[0], home / "cases" / "trial")
    with portal_served(home, done_case[1]) as at, sync_playwright() as play:
        asks(home, "portal", open="yes")
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        her = Customer(browser, at, "receipt")
        page = her.page
        her.comes_in(home / "cases" / "trial", ONE)
        her.press("要一份带签名的回执")
        until(
            lambda: (
                (page.reload(), page.get_by_role("button", name="取带签名的回执").count())[1] > 0
            )
        )
        her.picture("receipt ready")
        with page.expect_download() as coming:
            page.get_by_role("button", name="取带签名的回执").click()
        log_key = page.inner_text("#log-key")
        receipt = tmp_path / "receipt.json"
        coming.value.save_as(receipt)
        with page.expect_download() as coming:
            page.get_by_role("link", name="下载核对工具（断网也能用）").click()
        verifier = tmp_path / "verify.html"
        coming.value.save_as(verifier)
        assert her.wrong == []
        away = browser.new_context(offline=True, locale="zh-CN",
                                   viewport={"width": 360, "height": 740})  # fmt: skip
        alone = away.new_page()
        alone.goto(verifier.as_uri())
        alone.fill("#key", log_key)
        alone.set_input_files("#single", str(receipt))
        alone.wait_for_selector("#verdict:not(:empty)", timeout=20_000)
        shown = alone.inner_text("body")
        if PICTURES:
            alone.screenshot(path=str(Path(PICTURES) / "receipt-verified.png"), full_page=True)
        browser.close()
    assert json.loads(receipt.read_bytes())
    assert "核验通过" in shown, shown
    assert name(1) not in shown


def test_every_page_of_the_portal_passes_axe_and_fits_small_screens(
    home: Path, told_case: tuple[Path, int]
) -> None:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    folder = home / "cases" / "trial"
    found: list[str] = []
    with portal_served(home, told_case[1]) as at, sync_playwright() as play:
        asks(home, "portal", open="yes")
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        # the pages forbid scripts; axe is one, so this browser alone does not mind
        context = browser.new_context(bypass_csp=True, locale="zh-CN")
        page = context.new_page()
        for language, size, width in WAYS:
            context.add_cookies([{"name": "language", "value": language, "url": at},
                                 {"name": "print", "value": size, "url": at}])  # fmt: skip
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(f"{at}/c/trial/in/")
            page.fill("#customer", ONE)
            page.fill("#code", code_of(folder, ONE))
            page.click("main button")
            page.goto(f"{at}/c/trial/me/ask/dispute/")
            page.click("main button")
            receipt = page.url.removeprefix(at)
            for place in (*PAGES, receipt):
                page.goto(f"{at}{place}")
                here = f"{place} {language} {size} {width}"
                found += [f"{here}: {one['id']} {one['nodes'][0]['html'][:90]}"
                          for one in Axe().run(page, options={"runOnly": AXE}).response[
                              "violations"]]  # fmt: skip
                found += _too_wide_or_small(page, here, width)
                if language == "en":
                    said = page.inner_text("main")
                    found += [f"{here}: Chinese"] if re.search(r"[一-鿿]", CASES_OWN.sub(
                        "", said)) else []  # fmt: skip
                if PICTURES:
                    slug = re.sub(r"\W+", "-", here).strip("-")
                    page.screenshot(path=str(Path(PICTURES) / f"look-{slug}.png"), full_page=True)
        browser.close()
    assert not found, "\n".join(found)


PAGES = ("/c/trial/", "/c/trial/in/", "/c/trial/lost/", "/c/trial/behalf/", "/n/trial/x/",
         "/c/trial/me/", "/c/trial/me/answer/", "/c/trial/me/ask/correction/",
         "/c/trial/me/ask/withdrawal/", "/c/trial/me/prove/?then=copy", "/c/trial/me/opinion/",
         "/r/", "/nowhere/")  # fmt: skip
WAYS = (("zh-hans", "normal", 360), ("en", "normal", 1280), ("zh-hans", "large", 320),
        ("en", "large", 360), ("zh-hans", "large", 1280), ("en", "normal", 320))  # fmt: skip
CASES_OWN = re.compile(r"示例\w+|系统存储|继续服务|赵\*\*")
"""What the case itself says in Chinese, on English pages too."""
_SMALL = """() => [...document.querySelectorAll(
    "main a.way, button, input, textarea, label.choice")]
  .filter(one => one.offsetParent && one.type !== "hidden" && !one.closest(".choice input"))
  .map(one => [one.outerHTML.slice(0, 60), one.getBoundingClientRect().height, one.type])
  .filter(one => one[1] < 44 && one[2] !== "radio" && one[2] !== "checkbox")"""


def _too_wide_or_small(page, here: str, width: int) -> list[str]:
    wide = page.evaluate("() => document.documentElement.scrollWidth")
    print_px = page.evaluate("() => parseFloat(getComputedStyle(document.body).fontSize)")
    small = [f"{here}: {one[0]} only {one[1]} high" for one in page.evaluate(_SMALL)]
    return [*([f"{here}: {wide} wide"] if wide > width else []),
            *([f"{here}: print {print_px}"] if print_px < 18 else []), *small]  # fmt: skip


def request_of(folder: Path, subject: str) -> str:
    case = Place(folder, ON).open()
    try:
        return [one.name for one in case.store.requests.all() if one.subject == subject][-1]
    finally:
        case.close()


def answers_of(folder: Path, subject: str) -> set[tuple[str, str]]:
    case = Place(folder, ON).open()
    try:
        return {(one.kind, one.value) for one in case.store.answers() if one.subject == subject}
    finally:
        case.close()
