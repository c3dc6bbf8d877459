"""审批签字单: a plan on one page to be signed and sealed by hand, its digest in words and as a QR.

The words are the BIP-39 list of simplified Chinese and English (`mnemonic`): 24 words with a
checksum, so that two people can compare a digest by reading aloud.
"""

from __future__ import annotations

import dataclasses
import io
from dataclasses import dataclass

from shanhou.evidence.certificate import Words
from shanhou.evidence.typeset import typeset


@dataclass(frozen=True)
class SheetLine:
    """One outcome with its fixed sign."""

    symbol: str
    words: Words
    items: int
    records: int


@dataclass(frozen=True)
class SignSheet:
    """What is signed: the outcome table and the plan's digest (hexadecimal)."""

    case: str
    title: str
    handler: str
    plan: str
    digest: str
    made_at: str
    """When the plan was made, in UTC as RFC 3339."""
    rehearsal: bool
    lines: tuple[SheetLine, ...]


def sheet_pdf(sheet: SignSheet) -> bytes:
    """The sheet as PDF/A-2b.

    Raises:
        Fault: SH-E-706, the font lacks a character that the sheet needs.
    """
    shown = {
        **dataclasses.asdict(sheet),
        "zh_words": digest_words(sheet.digest, "chinese_simplified"),
        "en_words": digest_words(sheet.digest, "english"),
        "qr": _qr(sheet.digest),
    }
    return typeset("sheet.typ", shown, document=sheet.plan)


def digest_words(digest: str, words: str) -> str:
    """A SHA-256 digest as 24 words of a BIP-39 list."""
    from mnemonic import Mnemonic

    return str(Mnemonic(words).to_mnemonic(bytes.fromhex(digest)))


def _qr(digest: str) -> str:
    import segno

    out = io.BytesIO()
    segno.make(f"shanhou:plan:{digest}", error="q").save(out, kind="svg", scale=4, border=2)
    return out.getvalue().decode()
