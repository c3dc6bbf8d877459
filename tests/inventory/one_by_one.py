"""The rules applied to one text after the other, in plain Python: what the native search must find.

Slow and plain on purpose; it shares the rules with the product and none of its code.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from shanhou.inventory.checksums import CHECKS
from shanhou.inventory.detect import Grammar
from shanhou.inventory.kinds import Strength
from shanhou.inventory.rules import Recogniser

Found = tuple[str, int, int, str]
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_DIGITS = str.maketrans("OoIl", "0011")


def found_one_by_one(text: str, rules: Sequence[Recogniser], grammar: Grammar) -> list[Found]:
    """Category, start, end and strength of everything that stands in a text."""
    clean = text.translate(_WIDE)
    found = [*_shaped(clean, rules), *_cued(clean, grammar), *_look_alikes(clean, rules)]
    kept: list[Found] = []
    for _, one in sorted(found, key=lambda f: (-f[0], f[1][1] - f[1][2], f[1][1])):
        if all(one[2] <= other[1] or other[2] <= one[1] for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda f: f[1])


def _shaped(text: str, rules: Sequence[Recogniser]) -> Iterator[tuple[int, Found]]:
    for rule in rules:
        if not rule.search or rule.header_only:
            continue
        if rule.never_alone and not any(cue.lower() in text.lower() for cue in rule.cues):
            continue
        for start, end in _alone(text, rule.search):
            if rule.masked and not rule.lengths[0] <= end - start <= rule.lengths[1]:
                continue
            strength = _strength(text[start:end], rule)
            if strength is Strength.STRONG and _denied(text[:start], rule):
                strength = Strength.WEAK
            rank = rule.priority - (10 if strength is Strength.WEAK else 0)
            yield rank, (rule.category.value, start, end, strength.value)


def _denied(before: str, rule: Recogniser) -> bool:
    """A word that denies the rule stands right before, with no other number between."""
    lower = before.lower()
    return any(
        re.fullmatch(r"[^0-9，。；,;\n]{0,6}", lower[at + len(word) :])
        for word in rule.anti_cues
        for at in (lower.rfind(word.lower()),)
        if at >= 0
    )


def _alone(text: str, search: str) -> Iterator[tuple[int, int]]:
    """Hits that no letter, digit, star or at-sign touches, one behind the other."""
    pattern = _pattern(f"(?:^|[^0-9A-Za-z*@])({search})(?:$|[^0-9A-Za-z*@])")
    at = 0
    while match := pattern.search(text[at:]):
        start, end = match.span(1)
        yield at + start, at + end
        if at + end >= len(text):
            return
        at += end - 1


def _look_alikes(text: str, rules: Sequence[Recogniser]) -> Iterator[tuple[int, Found]]:
    digits = re.sub(r"(?<=[0-9])[OoIl](?=[0-9])", lambda m: m.group().translate(_DIGITS), text)
    for rank, (category, start, end, _) in _shaped(digits, [r for r in rules if not r.never_alone]):
        if text[start:end] != digits[start:end]:
            yield min(rank, 5), (category, start, end, Strength.WEAK.value)


def _cued(text: str, grammar: Grammar) -> Iterator[tuple[int, Found]]:
    for category, rank, pattern in grammar.cued:
        for match in _pattern(pattern).finditer(text):
            yield rank, (category.value, *match.span(1), Strength.CONTEXT.value)


def _strength(matched: str, rule: Recogniser) -> Strength:
    import numpy as np

    if rule.masked:
        return Strength.MASKED
    if rule.never_alone and not rule.check:
        return Strength.CONTEXT
    if rule.check:
        bare = "".join(c for c in matched.upper() if c.isascii() and c.isalnum())[rule.skip :]
        cells = np.frombuffer(bare.encode("ascii"), "u1").reshape(1, -1)
        return Strength.STRONG if CHECKS[rule.check](cells)[0] else Strength.WEAK
    return Strength.STRONG if rule.strong else Strength.WEAK


def taken_whole(cell: str, rule: Recogniser) -> Strength | None:
    """How a rule takes a whole cell, or that it does not."""
    text = cell.strip()
    if not text.isascii() or text.startswith("'"):
        text = re.sub("^['‘’]", "", unicodedata.normalize("NFKC", text).strip())
    if rule.form == "compact":
        text = _compact(text)
    long = rule.lengths[0] <= len(text) <= rule.lengths[1]
    enough = not rule.digits or (
        sum(c in "0123456789" for c in text) >= rule.digits and not _SENSELESS.search(text)
    )
    if not (long and enough and rule.needs in text):
        return None
    if not _pattern(f"^(?:{rule.shape})$").search(text):
        return None
    return _strength(text, replace(rule, never_alone=False))


def _compact(text: str) -> str:
    """A number without its separators; nothing where it is none."""
    numbered = re.search(r"[0-9].{2,}[0-9]|^[A-Z]+[0-9]+[A-Z]?$", text)
    if not numbered or _SENSELESS.search(text):
        return ""
    bare = re.sub(r"[\t\n\f\r \-·•()（）'‘’_,]", "", text).upper()
    return re.sub(r"^(?:\+|00)?86(1[3-9][0-9]{9})$", r"\1", bare)


_SENSELESS = re.compile(r"^(?:19|20)[0-9]{2}[-/.年](?:0?[1-9]|1[0-2])[-/.月]|^-?[0-9,]+\.[0-9]+$")


@lru_cache(maxsize=256)
def _pattern(search: str) -> Any:
    import re2

    return re2.compile(search)
