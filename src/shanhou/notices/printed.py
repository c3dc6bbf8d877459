"""Letters on paper: a PDF to print and post or hand over, with the reply code as text and QR.

A letter that comes back is told by that code, read by a scanner or by eye. It has its own boxes and
place to sign: filled in, it is the answer.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

from shanhou.cases.sendings import Fate
from shanhou.errors import Fault
from shanhou.notices.channels import Estimate, Message, Result, Setup, Way
from shanhou.notices.plain import blocks_of, harmless
from shanhou.vault.keys import write_durably

TEMPLATE = "printed.typ"
_NO_GLYPH = "no-glyph"
VISITS = ("key", "编号 code", "称呼 name", "地址 address", "结果 result", "日期 day",
           "经手人 handed over by", "答复带回 answer brought back")  # fmt: skip


class PrintedLetters:
    """Writes letters into PDFs of fifty; a person prints and posts them."""

    way = Way.ADDRESS
    batch = 50
    repeatable = True

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    def lacking(self) -> tuple[str, ...]:
        return ()

    def estimate(self, count: int, text: str) -> Estimate:  # noqa: ARG002 - the price is the same
        return Estimate(count, count * self._setup.settings.fen_each)

    def announced(self, keys: Sequence[str]) -> str:
        whole = sha256("".join(keys).encode()).hexdigest()
        return f"letters-{whole[:12]}.pdf"

    def send(self, messages: Sequence[Message]) -> Sequence[Result]:
        """A letter with a character that the font lacks is not printed with a box in its place."""
        lacking = self._unprintable(messages)
        fine = [one for one in messages if one.key not in lacking]
        name = self.announced([one.key for one in messages])
        if fine:
            write_durably(self._setup.outbox / name, self._pdf(fine))
        return [Result(Fate.REFUSED, _NO_GLYPH) if one.key in lacking
                else Result(Fate.HANDED, "", name, 1) for one in messages]  # fmt: skip

    def withdraw(self, receipt: str) -> None:
        (self._setup.outbox / receipt).unlink(missing_ok=True)

    def look_up(self, message: Message, on_day: str) -> Result | None:  # noqa: ARG002
        """Paper does not tell; a person who posts it does."""
        return None

    def close(self) -> None:
        """Nothing is open."""

    def _unprintable(self, messages: Sequence[Message]) -> frozenset[str]:
        try:
            self._pdf(messages)
        except Fault:
            if len(messages) == 1:
                return frozenset({messages[0].key})
            half = len(messages) // 2
            return self._unprintable(messages[:half]) | self._unprintable(messages[half:])
        return frozenset()

    def _pdf(self, messages: Sequence[Message]) -> bytes:
        """Raises `Fault` SH-E-706: the font lacks a character."""
        setup = self._setup
        facts = {
            "handler": setup.handler,
            "address": setup.address,
            "on": setup.on.isoformat(),
            "rehearsal": setup.rehearsal,
            "letters": [
                {
                    "to": one.to,
                    "name": one.name,
                    "code": one.code,
                    "qr": _qr(one.code),
                    "blocks": [asdict(b) for page in one.pages for b in blocks_of(page.html)],
                }
                for one in messages
            ],
        }
        assert setup.typeset is not None, "only wiring makes channels, and it knows a typesetter"
        return setup.typeset(TEMPLATE, facts)


class HandedLetters(PrintedLetters):
    """Letters that somebody the customer knows takes along: a caregiver, a driver, the shop.

    The list beside twenty of them says what came of each visit, and comes back as a call list does.
    """

    batch = 20

    def announced(self, keys: Sequence[str]) -> str:
        return f"handed-{sha256(''.join(keys).encode()).hexdigest()[:12]}.pdf"

    def send(self, messages: Sequence[Message]) -> Sequence[Result]:
        results = super().send(messages)
        fine = [one for one, told in zip(messages, results, strict=True)
                if told.fate is Fate.HANDED]  # fmt: skip
        if fine:
            text = io.StringIO(newline="")
            rows = csv.writer(text)
            rows.writerow(VISITS)
            rows.writerows([one.key, one.code, harmless(one.name), harmless(one.to), "", "", "", ""]
                           for one in fine)  # fmt: skip
            path = self._list(results[messages.index(fine[0])].receipt)
            # the mark lets spreadsheets read Chinese
            write_durably(path, text.getvalue().encode("utf-8-sig"))
        return results

    def withdraw(self, receipt: str) -> None:
        super().withdraw(receipt)
        self._list(receipt).unlink(missing_ok=True)

    def _list(self, receipt: str) -> Path:
        return self._setup.outbox / f"{Path(receipt).stem}.csv"


def _qr(code: str) -> str:
    import segno

    out = io.BytesIO()
    segno.make(code, error="q").save(out, kind="svg", scale=4, border=2)
    return out.getvalue().decode()
