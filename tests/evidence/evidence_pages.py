"""The verifier page in a browser without a network, asked by bytes or as a person would."""

from __future__ import annotations

import base64
import io
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from shanhou.evidence.pack import found_files
from shanhou.evidence.verify_page import VERIFY_PAGE, verify_page

CHROMIUM = Path("/usr/bin/chromium")
ARGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Sent once; each question then only tells how it differs from that.
_ASK = """async ([base, asked, key]) => {
  const bytes = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const whole = Object.entries(base).map(([path, text]) => [path, bytes(text)]);
  const answers = [];
  for (const change of asked) {
    const files = new Map(whole);
    for (const [path, text] of Object.entries(change)) {
      if (text === null) files.delete(path); else files.set(path, bytes(text));
    }
    const { verdict, kind, checks, findings } = await shanhou.check(files, { key });
    answers.push({ verdict, kind, checks, findings });
  }
  return answers;
}"""
Change = Mapping[str, bytes | None]


@contextmanager
def opened(folder: Path, *, before: str = "", quiet: bool = True) -> Iterator[Page]:
    """The page as a file from a stick; while `quiet`, any error of its own fails the test.

    `before` is a script that changes the browser before the page is there.
    """
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not here")
    (folder / VERIFY_PAGE).write_bytes(verify_page())
    wrong: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(ARGS))
        page = browser.new_context(offline=True, service_workers="block").new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(message.text))
        if before:
            page.add_init_script(before)
        page.goto((folder / VERIFY_PAGE).as_uri())
        yield page
        browser.close()
    assert wrong == [] or not quiet


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path: (folder / path).read_bytes() for path in found_files(folder)}


def write_bytes(files: Mapping[str, bytes], folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    for path, raw in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(raw)
    return folder


def ask(page: Page, base: Mapping[str, bytes], changes: list[Change], key: str) -> list[Any]:
    """The page's answer to a set of files, once for each change of them."""
    answers: list[Any] = page.evaluate(
        _ASK,
        [
            {path: _text(raw) for path, raw in base.items()},
            [
                {path: None if raw is None else _text(raw) for path, raw in change.items()}
                for change in changes
            ],
            key,
        ],
    )
    return answers


def verdict(page: Page, files: Mapping[str, bytes], key: str) -> str:
    (answer,) = ask(page, files, [{}], key)
    return str(answer["verdict"])


def zipped(files: dict[str, bytes], method: int, folder: str = "evidence/") -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive:
        for path, raw in files.items():
            archive.writestr(folder + path, raw)
    return held.getvalue()


_UNZIP = """async ([texts, key]) => {
  const answers = [];
  for (const text of texts) {
    try {
      const files = await shanhou.unzip(Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0)));
      answers.push((await shanhou.check(files, { key })).verdict);
    } catch (error) { answers.push(error.what); }
  }
  return answers;
}"""


def unzip(page: Page, key: str, *zips: bytes) -> list[str]:
    """The verdict on each zip, or what made it unreadable."""
    verdicts: list[str] = page.evaluate(_UNZIP, [[_text(each) for each in zips], key])
    return verdicts


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
