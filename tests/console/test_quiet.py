"""The console's own log: one line for what was refused, and no value of anybody."""

from __future__ import annotations

import io
import logging
import logging.config
from collections.abc import Callable
from pathlib import Path

from case_world import collected_case, phone
from console_world import browser, held_case, seated


def lines(run: Callable[[], object]) -> list[str]:
    """What the console's handler writes while something runs."""
    from django.conf import settings

    (handler,) = [one for one in logging.getLogger().handlers if one.get_name() == "out"] or [None]
    if handler is None:
        logging.config.dictConfig(settings.LOGGING)
        (handler,) = [one for one in logging.getLogger().handlers if one.get_name() == "out"]
    written, before = io.StringIO(), handler.stream
    handler.stream = written
    try:
        run()
    finally:
        handler.stream = before
    return written.getvalue().splitlines()


def test_what_is_forbidden_is_one_line_and_no_traceback(home: Path, tmp_path: Path) -> None:
    held = held_case(collected_case(tmp_path / "trial", "asset-sale").folder)
    client = browser(seated(held, "witness"))
    found = lines(lambda: client.post("/cases/trial/do/collect"))
    assert [one for one in found if "django.request" in one]
    assert not any("Traceback" in one or one.startswith(" ") for one in found), found


def test_what_broke_is_told_by_its_place_and_never_by_what_was_read() -> None:
    log = logging.getLogger("shanhou.broken")

    def run() -> None:
        try:
            int(f"x{phone(1)}")
        except ValueError:
            log.exception("job broke")

    (line,) = lines(run)
    assert "ValueError in run" in line
    assert phone(1) not in line


def test_the_secret_of_an_invitation_is_not_logged(home: Path) -> None:
    found = lines(lambda: browser().get("/invited/a-secret-of-nothing/"))
    assert any("/invited/" in one for one in found)
    assert not any("a-secret" in one for one in found)
