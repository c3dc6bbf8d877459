"""The page as a person sees it: in both languages, on a narrow screen, without a network."""

from __future__ import annotations

import base64
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest
from evidence_pages import opened
from evidence_world import LOG, closed_case, write
from playwright.sync_api import Page, expect

from shanhou.evidence.pack import found_files
from shanhou.evidence.verify_page import VERIFY_PAGE, verify_page

KEY = LOG.vkey.text
PAGE = verify_page().decode()
SCRIPT, STYLE = (
    re.findall(rf"<{tag}>(.*?)</{tag}>", PAGE, re.DOTALL) for tag in ("script", "style")
)
WORDS = json.loads(re.findall(r"^const WORDS = (.*);$", PAGE, re.MULTILINE)[0])
browser = pytest.mark.browser


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(closed_case(), tmp_path_factory.mktemp("honest") / "evidence").folder


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with opened(tmp_path) as page:
        yield page


@browser
def test_a_folder_is_checked_and_told_in_chinese_first(page: Page, honest: Path) -> None:
    expect(page.locator("h1")).to_have_text("核验存证")
    page.set_input_files("#folder", honest)
    expect(page.locator("#verdict")).to_have_text("没有发现改动，但还不知道是谁的")
    expect(page.locator("#checks li.holds")).to_have_count(7)
    expect(page.locator("#checks li.unchecked")).to_contain_text("没有核对")
    expect(page.locator("#tally")).to_have_text("8 项中有 7 项成立。")
    page.fill("#key", f" {KEY}\n")
    page.locator("#key").blur()
    expect(page.locator("#verdict")).to_have_text("核验通过")
    expect(page.locator("#checks li.holds")).to_have_count(8)


@browser
def test_the_switch_tells_the_same_in_english(page: Page, honest: Path) -> None:
    page.set_input_files("#folder", honest)
    page.click("#language")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#verdict")).to_have_text("No change found; whose it is is not confirmed")
    expect(page.locator("#tally")).to_have_text("7 of 8 hold.")
    shown = page.locator("body").inner_text()
    assert re.findall(r"[\u4e00-\u9fff]+", shown) == ["中文"]
    page.click("#language")
    expect(page.locator("#verdict")).to_have_text("没有发现改动，但还不知道是谁的")


@browser
def test_what_fails_is_named_and_what_follows_is_not_said_to_hold(
    page: Page, honest: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "evidence"
    shutil.copytree(honest, folder)
    (folder / "certificates/C-001.pdf").write_bytes(b"%PDF-1.7 nothing was missed")
    page.fill("#key", KEY)
    page.set_input_files("#folder", folder)
    expect(page.locator("#verdict")).to_have_text("核验不通过")
    expect(page.locator("#findings")).to_contain_text("certificates/C-001.pdf")
    expect(page.locator("#checks li.holds")).to_have_count(0)
    expect(page.locator("#checks li.unchecked")).to_have_count(7)
    assert page.locator("#told").is_hidden()


@browser
def test_a_zip_is_read_and_a_broken_one_gives_no_verdict(
    page: Page, honest: Path, tmp_path: Path
) -> None:
    whole = tmp_path / "evidence.zip"
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in found_files(honest):
            archive.write(honest / path, f"evidence/{path}")
    page.fill("#key", KEY)
    page.set_input_files("#zip", whole)
    expect(page.locator("#verdict")).to_have_text("核验通过")
    cut = tmp_path / "cut.zip"
    cut.write_bytes(whole.read_bytes()[:-40])
    page.set_input_files("#zip", cut)
    expect(page.locator("#verdict")).to_have_text("无法核验")


@browser
def test_a_folder_that_is_no_evidence_gives_no_verdict(page: Page, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other/list.csv").write_text("a,b\n", encoding="ascii")
    page.set_input_files("#folder", tmp_path / "other")
    expect(page.locator("#verdict")).to_have_text("无法核验")
    assert page.locator("#limits").is_hidden()


@browser
def test_a_rehearsal_is_called_one(page: Page, tmp_path: Path) -> None:
    folder = write(closed_case(rehearsal=True), tmp_path / "evidence").folder
    page.set_input_files("#folder", folder)
    expect(page.locator("#rehearsal")).to_be_visible()


LACKING = {
    "no Ed25519": """
      const real = crypto.subtle.importKey.bind(crypto.subtle);
      crypto.subtle.importKey = (form, raw, name, ...rest) => name === "Ed25519"
        ? Promise.reject(new DOMException("", "NotSupportedError"))
        : real(form, raw, name, ...rest);
    """,
    "yes to everything": "crypto.subtle.verify = async () => true;",
    "no WebCrypto": "Object.defineProperty(crypto, 'subtle', { value: undefined });",
    "another digest": "crypto.subtle.digest = async () => new ArrayBuffer(32);",
}


@browser
@pytest.mark.parametrize("lack", LACKING, ids=lambda lack: lack.replace(" ", "-"))
def test_a_browser_that_cannot_check_says_so_and_never_valid(
    tmp_path: Path, honest: Path, lack: str
) -> None:
    with opened(tmp_path, before=LACKING[lack]) as page:
        expect(page.locator("#too-old")).to_be_visible()
        page.fill("#key", KEY)
        page.set_input_files("#folder", honest)
        expect(page.locator("#verdict")).to_have_text("无法核验")
        expect(page.locator("#findings")).to_contain_text("verify.sh")
        expect(page.locator("#checks li")).to_have_count(0)


@browser
@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_scrolls_sideways_on_a_narrow_screen(
    page: Page, honest: Path, language: str
) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    if language == "en":
        page.click("#language")
    page.fill("#key", KEY)
    page.set_input_files("#folder", honest)
    expect(page.locator("#verdict")).to_be_visible()
    page.click("summary")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    wide = """() => [...document.querySelectorAll("body *")].filter((each) =>
      each.getBoundingClientRect().right > 360).map((each) => each.outerHTML.slice(0, 80))"""
    assert page.evaluate(wide) == []


@browser
def test_who_cannot_see_or_point_can_use_it(page: Page, honest: Path) -> None:
    page.set_input_files("#folder", honest)
    expect(page.locator("#verdict")).to_be_visible()
    unnamed = """() => [...document.querySelectorAll("input, textarea, button")].filter((each) =>
      !(each.labels?.[0] ?? each).textContent.trim()).map((each) => each.id)"""
    assert page.evaluate(unnamed) == []
    levels = page.evaluate(
        "[...document.querySelectorAll('h1, h2, h3')].map((each) => Number(each.tagName[1]))"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id)")
    assert len(set(ids)) == len(ids)
    named = page.evaluate(
        "[...document.querySelectorAll('[aria-labelledby], [aria-describedby]')].map((each) =>"
        " each.getAttribute('aria-labelledby') ?? each.getAttribute('aria-describedby'))"
    )
    assert set(named) <= set(ids)
    page.locator("#language").focus()
    reached = []
    for _ in range(4):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id"))
    assert reached == ["folder", "zip", "single", "key"]


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(
    ("ink", "ground"),
    [("ink", "paper"), ("soft", "paper"), ("soft", "ground"), ("good", "good-ground"),
     ("open", "open-ground"), ("bad", "bad-ground"), ("soft", "bad-ground")],
)  # fmt: skip
def test_words_stand_out_from_their_ground(ink: str, ground: str) -> None:
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", STYLE[0]))
    light, dark = sorted((_luminance(colours[ink]), _luminance(colours[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5  # WCAG 2.2, 1.4.3


NETWORK = re.compile(
    r"fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon|WebTransport|RTCPeerConnection"
    r"|import\(|importScripts|Worker|\beval\b|\bFunction\(|setTimeout|setInterval|https?:|//[a-z]"
    r"|\bsrc\b ?=|\bhref\b|localStorage|sessionStorage|indexedDB|cookie|innerHTML|outerHTML"
    r"|insertAdjacent|document\.write|window\.open|location|postMessage|<form|<a |<img|<link|url\("
)


def test_the_page_has_no_way_out() -> None:
    assert NETWORK.findall(PAGE) == []
    assert NETWORK.findall("fetch('https://example.org')") == ["fetch", "https:", "//e"]


def test_the_policy_admits_the_one_script_and_style_and_nothing_else() -> None:
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', PAGE)
    hashes = {
        name: f"'sha256-{base64.b64encode(sha256(content.encode()).digest()).decode()}'"
        for name, (content,) in (("script", SCRIPT), ("style", STYLE))
    }
    assert dict(part.split(" ", 1) for part in policy.split("; ")) == {
        "default-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "script-src": hashes["script"],
        "style-src": hashes["style"],
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    assert " style=" not in PAGE
    assert re.findall(r"\son[a-z]+=", PAGE) == []


@browser
def test_the_browser_itself_refuses_the_page_a_network(tmp_path: Path) -> None:
    with opened(tmp_path, quiet=False) as page:
        refused = page.evaluate("""() => new Promise((tell) => {
          document.addEventListener("securitypolicyviolation", (event) =>
            tell(event.effectiveDirective));
          fetch("data:text/plain,x").then(() => tell("went out"), () => {});
        })""")
        assert refused == "connect-src"
        ran = page.evaluate("""() => { try {
          const more = document.createElement("script"); more.text = "globalThis.ran = 1";
          document.body.append(more); } catch { } return globalThis.ran ?? 0; }""")
        assert ran == 0


def test_every_word_the_page_uses_is_there_in_both_languages() -> None:
    assert all(set(words) == {"zh", "en"} and all(words.values()) for words in WORDS.values())
    (script,) = SCRIPT
    findings = set(re.findall(r'(?:Broken|found|unable)\("([a-z0-9-]+)"', script))
    findings |= set(re.findall(r'refuseUnless\(.*, "([a-z-]+)"\)', script))
    findings |= {
        "no-such-signer",
        "challenge",
        "origin",
        "rp-id",
        "signature",
        "user-present",
        "user-verified",
        "not-logged",
        "key-not-logged",
        "history",
        "rehearsal",
        "subject",
    }
    findings |= {"lacks-record", "lacks-proof", "lacks-bundle"}
    asked = {f"finding.{word}" for word in findings}
    asked |= {f"check.{word}" for word in re.findall(r'\["([a-z-]+)", \(\) => this', script)}
    asked |= set(re.findall(r'say\("([a-z-]+)"', script))
    asked |= set(re.findall(r'"((?:not|fact)\.[a-z-]+)"', script))
    asked |= set(re.findall(r'data-words="([^"]+)"', PAGE))
    assert len(asked) > 80
    assert asked - set(WORDS) == set()
    told = {word for word in WORDS if word.startswith(("finding.", "check.", "not.", "fact."))}
    assert told - asked == {"check.trusted"}


def test_a_pack_holds_the_page_as_it_is_made(honest: Path) -> None:
    assert (honest / VERIFY_PAGE).read_bytes() == verify_page()


def test_the_page_is_short_enough_to_be_read() -> None:
    folder = Path(__file__).parents[2] / "src/shanhou/evidence/page"
    lines = {path.name: len(path.read_text("utf8").splitlines()) for path in folder.iterdir()}
    assert len(lines) > 9
    assert {name: count for name, count in lines.items() if count > 350} == {}
