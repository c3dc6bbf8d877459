"""People at browsers of their own, before a console that runs as users run it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console_world import totp

CHROMIUM = shutil.which("chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update",
         "--disable-sync"]  # fmt: skip
WORD = "a password of the tests"
KEY_WORD = "a passphrase of the tests"
PICTURES = os.environ.get("SHANHOU_PICTURES", "")
"""A folder: each step is photographed there."""


@contextmanager
def served(home: Path) -> Iterator[str]:
    """A console as people run it: granian and a worker, on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = "from shanhou.cli import main; main()"
    source = str(Path(__file__).resolve().parents[2] / "src")
    command = [sys.executable, "-c", code, "web", "--home", str(home),
               "--port", str(port)]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": source}
    environment.pop("SHANHOU_CONSOLE", None)
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
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
        server.terminate()
        server.wait(timeout=60)


class Someone:
    """A person at a browser of their own."""

    def __init__(self, browser, at: str, who: str, *, scripts: bool = True) -> None:
        self.at, self.who = at, who
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
        self.page.fill("input[name=code]", totp(self.secret))
        self.page.click("main form button[type=submit]")
        assert "recovery-codes" in self.page.url

    def proves(self) -> None:
        """Types the password again where a page asks for it."""
        if "reauthenticate" in self.page.url:
            self.page.fill("input[name=password]", WORD)
            self.page.click("main form button[type=submit]")

    def does(self, where: str, button: str) -> None:
        """Goes to a screen, presses a button, and waits until the work is done."""
        self.go(where)
        self.page.locator(f"main form[action$='{button}'] button").first.click()
        self.waits()

    def waits(self) -> None:
        for _ in range(240):
            if "/jobs/" not in self.page.url or self.page.locator("main progress").count() == 0:
                break
            time.sleep(0.5)
            self.page.goto(self.page.url)
        self.picture(f"after {self.page.url.rsplit('/', 3)[-2]}")
        assert self.page.locator("main .alert-danger").count() == 0, self.page.inner_text("main")
