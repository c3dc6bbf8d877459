"""Read headers: what a name's words say, the head standing last (`member_phone`, 会员手机)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from shanhou.inventory.rules import Words

_TOKEN = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_HAN = re.compile(r"[\u3400-\u9fff]+")
_CUT = re.compile(r"[:：,，;；(（\[【|]|\d\s*[-=]+>?|--")
_WEIGHTLESS = {"no", "num", "number", "value", "str", "text", "info", "list", "new", "old", "field"}
_WEIGHTLESS_HAN = ("信息", "号码", "编号", "内容", "列表", "资料", "一", "二")


@dataclass(frozen=True)
class Header:
    """A name or a comment as words: its tokens and its Chinese characters."""

    tokens: tuple[str, ...]
    han: str
    text: str = ""
    """The whole, in lower case without blanks: for words of mixed script such as ip地址."""

    def __bool__(self) -> bool:
        return bool(self.tokens or self.han)


@dataclass(frozen=True)
class Match:
    """A word found in a header: at its head or only inside, and how long it is."""

    word: str
    at_head: bool
    length: int

    @property
    def rank(self) -> tuple[bool, int]:
        return self.at_head, self.length


@lru_cache(maxsize=16384)
def read_header(name: str) -> Header:
    """The words of a field's or a table's name."""
    clean = unicodedata.normalize("NFKC", name)
    tokens = tuple(t.lower() for t in _TOKEN.findall(clean) if not t.isdigit())
    return Header(tokens, "".join(_HAN.findall(clean)), "".join(clean.lower().split()))


@lru_cache(maxsize=16384)
def read_comment(comment: str) -> Header:
    """The words before the first colon, comma or code list: 性别：0->未知；1->男 is 性别."""
    clean = unicodedata.normalize("NFKC", comment).strip()
    return read_header(_CUT.split(clean, maxsplit=1)[0][:40])


def find(header: Header, words: Words) -> Match | None:
    """The best word of a list in a header: one at the head before one inside, then the longest."""
    found = [*_han(header, words.han), *_latin(header.tokens, words.latin)]
    return max(found, key=lambda m: m.rank, default=None)


def _han(header: Header, words: Iterable[str]) -> Iterable[Match]:
    text = header.han
    if not text:
        return
    bare = text
    for ending in _WEIGHTLESS_HAN:
        bare = bare.removesuffix(ending) or bare
    for word in words:
        if word in text:
            yield Match(word, text.endswith(word) or bare.endswith(word), 2 * len(word))
        elif word in header.text:
            yield Match(word, header.text.endswith(word), 2 * len(word))


def _latin(tokens: tuple[str, ...], words: frozenset[tuple[str, ...]]) -> Iterable[Match]:
    bare = len(tokens)
    while bare > 1 and tokens[bare - 1] in _WEIGHTLESS:
        bare -= 1
    for start in range(len(tokens)):
        for end in range(start + 1, len(tokens) + 1):
            if tokens[start:end] in words:
                word = " ".join(tokens[start:end])
                yield Match(word, end >= bare, len(word) + 1)
