"""Names, addresses and organisations in text: what a grammar and a model see, joined into spans.

What both see is `strong`; what only the model sees is `weak`, what only words beside it tell is
`context`: possible, and treated as true where that is the safe side. Pieces of an address that
touch each other are one address; a mere town is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from shanhou.inventory.documents import document
from shanhou.inventory.kinds import Category, Strength
from shanhou.inventory.recognizer import KINDS, Recognizer, Seen
from shanhou.inventory.search import search
from shanhou.inventory.sentences import Sentences, look, sentences_of
from shanhou.inventory.spans import Spans
from shanhou.inventory.strings import Characters
from shanhou.inventory.weighing import Rule

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

RANKS = {Category.PERSON_NAME: 41, Category.ADDRESS: 45, Category.ORG_NAME: 43}
"""Where two kinds overlap, the higher stands; the order is that of `KINDS`."""
LEAD = 2
"""So many characters more than the model sees are kept: streets are named after anything."""
_FAR = 1 << 40
"""More than any text has characters: keeps the texts apart in one row of numbers."""


@dataclass(frozen=True)
class Language:
    """The patterns of `rules/language.yaml`, their words filled in."""

    worth: str
    words_or_surname: str
    """A word that begins like a name, else a surname and what follows it, in one group."""
    parts: tuple[Rule, ...]
    is_address: str
    before_address: str
    of_a_place: str
    is_org: str
    after_no_name: str
    a_name: str
    not_names: tuple[str, ...]


@cache
def language() -> Language:
    told = document("language.yaml")
    names = document("surnames.yaml")
    double = "|".join((*names["double"], *names["rare_double"]))
    words = {**told["words"], "surname": f"(?:[{names['single']}{names['rare']}]|{double})"}

    def filled(pattern: str) -> str:
        for name, word in words.items():
            pattern = pattern.replace("{" + name + "}", word)
        return pattern

    parts = tuple(
        Rule(f"part_{kind}_{n}", Category(kind), f"(?P<all>{_hit(filled(pattern))})", 1, None,
             r"\p{Han}|[0-9]")
        for kind, patterns in told["parts"].items() for n, pattern in enumerate(patterns)
    )  # fmt: skip
    return Language(
        worth="|".join(filled(one) for one in told["worth"]),
        words_or_surname=f"(?:{'|'.join(told['not_names'])})|({filled(told['worth'][0])})",
        parts=parts,
        is_address="|".join(f"(?:{filled(one)})" for one in told["is_address"]),
        before_address=told["before_address"],
        of_a_place=told["of_a_place"],
        is_org=told["is_org"],
        after_no_name=told["after_no_name"],
        a_name=told["a_name"],
        not_names=tuple(told["not_names"]),
    )


def _hit(pattern: str) -> str:
    """The pattern with its first plain group called `hit`."""
    import re

    return re.sub(r"(?<!\\)\((?!\?)", "(?P<hit>", pattern, count=1)


@dataclass(frozen=True)
class Joined:
    """Spans of one kind, in the order of texts and places, and who saw them."""

    text: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    by_model: NDArray[np.bool_]
    by_words: NDArray[np.bool_]
    model_start: NDArray[np.int64]
    """Where the model's first piece begins; `_FAR` where it saw none."""

    def kept(self, which: NDArray[np.bool_]) -> Joined:
        return Joined(
            self.text[which],
            self.start[which],
            self.end[which],
            self.by_model[which],
            self.by_words[which],
            self.model_start[which],
        )

    def strength(self) -> NDArray[np.int64]:
        import numpy as np

        both, one, words = (
            list(Strength).index(s) for s in (Strength.STRONG, Strength.WEAK, Strength.CONTEXT)
        )
        return np.where(self.by_words & self.by_model, both, np.where(self.by_model, one, words))


def in_language(
    texts: pa.Array, found: Spans, rules: Sequence[Rule], recognizer: Recognizer | None
) -> dict[Category, Joined]:
    """Names, addresses and organisations of texts, per kind.

    `found`: hits of the rules with cue words in the same texts; without a model only words tell.
    """
    import numpy as np

    known = language()
    parts = sentences_of(texts)
    none = np.zeros(0, np.int64)
    seen = Seen(none, none, none, none)
    if recognizer is not None:
        seen = look(parts, recognizer, worth_a_look)
    pieces = _in_sentences(parts, known.parts)
    characters = Characters(texts)
    told: dict[Category, Joined] = {}
    for kind, category in enumerate(KINDS):
        cued = _spans_of(found, rules, category)
        worded = np.concatenate((cued, _spans_of(pieces, known.parts, category)), axis=1)
        mine = seen.kind == kind
        model = np.stack([seen.text[mine], seen.start[mine], seen.end[mine]])
        joined = _joined(worded, model, touching=category is Category.ADDRESS)
        told[category] = _MEANT[category](joined, characters, known)
    return told


def _in_sentences(parts: Sentences, rules: Sequence[Rule]) -> Spans:
    """Hits of rules in sentences, as places in their texts: no search runs through a whole book."""
    from dataclasses import replace

    found = search(parts.words, rules)
    first = parts.start[found.cell]
    return replace(
        found, cell=parts.text[found.cell], start=first + found.start, end=first + found.end
    )


def worth_a_look(sentences: pa.Array) -> NDArray[np.bool_]:
    """Sentences that may name somebody: a surname that opens no known word, a piece of an address,
    the end of a firm's name.
    """
    import pyarrow.compute as pc

    known = language()
    rest = pc.replace_substring_regex(sentences, known.words_or_surname, r"\1")
    return _matching(rest, known.worth)


def _spans_of(found: Spans, rules: Sequence[Rule], category: Category) -> NDArray[np.int64]:
    import numpy as np

    mine = np.array([rule.category is category and rule.recogniser is None for rule in rules])
    at = np.flatnonzero(mine[found.rule]) if len(found) else np.zeros(0, np.int64)
    return np.stack([found.cell[at], found.start[at], found.end[at]])


def _joined(
    words: NDArray[np.int64], model: NDArray[np.int64], *, touching: bool
) -> Joined:  # fmt: skip
    """Spans that overlap (or touch) as one."""
    import numpy as np

    text, start, end = np.concatenate((words, model), axis=1)
    is_model = np.arange(len(text)) >= words.shape[1]
    order = np.lexsort((start, text))
    text, start, end, is_model = text[order], start[order], end[order], is_model[order]
    if not len(text):
        none, never = np.zeros(0, np.int64), np.zeros(0, bool)
        return Joined(none, none, none, never, never, none)
    reach = np.maximum.accumulate(text * _FAR + end)
    apart = text[1:] * _FAR + start[1:] >= reach[:-1] + touching
    first = np.flatnonzero(np.append(True, apart))
    return Joined(
        text[first],
        start[first],
        np.maximum.reduceat(end, first),
        np.logical_or.reduceat(is_model, first),
        np.logical_or.reduceat(~is_model, first),
        np.minimum.reduceat(np.where(is_model, start, _FAR), first),
    )


def _trimmed(
    joined: Joined, characters: Characters, known: Language, lead: int = 0
) -> Joined:  # fmt: skip
    """Begin where the model begins, if what the grammar has before it is no part of a place."""
    from dataclasses import replace

    import numpy as np

    late = np.flatnonzero(joined.by_model & (joined.model_start > joined.start + lead))
    head = characters.cut(joined.text[late], joined.start[late], joined.model_start[late])
    loose = late[~_matching(head, known.of_a_place)]
    start = joined.start.copy()
    start[loose] = joined.model_start[loose]
    return replace(joined, start=start)


def _addresses(joined: Joined, characters: Characters, known: Language) -> Joined:
    import numpy as np

    joined = _trimmed(joined, characters, known, LEAD)
    whole = characters.cut(joined.text, joined.start, joined.end)
    before = characters.cut(joined.text, np.maximum(joined.start - 5, 0), joined.start)
    lived_in = _matching(before, known.before_address) & (joined.end - joined.start > 2)
    return joined.kept(_matching(whole, known.is_address) | lived_in)


def _orgs(joined: Joined, characters: Characters, known: Language) -> Joined:
    joined = _trimmed(joined, characters, known)
    whole = characters.cut(joined.text, joined.start, joined.end)
    return joined.kept(joined.by_words | _matching(whole, known.is_org))


def _names(joined: Joined, characters: Characters, known: Language) -> Joined:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = characters.cut(joined.text, joined.start, joined.end)
    after = characters.cut(joined.text, joined.end, joined.end + 2)
    word = pc.is_in(whole, pa.array(known.not_names)).to_numpy(zero_copy_only=False)
    name = _matching(whole, known.a_name) & ~_matching(after, known.after_no_name)
    return joined.kept(np.asarray(~word & (joined.by_words | name)))


_MEANT = {
    Category.PERSON_NAME: _names,
    Category.ADDRESS: _addresses,
    Category.ORG_NAME: _orgs,
}


def _matching(texts: pa.Array, pattern: str) -> NDArray[np.bool_]:
    import pyarrow.compute as pc

    found: NDArray[np.bool_] = pc.match_substring_regex(texts, pattern).to_numpy(
        zero_copy_only=False
    )
    return found
