"""Tell a header from a person's row that stands where a header should. No I/O."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from shanhou.inventory.content import Holding, text_holds
from shanhou.inventory.detect import whole_cells
from shanhou.inventory.rules import Rules, rules
from shanhou.inventory.words import find, read_header

if TYPE_CHECKING:
    import pyarrow as pa

_OF_PERSONS = {Holding.IDENTITY.value, Holding.CONTACT.value}
_NUMBERED = re.compile(r"\d")


def holds_a_value(titles: Sequence[str]) -> bool:
    """Whether a row of titles holds what a recogniser takes for a person's number or name."""
    import pyarrow as pa

    # what could not be decoded is no text to look at
    filled = [title.strip().encode("utf8", "replace").decode() for title in titles if title.strip()]
    if not filled:
        return False
    cells = pa.array(filled, pa.string())
    return _has_number(cells) or _has_name(filled)


def _has_number(cells: pa.Array) -> bool:
    import pyarrow as pa

    known = rules().recognisers
    sure = [one for one in known if not (one.never_alone or one.header_only)]
    if any(hits.any().any() for hits in whole_cells(cells, sure).values()):
        return True
    # a title without a digit only names what its cells hold: 微信openid
    numbered = [text for text in cells.to_pylist() if _NUMBERED.search(text)]
    return bool(_OF_PERSONS & set(text_holds(pa.array(numbered, pa.string())).to_pylist()))


def _has_name(titles: Sequence[str]) -> bool:
    """A name among titles of which at most half are words of headers."""
    said = [_is_word(title, rules()) for title in titles]
    named = [bool(_names().fullmatch(title)) for title in titles]
    return 2 * sum(said) <= len(said) and any(
        name and not word for name, word in zip(named, said, strict=True)
    )


def _is_word(title: str, known: Rules) -> bool:
    header = read_header(title)
    lists = (*(one.words for one in known.headings), known.empty_heads,
             *(words for _, words in known.people))  # fmt: skip
    return title in known.words("titles_like_names").han or any(
        find(header, words) for words in lists
    )


@cache
def _names() -> re.Pattern[str]:
    surnames = "|".join(sorted(rules().surnames, key=len, reverse=True))
    return re.compile(rf"(?:{surnames})[\u4e00-\u9fff·]{{1,2}}")
