"""People at browsers of their own, before a console that runs as users run it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from six_digits import totp

CHROMIUM = shutil.which("chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update",
         "--disable-sync"]  # fmt: skip
WORD = "a password of the tests"
KEY_WORD = "a passphrase of the tests"
PICTURES = os.environ.get("SHANHOU_PICTURES", "")
"""A folder: each step is photographed there."""


_PRETEND = str(Path(__file__).resolve().parent / "pretend")


@dataclass
class Served:
    """A console that runs, and its processes."""

    at: str
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """Ends web and worker at once, as a power cut does."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=60)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def start(home: Path, port: int, **pretends: str) -> Served:
    """A console as people run it: granian and a worker."""
    code = "from shanhou.cli import main; main()"
    source = str(Path(__file__).resolve().parents[2] / "src")
    command = [sys.executable, "-c", code, "web", "--home", str(home),
               "--port", str(port)]  # fmt: skip
    path = [source, _PRETEND] if pretends else [source]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path), **pretends}
    environment.pop("SHANHOU_CONSOLE", None)
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL,
                              start_new_session=True)  # fmt: skip
    at = f"http://127.0.0.1:{port}"
    for _ in range(240):
        try:
            urllib.request.urlopen(at, timeout=1).close()
            break
        except OSError:
            time.sleep(0.25)
    return Served(at, server)


@contextmanager
def served(home: Path, **pretends: str) -> Iterator[str]:
    """A console on a free port, for as long as it is looked at."""
    running = start(home, free_port(), **pretends)
    try:
        yield running.at
    finally:
        running.process.terminate()
        running.process.wait(timeout=60)


def named_directory(home: Path, server: str) -> None:
    """A console whose file names a directory to sign in by."""
    (home / "secret").write_text("a secret: of the tests", encoding="ascii")
    told = {"id": "house", "name": "Example ID", "server": server, "client": "console",
            "secret": "file:secret"}  # fmt: skip
    (home / "console.yaml").write_text(json.dumps({"sign_in": [told]}), encoding="utf8")


def looks_right(one: Someone, where: str) -> list[str]:
    """What axe finds on the page that is open, and whether it scrolls sideways, both ways once."""
    from axe_playwright_python.sync_playwright import Axe

    found = []
    for language, theme, width in (("zh-hans", "light", 1280), ("en", "dark", 360)):
        one.context.add_cookies([{"name": "shanhou-language", "value": language, "url": one.at}])
        one.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        one.page.set_viewport_size({"width": width, "height": 900})
        one.page.goto(f"{one.at}{where}")
        one.picture(f"{where} {language} {width}")
        told = Axe().run(one.page, options={"runOnly": [
            "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})  # fmt: skip
        here = f"{where} {language} {theme} {width}"
        found += [f"{here}: {each['id']} {each['nodes'][0]['html'][:90]}"
                  for each in told.response["violations"]]  # fmt: skip
        wide = one.page.evaluate("() => document.documentElement.scrollWidth")
        found += [f"{here}: {wide} wide"] if wide > width else []
    one.context.add_cookies([{"name": "shanhou-language", "value": "zh-hans", "url": one.at}])
    one.page.set_viewport_size({"width": 1280, "height": 900})
    return found


def press_on(target) -> None:
    """Click what turns the page, and wait until the next one stands: a click alone may come back
    while the old one still does.
    """
    with target.page.expect_navigation():
        target.click()


class Someone:
    """A person at a browser of their own."""

    def __init__(self, browser, at: str, who: str, *, scripts: bool = True) -> None:
        self.at, self.who, self.scripts = at, who, scripts
        self.context = browser.new_context(viewport={"width": 1280, "height": 900},
                                           locale="zh-CN", accept_downloads=True,
                                           java_script_enabled=scripts)  # fmt: skip
        self.page = self.context.new_page()
        self.wrong: list[str] = []
        # a refusal is a page of its own with the status 409, which browsers log
        self.page.on("console", lambda told: self.wrong.append(told.text)
                     if told.type == "error" and "409" not in told.text else None)  # fmt: skip
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.step = 0
        self.later = 0.0
        """By how many seconds the console's clock was moved."""

    def go(self, where: str) -> None:
        self.page.goto(f"{self.at}{where}")
        # a page whose job is under way loads itself again when it is done
        self.page.locator("[data-stream]").first.wait_for(state="detached", timeout=60_000)
        self.picture(where)

    def picture(self, what: str) -> None:
        if PICTURES:
            self.step += 1
            slug = re.sub(r"\W+", "-", what).strip("-")[:40]
            path = Path(PICTURES) / f"{self.who}-{self.step:02d}-{slug}.png"
            self.page.screenshot(path=str(path), full_page=True)

    def joins(self, link: str) -> None:
        """Makes an account by the link, and sets up the second factor."""
        self.page.goto(link)
        self.page.fill("#name", self.who)
        self.page.fill("#password", WORD)
        self.page.click("main form button")
        self.secret = self.page.locator("input[readonly], input[disabled]").first.input_value()
        for _ in range(3):  # a code that ran out on the way is typed anew
            self.page.fill("input[name=code]", totp(self.secret, time.time() + self.later))
            self.page.click("main form button[type=submit]")
            if "recovery-codes" in self.page.url:
                break
        assert "recovery-codes" in self.page.url, self.page.inner_text("main")

    def leaves(self) -> None:
        """Signs out."""
        self.go("/account/logout/")
        self.page.locator("main form button").first.click()

    def comes_back(self) -> None:
        """Signs in with the password and then the six digits of the second factor."""
        self.page.goto(f"{self.at}/account/login/")
        self.page.fill("input[name=login]", self.who)
        self.page.fill("input[name=password]", WORD)
        self.page.locator("main form button[type=submit]").first.click()
        assert "2fa/authenticate" in self.page.url, self.page.url
        self.picture("second factor")
        self.page.fill("input[name=code]", totp(self.secret, time.time() + self.later))
        self.page.locator("main form button[type=submit]").first.click()
        assert "2fa" not in self.page.url, self.page.inner_text("main")

    def proves(self) -> None:
        """Types the password again where a page asks for it."""
        if "reauthenticate" in self.page.url:
            self.page.fill("input[name=password]", WORD)
            self.page.click("main form button[type=submit]")

    def does(self, where: str, button: str) -> None:
        """Goes to a screen, presses a button, and waits until the work is done."""
        self.go(where)
        press_on(self.page.locator(f"main form[action$='{button}'] button").first)
        self.waits()

    def waits(self) -> None:
        """Until the job that was asked for ended well."""
        told = self.finishes()
        assert self.page.locator("main .alert-danger").count() == 0, told

    def finishes(self) -> str:
        """Until the job ended, well or not; what its page says."""
        from playwright.sync_api import Error

        for _ in range(1200):
            try:
                if "/jobs/" not in self.page.url or not self.page.locator("main progress").count():
                    break
                # the page comes anew by itself when the job ends; without scripts by hand
                if not self.scripts:
                    self.page.goto(self.page.url)
            except Error:
                pass  # it came anew meanwhile
            time.sleep(0.2)
        self.page.wait_for_load_state("load")
        self.picture(f"after {self.page.url.rsplit('/', 3)[-2]}")
        return str(self.page.inner_text("main"))
