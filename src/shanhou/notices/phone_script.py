"""Calls: a list to work through, two people at a time, and the words to say.

The list comes back filled in: `shanhou notices reports` reads its column of results.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from hashlib import sha256

from shanhou.cases.sendings import Fate
from shanhou.notices.channels import Estimate, Message, Result, Setup, Way
from shanhou.notices.plain import harmless
from shanhou.vault.keys import write_durably

COLUMNS = ("key", "编号 code", "称呼 name", "电话 phone", "结果 result", "旁听 listener",
           "时间 time")  # fmt: skip


class PhoneScript:
    """Writes call lists of a hundred; two people make the calls."""

    way = Way.PHONE
    batch = 100
    repeatable = True

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    def lacking(self) -> tuple[str, ...]:
        return ()

    def estimate(self, count: int, text: str) -> Estimate:  # noqa: ARG002 - the price is the same
        return Estimate(count, count * self._setup.settings.fen_each)

    def announced(self, keys: Sequence[str]) -> str:
        return f"calls-{sha256(''.join(keys).encode()).hexdigest()[:12]}.csv"

    def send(self, messages: Sequence[Message]) -> Sequence[Result]:
        name = self.announced([one.key for one in messages])
        text = io.StringIO(newline="")
        rows = csv.writer(text)
        rows.writerow(COLUMNS)
        rows.writerows([one.key, one.code, harmless(one.name), harmless(one.to), "", "", ""]
                       for one in messages)  # fmt: skip
        # the mark lets spreadsheets read Chinese
        write_durably(self._setup.outbox / name, text.getvalue().encode("utf-8-sig"))
        return [Result(Fate.HANDED, "", name, 1) for _ in messages]

    def withdraw(self, receipt: str) -> None:
        (self._setup.outbox / receipt).unlink(missing_ok=True)

    def look_up(self, message: Message, on_day: str) -> Result | None:  # noqa: ARG002
        """The list does not tell; those who call write it down."""
        return None

    def close(self) -> None:
        """Nothing is open."""
