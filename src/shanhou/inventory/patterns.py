"""Measures a pattern before it is trusted: the RE2 subset, how long its hits are, how large it is.

RE2 runs in linear time whatever the pattern; what is bounded here is the size of the compiled
pattern and the length of a hit, so that a scan ends and a hit crosses no part of a long cell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST_PATTERN = 1_000
"""Characters of a pattern as it is written."""
LONGEST_HIT = 512
LARGEST = 20_000
"""Steps of a pattern once its repetitions are written out: past some more of them RE2 forgets its
table of states at every step, and is slow."""
_WIDE, _HAN, _ANY = 400, 40, 10
"""Steps of one character of many alphabets, of a Chinese one, and of any but some."""
DEEPEST = 20
_COUNT = re.compile(r"\{(\d{1,4})(?:(,)(\d{0,4}))?\}")
_FLAGS = re.compile(r"\?[imsU-]*([:)])")
_PROPERTY = re.compile(
    r"[pP](?:\{\^?[A-Za-z_]{1,40}\}|[A-Z])|x(?:\{[0-9A-Fa-f]{1,6}\}|[0-9A-Fa-f]{2})"
)
_LOOKS = ("?=", "?!", "?<=", "?<!")
_NO_WIDTH = "bBAz"


class PatternError(Exception):
    """A pattern out of the subset; `code` names why, as `problems.yaml` tells it."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class Measure:
    """Shortest and longest hit in characters, and how large the pattern is written out."""

    low: int
    high: int
    size: int


_NOTHING = Measure(0, 0, 0)
_ONE = Measure(1, 1, 1)


def measured(pattern: str) -> Measure:
    """The measure of a pattern.

    Raises:
        PatternError: it is out of the subset, or too large.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise PatternError("too_large")
    reader = _Reader(pattern)
    found = reader.choice(0)
    if reader.at < len(pattern):
        raise PatternError("not_re2")
    return found


def _bounded(low: int, high: int, size: int) -> Measure:
    if high > LONGEST_HIT or size > LARGEST:
        raise PatternError("too_large")
    return Measure(low, high, size)


class _Reader:
    """Reads a pattern from left to right, one construct at a time."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0

    def choice(self, depth: int) -> Measure:
        if depth > DEEPEST:
            raise PatternError("too_large")
        parts = [self.sequence(depth)]
        while self._next() == "|":
            self.at += 1
            parts.append(self.sequence(depth))
        return _bounded(min(one.low for one in parts), max(one.high for one in parts),
                        sum(one.size for one in parts) + len(parts) - 1)  # fmt: skip

    def sequence(self, depth: int) -> Measure:
        whole = _NOTHING
        while self._next() not in {"", "|", ")"}:
            part = self.repeated(self.single(depth))
            whole = _bounded(whole.low + part.low, whole.high + part.high, whole.size + part.size)
        return whole

    def repeated(self, part: Measure) -> Measure:
        """A part as often as the sign behind it says; only what ends is taken."""
        mark = self._next()
        count = _COUNT.match(self.pattern, self.at)
        if mark in {"*", "+"} or (count and count[2] and not count[3]):
            raise PatternError("unbounded")
        if mark != "?" and not count:
            return part
        self.at = count.end() if count else self.at + 1
        if self._next() == "?":
            self.at += 1
        if self._next() in {"*", "+", "?"} or _COUNT.match(self.pattern, self.at):
            raise PatternError("not_re2")
        low, high = (0, 1) if not count else (int(count[1]), int(count[3] or count[1]))
        if low > high:
            raise PatternError("not_re2")
        return _bounded(part.low * low, part.high * high, max(1, part.size * high))

    def single(self, depth: int) -> Measure:
        """One character, class, anchor or group."""
        mark = self.pattern[self.at]
        self.at += 1
        if mark == "(":
            return self._group(depth)
        if mark == "[":
            return self._class()
        if mark == "\\":
            return self._escape()
        if mark in "*+?":
            raise PatternError("not_re2")
        if mark == ".":
            return Measure(1, 1, _ANY)
        return _NOTHING if mark in "^$" else _ONE

    def _group(self, depth: int) -> Measure:
        rest = self.pattern[self.at : self.at + 4]
        if rest.startswith(_LOOKS):
            raise PatternError("look_around")
        if rest.startswith("?P="):
            raise PatternError("back_reference")
        flags = _FLAGS.match(self.pattern, self.at)
        if flags is None:
            raise PatternError(
                "group" if rest[:1] != "?" or rest[:2] in {"?P", "?<"} else "not_re2"
            )
        self.at = flags.end()
        if flags[1] == ")":
            return _NOTHING
        inner = self.choice(depth + 1)
        if self._next() != ")":
            raise PatternError("not_re2")
        self.at += 1
        return inner

    def _class(self) -> Measure:
        size = 1
        if self._next() == "^":
            self.at += 1
            size = _ANY
        first = True
        while first or self._next() != "]":
            mark = self._next()
            if mark == "":
                raise PatternError("not_re2")
            self.at += 1
            if mark == "\\":
                size = max(size, self._escape().size)
            elif mark == "[" and self._next() == ":":
                end = self.pattern.find(":]", self.at)
                self.at = end + 2 if end >= 0 else self.at
            first = False
        self.at += 1
        return Measure(1, 1, size)

    def _escape(self) -> Measure:
        mark = self._next()
        if mark == "" or mark in "CQE":
            raise PatternError("not_re2")
        if (mark.isdigit() and mark != "0") or mark in "kg":
            raise PatternError("back_reference")
        long = _PROPERTY.match(self.pattern, self.at)
        self.at = long.end() if long else self.at + 1
        if mark in "pP" and long:
            return Measure(1, 1, _HAN if long[0] == "p{Han}" else _WIDE)
        return _NOTHING if mark in _NO_WIDTH else _ONE

    def _next(self) -> str:
        return self.pattern[self.at : self.at + 1]
