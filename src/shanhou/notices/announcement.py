"""The public announcement: one page for everybody, which names no customer (PIPL 25)."""

from __future__ import annotations

from collections.abc import Sequence

from shanhou.cases.sendings import Fate
from shanhou.notices.channels import Estimate, Message, Result, Setup, Way
from shanhou.vault.keys import write_durably


class Announcement:
    """Writes the page; a person puts it up at the premises and on the site."""

    way = Way.PUBLIC
    batch = 1
    repeatable = True

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    def lacking(self) -> tuple[str, ...]:
        return ()

    def estimate(self, count: int, text: str) -> Estimate:  # noqa: ARG002
        return Estimate(1, self._setup.settings.fen_each)

    def announced(self, keys: Sequence[str]) -> str:  # noqa: ARG002
        return "announcement.html"

    def send(self, messages: Sequence[Message]) -> Sequence[Result]:
        for one in messages:
            for page in one.pages:
                path = self._setup.outbox / f"announcement.{page.language}.html"
                write_durably(path, page.html.encode())
        return [Result(Fate.HANDED, "", "announcement.html", 1) for _ in messages]

    def withdraw(self, receipt: str) -> None:
        """The page may stand: the next run writes the same."""

    def look_up(self, message: Message, on_day: str) -> Result | None:  # noqa: ARG002
        return None

    def close(self) -> None:
        """Nothing is open."""
