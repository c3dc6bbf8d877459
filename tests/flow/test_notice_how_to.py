"""The how-to on sending runs on a small firm, command by command; its settings are taken."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from campaign_world import make_firm, servers, signed, with_channels
from typer.testing import CliRunner

from notice_servers import bounce_of, mailbox
from shanhou.cases.notices import Notices
from shanhou.cases.sendings import Fate
from shanhou.cli import telling, whole_app
from shanhou.disposition.plan import Plan
from shanhou.flow.plans import latest_plan
from shanhou.flow.telling import portal_key
from shanhou.notices.outbox import reply_codes

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "send-the-notices.md"
DAY = "2026-12-20"
TAKES_DAY = {"plan", "notify", "notices bounces", "notices poll", "notices reports",
             "notices returned", "notices unreachable"}  # fmt: skip


@pytest.fixture(autouse=True)
def wide_console(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("COLUMNS", raising=False)
    telling.console.cache_clear()
    yield
    telling.console.cache_clear()


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE.read_text("utf8"), re.MULTILINE | re.DOTALL)


def test_the_settings_that_the_page_shows_are_taken() -> None:
    shown = [Notices.model_validate(yaml.safe_load(text)["notices"]) for text in blocks("yaml")]
    assert shown[0].ladder
    assert len(shown[1].channels_closing) == 2


def test_every_command_of_the_page_works_on_a_small_firm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make_firm(tmp_path / "firm", 20)
    told: dict[str, str] = {}
    with servers() as at:
        with_channels(place, at)
        monkeypatch.chdir(place.folder)
        for line in "".join(blocks("text")).splitlines():
            words = shlex.split(line)[1:]
            name = " ".join(words[:2]) if words[0] == "notices" else words[0]
            if "--live" in words and "notify live" not in told:
                signed(place, _latest(place), "counsel", "director")
            if name == "notices bounces":
                to, message = at.mail.arrived[0]
                Path(words[-1]).write_bytes(mailbox([bounce_of(message, to)]))
            if name == "notices reports":
                lines = [f"{one['OutId']},DELIVRD" for one in at.sms.taken]
                Path(words[-1]).write_text("\n".join(["key,result", *lines]), encoding="utf8")
            if name == "notices returned":
                words[-1] = _letter_code(place)
            if name == "notices unknown":
                place.sql("update sending set state = 'unknown' where key = ?", at.mail.keys[-1])
            if name == "notices settle":
                words[2] = at.mail.keys[-1]
            day = ["--on", DAY] if name in TAKES_DAY else []
            done = CliRunner().invoke(whole_app(), ["--lang", "en", *words, *day])
            code = getattr(done.exception, "exit_code", done.exit_code)
            assert code == (7 if "--live" in words else 0), (line, done.stdout, done.exception)
            told[f"{name} live" if "--live" in words else name] = done.stdout
            telling.console.cache_clear()
    assert "This was a dry run" in told["notify"]
    assert "customers are reached by nothing" in told["notify live"]
    assert "1 sendings changed" in told["notices bounces"]
    assert at.mail.keys[-1] in told["notices unknown"]
    assert ": sent." in told["notices settle"]
    assert "customers whom nothing reaches" in told["notices unreachable"]


def _latest(place) -> Plan:  # type: ignore[no-untyped-def]
    case = place.open()
    try:
        return latest_plan(case)
    finally:
        case.close()


def _letter_code(place) -> str:  # type: ignore[no-untyped-def]
    case = place.open()
    try:
        posted = next(one for one in case.store.sendings.all(state=Fate.SENT)
                      if one.channel == "letter")  # fmt: skip
        return next(code for code, subject in reply_codes(case.store, portal_key(case)).items()
                    if subject == posted.subject)  # fmt: skip
    finally:
        case.close()
