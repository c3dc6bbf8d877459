"""Letters on paper: a PDF to print and post, with the reply code as text and QR on each.

A letter that comes back is told by that code, read by a scanner or by eye.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256

from shanhou.cases.sendings import Fate
from shanhou.errors import Fault
from shanhou.notices.channels import Estimate, Message, Result, Setup, Way
from shanhou.notices.plain import blocks_of
from shanhou.vault.keys import write_durably

TEMPLATE = "printed.typ"
_NO_GLYPH = "no-glyph"


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


def _qr(code: str) -> str:
    import segno

    out = io.BytesIO()
    segno.make(code, error="q").save(out, kind="svg", scale=4, border=2)
    return out.getvalue().decode()
